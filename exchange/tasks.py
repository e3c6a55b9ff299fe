"""Celery wrappers. At-least-once: what they call may be run again."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from crm import clock
from exchange.models import NightlyRun
from exchange.night import run_due_nights


@shared_task(name="exchange.tasks.nightly_run")
def nightly_run() -> list[str]:
    """Tonight's run and every missed one before it."""
    return [str(run.date) for run in run_due_nights(clock.today())]


@shared_task(name="exchange.tasks.catch_up")
def catch_up() -> list[str]:
    """Make good for a night that did not come to its end: the machine was off at that hour, or the worker was killed.

    Beat calls it every quarter of an hour; when the night is published it costs one query.
    """
    hour, minute = map(int, settings.NIGHTLY_RUN_AT.split(":"))
    local = timezone.localtime(clock.now(), clock.company_zone())
    is_time = (local.hour, local.minute) >= (hour, minute)
    if not is_time or NightlyRun.objects.last_done_on() == clock.today():
        return []
    return nightly_run()
