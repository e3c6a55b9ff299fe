"""Which of the things found comes first. Pure."""

import datetime as dt
import enum
import re

_WORD_START = r"(?<![^\W_])"
MAX_WORDS = 6


class Place(enum.IntEnum):
    """Where in a name the typed words stand, the best first."""

    WHOLE = 0
    START = 1
    WORDS = 2
    MIDDLE = 3
    #: Not in the name: it was found by something else.
    ELSEWHERE = 4


class How(enum.IntEnum):
    """How sure it is that this was meant."""

    EXACT = 0
    FOUND = 1
    SIMILAR = 2


def words_of(typed: str) -> list[str]:
    """The words that are searched, each by itself: "Ivan Petrov" is written "Petrov Ivan" here."""
    return typed.split()[:MAX_WORDS]


def place_of(typed: str, name: str) -> Place:
    """Where ``typed`` stands in ``name``; both folded."""
    words = words_of(typed)
    if not words or not all(word in name for word in words):
        return Place.ELSEWHERE
    if typed == name:
        return Place.WHOLE
    if name.startswith(typed):
        return Place.START
    if all(re.search(_WORD_START + re.escape(word), name) for word in words):
        return Place.WORDS
    return Place.MIDDLE


def best_place(typed: tuple[str, ...], name: str) -> Place:
    """The best of several readings of what was typed."""
    return min((place_of(each, name) for each in typed), default=Place.ELSEWHERE)


def rank(
    *,
    how: How,
    slips: int = 0,
    is_mine: bool = False,
    is_visible: bool = True,
    place: Place = Place.ELSEWHERE,
    is_archived: bool = False,
    last: dt.date | None = None,
    pk: int = 0,
) -> tuple[int, ...]:
    """What hits are sorted by: what is certain first, then one's own, the beginning of a word, what is alive and what
    was touched lately; the key makes it stable."""
    whose = 0 if is_mine else 1 if is_visible else 2
    return (how, slips, whose, place, int(is_archived), -(last.toordinal() if last else 0), pk)
