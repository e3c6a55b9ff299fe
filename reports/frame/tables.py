"""What a report answers: headline, tiles, pictures and tables, before anybody decided whether it becomes a page, a file
or a letter."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from reports.frame.figures import Unit
from reports.frame.scope import Scope
from reports.rules.periods import Period

Words = str | Promise
Value = int | float | Decimal | str | Promise | dt.date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        unit: how its numbers are written.
        title: what it means, said where the mouse rests and in the help below the table.
        good: "more" or "less": which way of a change is good; empty: neither.
        sort: whether the lines of managers can be sorted by it.
    """

    key: str
    label: Words
    unit: Unit = Unit.COUNT
    title: Words = ""
    good: str = ""
    sort: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One value.

    Attributes:
        value: None where nobody knows, or nothing can be said: shown as a dash.
        figure: the key of the figure whose rows it leads to; empty: no link.
        query: filters beside those of its line: "kind=3&".
        url: where it leads when not to rows of the report.
        then: the value it is compared with, shown as a change; None: none.
        share_of: the whole it is a part of: its share is shown beside it.
        note: few words below.
        tone: "good", "bad", "muted" or nothing.
        few: of so few cases that it says little: marked.
        spark: values of a small line instead of the number alone, the oldest first.
        target: a bar of the value against it.
    """

    value: Value
    figure: str = ""
    query: str = ""
    url: str = ""
    then: Value = None
    share_of: int | Decimal | None = None
    note: Words = ""
    tone: str = ""
    few: bool = False
    spark: Sequence[float | None] = ()
    target: int | Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table.

    Attributes:
        kind: "department", "manager", "client", "total", or a word of the report's own ("stage", "kind", "month").
        query: the filters of its line, "manager=3&": put before those of its cells.
        url: where its name leads.
        is_active: False of a manager who left.
        tone: "bad" gives it a stripe.
    """

    kind: str
    name: Words
    cells: Mapping[str, Cell]
    query: str = ""
    level: int = 0
    url: str = ""
    key: str = ""
    is_active: bool = True
    note: Words = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under columns.

    Attributes:
        name_label: what heads the names of the lines.
        most: a page shows so many lines and a way to the others; nought: as many as fit. Files have all.
    """

    key: str
    title: Words
    columns: Sequence[Column]
    lines: Sequence[Line]
    total: Line | None = None
    name_label: Words = ""
    note: Words = ""
    empty: Words = ""
    most: int = 0

    @property
    def all_lines(self) -> list[Line]:
        """Everything it shows, the total last."""
        return [*self.lines, *([self.total] if self.total else [])]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of the whole, in front of everything else; as a :class:`Cell` with a name."""

    label: Words
    cell: Cell
    unit: Unit = Unit.COUNT
    good: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that says what the numbers mean; ``figure`` and ``query`` lead to the rows it speaks of."""

    text: Words
    tone: str = ""
    figure: str = ""
    query: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn on the server.

    Attributes:
        template: draws ``chart`` as SVG: "reports/charts/bars.html".
        chart: geometry from ``reports.rules.charts``.
        description: the picture in words, for who cannot see it.
        table: the same in numbers, folded below it.
    """

    key: str
    title: Words
    template: str
    chart: Any
    description: Words
    table: Table | None = None
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The whole answer.

    Attributes:
        headline: one sentence.
        compared: the period the changes are against; None: nothing is compared.
        folded: managers are not shown, only their departments: they are too many.
        as_of: what moment the figures show; None: the present one.
    """

    scope: Scope
    tables: Sequence[Table]
    headline: Words = ""
    remarks: Sequence[Remark] = ()
    tiles: Sequence[Tile] = ()
    pictures: Sequence[Picture] = ()
    compared: Period | None = None
    folded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    as_of: dt.datetime | None = None

    @property
    def is_empty(self) -> bool:
        return not any(table.lines for table in self.tables)
