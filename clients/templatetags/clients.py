"""Tags that know clients: their zone as people are shown it, and the panels other apps put on the card."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from clients.models import Attachment, Client
from clients.panels import Keeper, Outlook, panels_at
from clients.periods import period
from clients.rules import file_types
from clients.rules.phones import display_phone
from clients.rules.zones import Zone
from clients.selectors import nowhere
from crm import clock
from crm.web.escaping import escaped
from crm.web.tags.times import day, on_day
from crm.web.tags.zones import days_text

register = template.Library()


@register.filter
def zone_today(client: Client) -> str:
    """The colour by today's dates: green, yellow, red, exchange, archived, or "" when the client never had a manager.

    A client that the coming night takes is shown red; ``client|days_left:"red"`` says that it is due.
    """
    return zones_today()(client)


def zones_today() -> Callable[[Client], str]:
    """``zone_today`` of many clients: the day is asked for once."""
    today = clock.today()

    def zone_of(client: Client) -> str:
        zone = client.zone_on(today)
        if zone is None:
            return nowhere(client)
        return "red" if zone is Zone.DUE else zone.value

    return zone_of


@register.simple_tag(name="period")
def period_tag(first: Any, last: Any) -> str:
    """Two dates as a period: "3–9 Aug"."""
    return period(first, last)


@register.filter
def phone_words(normalised: str) -> str:
    """``+79161234567`` as people read it."""
    return display_phone(normalised)


@register.filter
def file_icon(name: str) -> str:
    """The icon of a file of this name."""
    return file_types.icon(name)


@register.filter
def opens_here(attachment: Attachment) -> bool:
    """Whether the browser may show the file by itself."""
    return attachment.content_type in file_types.SHOWN_TYPES


@register.simple_tag
def next_zone(client: Client) -> SafeString:
    """What a held client turns next and when: "8 days to red", with the date behind it. One cell of a list."""
    return next_zones()(client)


def next_zones() -> Callable[[Client], SafeString]:
    """``next_zone`` of many clients: many of them turn on the same days."""
    today, leaves = clock.today(), leavings()

    @cache
    def drawn(zone: Zone, on: dt.date, days: int) -> SafeString:
        words = days_text(days, "exchange" if zone is Zone.DUE else zone.value)
        return format_html('<span class="sv-nowrap" title="{}">{}</span>', day(on), words)

    def cell(client: Client) -> SafeString:
        change = client.next_change(today)
        if (change is None or change[0] is Zone.DUE) and getattr(client, "leaving", None):
            return leaves(client)
        if change is not None:
            return drawn(*change)
        if not client.is_held:
            return SafeString("")
        return format_html('<span class="sv-overdue">{}</span>', days_text(0, "exchange"))

    return cell


@register.simple_tag
def leaving_words(client: Client) -> SafeString:
    """When a client leaves, as expected, and what keeps it until then: "leaves in 20 days" with a small tag behind it.
    By the bare dates where nobody has looked (``panels.tell_leaving``)."""
    return leavings()(client)


def leavings() -> Callable[[Client], SafeString]:
    """``leaving_words`` of many clients."""
    today = clock.today()

    @cache
    def drawn(on: dt.date) -> SafeString:
        days = (on - today).days
        return format_html(
            '<span class="sv-nowrap{}" title="{}">{}</span>',
            " sv-overdue" if days <= 0 else "",
            day(on),
            days_text(days, "exchange"),
        )

    def words(client: Client) -> SafeString:
        outlook: Outlook | None = getattr(client, "leaving", None)
        on = outlook.on if outlook else client.detach_on
        if on is None:
            return SafeString("")
        if outlook and outlook.last:
            return format_html("{} {}", drawn(on), keeper_tag(outlook.last))
        return drawn(on)

    return words


@register.simple_tag
def keeper_tag(keeper: Keeper | str | None) -> SafeString:
    """What keeps a client, as a small tag: its icon and the last day; the whole sentence when one points at it."""
    if not keeper:
        return SafeString("")
    # The icon is drawn before the words, and the whole is called by its sentence: a list has fifty of them.
    return SafeString(
        f'<span class="sv-tag bi bi-{keeper.icon}" role="img" title="{escaped(keeper.words)}">'
        f"<span> {escaped(gettext('until %(date)s') % {'date': on_day(keeper.until)})}</span></span>"
    )


@register.simple_tag(takes_context=True)
def panels(context: template.Context, place: str) -> SafeString:
    """The panels of a place of the card, each drawn with what its function read for this client and reader."""
    request, client = context["request"], context["client"]
    own = template.RequestContext(request, {name: context.get(name) for name in ("client", "editable", "today")})
    drawn = []
    # What every template gets of a request is read once for a place, not for each of its panels.
    with own.bind_template(context.template):
        for panel in panels_at(place):
            with own.push(**panel.context(request, client)):
                drawn.append(get_template(panel.template).template.render(own))  # type: ignore[attr-defined]
    return SafeString("".join(drawn))
