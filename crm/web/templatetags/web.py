"""Template tags every page may use. They know words and looks, never models.

The tags used inside rows build their HTML with ``format_html``: including a template per row costs more than the row.
"""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm import clock
from crm.web import htmx, text, timezones

register = template.Library()

ZONE_ICONS = {
    "green": "check-circle",
    "yellow": "exclamation-triangle",
    "red": "exclamation-octagon",
    "exchange": "arrow-left-right",
    "archived": "archive",
}


# --- icons and people -------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of bootstrap-icons. With a label it speaks for itself; without one it only decorates."""
    extra = f" {css}" if css else ""
    if label:
        return format_html(
            '<i class="bi bi-{}{}" role="img" aria-label="{}" title="{}"></i>', name, extra, label, label
        )
    return format_html('<i class="bi bi-{}{}" aria-hidden="true"></i>', name, extra)


@register.simple_tag
def avatar(name: Any, css: str = "") -> SafeString:
    """A person's or company's initials in a round of one of eight quiet colours, always the same for the same name."""
    words = [word for word in str(name).replace("«", " ").replace('"', " ").split() if word[:1].isalnum()]
    initials = "".join(word[0] for word in words[:2]).upper() or "?"
    tone = sum(map(ord, text.fold(str(name)))) % 8
    return format_html('<span class="sv-avatar sv-tone-{} {}" aria-hidden="true">{}</span>', tone, css, initials)


# --- zones ------------------------------------------------------------------------------------------------------------
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
    key = zone if zone in ZONE_ICONS else "none"
    tail = format_html(' <span class="sv-zone-note">{}</span>', note) if note else ""
    return format_html(
        '<span class="sv-zone sv-zone-{}"><i class="bi bi-{}" aria-hidden="true"></i> {}{}</span>',
        key,
        ZONE_ICONS.get(zone or "", "dash-circle"),
        zone_word(zone),
        tail,
    )


@register.filter
def zone_row(zone: str | None) -> str:
    """CSS class of a table row or card: the 4-px stripe for yellow and red, nothing for green."""
    return f"sv-stripe-{zone}" if zone in ("yellow", "red") else ""


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


# --- dates and times --------------------------------------------------------------------------------------------------
@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """A date as short as it can be: "Today", "Yesterday", "Tomorrow", "12 Mar", "12 Mar 2025"."""
    if value is None or value == "":
        return ""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    today = timezone.localdate()
    near = {0: _("Today"), -1: _("Yesterday"), 1: _("Tomorrow")}.get((date - today).days)
    if near:
        return near
    # Translators: date formats of Django's "date" filter: in this year, and in another one.
    return format_date(date, _("j M") if date.year == today.year else _("j M Y"))


@register.filter
def on_day(value: dt.date | dt.datetime | None) -> str:
    """A date inside a sentence: never "Today", which other languages cannot put after "since" or "on"."""
    if value is None or value == "":
        return ""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    # Translators: date formats of Django's "date" filter after words such as "since": in this year, and in another one.
    this_year, another = pgettext("in a sentence", "j M"), pgettext("in a sentence", "j M Y")
    return format_date(date, this_year if date.year == timezone.localdate().year else another)


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
        full = date_format(local, "DATETIME_FORMAT")
        return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, moment(value))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), date_format(value, "DATE_FORMAT"), day(value)
    )


@register.filter
def ago(value: dt.date | dt.datetime | None) -> str:
    """Whole days since a date in words: "today", "yesterday", "34 days ago", "in 3 days"."""
    if value is None or value == "":
        return ""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    days = (timezone.localdate() - date).days
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


# --- contacts ---------------------------------------------------------------------------------------------------------
@register.simple_tag
def phone_link(
    phone: Any, zone: str | None = None, css: str = "", *, client: Any = None, person: Any = None
) -> SafeString:
    """A phone number one can press, with the local time beside it when ``zone`` is given and differs.

    With ``client`` (anything with a key and a name; and ``person``, if it is a person's) the result of the call is
    asked for afterwards.
    """
    shown = str(phone or "").strip()
    if not shown:
        return mark_safe("")
    plus = "+" if shown.startswith("+") else ""
    link = format_html(
        '<a class="sv-phone {}" href="tel:{}{}"{}><i class="bi bi-telephone" aria-hidden="true"></i>{}</a>',
        css,
        plus,
        text.digits(shown),
        call_attributes(client, person),
        shown,
    )
    return format_html("{} {}", link, local_time(zone)) if zone else link


@register.simple_tag
def call_attributes(client: Any, person: Any = None) -> SafeString:
    """What a ``tel:`` link wears so that the result of the call is asked for afterwards (calls.js)."""
    if not client:
        return mark_safe("")
    whose = format_html(' data-call-person="{}"', person.pk) if person else ""
    return format_html(' data-call="{}"{} data-call-name="{}"', client.pk, whose, person or client)


@register.simple_tag
def email_link(address: Any, css: str = "") -> SafeString:
    """An e-mail address one can press."""
    if not address:
        return mark_safe("")
    return format_html(
        '<a class="sv-email {}" href="mailto:{}"><i class="bi bi-envelope" aria-hidden="true"></i>{}</a>',
        css,
        address,
        address,
    )


# --- numbers ----------------------------------------------------------------------------------------------------------
@register.filter
def money(value: Decimal | float | str | None) -> str:
    """A sum without its kopecks unless it has some, grouped as the reader is used to."""
    if value is None or value == "":
        return ""
    amount = Decimal(str(value))
    return number_format(amount, decimal_pos=0 if amount == amount.to_integral_value() else 2, force_grouping=True)


@register.filter
def number(value: float | str | None) -> str:
    """A whole number, grouped."""
    return "" if value is None or value == "" else number_format(value, decimal_pos=0, force_grouping=True)


@register.filter
def share(part: float | None, whole: float | None) -> str:
    """``{{ red|share:held }}``: "12 %"; a dash where there is no whole."""
    if not whole:
        return "–"
    # Translators: a share, such as "12%".
    return _("%(share)s%%") % {"share": number_format(round(100 * (part or 0) / whole), force_grouping=True)}


@register.filter
def signed(value: float | str | None) -> str:
    """A change with its sign: "+3", "−2" (a true minus), "0"."""
    if value is None or value == "":
        return ""
    change = Decimal(str(value))
    grouped = number_format(abs(change), force_grouping=True)
    return grouped if not change else f"{'+' if change > 0 else '−'}{grouped}"


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


@register.simple_tag
def meter(value: float, maximum: float = 100, label: str = "") -> SafeString:
    """A thin progress bar, such as a portrait's completeness."""
    done = max(0.0, min(100.0, 100 * (value or 0) / maximum)) if maximum else 0.0
    return format_html(
        '<svg class="sv-bar sv-meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="sv-fill-track" width="100" height="8"/>'
        '<rect class="sv-fill-accent" width="{}" height="8"/></svg>',
        label or f"{done:.0f}%",
        f"{done:.2f}",
    )


# --- forms ------------------------------------------------------------------------------------------------------------
@register.simple_tag
def control(field: Any, css: str = "") -> SafeString:
    """A bound field's widget with Bootstrap's class, and ARIA for its errors: for filter bars and one-row forms."""
    kind = getattr(field.field.widget, "input_type", "")
    base = {"checkbox": "form-check-input", "select": "form-select", "radio": "form-check-input"}.get(
        kind, "form-control"
    )
    attrs = {"class": f"{base} {base}-sm {css}".strip()}
    if field.errors:
        attrs["class"] += " is-invalid"
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


# --- lists ------------------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def sort_th(context: template.Context, key: str, label: str, css: str = "") -> SafeString:
    """A table header that sorts. A second click turns the order round; the header says which way it is.

    A key with ``-`` in front sorts the largest first on the first click.
    """
    sort = context.get("sort", "")
    first, key = ("-", key[1:]) if key.startswith("-") else ("", key)
    here = sort.lstrip("-") == key
    down = sort.startswith("-")
    query = context["request"].GET.copy()
    query.pop("page", None)
    query["sort"] = (key if down else f"-{key}") if here else f"{first}{key}"
    mark = (
        format_html('<i class="bi bi-{}" aria-hidden="true"></i>', "arrow-down" if down else "arrow-up") if here else ""
    )
    return format_html(
        '<th scope="col" class="{}"{}><a class="sv-sort" href="?{}" hx-get="?{}" hx-target="closest [data-list]"'
        ' hx-push-url="true">{} {}</a></th>',
        css,
        format_html(' aria-sort="{}"', "descending" if down else "ascending") if here else "",
        query.urlencode(),
        query.urlencode(),
        label,
        mark,
    )


@register.simple_tag(takes_context=True)
def keep_query(context: template.Context, *drop: str) -> SafeString:
    """The present query as hidden inputs, without the names given: for a small form that must keep the filters."""
    pairs = [
        (key, value)
        for key, values in context["request"].GET.lists()
        for value in values
        if key not in drop and key != "page"
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


# --- messages ---------------------------------------------------------------------------------------------------------
@register.filter
def undo_url(message: Any) -> str:
    """Where a message's *Undo* is posted to; empty where there is none."""
    return htmx.undo_url(message.extra_tags)


_TOAST_ICONS = {"success": "check-circle", "error": "exclamation-octagon", "warning": "exclamation-triangle"}


@register.filter
def toast_icon(message: Any) -> str:
    """The icon of a message's level."""
    return _TOAST_ICONS.get(message.level_tag, "info-circle")
