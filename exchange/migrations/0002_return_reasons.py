"""The reasons of return a company starts with."""

from django.db import migrations

REASONS = [
    "Not my profile",
    "No need at present",
    "Cannot be reached",
    "Too many clients",
    "Conflict with the client",
    "Other",
]


def fill(apps, schema_editor):
    reasons = apps.get_model("exchange", "ReturnReason")
    for position, name in enumerate(REASONS, 1):
        reasons.objects.get_or_create(name=name, defaults={"position": position * 10})


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    # Going back leaves the rows: detachments may hang on them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
