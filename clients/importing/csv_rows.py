"""Rows of a CSV file that may be broken in any way, in constant memory. Pure.

Every line that is not ASCII is tried as UTF-8 first, then in the file's encoding: files put together from two programs
are common. Where quotes are not in pairs the line is read by itself: a quote that is never closed does not swallow the
rest of the file.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, cast

from clients.importing.cells import MOST_COLUMNS, RawRow, Trouble, cleaned
from clients.importing.sniffing import is_utf_8, names_separator, utf_16_of

#: A line is read so far (bytes, or letters of UTF-16); a longer one is refused.
_LONGEST_LINE = 4 * 1024 * 1024
#: A cell with line breaks in it goes on for so many lines at most.
_MOST_LINES = 200
csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_LINE * 2))
#: A line as text, and what was wrong with it.
_Line = tuple[str, Trouble | None]


def read_rows(file: BinaryIO, *, encoding: str, delimiter: str) -> Iterator[RawRow]:
    """All rows from the first on, empty ones among them. The file stands at its beginning."""
    lines = _Lines(file, encoding)
    number = 0
    while (line := lines.pull()) is not None:
        if number == 0 and names_separator(line[0]):
            continue
        number += 1
        yield _row(line, lines, number, delimiter)


def _row(line: _Line, lines: "_Lines", number: int, delimiter: str) -> RawRow:
    """One row: usually one line, more where a quoted cell has line breaks in it."""
    feed = _Feed(line, lines)
    try:
        cells = next(csv.reader(feed, delimiter=delimiter, strict=True), [])
        troubles = [trouble for _text, trouble in feed.taken if trouble]
    except csv.Error:
        lines.push_back(feed.taken[1:])
        cells = _split(line[0].rstrip("\n"), delimiter)
        troubles = [trouble for trouble in (line[1], Trouble.BROKEN_QUOTES) if trouble]
    return cleaned(number, cells, [(trouble, None) for trouble in dict.fromkeys(troubles)])


def _split(text: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotes are not in pairs: a quoted cell ends where a quote stands before a separator,
    ``"Horns "and" hooves";77``; where there is none, the quote means nothing."""
    cells: list[str] = []
    at, may_close = 0, True
    while at <= len(text) and len(cells) <= MOST_COLUMNS:
        if may_close and text.startswith('"', at):
            end = text.find(f'"{delimiter}', at + 1)
            if end < 0 and text.endswith('"') and len(text) > at + 1:
                end = len(text) - 1
            if end >= 0:
                cells.append(text[at + 1 : end].replace('""', '"'))
                at = end + 2
                continue
            may_close = False  # nor can a later one: looked for once, a line is read in one go
        end = text.find(delimiter, at)
        end = len(text) if end < 0 else end
        cells.append(text[at:end].removeprefix('"'))
        at = end + 1
    return cells


class _Feed:
    """Hands the CSV reader one line, and further ones only while it asks for them."""

    def __init__(self, line: _Line, lines: "_Lines") -> None:
        self.taken: list[_Line] = []
        self._line: _Line | None = line
        self._lines = lines
        self._size = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._line if not self.taken else self._lines.pull()
        if line is None:
            raise StopIteration  # within quotes: the reader calls it an error
        self.taken.append(line)
        self._size += len(line[0])
        if len(self.taken) > _MOST_LINES or (len(self.taken) > 1 and self._size > _LONGEST_LINE):
            raise csv.Error("a quoted cell that does not end")
        return line[0]


class _Lines:
    """The lines of a file as text, each ending in one "\\n"; some can be given back."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        head = file.read(4096)
        file.seek(0)
        self._encoding = encoding
        self._waiting: deque[_Line] = deque()
        self._is_first = True
        self._texts: io.TextIOWrapper | None = None
        if encoding == "utf-16":
            borrowed = _borrowed(file)
            self._texts = io.TextIOWrapper(borrowed, encoding=utf_16_of(head), errors="replace")
        elif b"\r" in head and b"\n" not in head:
            file = _borrowed(file, has_old_ends=True)
        self._file = file

    def pull(self) -> _Line | None:
        """The next line; None at the end."""
        if self._waiting:
            return self._waiting.popleft()
        line = self._decoded()
        if line is None:
            return None
        text, trouble = line
        if self._is_first:
            text, self._is_first = text.removeprefix("\ufeff"), False
        text = text.rstrip("\r\n")
        return f"{text.replace(chr(13), ' ')}\n", trouble

    def push_back(self, lines: list[_Line]) -> None:
        """Hand these out again, in their order."""
        self._waiting.extendleft(reversed(lines))

    def _decoded(self) -> _Line | None:
        source = self._texts or self._file
        raw = source.readline(_LONGEST_LINE)
        if not raw:
            return None
        is_cut = len(raw) >= _LONGEST_LINE
        while is_cut and (rest := source.readline(_LONGEST_LINE)) and len(rest) >= _LONGEST_LINE:
            pass
        text, trouble = (raw, None) if isinstance(raw, str) else self._text(raw)
        return text, Trouble.LONG_ROW if is_cut else trouble

    def _text(self, raw: bytes) -> _Line:
        if raw.isascii():
            return raw.decode("ascii"), None
        if is_utf_8(raw):
            return raw.decode(), None if self._encoding == "utf-8-sig" else Trouble.OTHER_ENCODING
        if self._encoding == "utf-8-sig":
            return raw.decode("cp1251", "replace"), Trouble.OTHER_ENCODING
        return raw.decode(self._encoding, "replace"), None


def _borrowed(file: BinaryIO, *, has_old_ends: bool = False) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Borrowed(file, has_old_ends=has_old_ends)))  # type: ignore[type-var]


class _Borrowed(io.RawIOBase):
    """A file for a reader that would close it; lines ending in carriage returns alone are turned into others."""

    def __init__(self, file: BinaryIO, *, has_old_ends: bool = False) -> None:
        self._file = file
        self._has_old_ends = has_old_ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        if self._has_old_ends:
            data = data.replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)
