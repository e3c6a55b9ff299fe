"""PostgreSQL only: titles of events and sales found by any part of a word (see ``interactions.searching``)."""

from django.db import migrations

_FOLDED = "(replace(upper({column}), 'Ё', 'Е')) gin_trgm_ops"
FORWARD = [
    "CREATE INDEX event_subject_trgm ON interactions_event USING gin "
    f"({_FOLDED.format(column='subject')}) WHERE subject <> ''",
    f"CREATE INDEX process_title_trgm ON interactions_salesprocess USING gin ({_FOLDED.format(column='title')})",
]
BACKWARD = ["DROP INDEX IF EXISTS process_title_trgm", "DROP INDEX IF EXISTS event_subject_trgm"]


def _on_postgresql(statements):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_search_and_storage"),
        ("interactions", "0005_desk"),
    ]
    operations = [migrations.RunPython(_on_postgresql(FORWARD), _on_postgresql(BACKWARD))]
