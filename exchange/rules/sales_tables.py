"""One CSV file of a sales history: from bytes to records under its header, or a complaint why it cannot be read."""

import csv
import re
from collections.abc import Iterator, Mapping

from exchange.rules.likeness import folded
from exchange.rules.sales_facts import ACCOUNTS, COLUMNS, BrokenFiles, Refused, short

#: Lines a quoted cell may run over before its quote is taken for one that was never closed.
_LONGEST_RECORD = 20
#: What the name of a column for a field the company added begins with.
FIELD = "field:"
#: Characters a cell may have.
CELL_LIMIT = 1_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Table:
    """One file: its text, cut into records under its header."""

    def __init__(self, name: str, files: Mapping[str, bytes], encoding: str) -> None:
        self.name = name
        if name not in files:
            raise BrokenFiles(f"{name}: there is no such file in the folder.")
        text = _decode(name, files[name], encoding)
        # Only real line ends: str.splitlines() would also cut at characters that may stand inside a cell.
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        first = next((number for number, line in enumerate(self.lines) if line.strip()), None)
        if first is None:
            raise BrokenFiles(f"{name}: the file is empty.")
        self.first = first
        self.delimiter = max(",;\t", key=lambda mark: len(self._wanted_in(self._header(mark))))
        header = self._header(self.delimiter)
        if missing := [column for column in COLUMNS[name] if column not in header]:
            raise BrokenFiles(
                f"{name}, line {first + 1}: column {', '.join(missing)} is missing; "
                f"found: {', '.join(short(column) for column in header[:20]) or 'nothing'}."
            )
        if twice := [column for column in COLUMNS[name] if header.count(column) > 1]:
            raise BrokenFiles(f"{name}, line {first + 1}: column {', '.join(twice)} is there twice.")
        self.width = len(header)
        self.places = [(column, header.index(column)) for column in COLUMNS[name]]
        #: Columns for the fields a company added to its clients: "field:contract_no".
        self.further = [column for column in dict.fromkeys(header) if name == ACCOUNTS and column.startswith(FIELD)]
        self.places += [(column, header.index(column)) for column in self.further]

    def _header(self, delimiter: str) -> list[str]:
        try:
            cells = next(csv.reader([self.lines[self.first]], delimiter=delimiter, strict=True), [])
        except csv.Error:
            return []
        return [folded(cell).replace(" ", "_") for cell in cells]

    def _wanted_in(self, header: list[str]) -> set[str]:
        return set(header) & set(COLUMNS[self.name])

    def records(self) -> Iterator[tuple[int, dict[str, str] | Refused]]:
        """The records with the line each begins on; a record that is no record comes as the refusal."""
        number = self.first + 1
        while number < len(self.lines):
            line = self.lines[number]
            taken = 1
            if line.strip():
                cells, taken = self._cells(number)
                yield number + 1, cells
            number += taken

    def _cells(self, number: int) -> tuple[dict[str, str] | Refused, int]:
        """The cells of the record that begins on a line, and how many lines it takes."""
        line = self.lines[number]
        for taken in range(1, _LONGEST_RECORD + 1):
            block = "\n".join(self.lines[number : number + taken])
            try:
                cells = next(csv.reader([block], delimiter=self.delimiter, strict=True))
            except csv.Error as error:
                if "unexpected end of data" in str(error) and number + taken < len(self.lines):
                    continue
                if "field larger" in str(error):
                    return Refused("", line, f"a cell is longer than {CELL_LIMIT} characters"), 1
                break
            if taken > 1 and len(cells) != self.width:
                break  # some later line closed the quote by chance: only this line is broken
            return self._by_column(cells, line), taken
        return Refused("", line, "the quotes are broken"), 1

    def _by_column(self, cells: list[str], line: str) -> dict[str, str] | Refused:
        while len(cells) > self.width and not cells[-1].strip():
            cells.pop()
        if len(cells) < self.width:
            return Refused("", line, f"half a line: {len(cells)} columns instead of {self.width}")
        if len(cells) > self.width:
            return Refused("", line, f"too many columns: {len(cells)} instead of {self.width}")
        if any(map(_CONTROL.search, cells)):
            return Refused("", line, "there is a control character in the line")
        return {column: cells[place].strip() for column, place in self.places}


def _decode(name: str, raw: bytes, encoding: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BrokenFiles(f"{name}: the file is in UTF-16. Save it as UTF-8.")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        words = f"{name}, line {line}: byte 0x{raw[error.start]:02X} is not {encoding.removesuffix('-sig').upper()}."
        if encoding.startswith("utf") and _looks_like_cp1251(raw):
            words += " The file looks like Windows-1251: save it as UTF-8, or run with --encoding cp1251."
        else:
            words += " Save the file as UTF-8, or name its encoding with --encoding."
        raise BrokenFiles(words) from None


def _looks_like_cp1251(raw: bytes) -> bool:
    """Most bytes above ASCII are letters of the Russian alphabet in that encoding."""
    high = [byte for byte in raw if byte > 0x7F]
    return bool(high) and sum(byte >= 0xC0 or byte in (0xA8, 0xB8) for byte in high) > 0.8 * len(high)
