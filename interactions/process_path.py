"""How far a sale got, and how long it stood at each of its stages: read from its steps whenever they change, so that
reports on many sales need not put their steps in a row. The one writer of ``SalesProcess.furthest`` and of
``StageChange.stayed``.
"""

from collections.abc import Iterable

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery

from interactions.models import SalesProcess, Stage, StageChange, Step


def recompute(process_ids: Iterable[int | None]) -> None:
    """Read it anew from the steps of these sales. Two statements; none when nothing is asked."""
    wanted = {pk for pk in process_ids if pk is not None}
    if wanted:
        recompute_rows(SalesProcess.objects.filter(pk__in=wanted), StageChange.objects.filter(process__in=wanted))


def recompute_kind(kind_id: int) -> None:
    """The same of all sales of a kind whose stages got another order: how long they stood is not touched."""
    _set_furthest(SalesProcess.objects.filter(kind=kind_id))


def recompute_rows(sales: QuerySet[SalesProcess], steps: QuerySet[StageChange]) -> None:
    """The same for many at once, as bulk writers need it; ``steps`` are all steps of ``sales``."""
    _set_furthest(sales)
    later = StageChange.objects.filter(process=OuterRef("process")).filter(
        Q(changed_at__gt=OuterRef("changed_at")) | Q(changed_at=OuterRef("changed_at"), pk__gt=OuterRef("pk"))
    )
    left_at = Subquery(later.order_by("changed_at", "pk").values("changed_at")[:1])
    # A closed sale stands nowhere, also when it is opened again.
    standing = steps.exclude(step__in=[Step.WON, Step.LOST])
    standing.update(stayed=ExpressionWrapper(left_at - F("changed_at"), output_field=DurationField()))


def _set_furthest(sales: QuerySet[SalesProcess]) -> None:
    been = Stage.objects.filter(pk__in=StageChange.objects.filter(process=OuterRef(OuterRef("pk"))).values("to_stage"))
    sales.update(furthest=Subquery(been.order_by("-position").values("pk")[:1]))
