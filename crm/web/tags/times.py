"""Dates and times in words."""

import datetime as dt
from zoneinfo import ZoneInfo

from django import template
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm import clock
from crm.web import timezones
from crm.web.words import once_a_language

register = template.Library()


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """A date as short as it can be: "Today", "Yesterday", "Tomorrow", "12 Mar", "12 Mar 2025"."""
    if value is None or value == "":
        return ""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    return _day_words(date, timezone.localdate())


@once_a_language
def _day_words(date: dt.date, today: dt.date) -> str:
    near = {0: _("Today"), -1: _("Yesterday"), 1: _("Tomorrow")}.get((date - today).days)
    if near:
        return near
    # Translators: date formats of Django's "date" filter: in this year, and in another one.
    return str(format_date(date, _("j M") if date.year == today.year else _("j M Y")))


@register.filter
def on_day(value: dt.date | dt.datetime | None) -> str:
    """A date inside a sentence: never "Today", which other languages cannot put after "since" or "on"."""
    if value is None or value == "":
        return ""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    return _on_day_words(date, timezone.localdate().year)


@once_a_language
def _on_day_words(date: dt.date, year: int) -> str:
    # Translators: date formats of Django's "date" filter after words such as "since": in this year, and in another one.
    this_year, another = pgettext("in a sentence", "j M"), pgettext("in a sentence", "j M Y")
    return str(format_date(date, this_year if date.year == year else another))


@register.filter
def moment(value: dt.datetime | None) -> str:
    """A moment as short as it can be: "Today 14:05", "12 Mar 09:30"."""
    if value is None or value == "":
        return ""
    return f"{day(value)} {timezone.localtime(value):%H:%M}"


@register.simple_tag
def time_tag(value: dt.date | dt.datetime | None, empty: str = "–") -> SafeString:
    """``<time>`` with the short words inside and the full date in ``datetime`` and ``title``."""
    if value is None or value == "":
        return format_html('<span class="sv-faint">{}</span>', empty)
    if isinstance(value, dt.datetime):
        local = timezone.localtime(value)
        return _moment_tag(local.isoformat(), local.replace(tzinfo=None), timezone.localdate())
    return _day_tag(value, timezone.localdate())


@once_a_language
def _moment_tag(written: str, local: dt.datetime, today: dt.date) -> SafeString:
    full, short = date_format(local, "DATETIME_FORMAT"), f"{_day_words(local.date(), today)} {local:%H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', written, full, short)


@once_a_language
def _day_tag(date: dt.date, today: dt.date) -> SafeString:
    full, short = date_format(date, "DATE_FORMAT"), _day_words(date, today)
    return format_html('<time datetime="{}" title="{}">{}</time>', date.isoformat(), full, short)


@register.filter
def ago(value: dt.date | dt.datetime | None) -> str:
    """Whole days since a date in words: "today", "yesterday", "34 days ago", "in 3 days"."""
    if value is None or value == "":
        return ""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    return _ago_words((timezone.localdate() - date).days)


@once_a_language
def _ago_words(days: int) -> str:
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days > 1:
        return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}
    return ngettext("in %(days)d day", "in %(days)d days", -days) % {"days": -days}


@register.simple_tag
def local_time(zone: str | None) -> SafeString:
    """Beside a phone number: "now 17:20 in Vladivostok". Nothing where the clock there shows the same as here.

    Outside 8:00–20:00 there it is marked, so that nobody is woken up.
    """
    if not zone or not timezones.is_known(zone) or timezones.difference_hours(zone) == 0:
        return mark_safe("")
    there = clock.now().astimezone(ZoneInfo(zone))
    words = _("now %(time)s in %(city)s") % {"time": f"{there:%H:%M}", "city": timezones.city(zone)}
    asleep = not 8 <= there.hour < 20
    return format_html(
        '<span class="sv-local-time{}"><i class="bi bi-{}" aria-hidden="true"></i> {}</span>',
        " is-night" if asleep else "",
        "moon" if asleep else "clock",
        words,
    )


@register.filter
def zone_city(zone: str | None) -> str:
    """The city of a time zone in the reader's language."""
    return timezones.city(zone) if zone else ""
