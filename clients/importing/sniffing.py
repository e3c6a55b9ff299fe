"""What somebody's file is: its format, letters, separator. Judged by its bytes, never by its name. Pure.

A file without a byte order mark is UTF-8 if most of its lines with letters beyond ASCII are; files of Russian programs
that are not, are Windows-1251. Every guess can be overruled on the page.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

#: So many bytes of the beginning are looked at.
HEAD = 256 * 1024
#: What the page offers: Python's name → what people call it.
ENCODINGS: Mapping[str, str] = {
    "utf-8-sig": "UTF-8",
    "cp1251": "Windows-1251",
    "utf-16": "UTF-16",
    "cp866": "DOS (866)",
    "koi8-r": "KOI8-R",
    "cp1252": "Windows-1252",
}
DELIMITERS = (";", ",", "\t", "|")
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(rb"\s*<(!doctype|\?xml|html|head|body|script|svg|table)\b", re.IGNORECASE)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8 = b"\xef\xbb\xbf"
_SEP = re.compile(r"sep=([^\w\s\"']|\t)\s*$", re.IGNORECASE)


class Format(StrEnum):
    """What the engine reads."""

    CSV = "csv"
    XLSX = "xlsx"


class Unreadable(Exception):
    """The file is no table; ``reason``: a key of ``reading.REASONS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def guess_format(head: bytes) -> Format:
    """What the file is.

    Raises:
        Unreadable: "empty", "old" (Excel before 2007, or locked by a password), "page", "binary".
    """
    if not head.strip(b"\0\r\n\t "):
        raise Unreadable("empty")
    if head.startswith(_ZIP):
        return Format.XLSX
    if head.startswith(_OLD_OFFICE):
        raise Unreadable("old")
    if _MARKUP.match(head.removeprefix(_UTF_8)):
        raise Unreadable("page")
    if guess_encoding(head) != "utf-16" and _share_of_controls(head) > 0.05:
        raise Unreadable("binary")
    return Format.CSV


def _share_of_controls(head: bytes) -> float:
    # NUL bytes are what a broken export leaves in a text; many of them are no text.
    controls = sum(head.count(byte) for byte in (*range(9), *range(14, 27), *range(28, 32)))
    return controls / len(head)


def guess_encoding(head: bytes) -> str:
    """A key of ``ENCODINGS``."""
    if head.startswith(_UTF_16):
        return "utf-16"
    if head.startswith(_UTF_8):
        return "utf-8-sig"
    if _share_of_high_bytes(head[0::2]) > 0.8 or _share_of_high_bytes(head[1::2]) > 0.8:
        return "utf-16"
    lines = [line for line in head.splitlines() if not line.isascii()]
    if len(lines) > 1:
        lines.pop()  # it may end in the middle of a letter
    good = sum(is_utf_8(line) for line in lines)
    if good * 2 >= len(lines):
        return "utf-8-sig"
    return _russian(b"\n".join(lines))


def _share_of_high_bytes(half: bytes) -> float:
    """How much of every other byte is what Latin (0) and Cyrillic (4) letters of UTF-16 have there."""
    return (half.count(0) + half.count(4)) / len(half) if half else 0.0


def utf_16_of(head: bytes) -> str:
    """The UTF-16 it is: by its mark, or by the order of its bytes."""
    if head.startswith(_UTF_16):
        return "utf-16"
    return "utf-16-be" if _share_of_high_bytes(head[0::2]) > _share_of_high_bytes(head[1::2]) else "utf-16-le"


def is_utf_8(line: bytes) -> bool:
    """Whether these bytes are UTF-8. A line of another encoding with two or more such letters hardly ever is."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _russian(text: bytes) -> str:
    """Which of the one-byte encodings it is: small letters are far more common than the rest, wherever they lie."""
    scores = {}
    for encoding in ("cp1251", "cp866", "koi8-r"):
        decoded = text.decode(encoding, "replace")
        scores[encoding] = sum("а" <= letter <= "я" for letter in decoded)
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > scores["cp1251"] * 2 else "cp1251"


def guess_delimiter(lines: list[str]) -> str:
    """The separator by which the lines fall into the same number of cells, more than one.

    Args:
        lines: some of the first, as text.
    """
    if lines and (named := _SEP.match(lines[0])):
        return named[1]

    def score(delimiter: str) -> float:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        widths = {width: many for width, many in counts.items() if width > 1}
        if not widths:
            return 0.0
        width, many = max(widths.items(), key=lambda item: (item[1], item[0]))
        return many / counts.total() * (1 + min(width, 50) / 100)

    try:
        scores = {delimiter: score(delimiter) for delimiter in DELIMITERS}
    except csv.Error:  # a cell longer than the reader's limit, or the like: count characters instead
        scores = {delimiter: float(sum(line.count(delimiter) for line in lines)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] else ";"


def names_separator(line: str) -> bool:
    """Whether it is Excel's own line that names the separator ("sep=;"), and no row."""
    return bool(_SEP.match(line))
