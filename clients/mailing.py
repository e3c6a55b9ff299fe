"""The outbox: letters that wait are sent, and sent again until the mail server takes them.

**At least once.** A letter is claimed by a conditional UPDATE before it goes out, so that any number of senders send it
once. Only a sender that dies (or loses the database) between the server's "accepted" and our own "sent" has it sent a
second time, when its claim has run out; both copies carry the same Message-ID, by which mail programs know them for
one. Nothing here holds a transaction open while it talks to the server, and nothing else waits for it.
"""

import datetime as dt
import logging
import smtplib
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F, QuerySet
from django.urls import reverse

from clients.letters import absolute
from clients.models import Letter
from crm import clock

logger = logging.getLogger(__name__)

#: How long after each failure the next attempt comes; after the last one the letter is given up (in all: 2.7 days).
RETRIES = (
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
    dt.timedelta(hours=4),
    dt.timedelta(hours=12),
    dt.timedelta(hours=24),
    dt.timedelta(hours=24),
)
#: How long a claimed letter is its sender's: longer than the slowest conversation with a server takes.
LEASE = dt.timedelta(minutes=15)
#: Seconds after which a sweep begins no further letter, so that it does not keep a worker from the night.
BUDGET = 240.0
#: A letter is overdue when it should have gone out so long ago.
OVERDUE = dt.timedelta(hours=1)


@dataclass(slots=True)
class Sweep:
    """What one sweep did."""

    sent: int = 0
    failed: int = 0


def send_due_letters(*, budget: float = BUDGET) -> Sweep:
    """Send the letters whose time has come, one by one, in the order in which it came.

    A letter the server refuses is tried again later (``RETRIES``) and does not hold up the others. A server that does
    not answer ends the sweep: the rest keep their attempts for the next one.
    """
    done, started = Sweep(), time.monotonic()
    _give_up_on_leavers()
    connection: Any = None
    try:
        while time.monotonic() - started < budget and (letter := _claim()):
            opened = False
            try:
                if connection is None:
                    connection = get_connection()
                    connection.open()
                opened = True
                _message(letter, connection).send()
            except Exception as error:
                _postpone(letter, error)
                done.failed += 1
                _close(connection)
                connection = None
                if not opened or _is_down(error):
                    break
            else:
                _mark_sent(letter)
                done.sent += 1
    finally:
        _close(connection)
    return done


def due() -> QuerySet[Letter]:
    """Letters that may be sent now, the longest waiting first."""
    return Letter.objects.filter(status=Letter.Status.QUEUED, next_try_at__lte=clock.now()).order_by(
        "next_try_at", "pk"
    )


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


def _claim() -> Letter | None:
    """The next letter, made ours; None when there is none left."""
    while letter := due().first():
        ours = Letter.objects.filter(
            pk=letter.pk, status=Letter.Status.QUEUED, attempts=letter.attempts, next_try_at=letter.next_try_at
        ).update(attempts=F("attempts") + 1, next_try_at=clock.now() + LEASE)
        if ours:
            letter.attempts += 1
            return letter
    return None


def _give_up_on_leavers() -> None:
    """Who has left the company since is not written to any more."""
    Letter.objects.filter(status=Letter.Status.QUEUED, recipient__is_active=False).update(
        status=Letter.Status.FAILED, last_error="the recipient no longer works here"
    )


def _message(letter: Letter, connection: Any) -> EmailMultiAlternatives:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.address],
        connection=connection,
        headers={
            # The same however often it is sent.
            "Message-ID": f"<letter-{letter.pk}-{letter.date:%Y%m%d}@{host}>",
            # Absence notes are not answered to it.
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{absolute(reverse('preferences'))}>",
        },
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _mark_sent(letter: Letter) -> None:
    Letter.objects.filter(pk=letter.pk).update(status=Letter.Status.SENT, sent_at=clock.now(), last_error="")


def _postpone(letter: Letter, error: Exception) -> None:
    """Write down why, and when to try again; unless somebody else has taken the letter meanwhile."""
    why = " ".join(f"{type(error).__name__}: {error}".split())[:1000]
    given_up = letter.attempts > len(RETRIES)
    changes = (
        {"status": Letter.Status.FAILED}
        if given_up
        else {"next_try_at": clock.now() + RETRIES[max(letter.attempts, 1) - 1]}
    )
    Letter.objects.filter(pk=letter.pk, status=Letter.Status.QUEUED, attempts=letter.attempts).update(
        last_error=why, **changes
    )
    words = "given up after %d attempts" if given_up else "failed (attempt %d)"
    logger.warning("letter %s " + words + ": %s", letter.pk, letter.attempts, why)


def _is_down(error: Exception) -> bool:
    """The server does not answer or does not let us in, so no other letter will fare better now."""
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return False
    return isinstance(error, OSError)  # SMTPException is one too


def _close(connection: Any) -> None:
    if connection is not None:
        try:
            connection.close()
        except Exception:
            logger.debug("the connection to the mail server did not close", exc_info=True)
