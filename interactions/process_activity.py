"""When something last happened in a sale: what idleness is counted from. The one writer of ``SalesProcess.active_on``.

Steps are events of the sale too, so its done events are the one source; the date is read back as their maximum.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from crm import clock
from interactions.models import Event, EventStatus, SalesProcess, Stage


def recompute(process_ids: Iterable[int | None]) -> None:
    """Read the last activity of these sales from what is registered. One statement; none when nothing is asked."""
    wanted = {pk for pk in process_ids if pk is not None}
    if wanted:
        recompute_rows(SalesProcess.objects.filter(pk__in=wanted))


def recompute_rows(rows: QuerySet[SalesProcess]) -> int:
    """The same for many at once, as bulk writers need it."""
    done = Event.objects.filter(process=OuterRef("pk"), status=EventStatus.DONE).order_by("-occurred_at")
    day = TruncDate("occurred_at", tzinfo=clock.company_zone())
    return rows.update(active_on=Subquery(done.values(day=day)[:1]))


def idle_days(process: SalesProcess, today: dt.date) -> int | None:
    """For how many days nothing has happened in an open sale; None when nobody knows."""
    since = process.active_on or process.started_on
    return (today - since).days if process.is_open and since else None


def is_idle(process: SalesProcess, today: dt.date) -> bool:
    """Left alone for longer than its stage allows."""
    days = idle_days(process, today)
    allowed = process.stage.allowed_idle_days if process.stage else None
    return days is not None and allowed is not None and days > allowed


def idle_q(today: dt.date) -> Q:
    """The same as a condition on sales: one range for each stage that sets a limit. One query for the stages."""
    limits = Stage.objects.filter(allowed_idle_days__isnull=False).values_list("pk", "allowed_idle_days")
    condition = Q(pk__in=[])
    for stage, days in limits:
        assert days is not None, "the others are not asked for"
        before = today - dt.timedelta(days=days)
        condition |= Q(stage=stage) & (Q(active_on__lt=before) | Q(active_on=None, started_on__lt=before))
    return Q(status="open") & condition
