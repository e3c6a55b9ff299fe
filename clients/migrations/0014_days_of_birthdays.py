"""The day of the year of the birthdays that are known already."""

from django.db import migrations
from django.db.models.functions import ExtractDay, ExtractMonth


def fill(apps, schema_editor):
    for name in ("Client", "ContactPerson"):
        rows = apps.get_model("clients", name).objects.filter(birthday__isnull=False)
        rows.update(birthday_md=ExtractMonth("birthday") * 100 + ExtractDay("birthday"))


class Migration(migrations.Migration):
    dependencies = [("clients", "0013_desk")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
