"""Celery wrappers. At-least-once: what they call may be run again."""

from celery import shared_task

from crm import clock
from exchange.night import run_due_nights


@shared_task(name="exchange.tasks.nightly_run")
def nightly_run() -> list[str]:
    """Tonight's run and every missed one before it."""
    return [str(run.date) for run in run_due_nights(clock.today())]
