"""The daily letter: what a person has not read under the bell, in one letter a day, never one per client.

Here it is written (:func:`compose_letters`); ``clients.mailing`` sends it. Nothing here talks to a mail server.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients import notice_settings, notices
from clients.models import Letter, Manager, Notice
from clients.notices import Line
from crm import clock
from crm.web.preferences import of_person

logger = logging.getLogger(__name__)

DIGEST = "digest"
#: What is older is not written about: who switched the letters on after a year is not told the year.
LOOKBACK = dt.timedelta(days=7)
#: Details under one notice in a letter; the rest is counted, and the page shows it.
MOST_LINES = 40
_SUBJECT_LENGTH = 200


# --- composing --------------------------------------------------------------------------------------------------------
def compose_letters(date: dt.date | None = None, *, told_before: dt.datetime | None = None) -> int:
    """Write the letters of one day: one for everybody who has unread notices that were in no letter yet.

    At most one letter per person and date, however often and by however many processes this is called (the table's
    constraint decides). Each person's letter is one transaction with the link from its notices; one that cannot be
    written is logged, and written at the next call. What comes after it waits for the next day's letter.

    Who has no address gets a letter marked as skipped, so that an administrator sees it; who has switched letters off
    gets none.

    Args:
        date: the company's calendar date on which the letters go out; today without one. A night that is caught up
            gives the day on which it really runs: three nights in one morning are still one letter.
        told_before: leave out who was told nothing before this moment, unless the kind goes out on the same day.

    Returns:
        How many letters were written.
    """
    date = date or clock.today()
    people = _waiting(date)
    if told_before is not None:
        today = [kind.key for kind in notices.registered() if kind.urgent or kind.same_day]
        people = people.filter(Q(created_at__lt=told_before) | Q(kind__in=today))
    people = people.exclude(recipient__in=Letter.objects.filter(kind=DIGEST, date=date).values("recipient"))
    written = 0
    for recipient in sorted(set(people.order_by().values_list("recipient_id", flat=True))):
        try:
            written += _compose_for(recipient, date)
        except Exception:
            logger.exception("the letter of %s to manager %s could not be written", date, recipient)
    return written


def compose_morning_letters() -> int:
    """Write today's letters once it is ``LETTERS_AT``; called every few minutes, it is late rather than left out.

    A notice that comes later in the day waits for tomorrow, unless its kind goes out on the same day and its reader had
    no letter today.
    """
    today = clock.today()
    morning = clock.at(today, settings.LETTERS_AT.hour, settings.LETTERS_AT.minute)
    return compose_letters(today, told_before=morning) if clock.now() >= morning else 0


def _waiting(date: dt.date) -> QuerySet[Notice]:
    """Notices that belong into a letter of this date, as their readers want them."""
    return Notice.objects.filter(
        notice_settings.wanted_in_letters(notices.registered()),
        letter=None,
        read_at=None,
        date__lte=date,
        date__gt=date - LOOKBACK,
        recipient__is_active=True,
        recipient__daily_letter=True,
    )


def _compose_for(recipient_id: int, date: dt.date) -> int:
    """One person's letter; 0 when somebody else has just written it, or there is nothing to tell any more."""
    try:
        with transaction.atomic():
            recipient = Manager.objects.get(pk=recipient_id)
            letter = Letter.objects.create(
                recipient=recipient,
                kind=DIGEST,
                date=date,
                address=recipient.email,
                status=Letter.Status.QUEUED if recipient.email else Letter.Status.SKIPPED,
            )
            if not _waiting(date).filter(recipient=recipient).update(letter=letter):
                transaction.set_rollback(True)
                return 0
            content = write(list(letter.notices.all()), recipient, date)
            letter.subject, letter.text, letter.html = content.subject, content.text, content.html
            letter.save(update_fields=["subject", "text", "html"])
            return 1
    except IntegrityError:
        if Letter.objects.filter(recipient=recipient_id, kind=DIGEST, date=date).exists():
            return 0
        raise


# --- writing ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Content:
    """A letter's words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice in a letter: its words, its absolute address, its details, and how many there was no room for."""

    words: str
    url: str
    lines: Sequence[Line]
    left_out: str


@dataclass(frozen=True, slots=True)
class Section:
    """Notices of one kind."""

    name: str
    urgent: bool
    entries: Sequence[Entry]


def absolute(url: str) -> str:
    """An address of this site as it is reached from a letter; empty for an empty one."""
    return f"{settings.SITE_URL}{url}" if url else ""


def write(told: Sequence[Notice], recipient: Manager, date: dt.date) -> Content:
    """The letter about these notices, in the recipient's language and time zone, as text and as HTML: the same facts.

    It names only what the recipient may see at this moment.
    """
    with of_person(recipient):
        sections = _sections(told, recipient)
        subject = _subject(sections)
        context = {
            "language": translation.get_language(),
            "subject": subject,
            "name": recipient.first_name or str(recipient),
            "date": date_format(date, "DATE_FORMAT"),
            "sections": sections,
            "notices_url": absolute(reverse("notice-list")),
            "preferences_url": absolute(reverse("preferences")),
        }
        return Content(
            subject=subject,
            text=_text(context, sections),
            html=render_to_string("letters/digest.html", context),
        )


def _sections(told: Sequence[Notice], recipient: Manager) -> list[Section]:
    details = notices.lines(told, recipient)
    order = {kind.key: place for place, kind in enumerate(notices.registered())}
    ordered = sorted(told, key=lambda notice: (order.get(notice.kind, len(order)), notice.kind, -notice.pk))
    return [
        Section(
            name=str(notices.kind_of(some[0]).name),
            urgent=notices.kind_of(some[0]).urgent,
            entries=[_entry(notice, details[notice.pk]) for notice in some],
        )
        for some in (list(group) for _kind, group in groupby(ordered, key=lambda notice: notice.kind))
    ]


def _entry(notice: Notice, lines: Sequence[Line]) -> Entry:
    shown = [Line(line.text, absolute(line.url), line.note, line.tone) for line in lines[:MOST_LINES]]
    left = len(lines) - len(shown)
    more = ngettext("and %(count)d more", "and %(count)d more", left) % {"count": left} if left else ""
    return Entry(_one_line(notices.words(notice)), absolute(notice.url), shown, more)


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _subject(sections: Sequence[Section]) -> str:
    """The first notice in words, and how many more there are."""
    entries = [entry for section in sections for entry in section.entries]
    first, more = entries[0].words, len(entries) - 1
    if more:
        # Translators: the subject of a letter. "12 clients leave in 14 days (and 2 more notices)".
        words = ngettext("%(first)s (and %(count)d more notice)", "%(first)s (and %(count)d more notices)", more)
        first = words % {"first": first, "count": more}
    return Truncator(first).chars(_SUBJECT_LENGTH)


def _text(context: dict, sections: Sequence[Section]) -> str:
    """The letter without HTML."""
    rows = [_("%(name)s, this is what Svetofor has for you. %(date)s") % context]
    for section in sections:
        rows += ["", f"== {section.name} =="]
        for entry in section.entries:
            rows += ["", entry.words] + ([entry.url] if entry.url else [])
            for line in entry.lines:
                rows.append(f"- {line.text}: {line.note}" if line.note else f"- {line.text}")
                if line.url:
                    rows.append(f"  {line.url}")
            if entry.left_out:
                rows.append(f"- {entry.left_out}: {context['notices_url']}")
    rows += [
        "",
        "-- ",
        _("All notices: %(url)s") % {"url": context["notices_url"]},
        _("At most one such letter a day. Where to switch it off: %(url)s") % {"url": context["preferences_url"]},
    ]
    return "\n".join(rows) + "\n"
