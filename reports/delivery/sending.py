"""The outbox of letters with reports (``clients.outbox``): at least once each, and what follows when one does not go.

What a letter may say is decided when it goes out, not when it was put into the outbox: who has left, may not open the
report any more, or is no longer the owner's to choose gets nothing. Each file that went out stands in the log of
exports, under the name of who got it.
"""

from email.mime.image import MIMEImage
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse

from clients import outbox
from clients.letters import absolute
from clients.models import ExportLog
from clients.outbox import FAILED, QUEUED, SENT, Outbox
from crm import clock
from crm.web.exports import XLSX
from reports.delivery import notices
from reports.delivery.asking import ask_for
from reports.delivery.content import Content, write
from reports.delivery.services import choosable, put_out_due
from reports.frame.report import find
from reports.models import ReportLetter

#: Letters handed out by one sweep, five minutes before the next: what a worker makes in that time. However many people
#: get a report, no more tasks than that wait for it.
AT_ONCE = 100


def hand_out() -> list[tuple[int, int]]:
    """Put the letters of the day into the outbox, and say which ones to make now: (key, attempts so far), each to be
    sent by a task of its own (:func:`send_letter`)."""
    put_out_due()
    return OUTBOX.hand_out(AT_ONCE)


def send_letter(pk: int, attempts: int) -> bool:
    """Make and send a letter that was handed out, unless it may not go out any more; whether it went."""
    waiting = ReportLetter.objects.filter(pk=pk, status=QUEUED, attempts=attempts)
    letter = waiting.select_related("delivery__owner", "recipient__department").first()
    if letter is None:  # another task was quicker
        return False
    if why := refusal(letter):
        if waiting.update(status=FAILED, last_error=why):
            notices.undelivered(letter, why)
        return False
    return OUTBOX.send_one(letter)


def refusal(letter: ReportLetter) -> str:
    """Why a letter may not go out: a key of ``notices.REASONS``; empty when it may. What holds is what holds now."""
    delivery, reader = letter.delivery, letter.recipient
    report = find(delivery.report)
    if report is None or not delivery.owner.is_active:
        return "gone"
    if not reader.is_active:
        return "left"
    if not reader.email:
        return "address"
    if not choosable(delivery.owner, report).filter(pk=reader.pk).exists():
        return "chosen"
    return "" if ask_for(reader, report, letter.query).filterset.is_sound else "scope"


def _message(letter: ReportLetter, connection: Any) -> EmailMultiAlternatives:
    report = find(letter.delivery.report)
    assert report is not None  # refused otherwise
    content = write(letter, report)
    letter.file_rows = content.file.rows if content.file else None
    return envelope(letter, content, connection)


def _mark_sent(letter: ReportLetter) -> None:
    rows = letter.file_rows
    with transaction.atomic():
        waiting = ReportLetter.objects.filter(pk=letter.pk, status=QUEUED)
        done = waiting.update(status=SENT, sent_at=clock.now(), last_error="", has_file=rows is not None)
        if done and rows is not None:
            what = f"report-{letter.delivery.report}-xlsx"
            ExportLog.objects.create(manager=letter.recipient, what=what, query=letter.query[:1000], rows=rows)


def _given_up(letter: ReportLetter) -> None:
    notices.undelivered(letter, "mail")


OUTBOX = Outbox(ReportLetter, message=_message, mark_sent=_mark_sent, given_up=_given_up)


def envelope(letter: ReportLetter, content: Content, connection: Any = None) -> EmailMultiAlternatives:
    """The letter as it goes out: words, pictures within them, the spreadsheet."""
    message = EmailMultiAlternatives(
        subject=content.subject,
        body=content.text,
        to=[letter.recipient.email],
        connection=connection,
        headers={
            "Message-ID": outbox.message_id("report", letter.pk, letter.date),
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{absolute(reverse('report-deliveries'))}>",
        },
    )
    message.attach_alternative(content.html, "text/html")
    for image in content.images:
        part = MIMEImage(image.content, "png")
        part.add_header("Content-ID", f"<{image.key}>")
        part.add_header("Content-Disposition", "inline", filename=f"{image.key}.png")
        message.attach(part)
    if content.file:
        message.attach(content.file.name, content.file.content, XLSX)
    return message
