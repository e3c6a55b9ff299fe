"""Celery wrappers. At-least-once: what they call may be run again."""

from crm import clock
from crm.web.tasks import shared_task
from interactions import recurring, tallies
from interactions.client_letters import send_due
from interactions.models import EventKind
from interactions.recounting import recount_kind
from interactions.reminders import tell_due


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


@shared_task(name="interactions.tasks.fill_series")
def fill_series() -> int:
    """Recurring events put into the calendar further ahead; how many events were put in."""
    return recurring.fill_due()


@shared_task(name="interactions.tasks.fold_tallies")
def fold_tallies() -> int:
    """Tallies of done events made short again, or counted anew when the company's time zone was changed; how many rows
    there are less."""
    if not tallies.are_kept():
        tallies.EVENTS.count_all()
    return tallies.EVENTS.fold()
