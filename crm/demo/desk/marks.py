"""Tags on clients, persons and sales, and the values of the fields the company added."""

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any

from clients.models import Client, ClientKind, ClientTag, CustomField, Manager, PersonTag, Tag
from crm import clock
from crm.demo.firms import Known
from crm.demo.people import seller_named
from crm.demo.world import DAY, World
from crm.web.text import fold
from exchange.models import Protection
from interactions.models import ProcessStatus, ProcessTag, SalesProcess

#: Shares of those that carry a tag, and of clients with values in further fields.
_CLIENTS, _PERSONS, _OPEN_SALES, _CLOSED_SALES = 0.25, 0.08, 0.4, 0.06
_FILLED_IN = 0.4
#: Which tags stand on what, and how often.
_OF_CLIENTS = {"vip": 3, "tender": 4, "dealer": 3, "price": 5, "visit": 4, "seasonal": 3}
_OF_PERSONS = {"vip": 2, "price": 1, "visit": 1}
_OF_SALES = {"tender": 3, "price": 2, "vip": 1, "visit": 1}


def mark(world: World, clients: Sequence[Known]) -> None:
    """Make the tags and the fields, and put them on clients, persons and sales."""
    tags = _tags(world)
    for known in clients:
        rng = world.rng("marks", known.row.pk)
        if rng.random() < _CLIENTS or _is_first(world, known):
            for key in _some(rng, _of_client(known.row)):
                world.add(ClientTag(client=known.row, tag=tags[key]))
        for person in known.persons:
            if rng.random() < _PERSONS:
                world.add(PersonTag(person=person, tag=tags[_some(rng, _OF_PERSONS)[0]]))
    rng = world.rng("marks of sales")
    for sale in world.of(SalesProcess):
        if rng.random() < (_OPEN_SALES if sale.status == ProcessStatus.OPEN else _CLOSED_SALES):
            for key in _some(rng, _OF_SALES):
                world.add(ProcessTag(process=sale, tag=tags[key]))
    _fields(world)
    for known in clients:
        rng = world.rng("fields", known.row.pk)
        if rng.random() < _FILLED_IN or _is_first(world, known):
            known.row.custom = _values(world, rng, known)


def _is_first(world: World, known: Known) -> bool:
    """The seller's first client of today: nothing of it is left empty."""
    return known.row.pk in world.in_front[:1]


def tag_of(world: World, key: str) -> Tag:
    """The tag the words know by ``key``."""
    name = world.words.desk.tags[key][0]
    return next(tag for tag in world.of(Tag) if tag.name == name)


def _tags(world: World) -> dict[str, Tag]:
    by: Manager = seller_named(world, "head").manager
    made_at = clock.at(world.first_day + DAY * 40, 10, 30)
    tags = {}
    for key, (name, colour) in world.words.desk.tags.items():
        tags[key] = Tag(name=name, search_name=fold(name)[:50], colour=colour, created_by=by, created_at=made_at)
        world.add(tags[key])
    return tags


def _of_client(row: Client) -> dict[str, int]:
    """An important client is a VIP oftener, a private person takes part in no tender."""
    weights = dict(_OF_CLIENTS)
    if row.category == "A":
        weights["vip"] = 12
    elif row.category == "C":
        del weights["vip"]
    if row.kind == ClientKind.PERSON:
        del weights["tender"], weights["dealer"]
    return weights


def _some(rng: Random, weights: dict[str, int]) -> list[str]:
    """One tag, sometimes two, now and then three."""
    number = rng.choices((1, 2, 3), weights=(68, 26, 6))[0]
    drawn = rng.choices(list(weights), weights=list(weights.values()), k=number)
    return list(dict.fromkeys(drawn))


# --- further fields ---------------------------------------------------------------------------------------------------
def _fields(world: World) -> None:
    for position, words in enumerate(world.words.desk.fields, 1):
        world.add(
            CustomField(
                key=words.key,
                label=words.label,
                type=words.type,
                help_text=words.hint,
                choices="\n".join(words.choices),
                position=position * 10,
            )
        )


def _values(world: World, rng: Random, known: Known) -> dict[str, Any]:
    """What somebody has filled in, as ``clients.custom_fields`` stores it."""
    terms = next(field.choices for field in world.words.desk.fields if field.key == "payment_terms")
    values: dict[str, Any] = {}
    everything = _is_first(world, known)
    if everything or rng.random() < 0.6:
        values["machines"] = int(rng.triangular(1, 60, 4))
    if everything or rng.random() < 0.75:
        values["payment_terms"] = rng.choice(terms)
    if known.row.kind == ClientKind.COMPANY:
        if until := _contract_until(world, rng, known, everything):
            values["contract_until"] = until.isoformat()
        if everything or rng.random() < 0.5:
            values["works_with_tenders"] = rng.random() < 0.3
    return values or {"payment_terms": terms[0]}


def _contract_until(world: World, rng: Random, known: Known, surely: bool) -> dt.date | None:
    """The end of the contract that keeps it, if one does; else some have one, and a few have let it run out."""
    kept = [row.until for row in known.protections if row.kind == Protection.Kind.CONTRACT]
    if kept:
        return kept[-1]
    return world.today + DAY * rng.randint(-40, 330) if surely or rng.random() < 0.45 else None
