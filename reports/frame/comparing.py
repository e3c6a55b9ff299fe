"""Figures beside those they are compared with, so that a tree adds up both at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from reports.frame.figures import Figure, Number, tally
from reports.frame.report import Ask

#: In front of a figure's key: the same figure of the period it is compared with.
THEN = "then_"


def tally_both(
    figures: Mapping[str, Figure], ask: Ask, *by_columns: str, keys: Iterable[str] = ()
) -> dict[Any, dict[str, Number]]:
    """The figures of a report, and under "then_<key>" those of the period they are compared with, if there is one."""
    found = tally(figures, ask.scope, *by_columns, keys=keys)
    if ask.compared:
        for place, then in tally(figures, ask.compared, *by_columns, keys=keys).items():
            found.setdefault(place, {}).update({f"{THEN}{key}": number for key, number in then.items()})
    return found


def before(sums: Mapping[str, Number]) -> dict[str, Number]:
    """Of figures added up, those of the period they are compared with, under their own keys."""
    return {key.removeprefix(THEN): number for key, number in sums.items() if key.startswith(THEN)}
