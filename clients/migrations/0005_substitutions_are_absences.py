"""Every substitution becomes an approved absence with a deputy."""

from django.db import migrations

FIELDS = ("manager_id", "deputy_id", "starts_on", "ends_on", "reason")


def to_absences(apps, schema_editor):
    absence = apps.get_model("clients", "Absence")
    rows = apps.get_model("clients", "Substitution").objects.values(*FIELDS)
    absence.objects.bulk_create([absence(kind="other", status="approved", **row) for row in rows])


def to_substitutions(apps, schema_editor):
    substitution = apps.get_model("clients", "Substitution")
    rows = apps.get_model("clients", "Absence").objects.filter(status="approved", deputy__isnull=False)
    substitution.objects.bulk_create([substitution(**row) for row in rows.values(*FIELDS)])


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_absences_rules_notices")]
    operations = [migrations.RunPython(to_absences, to_substitutions)]
