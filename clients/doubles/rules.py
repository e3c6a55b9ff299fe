"""What makes two clients look like one, and how sure that is. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from clients.rules.company_names import significant_words
from crm.web.text import fold

#: Pairs below are not worth anybody's look.
ENOUGH = 50
#: Names less alike than this (0 to 100) are names of two.
ALIKE = 86
_VOWELS = str.maketrans("", "", "аеиоуыэюяйьъaeiouy")


@dataclass(frozen=True, slots=True)
class Row:
    """What is compared of a client."""

    pk: int
    name: str
    inn: str = ""
    kpp: str = ""
    city: str = ""

    @property
    def words(self) -> str:
        """The name without the legal form, its words in one order."""
        return " ".join(sorted(significant_words(self.name))) or fold(self.name)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why they look alike ("inn", "phone", "email", "name"), and how sure the program is, 0 to 100."""

    reasons: list[str]
    score: int


def keys(name: str) -> list[str]:
    """By what clients with a like name find each other: the beginnings of its two longest words, and its consonants.

    Mistyped endings and vowels, doubled letters, the order of the words and the legal form do not matter. Only those
    who share a key are ever compared.
    """
    words = significant_words(name)[:2]
    if not words:
        return []
    beginnings = " ".join(sorted(word[:4] for word in words))
    consonants = _squeezed("".join(sorted(significant_words(name))).translate(_VOWELS))
    return [f"b {beginnings}"[:64], *([f"c {consonants}"[:64]] if len(consonants) > 2 else [])]


def _squeezed(letters: str) -> str:
    return "".join(letter for number, letter in enumerate(letters) if number == 0 or letters[number - 1] != letter)


def names_alike(one: str, other: str) -> float:
    """From 0 to 100; both as ``Row.words`` gives them."""
    from rapidfuzz import fuzz  # few requests need it, and it is large

    return fuzz.ratio(one, other)


def verdict(one: Row, other: Row, shared: Collection[str], *, alike: float) -> Verdict | None:
    """What to think of two clients; None where it is not worth a look.

    Args:
        shared: what both have of "phone" and "email".
        alike: how alike the names are, 0 to 100.

    Two INNs are two companies: a shared phone only makes them related, a like name is nothing. One INN with two KPPs
    may be two branches.
    """
    two_companies = bool(one.inn and other.inn and one.inn != other.inn)
    reasons, score = [], 0
    if one.inn and one.inn == other.inn:
        reasons.append("inn")
        score = 70 if one.kpp and other.kpp and one.kpp != other.kpp else 90
    for reason in ("phone", "email"):
        if reason in shared:
            reasons.append(reason)
            score = max(score, 55) + 10
    if alike >= ALIKE:
        reasons.append("name")
        two_cities = bool(one.city and other.city and fold(one.city) != fold(other.city))
        score = max(score, 40) + round((alike - ALIKE) / 2) + (0 if two_cities else 12) + (8 if shared else 0)
    if two_companies:
        score -= 30
    return Verdict(reasons, min(score, 100)) if reasons and score >= ENOUGH else None


def pairs_of(groups: Iterable[Collection[int]], new: Collection[int]) -> set[tuple[int, int]]:
    """The pairs within groups that share a key, of which the younger one is among ``new``: the others were looked at
    before."""
    return {(one, other) for group in groups for other in group if other in new for one in group if one < other}
