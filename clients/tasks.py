"""Celery wrappers. At-least-once: what they call may be run again."""

import datetime as dt

from clients.bulk.jobs import carry_on, carry_on_all
from clients.custom_field_changes import remove_values
from clients.doubles import scan as doubles
from clients.file_cleaning import clean_files
from clients.importing import jobs as importing
from clients.importing import passes
from clients.letters import compose_letters, compose_morning_letters
from clients.mailing import send_due_letters
from clients.merging import forget_old
from clients.occasion_notices import tell_birthdays
from clients.redating import run_redating
from crm.web.tasks import shared_task


@shared_task(name="clients.tasks.redate")
def redate(job_id: int) -> None:
    """One re-dating job."""
    run_redating(job_id)


@shared_task(name="clients.tasks.compose_letters")
def compose_letters_of(date: str | None = None) -> None:
    """The letters of one day (today without one), written and sent at once, not waiting for the morning."""
    if compose_letters(dt.date.fromisoformat(date) if date else None):
        send_due_letters()


@shared_task(name="clients.tasks.tell_birthdays")
def tell_birthdays_of_today() -> int:
    """Every morning: whose birthday it is; how many people were told."""
    return tell_birthdays()


@shared_task(name="clients.tasks.send_letters")
def send_letters() -> None:
    """Every few minutes: the morning's letters if they are not written yet, and whatever waits in the outbox."""
    compose_morning_letters()
    send_due_letters()


@shared_task(name="clients.tasks.carry_on_bulk")
def carry_on_bulk(job_id: int) -> None:
    """One bulk job, or taking it back."""
    carry_on(job_id)


@shared_task(name="clients.tasks.carry_on_bulks")
def carry_on_bulks() -> int:
    """Every few minutes: bulk jobs that have lost their worker."""
    return carry_on_all()


@shared_task(name="clients.tasks.carry_on_import")
def carry_on_import(job_id: int) -> None:
    """One import: its dry run, itself, or taking it back."""
    passes.carry_on(job_id)


@shared_task(name="clients.tasks.carry_on_imports")
def carry_on_imports() -> int:
    """Every few minutes: imports that have lost their worker."""
    return passes.carry_on_all()


@shared_task(name="clients.tasks.clean_files")
def clean_files_away() -> None:
    """Daily: files deleted a month ago, bytes without a row, and imports of a month ago."""
    clean_files()
    importing.clean()


@shared_task(name="clients.tasks.remove_custom_field")
def remove_custom_field(field_id: int, by_id: int | None) -> None:
    """A field a company does not want any more, with its values."""
    remove_values(field_id=field_id, by_id=by_id)


@shared_task(name="clients.tasks.carry_on_scan")
def carry_on_scan(scan_id: int) -> None:
    """One scan for duplicates."""
    doubles.carry_on(scan_id)


@shared_task(name="clients.tasks.carry_on_scans")
def carry_on_scans() -> int:
    """Every few minutes: a scan for duplicates that has lost its worker."""
    return doubles.carry_on_lost()


@shared_task(name="clients.tasks.forget_merges")
def forget_merges() -> int:
    """Daily: what was kept of merges that cannot be taken back any more."""
    return forget_old()
