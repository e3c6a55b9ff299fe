"""How much we know of a client: the portrait's completeness."""

from collections.abc import Mapping
from dataclasses import dataclass

#: Fields of a client that make its portrait, in the order a person would ask for them.
PORTRAIT_FIELDS = (
    "profile",
    "decision_making",
    "preferences",
    "potential",
    "industry",
    "category",
    "region",
    "source",
    "website",
    "employees",
)


@dataclass(frozen=True, slots=True)
class Completeness:
    """Share of the portrait that is filled, in whole per cent, and the names of the fields that are not."""

    percent: int
    missing: tuple[str, ...]


def completeness(values: Mapping[str, object]) -> Completeness:
    """How complete a portrait is; a zero counts as known, an empty text does not."""
    missing = tuple(name for name in PORTRAIT_FIELDS if values.get(name) in (None, ""))
    return Completeness(round(100 * (len(PORTRAIT_FIELDS) - len(missing)) / len(PORTRAIT_FIELDS)), missing)
