"""Letters to clients: queued by a person, sent by a worker, registered as a contact once the mail server took them.

A letter that does not leave is no contact: the event of the history is written together with "sent", in one
transaction, so that there is one however often the row is tried. At least once, as every outbox (``clients.outbox``).
"""

import datetime as dt
import logging
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients import outbox
from clients.models import Client, ContactPerson, ContactPoint, Manager
from clients.outbox import BUDGET, FAILED, QUEUED, SENT, Outbox, Sweep
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import letter_notices
from interactions.models import ClientLetter, Event, EventKind, EventStatus
from interactions.services import Participants, register_event

logger = logging.getLogger(__name__)

#: How long a letter waits for second thoughts (Undo) before it goes out.
GRACE = dt.timedelta(seconds=20)


@transaction.atomic
def queue_letter(
    *,
    client: Client,
    person: ContactPerson | None,
    point: ContactPoint,
    subject: str,
    text: str,
    by: Manager,
    key: str = "",
    now: dt.datetime | None = None,
) -> ClientLetter:
    """Put a letter to a client's address into the outbox; it leaves after ``GRACE``.

    Args:
        point: the e-mail address; of this client.
        key: for what day it is written: one letter for it, whoever sends.

    Raises:
        ValidationError: subject or text is empty or too long; the address is not this client's.
        DomainError: nobody holds the client.
        Conflict: somebody has sent this letter already.
    """
    now = now or clock.now()
    here = lock_clients([client.pk])[client.pk]
    if not here.is_held:
        raise DomainError(_("Nobody holds this client now: it is not written to."))
    if point.client_id != client.pk or point.kind != ContactPoint.Kind.EMAIL:
        raise ValidationError({"to": _("This is not an address of this client.")})
    letter = ClientLetter(
        client=here,
        person=person,
        address=point.normalized,
        # A line break would end the head of the letter.
        subject=" ".join(subject.split()),
        text=text.strip(),
        key=key,
        by=by,
        next_try_at=now + GRACE,
        created_at=now,
    )
    letter.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            letter.save(force_insert=True)
    except IntegrityError as error:
        before = (
            ClientLetter.objects.exclude(status=FAILED).filter(key=key).exclude(key="").select_related("by").first()
        )
        if before is None:
            raise
        raise Conflict(_("%(name)s has written this letter already.") % {"name": before.by}) from error
    return letter


@transaction.atomic
def take_back(*, letter: ClientLetter) -> None:
    """Second thoughts: a letter that has not gone out yet is not written.

    Raises:
        Conflict: a worker has it in hand, or it is gone.
    """
    if not ClientLetter.objects.filter(pk=letter.pk, status=QUEUED, attempts=0).delete()[0]:
        raise Conflict(_("Too late: the letter is on its way."))


def send_again(letters: QuerySet[ClientLetter]) -> int:
    """Put letters that were given up back into the queue. Those another letter has replaced, and those of people who
    left, are let be. Returns how many are queued."""
    queued = 0
    for letter in letters.filter(status=FAILED, by__is_active=True):
        try:
            with transaction.atomic():
                queued += ClientLetter.objects.filter(pk=letter.pk, status=FAILED).update(
                    status=QUEUED, attempts=0, next_try_at=clock.now()
                )
        except IntegrityError:
            logger.info("letter %s is replaced by another one", letter.pk)
    return queued


def send_due(*, budget: float = BUDGET) -> Sweep:
    """Send the letters whose time has come (``Outbox.send_due``)."""
    _give_up_needless()
    waiting = Outbox(ClientLetter, message=_message, mark_sent=_mark_sent, given_up=letter_notices.given_up)
    return waiting.send_due(budget=budget)


def _give_up_needless() -> None:
    """What nobody is to send any more: of people who left, and to clients that went to the exchange while a letter
    waited. Only what is due: a letter that a sender has in hand is his until his claim runs out."""
    due = ClientLetter.objects.filter(status=QUEUED, next_try_at__lte=clock.now())
    due.filter(by__is_active=False).update(status=FAILED, last_error="who wrote it no longer works here")
    for letter in due.filter(client__manager__isnull=True).select_related("client"):
        if due.filter(pk=letter.pk).update(status=FAILED, last_error="nobody holds the client"):
            letter_notices.given_up(letter)


def _message(letter: ClientLetter, connection: Any) -> EmailMessage:
    return EmailMessage(
        subject=letter.subject,
        body=letter.text,
        # The name of who writes, the address of the company: mail servers trust no other.
        from_email=formataddr((str(letter.by), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[letter.address],
        reply_to=[letter.by.email] if letter.by.email else None,
        connection=connection,
        headers={"Message-ID": outbox.message_id("client-letter", letter.pk, clock.local_date(letter.created_at))},
    )


def _mark_sent(letter: ClientLetter) -> None:
    """The server has it: it is sent, and part of the client's history. A letter that left is marked as sent even where
    the history cannot be written: it must not leave again."""
    try:
        _register(letter)
    except Exception:
        logger.exception("letter %s is sent, but stands in no history", letter.pk)
        _sent(letter, None, clock.now())


@transaction.atomic
def _register(letter: ClientLetter) -> None:
    now = clock.now()
    lock_clients([letter.client_id])
    if not _sent(letter, None, now):
        return  # another sender has written it down already
    event = Event(
        client=letter.client,
        kind=EventKind.objects.get(code="letter_out"),
        status=EventStatus.DONE,
        subject=letter.subject,
        text=letter.text,
        occurred_at=now,
        responsible=letter.by,
    )
    persons = [letter.person] if letter.person else []
    register_event(event=event, by=letter.by, participants=Participants(persons=persons), now=now)
    ClientLetter.objects.filter(pk=letter.pk).update(event=event)


def _sent(letter: ClientLetter, event: Event | None, now: dt.datetime) -> int:
    waiting = ClientLetter.objects.filter(pk=letter.pk, status=QUEUED)
    return waiting.update(status=SENT, sent_at=now, last_error="", event=event)
