"""How far the sales there are got, and how long they stood at their stages."""

from django.db import migrations
from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery


def fill(apps, schema_editor):
    sales = apps.get_model("interactions", "SalesProcess").objects
    steps = apps.get_model("interactions", "StageChange").objects
    stages = apps.get_model("interactions", "Stage").objects
    been = stages.filter(pk__in=steps.filter(process=OuterRef(OuterRef("pk"))).order_by().values("to_stage"))
    sales.order_by().update(furthest=Subquery(been.order_by("-position").values("pk")[:1]))
    later = steps.filter(process=OuterRef("process")).filter(
        Q(changed_at__gt=OuterRef("changed_at")) | Q(changed_at=OuterRef("changed_at"), pk__gt=OuterRef("pk"))
    )
    left_at = Subquery(later.order_by("changed_at", "pk").values("changed_at")[:1])
    stay = ExpressionWrapper(left_at - F("changed_at"), output_field=DurationField())
    steps.exclude(step__in=["won", "lost"]).order_by().update(stayed=stay)


class Migration(migrations.Migration):
    dependencies = [("interactions", "0020_path_of_sales")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
