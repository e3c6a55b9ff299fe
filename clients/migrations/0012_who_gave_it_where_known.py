"""Until now a row knew only who changed it last. That is who gave the client, as long as nobody has taken it away by
hand; for the others nobody knows any more."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    periods = apps.get_model("clients", "OwnershipPeriod").objects.filter(lost__in=["", "idle"])
    periods.update(given_by=F("changed_by"))


class Migration(migrations.Migration):
    dependencies = [("clients", "0011_ownership_given_by")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
