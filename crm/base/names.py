"""Names, texts and addresses in great number from small tables."""

import re
from random import Random

from clients.models import ClientKind
from crm.base.company import Company
from crm.demo.words.base import Words
from crm.web.text import fold

_POOL = 4000
_GAP = re.compile(r"\{\w+\}")
#: Of 256 events that people register: what kind.
KIND_WEIGHTS = {
    "call_out": 70,
    "call_in": 28,
    "letter_out": 34,
    "letter_in": 20,
    "message_out": 24,
    "message_in": 14,
    "meeting": 14,
    "visit": 6,
    "visit_in": 3,
    "presentation": 4,
    "purchase": 5,
    "complaint": 2,
    "call_failed": 16,
    "mailing": 8,
    "task": 4,
    "note": 4,
}
_TEXTS = 64
#: Every fourth event says more than its subject.
_TOLD = 4
_LONGEST = 240


class Names:
    """Pools of names of firms and people."""

    def __init__(self, words: Words, seed: int) -> None:
        rng = Random(f"names {seed}")
        self.firms: list[tuple[str, str]] = []
        for _ in range(_POOL):
            name = words.firm(rng, rng.choice(words.places)).name
            opening, quote, _rest = name.partition("»")
            self.firms.append((opening, quote))
        self.people = [words.person(rng) for _ in range(_POOL)]
        self.positions = words.positions
        self._folded_firms = [(fold(opening), fold(quote)) for opening, quote in self.firms]
        self.folded_people = [fold(person.full) for person in self.people]

    def client(self, number: int, roll: float) -> tuple[str, str, str]:
        """Kind, name and the folded name of a client: half of the names are a firm's with the number of its branch."""
        at = int(roll * _POOL)
        if roll * _POOL % 1 < 0.08:
            person = self.people[at]
            return ClientKind.PERSON.value, person.full, self.folded_people[at]
        opening, quote = self.firms[at]
        folded, folded_quote = self._folded_firms[at]
        tail = f" {number % 9973}" if number % 4 else ""
        return ClientKind.COMPANY.value, f"{opening}{tail}{quote}", f"{folded}{tail}{folded_quote}"


def texts(company: Company) -> dict[int, list[tuple[str, str, str]]]:
    """Subject, details and result of events, by kind."""
    told: dict[str, list[tuple[str, str, str]]] = {}
    for scene in (scene for scenes in company.words.scenes.values() for scene in scenes):
        for code in scene.kinds.replace(",", " ").split():
            told.setdefault(code, []).append((_plain(scene.subject), _plain(scene.text), _plain(scene.result)))
    everything = [scene for scenes in told.values() for scene in scenes]
    found = {}
    for code, pk in company.event_kinds.items():
        of_kind = told.get(code) or everything
        scenes = [of_kind[at % len(of_kind)] for at in range(_TEXTS)]
        found[pk] = [
            (subject, *((text, result) if at % _TOLD == 0 else ("", "")))
            for at, (subject, text, result) in enumerate(scenes)
        ]
    return found


def _plain(text: str) -> str:
    """One line, without gaps to fill in: as COPY takes it."""
    return " ".join(_GAP.sub("…", text).replace("\\", "").split())[:_LONGEST]


def inn(number: int) -> str:
    """An INN with the right check digit, another for every number below a thousand million."""
    body = f"{number * 387_420_489 % 1_000_000_007 % 1_000_000_000:09d}"
    return body + str(
        sum(weight * int(digit) for weight, digit in zip((2, 4, 10, 3, 5, 9, 4, 6, 8), body, strict=True)) % 11 % 10
    )


def phone(number: int) -> tuple[str, str]:
    """A phone of a code that is given to nobody, and its digits backwards."""
    digits = f"7000{number * 7_368_787 % 10_000_019 % 10_000_000:07d}"
    return f"+{digits}", digits[::-1]
