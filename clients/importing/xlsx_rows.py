"""Rows of a sheet of an XLSX workbook. Pure.

A workbook is a ZIP of XML: a small file can hold gigabytes, and one cell in the last corner makes a sheet of
seventeen milliards of them. So it is unpacked once, in small pieces, and measured, before anything takes it whole.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, BinaryIO

from clients.importing.cells import MOST_COLUMNS, RawRow, cleaned
from clients.importing.sniffing import Unreadable

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

#: All its parts together, unpacked, in bytes.
_LARGEST = 300 * 1024 * 1024
_MOST_PARTS = 2000
_MOST_ROWS = 1_048_576
#: Rows times columns of a sheet: what is taken into memory at once.
_MOST_CELLS = 4_000_000
_PIECE = 1024 * 1024
#: Letters and digits of a place that say it is too far away, whatever follows.
_ENOUGH = 9
#: Where a row or a cell says its place: r="AB12", r="12". Looked for in every part: a workbook calls its parts what it
#: likes, and any of them may be a sheet.
_PLACE = re.compile(rb"""(?<![\w:.-])r\s*=\s*["']\s*([A-Za-z]*)(\d+)""")
#: A row or a cell, and whether it says its place. One that does not stands behind the one before it.
_TAG = re.compile(rb"""<(?:[\w.-]+:)?(row|c)(?=[\s/>])(\sr=|[^>]*[\s"']r\s*=)?""")


def sheet_names(file: BinaryIO) -> list[str]:
    """The sheets with rows, hidden ones too, in their order.

    Raises:
        Unreadable: "xlsx" (no workbook, or a damaged one), "bomb" (it unpacks to far too much), "wide", "locked".
    """
    measure(file)
    with _opened(file) as book:
        return list(book.sheet_names)


def read_rows(file: BinaryIO, *, sheet: str) -> Iterator[RawRow]:
    """All rows from the first on, empty ones among them; numbers, dates and times as such.

    The file must have been measured. A sheet that does not exist has no rows.

    Raises:
        Unreadable: "xlsx".
    """
    from python_calamine import CalamineError

    with _opened(file) as book:
        if sheet not in book.sheet_names:
            return
        try:
            for number, cells in enumerate(book.get_sheet_by_name(sheet).iter_rows(), start=1):
                yield cleaned(number, list(cells), [])
        except CalamineError:
            raise Unreadable("xlsx") from None


def _opened(file: BinaryIO) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook  # few requests need it, and it is large

    file.seek(0)
    try:
        return CalamineWorkbook.from_filelike(file)
    except (CalamineError, zipfile.BadZipFile):
        raise Unreadable("xlsx") from None


def measure(file: BinaryIO) -> None:
    """Refuse what would fill the memory: unpacks every part in pieces, so that its declared size is known to be true.

    Raises:
        Unreadable: see ``sheet_names``.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as parts:
            infos = parts.infolist()
            names = {info.filename for info in infos}
            if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
                raise Unreadable("xlsx")
            if any(info.flag_bits & 1 for info in infos):
                raise Unreadable("locked")
            if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > _LARGEST:
                raise Unreadable("bomb")
            for info in infos:
                with parts.open(info) as part:
                    _measure_part(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise Unreadable("xlsx") from None


def _measure_part(part: IO[bytes]) -> None:
    extent, tail, size = _Extent(), b"", 0
    # Reading to the end checks the sum: a part that says less than it holds is damaged.
    while piece := part.read(_PIECE):
        size += len(piece)
        if size > _LARGEST:
            raise Unreadable("bomb")
        seen = tail + piece
        # Whole tags: what stands behind the last "<" is looked at with what follows it.
        end = seen.rfind(b"<")
        end = end if 0 <= len(seen) - end <= _PIECE else len(seen)
        extent.add(seen[:end])
        tail = seen[end:]
    extent.add(tail)


class _Extent:
    """How many rows and columns a part has at most, if it is a sheet. Rather too many than too few."""

    def __init__(self) -> None:
        self._row = self._column = self._unplaced_rows = self._run = self._longest_run = 0

    def add(self, text: bytes) -> None:
        """
        Raises:
            Unreadable: "wide".
        """
        for letters, digits in _PLACE.findall(text):
            self._row = max(self._row, int(digits.lstrip(b"0")[:_ENOUGH] or 0))
            self._column = max(self._column, _column(letters[:_ENOUGH].upper()))
        for tag, is_placed in _TAG.findall(text):
            if tag == b"row":
                self._unplaced_rows += not is_placed
                self._run = 0
            elif not is_placed:
                self._run += 1
                self._longest_run = max(self._longest_run, self._run)
        rows, columns = self._row + self._unplaced_rows, self._column + self._longest_run
        if rows > _MOST_ROWS or rows * max(columns, 1) > _MOST_CELLS or columns > MOST_COLUMNS * 4:
            raise Unreadable("wide")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
