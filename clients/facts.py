"""The facts of a client as its card shows them, in the order of the card: words for a person, links where there are
any."""

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import date as format_date
from django.utils.html import format_html
from django.utils.text import capfirst

from clients import custom_fields
from clients.models import Client
from crm.web import timezones
from crm.web.tags.numbers import money, number

#: What the box "About" may show, from what is asked first to what is asked seldom.
ABOUT = (
    "full_name",
    "category",
    "industry",
    "region",
    "city",
    "address",
    "time_zone",
    "website",
    "source",
    "inn",
    "kpp",
    "ogrn",
    "employees",
    "annual_revenue",
    "founded_year",
    "birthday",
)
#: The texts of the portrait.
PORTRAIT_TEXTS = ("profile", "decision_making", "preferences", "potential")
#: Facts that are prose: they stand under their names, and are written in a box of several lines.
PROSE = frozenset({*PORTRAIT_TEXTS, "notes"})
#: What people paste elsewhere.
_COPIED = frozenset({"inn", "kpp", "ogrn"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the card. ``words`` is empty where the fact is not known; ``copy`` is what a button copies."""

    name: str
    label: str
    words: str
    copy: str = ""

    @property
    def is_prose(self) -> bool:
        return self.name in PROSE


def label_of(name: str) -> str:
    """The name of a fact, as the card prints it."""
    if custom := custom_fields.named(name):
        return custom.label
    return str(capfirst(str(Client._meta.get_field(name).verbose_name)))  # type: ignore[union-attr]


def fact(client: Client, name: str) -> Fact:
    """One fact of a client, ``cf_<key>`` for a field the company added. No query where industry, region and source
    were read with it."""
    if custom := custom_fields.named(name):
        return Fact(name, custom.label, custom_fields.words(custom, client.custom.get(custom.key)))
    words = _words(client, name)
    return Fact(name, label_of(name), words, words if name in _COPIED else "")


def facts(client: Client, names: tuple[str, ...]) -> list[Fact]:
    """These facts of a client, the unknown ones too."""
    return [fact(client, name) for name in names]


def further_facts(client: Client) -> dict[str, list[Fact]]:
    """The fields the company added, as ``further``; as ``further_unknown`` those that are not filled in."""
    further = [fact(client, name) for name, _label in custom_fields.columns()]
    return {"further": further, "further_unknown": [each for each in further if not each.words]}


def _words(client: Client, name: str) -> str:
    value: Any = getattr(client, name)
    if value is None or value == "":
        return ""
    match name:
        case "website":
            link = '<a class="sv-email" href="{}" rel="noopener noreferrer" target="_blank">{}</a>'
            return format_html(link, value, value.removeprefix("https://").removeprefix("http://").rstrip("/"))
        case "region":
            return ", ".join(str(part) for part in (value, client.country) if part)
        case "time_zone":
            return timezones.city(value)
        case "annual_revenue":
            return money(value)
        case "employees":
            return number(value)
        case "birthday":
            return format_date(value, "j E Y")
        case _:
            return str(value)
