"""The company's zone policy (1 / 5 / 6 months) and the first entries of the dictionaries."""

from django.db import migrations

SOURCES = ["Website", "Incoming call", "Recommendation", "Exhibition", "Cold call", "Advertising", "Import"]


def fill(apps, schema_editor):
    policy = apps.get_model("clients", "ZonePolicy")
    if not policy.objects.filter(department=None, category="").exists():
        policy.objects.create(yellow_months=1, red_months=5, detach_months=6)
    source = apps.get_model("clients", "LeadSource")
    for position, name in enumerate(SOURCES, 1):
        source.objects.get_or_create(name=name, defaults={"position": position * 10})


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_search_and_storage")]
    # Going back leaves the rows: people may have built on them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
