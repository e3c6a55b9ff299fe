"""Celery wrappers. At-least-once: what they call may be run again."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone

from clients.holidays import ensure_public_holidays
from clients.models import Department, Manager
from crm import clock
from crm.web.tasks import shared_task
from exchange import departures
from exchange.models import NightlyRun
from exchange.night import deciding, parts, run_due_nights
from exchange.night_selectors import to_undo
from exchange.signals import look_quietly
from exchange.turn_tallies import TURNS
from exchange.undo import undo


@shared_task(name="exchange.tasks.nightly_run")
def nightly_run() -> list[str]:
    """Tonight's run and every missed one before it; before them, the year's public holidays, if they are not there;
    after them, the search for signals."""
    return _run_until(clock.today())


def _run_until(day: dt.date) -> list[str]:
    ensure_public_holidays(clock.today())
    nights = [str(run.date) for run in run_due_nights(day)]
    look_quietly()
    return nights


@shared_task(name="exchange.tasks.fold_turns")
def fold_turns() -> int:
    """Fold the rows in which turns of colours are added up."""
    return TURNS.fold()


@shared_task(name="exchange.tasks.catch_up")
def catch_up() -> list[str]:
    """Make good for a night that did not come to its end, for a confirmed one and for a departure whose job was lost:
    the machine was off at that hour, or the worker was killed.

    Beat calls it every quarter of an hour; when the night is published it costs three queries.
    """
    hour, minute = map(int, settings.NIGHTLY_RUN_AT.split(":"))
    local = timezone.localtime(clock.now(), clock.company_zone())
    today, last = clock.today(), NightlyRun.objects.last_done_on()
    if (local.hour, local.minute) >= (hour, minute):
        if last != today:
            return _run_until(today)
    elif last is not None and last < (yesterday := today - dt.timedelta(days=1)):
        # Tonight's hour has not come yet; where it is late in the day, yesterday's must not wait for it.
        return _run_until(yesterday)
    deciding.finish_confirmed()
    departures.carry_on_all()
    return []


@shared_task(name="exchange.tasks.help_with_night")
def help_with_night(keys: list[int], facts: dict[str, Any]) -> int:
    """Work on parts of a night that another worker leads. Too late, or twice, it finds nothing to do."""
    return parts.help_with(keys, facts)


@shared_task(name="exchange.tasks.take_confirmed")
def take_confirmed(run_id: int) -> None:
    """Detach whom a night proposed, after an administrator's word."""
    deciding.take_confirmed(run_id)


@shared_task(name="exchange.tasks.undo_night")
def undo_night(run_id: int, by_id: int, department_id: int | None) -> None:
    """Give back the clients of a night, or of a department's part of it. Run again, it goes on with those still there;
    what the person may undo is looked up anew."""
    by = Manager.objects.get(pk=by_id)
    run = NightlyRun.objects.get(pk=run_id)
    department = Department.objects.get(pk=department_id) if department_id else None
    undo(detachments=to_undo(run, by, department), by=by)


@shared_task(name="exchange.tasks.carry_on_departure")
def carry_on_departure(departure_id: int) -> None:
    """What is left of a departure, or of taking it back."""
    departures.carry_on(departure_id)
