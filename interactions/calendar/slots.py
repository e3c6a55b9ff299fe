"""A place in the calendar that was clicked, on its way to the form of a new plan: ``?at=…&until=…&responsible=5``."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from crm.web import marking
from interactions.forms import EARLIEST, LATEST, read_moment

NAMES = ("at", "until", "responsible")


def prefilled(query: Mapping[str, str]) -> dict[str, Any]:
    """What the form of a plan begins with; nothing of what is no moment or no person."""
    found: dict[str, Any] = {}
    start, end = moment_in(query, "at"), moment_in(query, "until")
    if start:
        found["occurred_at"] = start
        if end and end > start:
            found["ends_at"] = end
    if whose := marking.keys([query.get("responsible", "")]):
        found["responsible"] = whose[0]
    return found


def moment_in(query: Mapping[str, str], name: str) -> dt.datetime | None:
    """A moment somebody could plan; None for what is none."""
    moment = read_moment(query.get(name, ""))
    return moment if moment and EARLIEST <= moment.date() <= LATEST else None
