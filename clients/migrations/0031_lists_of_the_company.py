"""Indexes of the lists of clients that no condition on managers makes small."""

from django.db import migrations, models

#: PostgreSQL only: SQLite, the base of one department, would not use them.
FORWARD = [
    # By the last contact: those that never had one come first, as the list shows them.
    "CREATE INDEX client_by_contact ON clients_client (last_contact_on NULLS FIRST, id)",
    # By the first letters of the city, in any case.
    "CREATE INDEX client_city_begins ON clients_client (UPPER(city) text_pattern_ops)",
]
BACKWARD = ["DROP INDEX IF EXISTS client_city_begins", "DROP INDEX IF EXISTS client_by_contact"]


def _on_postgresql(statements):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0030_held_clients_by_index"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="client", name="client_due_detach"),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                fields=["detach_on", "id"],
                include=(
                    "manager",
                    "red_on",
                    "yellow_on",
                    "last_contact_on",
                    "category",
                    "region",
                    "industry",
                    "source",
                    "city",
                ),
                name="client_by_risk",
            ),
        ),
        # The lists of a department find their keys in it too.
        migrations.RemoveIndex(model_name="client", name="client_held_by_risk"),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("manager__isnull", False)),
                fields=["manager", "detach_on", "red_on", "yellow_on"],
                include=("id", "category", "assigned_on", "last_contact_on"),
                name="client_held_by_risk",
            ),
        ),
        migrations.RunPython(_on_postgresql(FORWARD), _on_postgresql(BACKWARD)),
    ]
