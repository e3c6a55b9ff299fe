"""The colour of a client and what is left of it."""

import datetime as dt
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm import clock
from crm.web.words import once_a_language

register = template.Library()


ZONE_ICONS = {
    "green": "check-circle",
    "yellow": "exclamation-triangle",
    "red": "exclamation-octagon",
    "exchange": "arrow-left-right",
    "archived": "archive",
}


@once_a_language
def zone_word(zone: str | None) -> str:
    """The zone's name in the reader's language; an empty zone means nobody holds the client."""
    words = {
        "green": pgettext("zone", "Green"),
        "yellow": pgettext("zone", "Yellow"),
        "red": pgettext("zone", "Red"),
        "exchange": pgettext("zone", "On the exchange"),
        "archived": pgettext("zone", "Archived"),
    }
    return words.get(zone or "", pgettext("zone", "No manager"))


@register.filter
def zone_name(zone: str | None) -> str:
    """``{{ zone|zone_name }}``: "Yellow"."""
    return zone_word(zone)


@register.simple_tag
def zone_badge(zone: str | None, note: str = "") -> SafeString:
    """The zone as a badge: icon and word, and what is left. ``{% zone_badge zone client|days_left:zone %}``.

    Green is plain text (green clients are not highlighted); yellow and red are tinted. ``exchange`` and ``archived``
    are zones here.
    """
    if not note:
        return _bare_badge(zone)
    noted = format_html('{} <span class="sv-zone-note">{}</span>', zone_word(zone), note)
    return _badge(zone, noted)


@once_a_language
def _bare_badge(zone: str | None) -> SafeString:
    return _badge(zone, zone_word(zone))


def _badge(zone: str | None, words: str) -> SafeString:
    return format_html(
        # The icon is drawn before the words: a tag for it in every row of a list would be as long as the rest.
        '<span class="sv-zone sv-zone-{} bi bi-{}">{}</span>',
        zone if zone in ZONE_ICONS else "none",
        ZONE_ICONS.get(zone or "", "dash-circle"),
        words,
    )


@register.filter
def zone_row(zone: str | None) -> str:
    """CSS class of a table row or card: the 4-px stripe for yellow and red, nothing for green."""
    return f"sv-stripe-{zone}" if zone in ("yellow", "red") else ""


@once_a_language
def days_text(days: int, to: str) -> str:
    """What is left until a zone in words. ``to``: "yellow", "red" or "exchange"; days may be zero or negative."""
    if to == "exchange":
        if days <= 0:
            return _("due for the exchange")
        if days == 1:
            return _("leaves tomorrow")
        return ngettext("leaves in %(days)d day", "leaves in %(days)d days", days) % {"days": days}
    if to == "red":
        if days <= 0:
            return _("red today")
        return ngettext("%(days)d day to red", "%(days)d days to red", days) % {"days": days}
    if days <= 0:
        return _("yellow today")
    return ngettext("%(days)d day to yellow", "%(days)d days to yellow", days) % {"days": days}


@register.filter
def days_to(when: dt.date | int | None, to: str) -> str:
    """``{{ client.detach_on|days_to:"exchange" }}``: "leaves in 3 days". Takes the date, or the number of days."""
    if when is None or when == "":
        return ""
    return days_text((when - clock.today()).days if isinstance(when, dt.date) else int(when), to)


_NEXT = {"green": ("yellow_on", "yellow"), "yellow": ("red_on", "red"), "red": ("detach_on", "exchange")}


@register.filter
def days_left(client: Any, zone: str) -> str:
    """``{{ client|days_left:zone }}``: what is left to the next zone of anything with the three dates of a client.

    Where it is known what keeps the client (``client.leaving``), it counts to the day it is really expected to leave.
    """
    if zone not in _NEXT:
        return ""
    name, to = _NEXT[zone]
    outlook = getattr(client, "leaving", None) if to == "exchange" else None
    return days_to(outlook.on if outlook else getattr(client, name, None), to)


@register.simple_tag
def zone_bar(green: int = 0, yellow: int = 0, red: int = 0, label: str = "") -> SafeString:
    """A bar cut into the three colours, drawn as SVG (no inline styles), with the numbers as its text alternative."""
    counts = {"green": green or 0, "yellow": yellow or 0, "red": red or 0}
    total = sum(counts.values())
    words = label or ", ".join(f"{zone_word(zone)}: {number_format(n)}" for zone, n in counts.items())
    if not total:
        return format_html('<span class="sv-faint" aria-label="{}">–</span>', words)
    parts, left = [], 0.0
    for zone, count in counts.items():
        width = 100 * count / total
        if count:
            parts.append((zone, f"{left:.2f}", f"{width:.2f}"))
        left += width
    bars = format_html_join("", '<rect class="sv-fill-{}" x="{}" y="0" width="{}" height="8"/>', parts)
    return format_html(
        '<svg class="sv-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        "<title>{}</title>{}</svg>",
        words,
        words,
        bars,
    )
