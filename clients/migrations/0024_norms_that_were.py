"""What was expected of people so far becomes the first row of its history: it held ever."""

import datetime as dt

from django.db import migrations
from django.db.models import Max, Min

EVER = dt.date(2000, 1, 1)
COMPANYS_NORM = 48


def norms(apps, schema_editor):
    norm = apps.get_model("clients", "PointsNorm").objects
    norm.get_or_create(department=None, since=EVER, defaults={"points": COMPANYS_NORM})
    points = {None: COMPANYS_NORM}
    for department in apps.get_model("clients", "Department").objects.order_by("path"):
        points[department.pk] = department.daily_points_norm
        if department.daily_points_norm != points.get(department.parent_id, COMPANYS_NORM):
            norm.create(department=department, since=EVER, points=department.daily_points_norm)


def schedules(apps, schema_editor):
    use = apps.get_model("clients", "ManagerSchedule").objects
    default = apps.get_model("clients", "WorkSchedule").objects.filter(is_default=True).first()
    if default:
        use.get_or_create(manager=None, since=EVER, defaults={"schedule": default})
    for manager in apps.get_model("clients", "Manager").objects.exclude(work_schedule=None):
        use.create(manager=manager, since=EVER, schedule=manager.work_schedule)


def times(apps, schema_editor):
    """From the day of his first client, or of his account if that is older; until the last day anything is known of
    who is switched off."""
    managers = apps.get_model("clients", "Manager").objects
    known = {
        row["manager"]: row
        for row in apps.get_model("clients", "OwnershipPeriod")
        .objects.order_by()
        .values("manager")
        .annotate(first=Min("since"), last=Max("until"))
    }
    for manager in managers.all():
        joined, row = manager.date_joined.date(), known.get(manager.pk, {})
        manager.works_from = min(filter(None, [joined, row.get("first")]))
        if not manager.is_active:
            seen = manager.last_login.date() if manager.last_login else None
            manager.works_until = max(filter(None, [manager.works_from, seen, row.get("last")]))
        manager.save(update_fields=["works_from", "works_until"])


def fill(apps, schema_editor):
    norms(apps, schema_editor)
    schedules(apps, schema_editor)
    times(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("clients", "0023_norms")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
