"""What was set before its history was kept is the beginning of it."""

from django.db import migrations

MODELS = ("KindPoints",)


def fill(apps, schema_editor):
    for name in MODELS:
        history = apps.get_model("interactions", f"Historical{name}").objects
        rows = list(apps.get_model("interactions", name).objects.all())
        names = [field.attname for field in rows[0]._meta.concrete_fields] if rows else []
        history.bulk_create(
            history.model(
                **{each: getattr(row, each) for each in names},
                history_date=row.set_at,
                history_user_id=row.set_by_id,
                history_type="+",
            )
            for row in rows
        )


class Migration(migrations.Migration):
    dependencies = [("interactions", "0017_norms_keep_history")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
