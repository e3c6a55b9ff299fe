"""Columns of a list: which there are, which are shown and in which order, and how each is drawn and exported.

A list declares all it could show; what is shown is asked for in the address (``?cols=``), else chosen by the person,
else the default. Only what is shown is read from the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.web.escaping import escaped

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
        cells: makes ``cell`` for the rows of one page; so the day and the words are asked for once and not for each.
        sort: a key of the list's ``sorts``; empty: it cannot be sorted by.
        css: classes of the heading and of the cells.
        default: shown to who has chosen nothing.
        main: says what the row is; always shown, always first, the title of the card on a phone.
    """

    key: str
    label: str | Promise
    value: Callable[[Any], Any]
    cell: Callable[[Any], Any] | None = None
    cells: Callable[[], Callable[[Any], Any]] | None = None
    sort: str = ""
    css: str = ""
    default: bool = True
    main: bool = False
    prepare: Prepare | None = None
    fill: Fill | None = None

    def draw(self, row: Any) -> SafeString:
        """The ``<td>`` of a row."""
        return drawer([self])(row)

    def _classes(self) -> SafeString:
        """Of its cells. What a cell is called on a phone, rows.js reads off the heading."""
        css = f"sv-cell-main {self.css}".strip() if self.main else self.css
        return format_html(' class="{}"', css) if css else SafeString("")


def drawer(columns: Iterable[Column]) -> Callable[[Any], SafeString]:
    """What draws the cells of a row; all that is the same for every row is written once.

    The main one is called ``row-<key>``: what else stands in the row is named by it.
    """
    parts = [
        (column._classes(), column.main, column.cells() if column.cells else column.cell or column.value)
        for column in columns
    ]

    def draw(row: Any) -> SafeString:
        cells = []
        for classes, is_main, of in parts:
            inside, name = of(row), f' id="row-{row.pk}"' if is_main else ""
            cells.append(f"<td{classes}{name}>{'' if inside is None else escaped(inside)}</td>")
        return SafeString("".join(cells))  # classes are the program's, what stands in the cells is escaped

    return draw


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
