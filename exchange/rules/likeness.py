"""Finding the entry that a name means: exactly, spelled otherwise, or mistyped. Pure."""

import difflib
import enum
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

#: From this likeness on (0..1, ``difflib``) a name is taken for a mistyped one: one wrong letter in ten, roughly.
LIKE = 0.9
#: The second best must be this much less like it; otherwise nobody can tell which one is meant.
MARGIN = 0.04
#: Shorter names are too easily like one another.
SHORTEST = 6

_NOT_DIGITS = re.compile(r"\D+")


class How(enum.StrEnum):
    """How a name was recognised."""

    EXACT = "exact"
    SPELLING = "spelling"
    LIKENESS = "likeness"


class Ambiguous(Exception):
    """The name is like several entries; ``args`` are their names."""


@dataclass(frozen=True, slots=True)
class Match:
    """The entry a name means, by its full name as it was entered."""

    key: str
    name: str
    how: How


def folded(text: str) -> str:
    """One Unicode form, casefolded, ``ё`` as ``е``, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").split())


def loose(text: str) -> str:
    """The letters and digits only: ``loose("GTX-Pro ") == loose("gtxpro")``. A name with hardly any stays as it is."""
    plain = folded(text)
    bare = "".join(character for character in plain if character.isalnum())
    return bare if len(bare) >= 3 else plain


class Names:
    """The known names of one sort of things, by their loose keys."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        # Entries with the same digits and the same beginning or end: a mistyped name is compared with these only, so
        # that many unknown names stay quick among many thousand known ones, and "Plant 17" is never "Plant 18".
        self._neighbours: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._found: dict[str, Match | Ambiguous | None] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> str | None:
        """Enter a name; returns its key, or None when an entry has this key already."""
        key = loose(name)
        if key in self._names:
            return None
        self._names[key] = name
        self._found.clear()
        for bucket in _buckets(key):
            self._neighbours[bucket].append(key)
        return key

    def __len__(self) -> int:
        return len(self._names)

    def name_of(self, key: str) -> str:
        return self._names[key]

    def find(self, name: str) -> Match | None:
        """The entry ``name`` means, or None when it is like none.

        Raises:
            Ambiguous: it is like several.
        """
        if name not in self._found:
            self._found[name] = self._search(name)
        found = self._found[name]
        if isinstance(found, Ambiguous):
            raise found
        return found

    def _search(self, name: str) -> Match | Ambiguous | None:
        key = loose(name)
        if key in self._names:
            known = self._names[key]
            return Match(key, known, How.EXACT if known == name else How.SPELLING)
        if len(key) < SHORTEST or len(key) > 200:
            return None
        candidates = {candidate for bucket in _buckets(key) for candidate in self._neighbours.get(bucket, ())}
        liked = sorted(
            ((likeness(key, candidate), candidate) for candidate in candidates if len(candidate) >= SHORTEST),
            reverse=True,
        )
        liked = [(ratio, candidate) for ratio, candidate in liked if ratio >= LIKE]
        if not liked:
            return None
        best, chosen = liked[0]
        rivals = [candidate for ratio, candidate in liked if best - ratio < MARGIN]
        if len(rivals) > 1:
            return Ambiguous(*(self._names[rival] for rival in rivals))
        return Match(chosen, self._names[chosen], How.LIKENESS)


def likeness(one: str, other: str) -> float:
    """How alike two keys are, 0..1; 0 when it is certainly less than ``LIKE``. Symmetric."""
    one, other = sorted((one, other))
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < LIKE or matcher.quick_ratio() < LIKE:
        return 0.0
    return matcher.ratio()


def _buckets(key: str) -> list[tuple[str, str]]:
    digits = _NOT_DIGITS.sub("", key)
    return [(digits, "^" + key[:3]), (digits, key[-3:] + "$")]
