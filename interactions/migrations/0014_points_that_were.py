"""The points kinds have had so far become the first rows of their history: they held ever."""

import datetime as dt

from django.db import migrations

EVER = dt.date(2000, 1, 1)


def fill(apps, schema_editor):
    points = apps.get_model("interactions", "KindPoints").objects
    for kind in apps.get_model("interactions", "EventKind").objects.filter(points__gt=0):
        points.get_or_create(kind=kind, since=EVER, defaults={"points": kind.points})


class Migration(migrations.Migration):
    dependencies = [("interactions", "0013_kind_points")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
