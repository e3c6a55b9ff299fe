"""Rows that wait to be sent as letters, and are sent again until the mail server takes them.

**At least once.** A row is claimed by a conditional UPDATE before it goes out, so that any number of senders send it
once. Only a sender that dies (or loses the database) between the server's "accepted" and our own "sent" has it sent a
second time, when its claim has run out; both copies carry the same Message-ID, by which mail programs know them for
one. Nothing here holds a transaction open while it talks to the server, and nothing else waits for it.

Three tables are sent so: the daily letters to our own people (``clients.mailing``), what they write to clients
(``interactions.client_letters``), and reports (``reports.delivery.sending``), each of which takes its time to be made
and has a task of its own.
"""

import datetime as dt
import logging
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models
from django.db.models import F, QuerySet

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
QUEUED, SENT, FAILED = "queued", "sent", "failed"


@dataclass(slots=True)
class Sweep:
    """What one sweep did."""

    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Outbox:
    """A table that is sent. It has ``status``, ``attempts``, ``next_try_at``, ``last_error`` and ``sent_at``.

    Attributes:
        model: the table.
        message: the letter of a row, to go over an open connection.
        mark_sent: what is written when the server has taken it; it asks whether the row still waits.
        given_up: what follows when the last attempt has failed.
    """

    model: type[models.Model]
    message: Callable[[Any, Any], EmailMessage]
    mark_sent: Callable[[Any], None]
    given_up: Callable[[Any], None] | None = None

    def due(self) -> QuerySet:
        """Rows that may be sent now, the longest waiting first."""
        waiting = self.model._default_manager.filter(status=QUEUED, next_try_at__lte=clock.now())
        return waiting.order_by("next_try_at", "pk")

    def send_due(self, *, budget: float = BUDGET) -> Sweep:
        """Send the rows whose time has come, one by one, in the order in which it came.

        A letter the server refuses is tried again later (``RETRIES``) and does not hold up the others. A server that
        does not answer ends the sweep: the rest keep their attempts for the next one.
        """
        done, started = Sweep(), time.monotonic()
        connection: Any = None
        try:
            while time.monotonic() - started < budget and (row := self._claim()):
                opened = False
                try:
                    if connection is None:
                        connection = get_connection()
                        connection.open()
                    opened = True
                    self.message(row, connection).send()
                except Exception as error:
                    self._postpone(row, error)
                    done.failed += 1
                    _close(connection)
                    connection = None
                    if not opened or is_down(error):
                        break
                else:
                    self.mark_sent(row)
                    done.sent += 1
        finally:
            _close(connection)
        return done

    def hand_out(self, most: int) -> list[tuple[int, int]]:
        """Up to ``most`` rows that may be sent now, each for a task of its own: (key, attempts so far). They are not
        handed out again before ``LEASE`` has passed; what got lost on the way is, then."""
        later = clock.now() + LEASE
        return [(row.pk, row.attempts) for row in self.due()[:most] if self._unchanged(row).update(next_try_at=later)]

    def send_one(self, row: Any) -> bool:
        """Send a row that was handed out; False when somebody else has it, or the server does not take it: then it is
        tried again later (``RETRIES``)."""
        if not self._take(row):
            return False
        try:
            self.message(row, get_connection()).send()
        except Exception as error:
            self._postpone(row, error)
            return False
        self.mark_sent(row)
        return True

    def _claim(self) -> Any:
        """The next row, made ours; None when there is none left."""
        while row := self.due().first():
            if self._take(row):
                return row
        return None

    def _take(self, row: Any) -> bool:
        """Make a row ours, if it is still as it was read."""
        ours = self._unchanged(row).update(attempts=F("attempts") + 1, next_try_at=clock.now() + LEASE)
        row.attempts += ours
        return bool(ours)

    def _unchanged(self, row: Any) -> QuerySet:
        return self.model._default_manager.filter(
            pk=row.pk, status=QUEUED, attempts=row.attempts, next_try_at=row.next_try_at
        )

    def _postpone(self, row: Any, error: Exception) -> None:
        """Write down why, and when to try again; unless somebody else has taken the row meanwhile."""
        why = " ".join(f"{type(error).__name__}: {error}".split())[:1000]
        is_last = row.attempts > len(RETRIES)
        changes = {"status": FAILED} if is_last else {"next_try_at": clock.now() + RETRIES[max(row.attempts, 1) - 1]}
        ours = self.model._default_manager.filter(pk=row.pk, status=QUEUED, attempts=row.attempts).update(
            last_error=why, **changes
        )
        words = "given up after %d attempts" if is_last else "failed (attempt %d)"
        logger.warning("%s %s " + words + ": %s", self.model._meta.model_name, row.pk, row.attempts, why)
        if ours and is_last and self.given_up:
            self.given_up(row)


def message_id(name: str, key: Any, date: dt.date) -> str:
    """The Message-ID of a row: the same however often it is sent."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{name}-{key}-{date:%Y%m%d}@{host}>"


def is_down(error: Exception) -> bool:
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
