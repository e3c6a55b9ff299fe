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
    """The known names of one sort of things. Names that differ in more than case and spaces are different things."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self._spelled: dict[str, list[str]] = defaultdict(list)  # keys by their letters and digits
        # Entries with the same digits and the same beginning or end: a mistyped name is compared with these only, so
        # that many unknown names stay quick among many thousand known ones, and "Plant 17" is never "Plant 18".
        self._neighbours: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._found: dict[str, Match | Ambiguous | None] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> str | None:
        """Enter a name; returns its key (``folded``), or None when an entry has this key already."""
        key, bare = folded(name), loose(name)
        if key in self._names:
            return None
        self._names[key] = name
        self._found.clear()
        if bare not in self._spelled:
            for bucket in _buckets(bare):
                self._neighbours[bucket].append(bare)
        self._spelled[bare].append(key)
        return key

    def __len__(self) -> int:
        return len(self._names)

    def name_of(self, key: str) -> str:
        return self._names[key]

    def spelled_like(self, name: str) -> str | None:
        """The first entry with the same letters and digits, or None."""
        keys = self._spelled.get(loose(name))
        return self._names[keys[0]] if keys else None

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
        if (key := folded(name)) in self._names:
            known = self._names[key]
            return Match(key, known, How.EXACT if known == name else How.SPELLING)
        bare = loose(name)
        if bare in self._spelled:
            return self._only(self._spelled[bare], How.SPELLING)
        if len(bare) < SHORTEST or len(bare) > 200:
            return None
        candidates = {candidate for bucket in _buckets(bare) for candidate in self._neighbours.get(bucket, ())}
        liked = sorted(
            ((likeness(bare, candidate), candidate) for candidate in candidates if len(candidate) >= SHORTEST),
            reverse=True,
        )
        liked = [(ratio, candidate) for ratio, candidate in liked if ratio >= LIKE]
        if not liked:
            return None
        best = liked[0][0]
        rivals = [candidate for ratio, candidate in liked if best - ratio < MARGIN]
        return self._only([key for rival in rivals for key in self._spelled[rival]], How.LIKENESS)

    def _only(self, keys: list[str], how: How) -> Match | Ambiguous:
        if len(keys) > 1:
            return Ambiguous(*(self._names[key] for key in keys))
        return Match(keys[0], self._names[keys[0]], how)


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
