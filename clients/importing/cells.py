"""A cell of somebody's file, made fit to be read: bounded, without what nobody can see. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.web.exports import FORMULA_STARTS

#: A longer cell is cut. (A spreadsheet's own limit is 32,767.)
LONGEST_CELL = 32_000
#: A row with more columns is not read further.
MOST_COLUMNS = 300
#: What stands for letters that could not be read.
UNREADABLE = "\ufffd"
#: Control characters, and what writes nothing by itself: zero-width marks, a byte order mark in the middle.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")


class Trouble(StrEnum):
    """What the reader had to do to a row."""

    LONG_CELL = "long cell"
    UNSEEN = "unseen"
    OTHER_ENCODING = "other encoding"
    UNREADABLE = "unreadable"
    BROKEN_QUOTES = "broken quotes"
    LONG_ROW = "long row"
    TOO_MANY = "too many"
    TOO_FEW = "too few"


@dataclass(frozen=True)
class RawRow:
    """A row as it stands in the file.

    Attributes:
        line: its number, as a spreadsheet shows it.
        cells: one per column; "" where there is nothing.
        troubles: what was wrong with it, each with the number of its column (None: the whole row).
    """

    line: int
    cells: list[Any]
    troubles: tuple[tuple[Trouble, int | None], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing stands in it."""
        return all(cell == "" for cell in self.cells)


def cleaned(line: int, cells: list[Any], troubles: list[tuple[Trouble, int | None]]) -> RawRow:
    """The row with its texts bounded and free of unseen characters; ``troubles`` so far, completed."""
    if len(cells) > MOST_COLUMNS:
        cells = cells[:MOST_COLUMNS]
        troubles.append((Trouble.LONG_ROW, None))
    fit = [_text(cell, number, troubles) if isinstance(cell, str) else cell for number, cell in enumerate(cells)]
    return RawRow(line, ["" if cell is None else cell for cell in fit], tuple(troubles))


def _text(cell: str, number: int, troubles: list[tuple[Trouble, int | None]]) -> str:
    if _UNSEEN.search(cell):
        if "\0" in cell:  # the others are common and mean nothing
            troubles.append((Trouble.UNSEEN, number))
        cell = _UNSEEN.sub("", cell)
    cell = cell.strip()
    if cell.startswith("'") and cell[1:].lstrip().startswith(FORMULA_STARTS):
        cell = cell[1:]  # our own exports put it there, so that no spreadsheet runs it
    if len(cell) > LONGEST_CELL:
        troubles.append((Trouble.LONG_CELL, number))
        cell = cell[:LONGEST_CELL]
    if UNREADABLE in cell:
        troubles.append((Trouble.UNREADABLE, number))
    return cell
