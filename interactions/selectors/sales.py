"""What the pages of sales read."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, IntegerField, QuerySet, Sum, When

from clients.models import Manager
from interactions.models import Event, SalesProcess, StageChange


def sums(processes: QuerySet[SalesProcess]) -> dict[str, Any]:
    """How many sales, what they come to, and what of it one may count on: the won ones in full, the open ones as far as
    the probability of their stage goes, the lost ones not at all."""
    part = Case(
        When(status="won", then=100),
        When(status="open", then=F("stage__probability")),
        default=0,
        output_field=IntegerField(),
    )
    return processes.order_by().aggregate(
        # Before the sum that is called as the field is.
        weighted=Sum(F("amount") * part / Decimal(100), output_field=DecimalField(max_digits=20, decimal_places=4)),
        count=Count("pk"),
        amount=Sum("amount"),
    )


def events_of(process: SalesProcess, reader: Manager) -> QuerySet[Event]:
    """What people did and plan in a sale, the latest first, without the steps (they are in the stage log)."""
    rows = Event.objects.visible_to(reader).by_hand().filter(process=process)
    return rows.select_related("kind", "responsible").order_by("-occurred_at", "-pk")[:50]


def stage_log(process: SalesProcess) -> list[tuple[StageChange, int | None]]:
    """The steps of a sale, the latest first, each with the days till the next one; of the latest nobody knows yet."""
    steps = list(process.stage_changes.select_related("from_stage", "to_stage", "changed_by", "event"))
    later = [None, *steps]
    return [(step, (after.changed_at - step.changed_at).days if after else None) for step, after in zip(steps, later)]
