"""The lines of My day: what is planned, what was done, who changes colour.

A page has sixty of them. Drawn here, what is the same for all of them (words, the menu "later", addresses, the day) is
made once; a template makes it anew for each, and takes longer over that than all that is read for the page.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.template.defaultfilters import date as date_words
from django.template.defaultfilters import truncatechars
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clients.models import Client, ContactPoint, Manager
from clients.templatetags.clients import leavings
from crm.web.addresses import addresses
from crm.web.escaping import formatted
from crm.web.tags.contacts import phone_link
from crm.web.tags.marks import icon
from crm.web.tags.times import time_tag
from crm.web.tags.zones import days_left, days_to, zone_badge, zone_row
from interactions.models import Event

#: What came of a contact is shown up to so many letters.
_TEXT = 90
_NOTHING = SafeString("")

_PLAN = (
    '<li class="{stripe}{chosen}" id="due-{pk}" data-href="{page}" data-client="{client_pk}" data-replan="{replan}"'
    ' draggable="true"><div class="in-call">'
    '<span class="in-call-time{overdue}">{when}</span><span class="in-step-icon{late}">{icon}</span>'
    '<div class="grow">{beside} <span class="sv-sub"><a href="{page}">{event}</a>{whose}</span> {zone} {phone}</div>'
    '<span class="in-buttons day-do"><details class="sv-menu" data-menu data-later>'
    '<summary class="btn btn-sm btn-ghost">{later}<span class="visually-hidden">: {client}</span></summary>'
    '<form class="sv-menu-body" method="post" action="{replan}" hx-post="{replan}" hx-swap="none" data-submit>{choices}'
    '<a class="sv-menu-item" data-drawer href="{replan}{back}">{another}</a></form></details> '
    '<a class="btn btn-sm btn-outline-secondary" data-drawer data-row-key="d" href="{finish}{back}">{done}'
    '<span class="visually-hidden">: {client}</span></a></span></div></li>\n'
)
_DONE = (
    '<li class="{stripe}{chosen}" id="done-{pk}" data-href="{page}" data-client="{client_pk}"><div class="in-call">'
    '<span class="in-call-time">{when}</span> <span class="in-step-icon is-done">{icon}</span>'
    '<div class="grow">{beside} <span class="sv-sub"><a href="{page}">{event}</a>{text}</span></div></div></li>\n'
)
_CHANGE = (
    '<li class="{stripe}{chosen}" id="{to}-{pk}" data-href="{page}" data-client="{pk}"><div class="sv-plain-row">'
    '<div class="grow">{beside} <span class="sv-sub">{when}{whose}</span> {phone}</div>'
    '<a class="btn btn-sm btn-ghost btn-icon" data-drawer data-register-contact href="{register}?next=/"'
    ' title="{words}">{icon}<span class="visually-hidden">{words}: {client}</span></a></div></li>\n'
)


def plan_lines(events: Iterable[Event], context: Mapping[str, Any]) -> SafeString:
    """Planned events: a click shows the client beside the list, a drag onto the strip moves the plan."""
    here = context["request"].get_full_path()
    beside, is_chosen, whose = _beside(context), _chosen(context), _whose(context["user"])
    page, replan, finish = addresses("event-detail"), addresses("event-replan"), addresses("event-finish")
    same = {
        "choices": _choices(context, here),
        "back": f"?next={quote(here)}",
        "later": _("Later…"),
        "another": _("Another day or time"),
        "done": format_html("{} {}", icon("check2"), _("Done")),
    }

    def line(event: Any) -> SafeString:  # an Event as ``selectors.my_day`` tells of it
        client, kind, zone, late = event.client, event.kind, event.zone, event.is_late
        return formatted(
            _PLAN,
            stripe=zone_row(zone),
            chosen=is_chosen(client.pk),
            pk=event.pk,
            page=page(event.pk),
            client=client,
            client_pk=client.pk,
            replan=replan(event.pk),
            finish=finish(event.pk),
            overdue=" sv-overdue" if late else "",
            when=time_tag(event.occurred_at) if late else _hour(event.occurred_at),
            late=" is-late" if late else "",
            icon=icon(kind.icon, kind),
            beside=beside(client),
            event=event,
            whose=whose(event.responsible_id, event.responsible),
            zone=_coloured(client, zone),
            phone=_named_phone(event.phone, client),
            **same,
        )

    return _drawn(line, events)


def done_lines(events: Iterable[Event], context: Mapping[str, Any]) -> SafeString:
    """What was done on the day, of each client once."""
    beside, is_chosen, page = _beside(context), _chosen(context), addresses("event-detail")
    done = icon("check2", _("done"))

    def line(event: Any) -> SafeString:  # an Event as ``selectors.my_day`` tells of it
        text = event.result or event.text
        return formatted(
            _DONE,
            stripe=zone_row(event.zone),
            chosen=is_chosen(event.client_id),
            pk=event.pk,
            page=page(event.pk),
            client_pk=event.client_id,
            when=f"{timezone.localtime(event.occurred_at):%H:%M}",
            icon=done,
            beside=beside(event.client),
            event=event,
            text=format_html(": {}", text if len(text) <= _TEXT else truncatechars(text, _TEXT)) if text else _NOTHING,
        )

    return _drawn(line, events)


def change_lines(clients: Iterable[Client], to: str, zone: str, context: Mapping[str, Any]) -> SafeString:
    """Clients that turn ``to`` soon ("exchange": that leave), out of ``zone``."""
    beside, is_chosen, leaves = _beside(context), _chosen(context), leavings()
    whose = _whose(context["user"], is_plain=bool(context.get("team")))
    page, register = addresses("client-detail"), addresses("contact-register")
    same = {"stripe": zone_row(zone), "to": to, "words": _("Register contact"), "icon": icon("telephone-plus")}

    def line(client: Any) -> SafeString:
        return formatted(
            _CHANGE,
            chosen=is_chosen(client.pk),
            pk=client.pk,
            page=page(client.pk),
            beside=beside(client),
            when=leaves(client)
            if to == "exchange"
            else days_to(client.red_on if to == "red" else client.yellow_on, to),
            whose=whose(client.manager_id, client.manager),
            phone=_phone(client.phone, client),
            register=register(client.pk),
            client=client,
            **same,
        )

    return _drawn(line, clients)


def beside_link(client: Client, context: Mapping[str, Any]) -> SafeString:
    """A client's name on My day: pressed, it shows the client beside the list; the address keeps the choice. The row
    wears ``data-client``."""
    return _beside(context)(client)


# --- the parts of a line ----------------------------------------------------------------------------------------------
def _drawn(line: Callable[[Any], SafeString], rows: Iterable[Any]) -> SafeString:
    return SafeString("".join(map(line, rows)))


def _beside(context: Mapping[str, Any]) -> Callable[[Client], SafeString]:
    query, shown = context.get("day_query", ""), addresses("day-client")

    def link(client: Client) -> SafeString:
        return formatted(
            '<a class="in-strong" data-beside href="?{query}client={pk}" hx-get="{shown}" hx-target="#day-beside"'
            ' hx-swap="innerHTML" hx-replace-url="?{query}client={pk}">{client}</a>',
            query=query,
            pk=client.pk,
            shown=shown(client.pk),
            client=client,
        )

    return link


def _chosen(context: Mapping[str, Any]) -> Callable[[int | None], str]:
    """The class of the row whose client stands beside the list."""
    beside = context.get("beside")
    chosen = beside.pk if beside else None
    return lambda pk: " is-chosen" if pk is not None and pk == chosen else ""


def _whose(reader: Manager, *, is_plain: bool = False) -> Callable[[int | None, Manager | None], SafeString]:
    """ " · for Anna K." behind what is not the reader's own; among his people's all the bare name."""
    words = "%(name)s" if is_plain else _("for %(name)s")

    def behind(pk: int | None, manager: Manager | None) -> SafeString:
        if pk == reader.pk or manager is None:
            return _NOTHING
        return format_html(" · {}", words % {"name": manager.short_name})

    return behind


def _hour(moment: dt.datetime) -> SafeString:
    local = timezone.localtime(moment)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%H:%M}")


def _coloured(client: Client, zone: str) -> SafeString:
    """Its colour and what is left; nothing for a green one."""
    if zone == "green":
        return _NOTHING
    return formatted('<span class="in-call-zone">{badge}</span>', badge=zone_badge(zone, days_left(client, zone)))


def _phone(phone: ContactPoint | None, client: Client) -> SafeString:
    if not phone:
        return _NOTHING
    person = phone.person
    zone = (person.time_zone if person else "") or client.time_zone
    return phone_link(phone.display, zone, client=client, person=person)


def _named_phone(phone: ContactPoint | None, client: Client) -> SafeString:
    """With who answers it."""
    if not phone:
        return _NOTHING
    who = formatted('<span class="sv-muted">{name}</span> ', name=phone.person) if phone.person else _NOTHING
    return formatted('<span class="in-call-phone">{who}{phone}</span>', who=who, phone=_phone(phone, client))


def _choices(context: Mapping[str, Any], here: str) -> SafeString:
    """What the menu "later" posts: the same for every row."""
    hidden = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="next" value="{}">',
        context["csrf_token"],
        here,
    )
    return hidden + _drawn(_choice, context["later"])


def _choice(choice: Any) -> SafeString:
    key = {"tomorrow": "t", "week": "w"}.get(choice.key)
    return format_html(
        '<button type="submit" class="sv-menu-item" name="day" value="{}"{}>{} <span class="sv-muted">{}</span>'
        "</button>",
        choice.day.isoformat(),
        format_html(' data-row-key="{}"', key) if key else "",
        choice.words,
        date_words(choice.day, "D j"),
    )
