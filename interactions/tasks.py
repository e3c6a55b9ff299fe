"""Celery wrappers. At-least-once: what they call may be run again."""

from celery import shared_task

from crm import clock
from interactions.client_letters import send_due
from interactions.models import EventKind
from interactions.reminders import tell_due
from interactions.services import recount_kind


@shared_task(name="interactions.tasks.recount")
def recount(kind_id: int) -> int:
    """All events of a kind decided anew after its switch; the number of clients looked at."""
    return recount_kind(EventKind.objects.get(pk=kind_id), today=clock.today())


@shared_task(name="interactions.tasks.remind")
def remind() -> int:
    """Reminders whose moment has come; how many events were looked at."""
    return tell_due()


@shared_task(name="interactions.tasks.send_client_letters")
def send_client_letters() -> int:
    """Letters to clients whose time has come; how many went out."""
    return send_due().sent
