"""The daily letters that wait are sent, and sent again until the mail server takes them (``clients.outbox``)."""

import datetime as dt
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.urls import reverse

from clients import outbox
from clients.letters import absolute
from clients.models import Letter
from clients.outbox import BUDGET, Outbox, Sweep
from crm import clock

#: A letter is overdue when it should have gone out so long ago.
OVERDUE = dt.timedelta(hours=1)


def send_due_letters(*, budget: float = BUDGET) -> Sweep:
    """Send the letters whose time has come (``Outbox.send_due``)."""
    _give_up_on_leavers()
    return Outbox(Letter, message=_message, mark_sent=_mark_sent).send_due(budget=budget)


def overdue_count() -> int:
    """Letters that failed before or that nobody sends: they should have been out an hour ago."""
    waiting = Letter.objects.filter(status=Letter.Status.QUEUED)
    return waiting.filter(created_at__lt=clock.now() - OVERDUE).count()


def send_again(letters: QuerySet[Letter]) -> int:
    """Put letters that were not sent back into the queue, to the address their people have now. Those without one, and
    those of people who left, are let be. Returns how many are queued."""
    queued = 0
    for letter in letters.exclude(status=Letter.Status.SENT).select_related("recipient"):
        if not letter.recipient.email or not letter.recipient.is_active:
            continue
        queued += Letter.objects.filter(pk=letter.pk).update(
            status=Letter.Status.QUEUED,
            address=letter.recipient.email,
            attempts=0,
            next_try_at=clock.now(),
        )
    return queued


def _give_up_on_leavers() -> None:
    """Who has left the company since is not written to any more."""
    Letter.objects.filter(status=Letter.Status.QUEUED, recipient__is_active=False).update(
        status=Letter.Status.FAILED, last_error="the recipient no longer works here"
    )


def _message(letter: Letter, connection: Any) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.address],
        connection=connection,
        headers={
            "Message-ID": outbox.message_id("letter", letter.pk, letter.date),
            # Absence notes are not answered to it.
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{absolute(reverse('preferences'))}>",
        },
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _mark_sent(letter: Letter) -> None:
    Letter.objects.filter(pk=letter.pk).update(status=Letter.Status.SENT, sent_at=clock.now(), last_error="")
