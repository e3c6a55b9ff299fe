"""Reports that go out regularly: made, changed, stopped, left; and the letters of a day put into the outbox."""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clients.models import Manager, Role
from crm import clock
from crm.web.access import Access
from crm.web.errors import DomainError
from reports.delivery.asking import ask_for, with_days
from reports.frame.report import Report, find
from reports.models import ReportDelivery, ReportLetter
from reports.rules.timing import next_day

logger = logging.getLogger(__name__)


def choosable(owner: Manager, report: Report) -> QuerySet[Manager]:
    """To whom ``owner`` may have a report sent: people whose figures he may read, himself among them, who may open it
    themselves."""
    people: Any = Manager.objects.reported_to(owner)
    may_open = {
        Access.HEAD: Q(role__in=[Role.HEAD, Role.DIRECTOR]) | Q(is_staff=True) | Q(is_superuser=True),
        Access.DIRECTOR: Q(role=Role.DIRECTOR) | Q(is_staff=True) | Q(is_superuser=True),
        Access.ADMIN: Q(is_staff=True) | Q(is_superuser=True),
    }
    return people.filter(may_open.get(report.access, Q()), is_active=True)


@transaction.atomic
def save_delivery(*, delivery: ReportDelivery, recipients: Iterable[Manager], by: Manager) -> ReportDelivery:
    """Make or change a delivery; it goes out on its next day, never on the day it is changed.

    Raises:
        DomainError: no such report, or not his to open; nobody is to get it; somebody is not his to choose, or may not
            see what the filters ask for.
        ValidationError: the day does not belong to its week or month, or the name is missing.
    """
    report = find(delivery.report)
    if report is None or not report.is_sendable or not report.access.allows(by):
        raise DomainError(_("There is no such report."))
    chosen = {person.pk: person for person in recipients}
    _check_recipients(delivery, report, chosen, by)
    delivery.owner = by
    delivery.name = " ".join(delivery.name.split())
    delivery.next_on = next_day(delivery.every, delivery.day, clock.today())
    delivery.full_clean()
    delivery.save()
    delivery.recipients.set(chosen)
    return delivery


def _check_recipients(delivery: ReportDelivery, report: Report, chosen: dict[int, Manager], by: Manager) -> None:
    if not chosen:
        raise DomainError(_("Choose who gets it."), field="recipients")
    allowed = set(choosable(by, report).filter(pk__in=chosen).values_list("pk", flat=True))
    if strangers := [str(person) for pk, person in chosen.items() if pk not in allowed]:
        words = _("This report cannot be sent to: %(names)s.") % {"names": ", ".join(strangers)}
        raise DomainError(words, field="recipients")
    if not ask_for(by, report, delivery.query).filterset.is_sound:
        raise DomainError(_("You may not see what these filters ask for."))
    lost = [str(each) for each in chosen.values() if not ask_for(each, report, delivery.query).filterset.is_sound]
    if lost:
        words = _("Not theirs to see is what the filters ask for: %(names)s.") % {"names": ", ".join(lost)}
        raise DomainError(words, field="recipients")


def switch(*, delivery: ReportDelivery, is_on: bool) -> None:
    """Stop it, or have it go out again from its next day on."""
    delivery.is_on = is_on
    delivery.next_on = next_day(delivery.every, delivery.day, clock.today())
    delivery.save(update_fields=["is_on", "next_on"])


def delete(*, delivery: ReportDelivery) -> None:
    """Take it away, with what is known of its letters. The log of exports keeps what went out."""
    delivery.delete()


@transaction.atomic
def leave(*, delivery: ReportDelivery, recipient: Manager) -> None:
    """``recipient`` does not want it any more. Without anybody left it is stopped."""
    delivery.recipients.remove(recipient)
    ReportLetter.objects.filter(delivery=delivery, recipient=recipient, status=ReportLetter.Status.QUEUED).delete()
    if delivery.is_on and not delivery.recipients.exists():
        switch(delivery=delivery, is_on=False)


@transaction.atomic
def send_now(*, delivery: ReportDelivery) -> int:
    """Letters to all recipients at once, beside the timetable; asked twice within a minute they go out once. How many
    are on their way."""
    return _put_out(delivery, asked_at=f"{clock.now():%Y-%m-%dT%H:%M}")


def put_out_due() -> int:
    """The letters of all deliveries whose day has come, once it is ``LETTERS_AT``; how many were put into the outbox.

    Each delivery by itself, in its own transaction, so that one that fails does not hold up the others. Days on which
    nothing ran are not made up for: there is one letter, of the week or month before the day it goes out. What somebody
    who has left had sent does not go out any more.
    """
    now, today = clock.now(), clock.today()
    if now < clock.at(today, settings.LETTERS_AT.hour, settings.LETTERS_AT.minute):
        return 0
    written = 0
    due = ReportDelivery.objects.filter(is_on=True, next_on__lte=today, owner__is_active=True).order_by("pk")
    for pk in list(due.values_list("pk", flat=True)):
        try:
            written += _put_out_due(pk, today)
        except Exception:
            logger.exception("the letters of delivery %s could not be put into the outbox", pk)
    return written


@transaction.atomic
def _put_out_due(pk: int, today: dt.date) -> int:
    delivery = ReportDelivery.objects.select_for_update().filter(pk=pk, is_on=True, next_on__lte=today).first()
    if delivery is None:  # another worker was quicker
        return 0
    delivery.next_on = next_day(delivery.every, delivery.day, today)
    delivery.save(update_fields=["next_on"])
    return _put_out(delivery)


def _put_out(delivery: ReportDelivery, asked_at: str = "") -> int:
    report = find(delivery.report)
    query = with_days(report, delivery.owner, delivery.query, delivery.every) if report else delivery.query
    date, before = clock.today(), delivery.letters.count()
    ReportLetter.objects.bulk_create(
        [
            ReportLetter(delivery=delivery, recipient_id=pk, date=date, asked_at=asked_at, query=query)
            for pk in delivery.recipients.order_by("pk").values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )
    return delivery.letters.count() - before
