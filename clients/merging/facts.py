"""Which facts the one that stays has afterwards: by choice, and where nobody chose by rule (its own; gaps are filled
from the other one, long texts stand one after the other). Pure: nothing is read or written."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from django.db import models

from clients.models import Client


class Side(StrEnum):
    """Whose value a fact gets."""

    KEEP = "keep"
    DROP = "drop"
    BOTH = "both"


#: Facts of the program and of the clock; never taken over from the other client.
_OWN = {
    "id", "search_name", "manager", "assigned_on", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on",
    "zone", "exchange_since", "last_manager", "quarantine_until", "archived_at", "created_at", "created_by",
    "updated_at", "birthday_md", "custom",
}  # fmt: skip
#: Facts that only make sense together, by the one that decides: an INN with another company's KPP is nobody's.
TOGETHER = {"inn": ("inn", "kpp", "ogrn"), "bank_account": ("bank_account", "bik", "bank_name")}
_WITH_OTHERS = {name for group in TOGETHER.values() for name in group}
#: Of the fields a company added, in choices: "custom:warehouse".
CUSTOM = "custom:"


def taken_over(keep: Client, drop: Client, choices: Mapping[str, Side] | None = None) -> dict[str, Any]:
    """The values of the kept client that change, by field.

    ``choices``: by field whose value stays; by the deciding field for those that belong together; "custom:key" for a
    further field. A chosen empty value is a value: the fact is empty then.
    """
    choices = choices or {}
    chosen = dict(_single(keep, drop, choices))
    for decides, group in TOGETHER.items():
        chosen |= _group(keep, drop, decides, group, choices.get(decides))
    chosen["custom"] = _custom(keep.custom, drop.custom, choices)
    return {name: value for name, value in chosen.items() if value != getattr(keep, name)}


def joined(field: models.Field, keep: Client, drop: Client) -> str | None:
    """Two long texts, one after the other; None where one says it all, or both are too long together."""
    ours, theirs = getattr(keep, field.name), getattr(drop, field.name)
    if not isinstance(field, models.TextField) or not ours or not theirs or theirs in ours:
        return None
    both = f"{ours}\n\n{theirs}"
    return both if len(both) <= (field.max_length or len(both)) else None


def rule(name: str, keep: Client, drop: Client) -> Side:
    """Whose value a single fact gets where nobody chooses."""
    field = Client._meta.get_field(name)
    assert isinstance(field, models.Field)
    if joined(field, keep, drop) is not None:
        return Side.BOTH
    ours, theirs = getattr(keep, field.attname), getattr(drop, field.attname)
    return Side.DROP if ours in (None, "") and theirs not in (None, "") else Side.KEEP


def _single(keep: Client, drop: Client, choices: Mapping[str, Side]) -> Iterator[tuple[str, Any]]:
    for field in Client._meta.concrete_fields:
        if field.name in _OWN or field.name in _WITH_OTHERS:
            continue
        match choices.get(field.name) or rule(field.name, keep, drop):
            case Side.DROP:
                yield field.name, getattr(drop, field.name)
            case Side.BOTH if (both := joined(field, keep, drop)) is not None:
                yield field.name, both


def _group(keep: Client, drop: Client, decides: str, group: tuple[str, ...], choice: Side | None) -> dict[str, Any]:
    ours, theirs = getattr(keep, decides), getattr(drop, decides)
    first, second = (drop, keep) if choice == Side.DROP else (keep, drop)
    values = {name: getattr(first, name) for name in group}
    if theirs and (ours == theirs or (choice is None and not ours)):
        # It is the same company: what the one does not know, the other does.
        values = {name: value or getattr(second, name) for name, value in values.items()}
    return values


def _custom(ours: Mapping[str, Any], theirs: Mapping[str, Any], choices: Mapping[str, Side]) -> dict[str, Any]:
    values = dict(ours)
    for key in {**ours, **theirs}:
        if (choices.get(CUSTOM + key) or (Side.KEEP if key in ours else Side.DROP)) == Side.DROP:
            values.pop(key, None)
            if key in theirs:
                values[key] = theirs[key]
    return values
