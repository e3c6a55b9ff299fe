"""A calendar as other programs read it: iCalendar (RFC 5545)."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext, pgettext

from clients.models import Manager
from interactions.calendar.reading import Entry

#: How often a program is asked to look again.
_EVERY = dt.timedelta(hours=1)


def write(
    entries: Iterable[Entry],
    *,
    name: str,
    zone: dt.tzinfo,
    site: str,
    with_words: bool,
    people: dict[int, Manager] | None = None,
) -> bytes:
    """The entries as an ``.ics`` file. The same entries give the same bytes.

    Times stand in the reader's own zone, whose rules come with the file: what is at ten stays at ten when the clocks
    are put forward. Phones, e-mails and what was said never leave the program.

    Args:
        site: "https://crm.example": events are named after it, and their links begin with it.
        with_words: with clients and subjects; without them everything is "busy".
        people: whose events they are, where they are of several.
    """
    import icalendar  # few requests need it, and it is large

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Svetofor CRM//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", _EVERY)
    host = site.partition("://")[2]
    for entry in entries:
        event = icalendar.Event()
        event.add("uid", f"event-{entry.pk}@{host}")
        event.add("dtstamp", entry.changed_at.astimezone(dt.UTC).replace(microsecond=0))
        event.add("dtstart", entry.start.astimezone(zone).replace(microsecond=0))
        event.add("dtend", entry.end.astimezone(zone).replace(microsecond=0))
        event.add("summary", _summary(entry, with_words, people))
        if with_words and entry.event:
            event.add("url", f"{site}{entry.event.get_absolute_url()}")
        event.add("status", "CONFIRMED")
        event.add("transp", "TRANSPARENT" if entry.is_done else "OPAQUE")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _summary(entry: Entry, with_words: bool, people: dict[int, Manager] | None) -> str:
    words = pgettext("calendar", "busy")
    if with_words and entry.event:
        event = entry.event
        words = f"{event.client}: {event}"
        if entry.is_done:
            words = gettext("%(event)s (done)") % {"event": words}
    return f"{people[entry.responsible_id].short_name}: {words}" if people else words
