"""Spreadsheets of the XLSX format: numbers as numbers, dates as dates, text never as a formula.

Written row by row: memory does not grow with them.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO

from django.utils import timezone

#: Longer sheets are for CSV: a spreadsheet ends at 1,048,576 rows, and a person's patience before.
LONGEST_SHEET = 100_000
_WIDEST = 60
_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


class Look(StrEnum):
    """How the values of a column are shown; a PERCENT of 12.5 is twelve and a half hundredths."""

    TEXT = "@"
    NUMBER = "#,##0"
    DECIMAL = "#,##0.0#"
    MONEY = "#,##0.00"
    PERCENT = "0.0%"
    DATE = "yyyy-mm-dd"
    MOMENT = "yyyy-mm-dd hh:mm"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a sheet. ``width``: in characters."""

    label: str
    look: Look = Look.TEXT
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a file.

    Attributes:
        about: what stands above the table: "Period" and its days.
        rows: read once, while the file is written.
    """

    title: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Any]]
    about: Sequence[tuple[str, str]] = ()

    @property
    def header(self) -> list[str]:
        return [heading.label for heading in self.headings]


def write_workbook(target: BinaryIO, sheets: Iterable[Sheet], *, title: str = "") -> int:
    """Write the sheets; the number of their rows comes back."""
    import xlsxwriter  # type: ignore[import-untyped]  # few requests need it, and it is large

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title})
    writer = _Writer(book)
    written = sum(writer.add(sheet) for sheet in sheets)
    book.close()
    return written


class _Writer:
    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.looks: dict[Look, Any] = {
            look: book.add_format({"num_format": look.value}) for look in Look if look is not Look.TEXT
        }

    def add(self, sheet: Sheet) -> int:
        page = self.book.add_worksheet(self._name(sheet.title))
        for place, heading in enumerate(sheet.headings):
            page.set_column(place, place, min(heading.width, _WIDEST))
        for place, (label, value) in enumerate(sheet.about):
            page.write_string(place, 0, label, self.bold)
            page.write_string(place, 1, value)
        top = len(sheet.about) + 1 if sheet.about else 0
        for place, heading in enumerate(sheet.headings):
            page.write_string(top, place, heading.label, self.head)
        self._print_well(page, top)
        written = 0
        for row in sheet.rows:
            written += 1
            for place, (heading, value) in enumerate(zip(sheet.headings, row, strict=True)):
                self._write(page, top + written, place, value, heading.look)
        page.autofilter(top, 0, top + written, max(0, len(sheet.headings) - 1))
        return written

    def _print_well(self, page: Any, top: int) -> None:
        """The header stays in sight on the screen and on every page of paper."""
        page.freeze_panes(top + 1, 0)
        page.repeat_rows(top)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)

    def _write(self, page: Any, row: int, column: int, value: Any, look: Look) -> None:
        match value:
            case None | "":
                return
            case bool():
                page.write_number(row, column, int(value))
            case int() | float() | Decimal():
                number = float(value) / 100 if look is Look.PERCENT else value
                page.write_number(row, column, number, self.looks.get(look))
            case dt.datetime():
                moment = timezone.make_naive(value) if timezone.is_aware(value) else value
                page.write_datetime(row, column, moment, self.looks[Look.MOMENT])
            case dt.date():
                page.write_datetime(row, column, dt.datetime.combine(value, dt.time()), self.looks[Look.DATE])
            case _:
                page.write_string(row, column, str(value))

    def _name(self, title: str) -> str:
        """A name a sheet may have, and no other sheet of the file has."""
        base = _NOT_IN_NAMES.sub(" ", title).strip()[:_LONGEST_NAME] or "Sheet"
        name, number = base, 1
        while name.casefold() in self.names:
            number += 1
            ending = f" {number}"
            name = f"{base[: _LONGEST_NAME - len(ending)]}{ending}"
        self.names.add(name.casefold())
        return name
