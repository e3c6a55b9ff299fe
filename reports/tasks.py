"""Celery wrappers. At-least-once: what they call may be run again."""

from clients.outbox import LEASE
from crm.web.tasks import shared_task
from reports.delivery import sending
from reports.flows.keeping import FLOWS
from reports.kept import settling

#: Seconds in which a letter is made and sent, or is tried again later.
LONGEST = 300


@shared_task(name="reports.tasks.send_reports")
def send_reports() -> int:
    """Every few minutes: reports whose day has come, and whatever waits in their outbox, a task for each letter; how
    many were handed out. A task that nobody began in time is forgotten: its letter is handed out again."""
    letters = sending.hand_out()
    for letter in letters:
        send_report_letter.apply_async(letter, expires=LEASE.total_seconds())
    return len(letters)


@shared_task(name="reports.tasks.send_report_letter", soft_time_limit=LONGEST)
def send_report_letter(pk: int, attempts: int) -> bool:
    """One letter, with its pictures and its spreadsheet; whether it went out."""
    return sending.send_letter(pk, attempts)


@shared_task(name="reports.tasks.settle")
def settle() -> int:
    """Every minute: what reports keep of the clients that changed; how many changes there were."""
    return settling.settle()


@shared_task(name="reports.tasks.fold_flows")
def fold_flows() -> int:
    """Fold the rows in which flows of clients and sales are added up; how many there are less."""
    return FLOWS.fold()
