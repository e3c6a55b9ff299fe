"""Celery wrappers. At-least-once: what they call may be run again."""

from celery import shared_task

from crm import clock
from interactions.models import EventKind
from interactions.services import recount_kind


@shared_task(name="interactions.tasks.recount")
def recount(kind_id: int) -> int:
    """All events of a kind decided anew after its switch; the number of clients looked at."""
    return recount_kind(EventKind.objects.get(pk=kind_id), today=clock.today())
