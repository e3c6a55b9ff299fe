"""Pauses of claiming, for the heads who see and lift them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from clients.models import Manager
from exchange.models import ClaimPause, Detachment
from exchange.rules.claiming import ClaimRules

#: Pauses that are over are shown for so many days.
SHOWN_DAYS = 90


@dataclass(frozen=True, slots=True)
class PauseRow:
    """One pause with the arrivals on the exchange by which the claims behind it failed, the latest first.

    Attributes:
        is_on: it is in force: neither over nor lifted.
        may_lift: the reader decides about it: nobody does about his own.
    """

    pause: ClaimPause
    failures: Sequence[Detachment]
    is_on: bool
    may_lift: bool


def visible_pauses(reader: Manager) -> QuerySet[ClaimPause]:
    """Whose pauses a head sees: his people's; a director everybody's."""
    if reader.sees_everything:
        return ClaimPause.objects.all()
    return ClaimPause.objects.filter(manager__in=sorted(reader.headed_manager_ids))


def liftable_pauses(reader: Manager) -> QuerySet[ClaimPause]:
    """Those he may lift: never his own."""
    return visible_pauses(reader).exclude(manager=reader)


def pause_rows(reader: Manager, *, today: dt.date, rules: ClaimRules) -> list[PauseRow]:
    """The pauses in force, then those of the last months; two queries."""
    since = today - dt.timedelta(days=SHOWN_DAYS)
    found = visible_pauses(reader).filter(until__gte=since).select_related("manager__department", "lifted_by")
    pauses = list(found.order_by("-starts_on", "-pk"))
    window = dt.timedelta(days=rules.failure_window_days)
    failures: dict[int, list[Detachment]] = {}
    arrivals = Detachment.objects.filter(
        failed_claim__manager__in={pause.manager_id for pause in pauses},
        undone_at=None,
        date__gt=min((pause.starts_on for pause in pauses), default=today) - window,
    )
    for arrival in arrivals.select_related("client", "failed_claim").order_by("-date", "-pk"):
        assert arrival.failed_claim is not None
        failures.setdefault(arrival.failed_claim.manager_id, []).append(arrival)
    rows = [
        PauseRow(
            pause,
            [
                each
                for each in failures.get(pause.manager_id, ())
                if pause.starts_on - window < each.date <= pause.starts_on
            ][: pause.failures],
            is_on=pause.lifted_at is None and pause.until >= today,
            may_lift=pause.manager_id != reader.pk,
        )
        for pause in pauses
    ]
    return sorted(rows, key=lambda row: not row.is_on)
