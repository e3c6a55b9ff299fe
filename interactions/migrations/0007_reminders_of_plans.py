"""Plans that were there before reminders were: from now on they remind as well, as their responsible prefers."""

import datetime as dt

from django.db import migrations
from django.db.models import F

from crm import clock


def fill(apps, schema_editor):
    managers, events = apps.get_model("clients", "Manager"), apps.get_model("interactions", "Event")
    wanted = managers.objects.filter(reminder_minutes__isnull=False).order_by()
    for minutes in wanted.values_list("reminder_minutes", flat=True).distinct():
        before = dt.timedelta(minutes=minutes)
        plans = events.objects.filter(
            status="planned",
            remind_before=None,
            remind_at=None,
            occurred_at__gt=clock.now() + before,
            responsible__reminder_minutes=minutes,
        )
        plans.update(remind_at=F("occurred_at") - before)


class Migration(migrations.Migration):
    dependencies = [("clients", "0013_desk"), ("interactions", "0006_search_titles")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
