"""Columns of the lists of clients and of contact persons.

Apps above add theirs to the clients (``register``): what is planned next, what open sales come to.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db.models import F
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import contact_privacy, custom_fields, panels
from clients.models import Client, ContactPerson, ContactPoint, CustomField, Tag
from clients.templatetags.clients import next_zones, zone_today, zones_today
from clients.templatetags.tags import few_tags, tag_names
from crm import clock
from crm.web.addresses import addresses
from crm.web.columns import Column
from crm.web.escaping import escaped
from crm.web.prepared import Params, Prepared
from crm.web.tags.contacts import email_link, phone_link
from crm.web.tags.times import ago, day
from crm.web.tags.zones import zone_badge, zone_word

_further: dict[str, Column] = {}


def register(column: Column) -> None:
    """Add a column to the list of clients."""
    _further[column.key] = column


def faint(words: Any) -> SafeString:
    """What is said where there is nothing."""
    return format_html('<span class="sv-faint">{}</span>', words)


def _tell_tags(rows: Sequence[Any], _reader: Any) -> None:
    """Let each row know its tags, as ``prefetch_related`` would. One query."""
    if not rows:
        return
    known: dict[int, list[Tag]] = {row.pk: [] for row in rows}
    model: Any = type(rows[0])
    for link in _tags_of(model)(rows=known):
        known[link.of_row].append(link.tag)
    for row in rows:
        row.__dict__.setdefault("_prefetched_objects_cache", {})["tags"] = known[row.pk]


@cache
def _tags_of(model: Any) -> Prepared:
    """The tags of some rows of a model."""
    name = model._meta.get_field("tags").m2m_field_name()
    links = model.tags.through.objects.filter(**{f"{name}__in": Params("rows")}).annotate(of_row=F(f"{name}_id"))
    return Prepared(lambda: links.select_related("tag").only("tag__name", "tag__colour").order_by("tag__search_name"))


TAGS = Column(key="tags", label=_("Tags"), value=tag_names, cell=few_tags, fill=_tell_tags, css="sv-nowrap")


# --- clients ----------------------------------------------------------------------------------------------------------
def _names() -> Callable[[Client], SafeString]:
    url = addresses("client-detail")

    def cell(client: Client) -> SafeString:
        city = f'<span class="sv-sub">{escaped(client.city)}</span>' if client.city else ""
        return SafeString(f'<a href="{url(client.pk)}">{escaped(client.name)}</a>{city}')

    return cell


def zone_badges() -> Callable[[Client], SafeString]:
    """The cells of the clients' colours today."""
    zone_of, badge = zones_today(), cache(zone_badge)
    return lambda client: badge(zone_of(client))


def _next_on(client: Client) -> dt.date | None:
    change = client.next_change(clock.today())
    return change[1] if change else client.detach_on


def _tell_leaving(rows: Sequence[Client], _reader: Any) -> None:
    panels.tell_leaving(rows, clock.today())


def _days_left(client: Client) -> int | None:
    change = client.next_change(clock.today())
    return change[2] if change else None


def _when(name: str) -> dict[str, Any]:
    """A date: as people say it on the page, as it is in a file."""
    return {"value": lambda row: getattr(row, name), "cell": lambda row: day(getattr(row, name)), "css": "sv-nowrap"}


def _last_contacts() -> Callable[[Client], Any]:
    words, none_yet = cache(ago), faint(gettext("none yet"))
    return lambda client: words(client.last_contact_on) if client.last_contact_on else none_yet


def _person_name(name: str) -> dict[str, Any]:
    """A colleague: by his short name on the page."""

    def short_names() -> Callable[[Any], Any]:
        nobody = faint("–")

        def short(row: Any) -> Any:
            who = getattr(row, name)
            return who.short_name if who else nobody

        return short

    return {"value": lambda row: getattr(row, name), "cells": short_names, "css": "sv-nowrap"}


def _department(client: Client) -> Any:
    return client.manager.department if client.manager else None


def client_columns() -> list[Column]:
    """Everything a list of clients could show."""
    return [
        Column(key="name", label=_("Client"), value=str, cells=_names, sort="name", main=True),
        Column(
            key="zone",
            label=_("Zone"),
            value=lambda client: zone_word(zone_today(client)),
            cells=zone_badges,
            sort="risk",
        ),
        Column(
            key="next",
            label=_("Next"),
            value=_next_on,
            cells=next_zones,
            sort="next",
            css="cl-next",
            fill=_tell_leaving,
        ),
        Column(
            key="contact",
            label=_("Last contact"),
            value=lambda client: client.last_contact_on,
            cells=_last_contacts,
            sort="contact",
            css="sv-nowrap",
        ),
        *_further.values(),
        Column(key="manager", label=_("Manager"), sort="manager", **_person_name("manager")),
        Column(key="category", label=_("Category"), value=lambda client: client.category, default=False),
        TAGS,
        Column(key="days_left", label=_("Days left"), value=_days_left, sort="next", css="num", default=False),
        Column(key="clock", label=_("Clock date"), default=False, **_when("clock_date")),
        Column(key="since", label=_("With the manager since"), default=False, **_when("assigned_on")),
        Column(
            key="department",
            label=_("Department"),
            value=_department,
            prepare=lambda rows: rows.select_related("manager__department"),
            css="sv-nowrap",
            default=False,
        ),
        Column(
            key="region",
            label=_("Region"),
            value=lambda client: client.region,
            prepare=lambda rows: rows.select_related("region"),
            css="sv-nowrap",
            default=False,
        ),
        Column(
            key="industry",
            label=_("Industry"),
            value=lambda client: client.industry,
            prepare=lambda rows: rows.select_related("industry"),
            default=False,
        ),
        Column(
            key="source",
            label=_("Source"),
            value=lambda client: client.source,
            prepare=lambda rows: rows.select_related("source"),
            default=False,
        ),
        Column(key="city", label=_("City"), value=lambda client: client.city, sort="city", default=False),
        Column(key="inn", label=_("INN"), value=lambda client: client.inn, css="sv-nowrap", default=False),
        Column(key="kpp", label=_("KPP"), value=lambda client: client.kpp, css="sv-nowrap", default=False),
        Column(key="website", label=_("Website"), value=lambda client: client.website, default=False),
        Column(key="created", label=_("Created"), sort="-created", default=False, **_when("created_at")),
        *(_custom(field) for field in custom_fields.active()),
    ]


def _custom(field: CustomField) -> Column:
    def stored(client: Client) -> Any:
        return client.custom.get(field.key)

    return Column(
        key=custom_fields.name_of(field),
        label=field.label,
        value=lambda client: custom_fields.to_cell(field, stored(client)),
        cell=lambda client: custom_fields.words(field, stored(client)),
        css="sv-clip",
        default=False,
    )


# --- contact persons --------------------------------------------------------------------------------------------------
def _person(person: ContactPerson) -> SafeString:
    no_longer = gettext("works there no longer")
    gone = "" if person.is_active else faint(f" · {no_longer}")
    return mark_safe(f'<a href="{person.client.get_absolute_url()}">{escaped(str(person))}</a>{gone}')


def _client(person: ContactPerson) -> SafeString:
    client = person.client
    return mark_safe(f'<a href="{client.get_absolute_url()}">{escaped(client.name)}</a>')


def _tell_points(rows: Sequence[ContactPerson], reader: Any) -> None:
    """Set ``points`` on each person: what the reader may see. One query for them all."""
    points: dict[int, list[ContactPoint]] = {person.pk: [] for person in rows}
    for point in contact_privacy.shown(ContactPoint.objects.filter(person__in=points), reader):
        points[point.person_id].append(point)  # type: ignore[index]
    for person in rows:
        person.points = points[person.pk]  # type: ignore[attr-defined]


def _points(person: Any, kind: str) -> list[ContactPoint]:
    return [point for point in person.points if point.kind == kind]


def _phones(person: ContactPerson) -> SafeString:
    phones = _points(person, ContactPoint.Kind.PHONE)
    return format_html_join(" ", "{}", ((phone_link(phone.display),) for phone in phones[:1]))


def _emails(person: ContactPerson) -> SafeString:
    return format_html_join(" ", "{}", ((email_link(point.value),) for point in _points(person, "email")[:1]))


def _yes(value: bool) -> str:
    return gettext("yes") if value else ""


def person_columns() -> list[Column]:
    """Everything a list of contact persons could show."""
    return [
        Column(key="name", label=_("Contact person"), value=str, cell=_person, sort="name", main=True),
        Column(
            key="client",
            label=_("Client"),
            value=lambda person: person.client,
            cell=_client,
            sort="client",
            css="in-cell-client",
        ),
        Column(key="position", label=_("Position"), value=lambda person: person.position, css="sv-cell-short"),
        Column(
            key="phone",
            label=_("Phone"),
            value=lambda person: ", ".join(map(str, _points(person, ContactPoint.Kind.PHONE))),
            cell=_phones,
            fill=_tell_points,
            css="sv-nowrap",
        ),
        Column(
            key="email",
            label=_("E-mail"),
            value=lambda person: ", ".join(map(str, _points(person, ContactPoint.Kind.EMAIL))),
            cell=_emails,
            fill=_tell_points,
            css="sv-cell-short",
        ),
        Column(key="decides", label=_("Decides"), value=lambda person: _yes(person.is_decision_maker)),
        TAGS,
        Column(key="birthday", label=_("Birthday"), sort="birthday", default=False, **_when("birthday")),
        Column(
            key="manager",
            label=_("Manager"),
            value=lambda person: person.client.manager,
            cell=lambda person: person.client.manager.short_name if person.client.manager else faint("–"),
            css="sv-nowrap",
            default=False,
        ),
        Column(
            key="zone",
            label=_("Zone"),
            value=lambda person: zone_word(zone_today(person.client)),
            cell=lambda person: zone_badge(zone_today(person.client)),
            default=False,
        ),
        Column(key="consent", label=_("Consent"), value=lambda person: _yes(person.has_consented), default=False),
        Column(key="consented", label=_("Agreed on"), default=False, **_when("consented_on")),
        Column(key="city", label=_("City"), value=lambda person: person.client.city, default=False),
        Column(key="created", label=_("Created"), default=False, **_when("created_at")),
    ]
