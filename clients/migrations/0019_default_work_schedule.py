"""The working hours everybody has who has no others."""

from django.db import migrations


def fill(apps, schema_editor):
    schedules = apps.get_model("clients", "WorkSchedule").objects
    if not schedules.filter(is_default=True).exists():
        schedules.get_or_create(name="Five days, nine to six", defaults={"is_default": True, "position": 10})


class Migration(migrations.Migration):
    dependencies = [("clients", "0018_work_doubles_imports")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
