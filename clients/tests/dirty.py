"""A file of clients as bad as files get: doubles, wrong values, broken encodings and quotes, cells of a megabyte.

The same seed makes the same file. Of every row it is known whether it has to come in (``IN``), has to be explained and
left out (``OUT``), or may be either (``ANY``) as long as it is one of both.
"""

import csv
import io
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

HEADERS = (
    *("Код", "Наименование", "ИНН", "КПП", "Телефон", "Электронная почта", "Город", "Дата рождения"),
    *("Сотрудников", "Годовая выручка", "Примечание"),
)
ENCODING, DELIMITER = "cp1251", ";"
MEGABYTE = 1_000_000
_CITIES = ("Москва", "Омск", "Томск", "Владивосток", "Пермь", "")
_WORDS = ("Вектор", "Ромашка", "Восток", "Строймаш", "Лютик", "Альтаир", "Сигма", "Парус", "Кедр", "Орион")
_FORMS = ("ООО «{}»", "{} ООО", 'АО "{}"', "ИП {}", "{}")
_DATES = ("15.06.1985", "1985-06-15", "15.06.85", "31213", "15 июня 1985 г.", "")
_SUMS = ("1 234 567,89", "12 млн руб.", "1234567.89", "1.234.567,89", "")


class Fate(StrEnum):
    IN = "in"
    OUT = "out"
    ANY = "any"


@dataclass(frozen=True)
class DirtyRow:
    """A row as it stands in the file, with its line end; ``what``: which sort of dirt it is."""

    raw: bytes
    what: str
    fate: Fate


class Dirt:
    """Makes the rows of one file.

    Attributes:
        here: INNs of the importer's clients that are here already.
        theirs: INNs of colleagues' clients.
    """

    def __init__(self, seed: int, *, here: list[str] | None = None, theirs: list[str] | None = None) -> None:
        self._random = random.Random(seed)
        self._here, self._theirs = list(here or ()), list(theirs or ())
        self._number = 0
        self._clean: list[dict[str, str]] = []

    def rows(self, number: int, *, megabytes: int = 2) -> Iterator[DirtyRow]:
        """So many rows below the headings; ``megabytes``: how many of them have a cell of a megabyte."""
        large = set(self._random.sample(range(number), min(megabytes, number)))
        sorts = list(self._sorts().items())
        weights = [weight for _what, (weight, _fate, _make) in sorts]
        for place in range(number):
            if place in large:
                yield self._large(place)
                continue
            ((what, (_weight, fate, make)),) = self._random.choices(sorts, weights)
            if (what.startswith("double") and not self._clean) or (what == "one of mine" and not self._here):
                what, (_weight, fate, make) = sorts[0]
            yield DirtyRow(make(), what, fate)

    def header(self) -> bytes:
        return _line(HEADERS)

    def _sorts(self) -> dict[str, tuple[float, Fate, Callable[[], bytes]]]:
        return {
            "clean": (55, Fate.IN, self._kept),
            "double by INN": (5, Fate.OUT, lambda: self._double("ИНН", "КПП")),
            "double by phone and name": (4, Fate.OUT, lambda: self._double("Телефон", "Наименование")),
            "double phone": (2, Fate.OUT, lambda: self._double("Телефон")),
            "wrong INN": (3, Fate.OUT, lambda: self._with({"ИНН": "7707083894"})),
            "INN in exponents": (1, Fate.OUT, lambda: self._with({"ИНН": "7,70708E+09"})),
            "wrong phone": (3, Fate.OUT, lambda: self._with({"Телефон": "12-34"})),
            "wrong address": (1, Fate.OUT, lambda: self._with({"Электронная почта": "info@"})),
            "wrong date": (3, Fate.OUT, lambda: self._with({"Дата рождения": "31.02.1985"})),
            "month first": (1, Fate.OUT, lambda: self._with({"Дата рождения": "06/15/1985"})),
            "future date": (1, Fate.OUT, lambda: self._with({"Дата рождения": "01.01.2190"})),
            "words for a number": (2, Fate.OUT, lambda: self._with({"Сотрудников": "много"})),
            "negative": (1, Fate.OUT, lambda: self._with({"Годовая выручка": "-5"})),
            "no name": (2, Fate.OUT, lambda: self._with({"Наименование": " \t"})),
            "long name": (1, Fate.OUT, lambda: self._with({"Наименование": "Ы" * 256})),
            "lost letters": (1, Fate.OUT, lambda: self._with({"Наименование": "??????? ????"})),
            "unreadable bytes": (1, Fate.OUT, lambda: self._good().replace("е".encode(ENCODING), b"\x98", 1)),
            "another encoding": (3, Fate.IN, lambda: self._good().decode(ENCODING).encode("utf-8")),
            "zero bytes": (1, Fate.IN, lambda: self._good().replace(b";", b"\x00;", 1)),
            "line break in a cell": (2, Fate.IN, lambda: self._with({"Примечание": "Первая\nвторая; третья"})),
            "broken quotes": (1, Fate.ANY, lambda: self._good().replace(b";", b';"', 3)),
            "half a row": (1, Fate.ANY, lambda: self._good()[:20].rstrip() + b"\r\n"),
            "too many cells": (1, Fate.ANY, lambda: self._good().rstrip() + b";lost;lost\r\n"),
            "one of mine": (2, Fate.IN, lambda: self._with({"ИНН": self._here.pop(), "КПП": ""})),
            "a colleague's": (
                2 * bool(self._theirs),
                Fate.OUT,
                lambda: self._with({"ИНН": self._random.choice(self._theirs), "КПП": ""}),
            ),
        }

    def _kept(self) -> bytes:
        """A clean row that later ones double."""
        facts = self._facts()
        self._clean = [*self._clean[-200:], facts]
        return _line(facts.values())

    def _good(self) -> bytes:
        """A clean row that something is then done to."""
        return self._with({})

    def _with(self, wrong: dict[str, str]) -> bytes:
        return _line({**self._facts(), **wrong}.values())

    def _double(self, *shared: str) -> bytes:
        first = self._random.choice(self._clean)
        facts = {**self._facts(), "Код": "", "ИНН": "", "КПП": "", **{header: first[header] for header in shared}}
        return _line(facts.values())

    def _large(self, place: int) -> DirtyRow:
        if place % 2:
            return DirtyRow(self._with({"Примечание": "Ъ" * MEGABYTE}), "a megabyte of notes", Fate.IN)
        return DirtyRow(self._with({"Наименование": "Ъ" * MEGABYTE}), "a megabyte of name", Fate.OUT)

    def _facts(self) -> dict[str, str]:
        """What one clean row says; no two rows are alike."""
        self._number += 1
        pick = self._random.choice
        name = pick(_FORMS).format(f"{pick(_WORDS)} {self._number}е")
        phone = f"8 (9{self._number % 100:02}) {self._number // 100:07}"
        return dict(
            zip(
                HEADERS,
                (
                    *("", name, inn(self._number), "770701001", phone, f"info{self._number}@example.ru", pick(_CITIES)),
                    *(pick(_DATES), pick(("12", "1 200", "")), pick(_SUMS), ""),
                ),
                strict=True,
            )
        )


def inn(number: int) -> str:
    """The INN of a company whose first nine digits are made of ``number``, with the right check digit."""
    digits = f"77{number:07}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return digits + str(sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 % 10)


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=DELIMITER, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode(ENCODING)
