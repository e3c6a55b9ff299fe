"""What the pages of sales read."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from clients.models import Manager
from interactions.models import (
    Event,
    ProcessKind,
    SalesProcess,
    Stage,
)
from interactions.rules.stages import allowed_positions, may_be_won


def sums(processes: QuerySet[SalesProcess]) -> dict[str, Any]:
    """How many sales and what they come to."""
    return processes.order_by().aggregate(count=Count("pk"), amount=Sum("amount"))


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board: its cards (the first few), how many there are, their sum, and where they may go.

    Attributes:
        cards: each with ``may_edit``: may the reader move it.
        forward: the next stage, where a sale of this stage may go to it.
        others: the other stages it may go to.
        may_win: whether a sale of this stage can be won.
    """

    stage: Stage
    cards: list[SalesProcess]
    count: int
    amount: Any
    forward: Stage | None
    others: list[Stage]
    may_win: bool


def board(
    processes: QuerySet[SalesProcess], kind: ProcessKind, reader: Manager, *, per_column: int = 30
) -> list[Column]:
    """Open sales of one kind by stage. Three queries for the whole board, whatever it holds."""
    stages = list(kind.stages.order_by("position"))
    rows = processes.open().filter(kind=kind)
    totals = {
        row["stage"]: row for row in rows.order_by().values("stage").annotate(n=Count("pk"), amount=Sum("amount"))
    }
    soonest = [F("expected_close_on").asc(nulls_last=True), F("pk").asc()]
    shown = (
        rows.select_related("client")
        .annotate(
            may_edit=Exists(SalesProcess.objects.editable_by(reader).filter(pk=OuterRef("pk"))),
            place=Window(RowNumber(), partition_by=F("stage"), order_by=soonest),
        )
        .filter(place__lte=per_column)
        .order_by("place")
    )
    cards: dict[int | None, list[SalesProcess]] = {}
    for sale in shown if totals else ():
        cards.setdefault(sale.stage_id, []).append(sale)
    return [_column(stage, stages, kind.control, cards.get(stage.pk, []), totals.get(stage.pk, {})) for stage in stages]


def _column(
    stage: Stage, stages: list[Stage], control: str, cards: list[SalesProcess], total: dict[str, Any]
) -> Column:
    where: dict[str, Any] = {
        "control": control,
        "positions": [each.position for each in stages],
        "current": stage.position,
    }
    allowed = allowed_positions(**where)
    open_to = [each for each in stages if each.position in allowed]
    forward = next((each for each in open_to if each.position > stage.position), None)
    return Column(
        stage,
        cards,
        total.get("n", 0),
        total.get("amount"),
        forward,
        [each for each in open_to if each is not forward],
        may_be_won(**where),
    )


def events_of(process: SalesProcess, reader: Manager) -> QuerySet[Event]:
    """What people did and plan in a sale, the latest first, without the steps (they are in the stage log)."""
    rows = Event.objects.visible_to(reader).by_hand().filter(process=process)
    return rows.select_related("kind", "responsible").order_by("-occurred_at", "-pk")[:50]
