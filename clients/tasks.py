"""Celery wrappers. At-least-once: what they call may be run again."""

from celery import shared_task

from clients.redating import run_redating


@shared_task(name="clients.tasks.redate")
def redate(job_id: int) -> None:
    """One re-dating job."""
    run_redating(job_id)
