"""Has the night run? What is shouted when it has not: the pages' banner, the system check, ``/health/``."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from clients import page_rows
from crm import clock
from crm.web.access import Access
from crm.web.banners import Banner
from crm.web.tags.times import on_day
from exchange.models import Decision, NightlyRun, RunStatus

#: So late a night may be before anybody is told: attempts are made every quarter of an hour.
GRACE = dt.timedelta(hours=1)
#: So late a night is a failure of the installation.
GRAVE = dt.timedelta(hours=26)
_DAY = dt.timedelta(days=1)
#: A failed night blocks those after it, and a question is overtaken by the next night: these rows tell everything.
_LATEST = 8
_FACTS = ("date", "status", "decision", "proposed", "started_at")


@dataclass(frozen=True, slots=True)
class Missed:
    """The nights from ``first`` to ``last`` should have been published and are not.

    ``since`` is when the first should have run; ``run`` is its row if it was begun.
    """

    first: dt.date
    last: dt.date
    since: dt.datetime
    run: NightlyRun | None = None

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1

    def is_grave(self, now: dt.datetime) -> bool:
        return now - self.since > GRAVE

    def __str__(self) -> str:
        """In the reader's language."""
        first, last = (on_day(day) for day in (self.first, self.last))
        if self.run and self.run.status == RunStatus.FAILED:
            return gettext("The night of %(day)s has failed.") % {"day": first}
        if self.run:
            return gettext("The night of %(day)s has begun and has not come to its end.") % {"day": first}
        if self.number == 1:
            return gettext("The night of %(day)s has not run.") % {"day": first}
        words = ngettext(
            "%(count)d night has not run: from %(first)s to %(last)s.",
            "%(count)d nights have not run: from %(first)s to %(last)s.",
            self.number,
        )
        return words % {"count": self.number, "first": first, "last": last}


@dataclass(frozen=True, slots=True)
class NightState:
    """What is to be said about the nights now: those missed, and the one that waits for an administrator's word."""

    missed: Missed | None
    asking: NightlyRun | None


def run_time(day: dt.date) -> dt.datetime:
    """When the night of ``day`` is to run."""
    hour, minute = map(int, settings.NIGHTLY_RUN_AT.split(":"))
    return clock.at(day, hour, minute)


def next_run_time(now: dt.datetime) -> dt.datetime:
    """When the next night is to run."""
    today = clock.local_date(now)
    return run_time(today) if now < run_time(today) else run_time(today + _DAY)


def _latest() -> Any:
    return NightlyRun.objects.order_by("-date").only(*_FACTS)


def night_state(now: dt.datetime | None = None, rows: list[NightlyRun] | None = None) -> NightState:
    """One query where ``rows`` (the latest nights, the last one first) are not read already; one more while no night
    has ever been published."""
    now = now or clock.now()
    rows = list(_latest()[:_LATEST]) if rows is None else rows
    asking = next((run for run in rows if run.decision == Decision.ASKED), None)
    return NightState(_missed(rows, now), asking)


def nights_missed(now: dt.datetime | None = None) -> Missed | None:
    """The nights that should have been published by now and are not; None when all is well."""
    return night_state(now).missed


def _missed(rows: list[NightlyRun], now: dt.datetime) -> Missed | None:
    last = clock.local_date(now)
    while run_time(last) + GRACE > now:
        last -= _DAY
    first = _first_open(rows)
    if first is None or first > last:
        return None
    begun = next((run for run in rows if run.date == first), None)
    return Missed(first, last, run_time(first), begun)


def _first_open(rows: list[NightlyRun]) -> dt.date | None:
    """The first night that is not published; None when nobody can tell."""
    done = next((run.date for run in rows if run.status == RunStatus.DONE), None)
    if done is None and len(rows) == _LATEST:
        done = NightlyRun.objects.last_done_on()
    if done:
        return done + _DAY
    if rows:
        return rows[-1].date
    installed = _installed_at()
    if installed is None:
        return None
    day = clock.local_date(installed)
    return day if installed <= run_time(day) else day + _DAY


def _installed_at() -> dt.datetime | None:
    """When the tables of the nights were made: before that no night could have run."""
    applied = MigrationRecorder(connection).migration_qs.filter(app="exchange")
    found = applied.order_by("applied").values_list("applied", flat=True).first()
    return timezone.make_aware(found) if found and timezone.is_naive(found) else found


# --- who is told ------------------------------------------------------------------------------------------------------
def state_for(reader: Any) -> NightState | None:
    """The state for one request, read once; None for those it does not concern."""
    if not Access.HEAD.allows(reader):
        return None
    if not hasattr(reader, "_night_state"):
        rows = sorted(page_rows.rows_of(reader, "nights"), key=lambda run: run.date, reverse=True)
        reader._night_state = night_state(rows=rows)
    state: NightState = reader._night_state
    return state


def waiting_nights(reader: Any) -> int | None:
    """For the badge: whether a night waits for a word."""
    state = state_for(reader)
    return 1 if state and state.asking else None


def banners(request: HttpRequest) -> Iterator[Banner]:
    """For heads and above: a night that has not run. For administrators: a night that waits for their word."""
    state = state_for(request.user)
    if state is None:
        return
    if state.missed:
        yield Banner(
            text=gettext("%(what)s Nobody was warned, no colour moved on, nobody left for the exchange.")
            % {"what": state.missed},
            url=reverse("night-list"),
            action=gettext("Look at the nights"),
        )
    if state.asking and Access.ADMIN.allows(request.user):
        words = ngettext(
            "A night waits for your word: it would take %(count)d client to the exchange.",
            "A night waits for your word: it would take %(count)d clients to the exchange.",
            state.asking.proposed,
        )
        yield Banner(
            text=words % {"count": state.asking.proposed},
            url=reverse("night-detail", args=[state.asking.pk]),
            action=gettext("Look at it and decide"),
            tone="yellow",
            icon="shield-exclamation",
        )


page_rows.register("nights", lambda: page_rows.limited(_latest(), _LATEST), fields=_FACTS)
