"""The nights before this version knew only thresholds; so the first one that follows the rules asks first."""

from django.db import migrations


def mark(apps, schema_editor):
    apps.get_model("exchange", "NightlyRun").objects.update(is_bare=True)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_night_rules")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
