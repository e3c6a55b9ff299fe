"""Columns of a list: which there are, which are shown and in which order, and how each is drawn and exported.

A list declares all it could show; what is shown is asked for in the address (``?cols=``), else chosen by the person,
else the default. Only what is shown is read from the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

#: What a column needs of the rows: an annotation, a prefetch.
Prepare = Callable[[QuerySet], QuerySet]
#: What a column reads for the rows of one page at once: ``fill(rows, reader)``, as a rule one query.
Fill = Callable[[Sequence[Any], Any], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        key: its name in addresses and in what is stored; never changed.
        label: the heading.
        value: what stands in an exported file: text, a number, a date.
        cell: what stands on the page, HTML where it is marked as safe; by default the value.
        sort: a key of the list's ``sorts``; empty: it cannot be sorted by.
        css: classes of the heading and of the cells.
        default: shown to who has chosen nothing.
        main: says what the row is; always shown, always first, the title of the card on a phone.
    """

    key: str
    label: str | Promise
    value: Callable[[Any], Any]
    cell: Callable[[Any], Any] | None = None
    sort: str = ""
    css: str = ""
    default: bool = True
    main: bool = False
    prepare: Prepare | None = None
    fill: Fill | None = None

    def draw(self, row: Any) -> SafeString:
        """The ``<td>`` of a row."""
        inside = self.cell(row) if self.cell else self.value(row)
        words = "" if inside is None else conditional_escape(inside)
        if self.main:
            return format_html('<td class="{}">{}</td>', f"sv-cell-main {self.css}".strip(), words)
        if not self.css:
            return format_html('<td data-label="{}">{}</td>', self.label, words)
        return format_html('<td data-label="{}" class="{}">{}</td>', self.label, self.css, words)


def chosen(columns: Sequence[Column], wanted: Iterable[str] | None) -> list[Column]:
    """The columns of these keys in their order, the main one first; unknown keys are passed over, doubles too.

    Nothing known among ``wanted``: the defaults.
    """
    by_key = {column.key: column for column in columns}
    main = [column for column in columns if column.main]
    keys = [key for key in dict.fromkeys(wanted or ()) if key in by_key and not by_key[key].main]
    shown = [by_key[key] for key in keys] or [each for each in columns if each.default and not each.main]
    return main + shown


def moved(keys: Sequence[str], key: str, by: int) -> list[str]:
    """The keys with one of them ``by`` places further (negative: back); at the ends it stays where it is."""
    order = list(keys)
    if key in order:
        place = order.index(key)
        order.insert(max(0, place + by), order.pop(place))
    return order


def prepared(rows: QuerySet, columns: Iterable[Column]) -> QuerySet:
    """The rows with what these columns need of them."""
    for column in columns:
        if column.prepare:
            rows = column.prepare(rows)
    return rows


def filled(rows: Sequence[Any], columns: Iterable[Column], reader: Any) -> Sequence[Any]:
    """The rows of a page with what these columns read for them at once; each reading once, whoever asks for it."""
    for fill in dict.fromkeys(column.fill for column in columns if column.fill):
        fill(rows, reader)
    return rows


def file_rows(rows: QuerySet, columns: Sequence[Column], reader: Any, *, size: int = 500) -> Iterable[list[Any]]:
    """The lines of an exported file, read ``size`` rows at a time."""
    batch: list[Any] = []
    for row in rows.iterator(chunk_size=size):
        batch.append(row)
        if len(batch) == size:
            yield from _lines(batch, columns, reader)
            batch = []
    yield from _lines(batch, columns, reader)


def _lines(batch: Sequence[Any], columns: Sequence[Column], reader: Any) -> Iterable[list[Any]]:
    for row in filled(batch, columns, reader):
        yield [column.value(row) for column in columns]
