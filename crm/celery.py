"""The Celery application and its static beat schedule."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("svetofor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _schedule(sender: Celery, **_kwargs: object) -> None:
    from django.conf import settings

    hour, minute = settings.NIGHTLY_RUN_AT.split(":")
    sender.add_periodic_task(
        crontab(hour=hour, minute=minute), sender.signature("exchange.tasks.nightly_run"), name="nightly run"
    )
    sender.add_periodic_task(
        crontab(minute="*/15"), sender.signature("exchange.tasks.catch_up"), name="catch up a missed night"
    )
    # Without a worker they do not pile up: the next one does the same.
    sender.add_periodic_task(
        crontab(minute="*/5"), sender.signature("clients.tasks.send_letters"), name="letters", expires=290
    )
    sender.add_periodic_task(
        crontab(minute="*/5"), sender.signature("clients.tasks.carry_on_bulks"), name="lost bulk jobs", expires=290
    )
    sender.add_periodic_task(
        crontab(minute="*/5"), sender.signature("clients.tasks.carry_on_imports"), name="lost imports", expires=290
    )
    sender.add_periodic_task(
        crontab(minute="*/5"), sender.signature("clients.tasks.carry_on_scans"), name="lost scan", expires=290
    )
    sender.add_periodic_task(
        crontab(minute="*/5"),
        sender.signature("interactions.tasks.send_client_letters"),
        name="letters to clients",
        expires=290,
    )
    sender.add_periodic_task(
        crontab(minute="*/5"), sender.signature("reports.tasks.send_reports"), name="reports by letter", expires=290
    )
    sender.add_periodic_task(
        crontab(hour=settings.LETTERS_AT.hour, minute=settings.LETTERS_AT.minute),
        sender.signature("clients.tasks.tell_birthdays"),
        name="birthdays",
    )
    sender.add_periodic_task(
        crontab(hour="4", minute="30"), sender.signature("clients.tasks.clean_files"), name="deleted files"
    )
    sender.add_periodic_task(
        crontab(hour="4", minute="40"), sender.signature("clients.tasks.forget_merges"), name="old merges"
    )
    sender.add_periodic_task(
        crontab(hour="3", minute="45"), sender.signature("interactions.tasks.fill_series"), name="recurring events"
    )
    sender.add_periodic_task(
        crontab(hour="4", minute="20"), sender.signature("interactions.tasks.fold_tallies"), name="tallies of events"
    )
    sender.add_periodic_task(
        crontab(hour="4", minute="25"), sender.signature("exchange.tasks.fold_turns"), name="turns of colours"
    )
    sender.add_periodic_task(
        crontab(hour="4", minute="30"), sender.signature("reports.tasks.fold_flows"), name="flows of clients and sales"
    )
    sender.add_periodic_task(crontab(), sender.signature("interactions.tasks.remind"), name="reminders", expires=55)
    sender.add_periodic_task(
        crontab(), sender.signature("reports.tasks.settle"), name="kept rows of reports", expires=55
    )
