"""The table in an imported file: how it is read, its headings, its rows one after the other."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, BinaryIO

from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.importing import csv_rows, sniffing, xlsx_rows
from clients.importing.cells import LONGEST_CELL, MOST_COLUMNS, RawRow, Trouble
from clients.importing.registry import Finding, as_text
from clients.importing.sniffing import Format, Unreadable
from clients.models import ImportJob

#: More rows are not imported in one go.
MOST_ROWS = 100_000
#: The heading stands among the first rows.
HEADING_WITHIN = 30
_SAMPLES = 3
REASONS = {
    "empty": gettext_lazy("The file is empty."),
    "old": gettext_lazy("An old or locked Excel file: save it as XLSX without a password, or as CSV."),
    "page": gettext_lazy("This is a web page, not a table: save it as XLSX or CSV."),
    "binary": gettext_lazy("This is no table: XLSX and CSV are read."),
    "xlsx": gettext_lazy("This is no Excel workbook, or it is damaged: open it in Excel and save it again."),
    "locked": gettext_lazy("The workbook is locked by a password: save it without."),
    "bomb": gettext_lazy("The workbook unpacks to far too much: save the sheet you need as CSV."),
    "wide": gettext_lazy("The sheet is too large: take out what stands far below or beside the table, or save as CSV."),
    "long": gettext_lazy("More than 100,000 rows: split the file."),
    "gone": gettext_lazy("The file is not there any more: send it again."),
}


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Attributes:
        format: what it is.
        encoding, delimiter: of CSV.
        sheet: of a workbook.
        header: the row with the headings; 0: there is none.
    """

    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header: int = 1

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def reading_of(job: ImportJob) -> Reading:
    """How this file is read."""
    return Reading(**job.reading)


@contextmanager
def opened(job: ImportJob) -> Iterator[BinaryIO]:
    """The file.

    Raises:
        Unreadable: "gone".
    """
    try:
        file: File = job.file.open("rb")
    except FileNotFoundError:
        raise Unreadable("gone") from None
    with file:
        yield file.file  # type: ignore[misc]


def guess(file: BinaryIO) -> tuple[Reading, list[str]]:
    """How a file seems to be read (the heading not looked for yet), and the sheets it has.

    Raises:
        Unreadable: it is no table.
    """
    file.seek(0)
    head = file.read(sniffing.HEAD)
    if sniffing.guess_format(head) is Format.XLSX:
        sheets = xlsx_rows.sheet_names(file)
        if not sheets:
            raise Unreadable("empty")
        return Reading(Format.XLSX, sheet=sheets[0]), sheets
    encoding = sniffing.guess_encoding(head)
    file.seek(0)
    # One line is one cell as long as nothing separates: "\x1f" is in no table.
    first = islice(csv_rows.read_rows(file, encoding=encoding, delimiter="\x1f"), 60)
    lines = [row.cells[0] for row in first if not row.is_empty]
    return Reading(Format.CSV, encoding=encoding, delimiter=sniffing.guess_delimiter(lines)), []


def raw_rows(file: BinaryIO, reading: Reading) -> Iterator[RawRow]:
    """All rows as they stand, the heading and empty ones among them."""
    file.seek(0)
    if reading.format == Format.XLSX:
        return xlsx_rows.read_rows(file, sheet=reading.sheet)
    return csv_rows.read_rows(file, encoding=reading.encoding, delimiter=reading.delimiter)


def headers(rows: list[RawRow], header: int) -> list[str]:
    """The headings; "Column 3" where nothing stands over a column that most rows fill.

    A row that is wider than its headings is usually one with a separator too many, and no reason for a column.
    """
    names = next((row.cells for row in rows if row.line == header), [])
    widths = sorted(_width(row) for row in rows if row.line > header and not row.is_empty)
    usual = (widths[len(widths) // 2] if header else widths[-1]) if widths else 0
    width = max(_width(RawRow(header, names)), usual)
    texts = [as_text(cell).replace("\n", " ")[:200] for cell in names[:width]]
    texts += [""] * (width - len(texts))
    return [text or _("Column %(number)d") % {"number": number} for number, text in enumerate(texts, start=1)]


def _width(row: RawRow) -> int:
    return next((number for number in range(len(row.cells), 0, -1) if row.cells[number - 1] != ""), 0)


def data_rows(file: BinaryIO, reading: Reading, *, width: int) -> Iterator[RawRow]:
    """The rows below the heading that are not empty; each is told whether it is as wide as the heading."""
    for row in raw_rows(file, reading):
        if row.line > reading.header and not row.is_empty:
            yield _fitted(row, width)


def _fitted(row: RawRow, width: int) -> RawRow:
    if len(row.cells) > width and _width(row) > width:
        return replace(row, troubles=(*row.troubles, (Trouble.TOO_MANY, None)))
    if len(row.cells) < width:
        return replace(row, troubles=(*row.troubles, (Trouble.TOO_FEW, None)))
    return row


def count(rows: Iterable[RawRow], header: int) -> int:
    """How many rows stand below the heading.

    Raises:
        Unreadable: "long".
    """
    number = 0
    for row in rows:
        number += row.line > header and not row.is_empty
        if number > MOST_ROWS:
            raise Unreadable("long")
    return number


def samples(rows: Iterable[RawRow], header: int, width: int) -> list[list[str]]:
    """Column by column the first few cells below the heading that are filled."""
    below = [row.cells for row in rows if row.line > header]
    filled = (
        [as_text(cells[number])[:60] for cells in below if cells[number:] and cells[number] != ""]
        for number in range(width)
    )
    return [texts[:_SAMPLES] for texts in filled]


#: Rows with these are not written: their cells are not where they belong, or not what was meant.
_FATAL = {Trouble.LONG_ROW, Trouble.TOO_MANY, Trouble.UNREADABLE}


def findings(row: RawRow, mapping: Mapping[int, str]) -> list[Finding]:
    """What the reader has to say of a row, in words; of cells only where their column is wanted."""
    kinds = {trouble for trouble, _column in row.troubles}
    # A row cut short whose quotes are broken has lost cells in the middle, not at its end.
    fatal = _FATAL | ({Trouble.TOO_FEW} if Trouble.BROKEN_QUOTES in kinds else set())
    return [
        Finding(
            _words(trouble),
            field="" if column is None else mapping[column],
            value="" if column is None else as_text(row.cells[column])[:200],
            is_mended=trouble not in fatal,
        )
        for trouble, column in row.troubles
        if column is None or column in mapping
    ]


def _words(trouble: Trouble) -> str:
    match trouble:
        case Trouble.LONG_CELL:
            return _("Longer than %(number)d characters: cut there.") % {"number": LONGEST_CELL}
        case Trouble.UNSEEN:
            return _("NUL characters were taken out.")
        case Trouble.OTHER_ENCODING:
            return _("The row is in another encoding than the file; it was read in its own.")
        case Trouble.UNREADABLE:
            return _("Some letters cannot be read: choose another encoding, or type them again.")
        case Trouble.BROKEN_QUOTES:
            return _("The quotes are not in pairs; the row was read as well as it could be.")
        case Trouble.LONG_ROW:
            return _("The row is too long: at most %(number)d columns, and a few megabytes.") % {"number": MOST_COLUMNS}
        case Trouble.TOO_MANY:
            return _("More cells than headings: is there a separator in a cell without quotes?")
        case Trouble.TOO_FEW:
            return _("Fewer cells than headings: the others were taken for empty.")
