"""Since when every sale is at its stage, and when something last happened in it."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.db.models.functions import TruncDate


def fill(apps, schema_editor):
    processes = apps.get_model("interactions", "SalesProcess").objects
    changes = apps.get_model("interactions", "StageChange").objects.filter(
        process=OuterRef("pk"), step__in=["started", "moved"]
    )
    done = apps.get_model("interactions", "Event").objects.filter(process=OuterRef("pk"), status="done")
    day = TruncDate("occurred_at", tzinfo=ZoneInfo(settings.COMPANY_TIME_ZONE))
    processes.update(
        stage_since=Subquery(changes.order_by("-changed_at", "-pk").values("changed_at")[:1]),
        active_on=Subquery(done.order_by("-occurred_at").values(day=day)[:1]),
    )


class Migration(migrations.Migration):
    dependencies = [("interactions", "0008_work_itself")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
