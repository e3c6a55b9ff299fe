"""What the board of sales reads: columns with what they come to, and their cards page by page."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import RowNumber

from clients.models import Manager
from crm import clock
from interactions.models import Event, ProcessKind, SalesProcess, Stage
from interactions.overdue import is_overdue
from interactions.rules.stages import allowed_positions, may_be_won
from interactions.selectors.card import shown_zone

#: Cards the board opens with, shared by its columns: a screenful and a half; the page stays near 100 KB.
FIRST_CARDS = 60
#: Cards that follow at once further down a column.
PER_COLUMN = 30

#: The order of a column, in which its pages follow each other: the soonest to close first, those without a date last.
_SOONEST = (F("expected_close_on").asc(nulls_last=True), F("pk").asc())


@dataclass(frozen=True, slots=True)
class Card:
    """One sale on the board.

    Attributes:
        may_edit: may the reader move it.
        next_at: when its nearest planned event is; None: nobody has planned anything.
    """

    sale: SalesProcess
    may_edit: bool
    next_at: dt.datetime | None
    zone: str

    @property
    def is_late(self) -> bool:
        """Its expected close has passed."""
        expected = self.sale.expected_close_on
        return expected is not None and expected < clock.today()

    @property
    def missed(self) -> bool:
        """What was planned is overdue."""
        return self.next_at is not None and is_overdue(self.next_at)


@dataclass(frozen=True, slots=True)
class Pile:
    """Some cards of a column in their order, and from where the next ones are read (empty: these were the last)."""

    cards: list[Card]
    more: str


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board: how many sales there are, what they come to, and where they may go.

    Attributes:
        stage: None for sales that stand at no stage, as those of a kind that had none once.
        weighted: the sum as far as the stage's probability lets one count on it.
        back, forward: the stages beside it a sale of this one may go to.
        others: all stages it may go to.
        may_win: whether a sale of this stage can be won.
    """

    stage: Stage | None
    count: int
    amount: Decimal | None
    weighted: Decimal
    back: Stage | None
    forward: Stage | None
    others: list[Stage]
    may_win: bool

    @property
    def key(self) -> int:
        """What the page calls it."""
        return self.stage.pk if self.stage else 0


def board_columns(sales: QuerySet[SalesProcess], kind: ProcessKind) -> list[Column]:
    """The columns of a kind, over all its open sales. Two queries, however many sales there are."""
    stages = list(kind.stages.order_by("position"))
    rows = sales.open().filter(kind=kind).order_by()
    totals = {row["stage"]: row for row in rows.values("stage").annotate(n=Count("pk"), amount=Sum("amount"))}
    # A stage of another kind cannot be (the form, the services and the import see to it); none at all can.
    shown: list[Stage | None] = [None, *stages] if None in totals else [*stages]
    return [_column(stage, stages, kind.control, totals.get(stage.pk if stage else None, {})) for stage in shown]


def first_size(columns: int) -> int:
    """How many cards each of so many columns opens with."""
    return min(PER_COLUMN, max(6, FIRST_CARDS // columns))


def first_piles(
    sales: QuerySet[SalesProcess], columns: Iterable[Column], kind: ProcessKind, reader: Manager
) -> dict[int, Pile]:
    """The first cards of all columns, by column key. One query."""
    columns = list(columns)
    if not any(column.count for column in columns):
        return {column.key: Pile([], "") for column in columns}
    ranked = (
        sales.open()
        .filter(kind=kind)
        .annotate(place=Window(RowNumber(), partition_by=F("stage"), order_by=list(_SOONEST)))
    )
    size = first_size(len(columns))
    first = ranked.filter(place__lte=size).order_by().values("pk")
    found: dict[int, list[Any]] = {column.key: [] for column in columns}
    for row in _shown(SalesProcess.objects.filter(pk__in=first), reader):
        found[row.stage_id or 0].append(row)
    return {column.key: _pile(found[column.key], column.stage, column.count > size) for column in columns}


def next_pile(
    sales: QuerySet[SalesProcess], kind: ProcessKind, stage: Stage | None, after: str, reader: Manager
) -> Pile:
    """The cards of a column behind the one ``after`` names (``Pile.more``). One query.

    Raises:
        ValueError: ``after`` names nothing.
    """
    rows = sales.open().filter(_behind(after), kind=kind, stage=stage)
    found = list(_shown(rows, reader)[: PER_COLUMN + 1])
    return _pile(found[:PER_COLUMN], stage, len(found) > PER_COLUMN)


def one_card(sale: SalesProcess, reader: Manager) -> Card | None:
    """One sale as the board shows it; None where it cannot be seen any more."""
    row = _shown(SalesProcess.objects.visible_to(reader).filter(pk=sale.pk), reader).select_related("stage").first()
    return _card(row, row.stage) if row else None


def _shown(rows: QuerySet[SalesProcess], reader: Manager) -> QuerySet[Any]:
    planned = Event.objects.planned().filter(process=OuterRef("pk")).order_by("occurred_at").values("occurred_at")
    return (
        rows.select_related("client", "responsible")
        .annotate(
            may_edit=Exists(SalesProcess.objects.editable_by(reader).filter(pk=OuterRef("pk"))),
            next_at=Subquery(planned[:1]),
        )
        .order_by(*_SOONEST)
    )


def _pile(rows: list[Any], stage: Stage | None, goes_on: bool) -> Pile:
    last = rows[-1] if rows and goes_on else None
    return Pile([_card(row, stage) for row in rows], f"{last.expected_close_on or ''}.{last.pk}" if last else "")


def _card(row: Any, stage: Stage | None) -> Card:
    row.stage = stage
    return Card(row, row.may_edit, row.next_at, shown_zone(row.client, clock.today()))


def _behind(after: str) -> Q:
    day, dot, pk = after.partition(".")
    if not (dot and pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise ValueError(after)
    if not day:
        return Q(expected_close_on=None, pk__gt=int(pk))
    expected = dt.date.fromisoformat(day)
    same_day = Q(expected_close_on=expected, pk__gt=int(pk))
    return Q(expected_close_on__gt=expected) | same_day | Q(expected_close_on=None)


def _column(stage: Stage | None, stages: list[Stage], control: str, total: dict[str, Any]) -> Column:
    place: dict[str, Any] = {
        "control": control,
        "positions": [each.position for each in stages],
        "current": stage.position if stage else None,
    }
    allowed = allowed_positions(**place)
    others = [each for each in stages if each.position in allowed]
    amount = total.get("amount")
    return Column(
        stage=stage,
        count=total.get("n", 0),
        amount=amount,
        weighted=(amount or Decimal()) * (stage.probability if stage else 0) / 100,
        back=max((e for e in others if stage and e.position < stage.position), key=lambda e: e.position, default=None),
        forward=next((each for each in others if stage is None or each.position > stage.position), None),
        others=others,
        may_win=may_be_won(**place),
    )
