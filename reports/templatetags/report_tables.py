"""The parts of a report's page. Built with ``format_html``: a table has hundreds of cells."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crm.web.escaping import escaped
from crm.web.tags.lists import sort_th
from crm.web.tags.marks import icon
from crm.web.tags.numbers import meter, share
from reports.frame.addresses import merged, rows_near, rows_url
from reports.frame.figures import Unit
from reports.frame.sheets import days_words, name_of
from reports.frame.tables import Cell, Column, Line, Remark, Table, Tile
from reports.frame.values import change, changed, words
from reports.templatetags.charts import spark

register = template.Library()
register.simple_tag(days_words)
register.simple_tag(words, name="in_unit")

_WORDS = frozenset({Unit.TEXT, Unit.DATE})
_NUMBERS = int | float | Decimal
_PLAIN = frozenset({Unit.COUNT, Unit.POINTS, Unit.MONEY})
#: So many cells stand on a page at first; those with a change are longer.
_CELLS, _CELLS_COMPARED = 240, 140
_INK = {"good": "sv-ink-green", "bad": "sv-ink-red", "muted": "sv-faint"}
#: The commonest cell of a wide table, and the shortest.
_NOUGHT = '<td class="num sv-nought">0</td>'


@register.simple_tag(takes_context=True)
def report_heads(context: template.Context, table: Table) -> SafeString:
    """The headers of a table; those of managers' lines sort."""
    can_sort = any(line.kind == "manager" for line in table.lines)
    label = table.name_label or _("Name")
    first = sort_th(context, "name", label) if can_sort else format_html('<th scope="col">{}</th>', label)
    return mark_safe(first + "".join(_head(context, column, can_sort and column.sort) for column in table.columns))


def _head(context: template.Context, column: Column, can_sort: bool) -> SafeString:
    css = "" if column.unit in _WORDS else "num"
    if can_sort:
        label = format_html('<span title="{}">{}</span>', column.title, column.label) if column.title else column.label
        return sort_th(context, f"-{column.key}", label, css)  # type: ignore[arg-type]
    return format_html('<th scope="col" class="{}" title="{}">{}</th>', css, column.title, column.label)


@register.simple_tag(takes_context=True)
def report_lines(context: template.Context, table: Table) -> Sequence[Line]:
    """The lines the page shows: all that are asked for by "?whole=", else so many as the table says, or as make up a
    page of a hundred kilobytes."""
    if context["request"].GET.get("whole") == table.key:
        return table.lines
    cells = _CELLS_COMPARED if context["result"].compared else _CELLS
    return table.lines[: table.most or cells // max(1, len(table.columns))]


@register.simple_tag(takes_context=True)
def report_whole(context: template.Context, table: Table) -> str:
    """The page with all lines of a table."""
    return f"?{merged(context['request'].GET.urlencode(), f'whole={table.key}')}#table-{table.key}"


@register.simple_tag(takes_context=True)
def report_line(context: template.Context, line: Line, columns: Sequence[Column]) -> SafeString:
    """What a line of a table says: its name and its cells. By one tag: a page has hundreds of cells."""
    cells = "".join([_cell(line, column) for column in columns])
    return SafeString(_name(line, context["request"].GET.get("sort", "")) + cells)


def _name(line: Line, sort: str) -> SafeString:
    """The name of a line. It leads where the line says; within the report the order stays."""
    url = line.url
    if url.startswith("?"):
        url = f"?{merged(url, f'sort={sort}')}"
    name = name_of(line)
    return format_html(
        '<th scope="row" class="sv-cell-main{}">{}{}{}</th>',
        f" sv-indent-{line.level}" if line.level else "",
        format_html('<a href="{}">{}</a>', url, name) if url else name,
        format_html(' <span class="sv-tag">{}</span>', _("left")) if not line.is_active else "",
        format_html(' <span class="sv-sub">{}</span>', line.note) if line.note else "",
    )


def _cell(line: Line, column: Column) -> str:
    """A cell of a table: its value, what it leads to, its share, and how it changed."""
    cell = line.cells.get(column.key)
    if cell and column.unit in _PLAIN and cell.value == 0 and cell == Cell(0, cell.figure, cell.query):
        return _NOUGHT
    content = _content(cell, column, line.query) if cell else ""
    return f"<td>{content}</td>" if column.unit in _WORDS else f'<td class="num">{content}</td>'


@register.simple_tag(takes_context=True)
def report_tile(context: template.Context, tile: Tile) -> SafeString:
    """A number of the whole, in front of everything else."""
    column = Column("", tile.label, tile.unit, good=tile.good)
    return format_html(
        '<div class="sv-stat"><span class="sv-stat-label">{}{}</span><span class="sv-stat-value">{}</span></div>',
        format_html("{} ", icon(tile.icon)) if tile.icon else "",
        tile.label,
        _content(tile.cell, column, context["filter"].scope),
    )


@register.simple_tag(takes_context=True)
def report_remark(context: template.Context, remark: Remark) -> SafeString:
    """A sentence with its sign; it leads to the rows it speaks of."""
    scope = context["filter"].scope
    rows = rows_url(context["report"].key, remark.figure, scope, remark.query) if remark.figure else ""
    url = remark.url or rows
    signs = {"good": ("check-circle", _("Good:")), "bad": ("exclamation-circle", _("Look at it:"))}
    name, said = signs.get(remark.tone, ("dot", ""))
    return format_html(
        '<li class="{}">{} <span>{}</span></li>',
        f"is-{remark.tone}" if remark.tone else "",
        icon(name, said),
        format_html('<a href="{}">{}</a>', url, remark.text) if url else remark.text,
    )


def _content(cell: Cell, column: Column, query: str) -> SafeString:
    parts = [_value(cell, column.unit, query)]
    if cell.few and cell.value is not None:
        parts.append(format_html(' <span class="sv-few" title="{0}">{1}</span>', _("few cases: says little"), _("few")))
    if cell.share_of is not None and isinstance(cell.value, _NUMBERS) and cell.value:
        parts.append(f" <small>{share(float(cell.value), float(cell.share_of))}</small>")
    if cell.then is not None:
        parts.append(_change(cell, column))
    if cell.target and isinstance(cell.value, _NUMBERS):
        label = _("%(part)s of %(target)s") % {
            "part": words(cell.value, column.unit),
            "target": words(cell.target, column.unit),
        }
        parts.append(format_html('<span class="sv-target" title="{}">{}</span>', label, meter(*_of(cell), label)))
    if cell.spark:
        parts.append(spark(cell.spark, str(column.label)))
    if cell.note:
        parts.append(format_html(' <span class="sv-sub">{}</span>', cell.note))
    return mark_safe("".join(parts))


def _of(cell: Cell) -> tuple[float, float]:
    value: Any = cell.value
    return float(value), float(cell.target or 0)


def _value(cell: Cell, unit: Unit, query: str) -> SafeString:
    """The value; with rows behind it, a link to them. Nothing leads to no rows."""
    text = escaped(words(cell.value, unit))
    if cell.value is None or (cell.value == 0 and not cell.url):
        return SafeString(f'<span class="sv-faint">{text}</span>')
    css = _INK.get(cell.tone, "")
    css = f' class="{css}"' if css else ""
    url = cell.url or (rows_near(cell.figure, query, cell.query) if cell.figure else "")
    if not url:
        return SafeString(f"<span{css}>{text}</span>" if css else text)
    exactly = "" if unit == Unit.COUNT else f' data-value="{escape(cell.value)}"'
    return SafeString(f'<a{css} href="{escaped(url)}"{exactly}>{text}</a>')


def _change(cell: Cell, column: Column) -> SafeString:
    """How the value differs from the one it is compared with: by a sign, a word and a colour."""
    difference = change(cell.value, cell.then)
    if difference is None:
        return SafeString()
    if not difference:
        return SafeString(" <small>=</small>")
    text = conditional_escape(changed(cell.value, cell.then, column.unit))
    if not column.good:
        return SafeString(f" <small>{text}</small>")
    is_good = (difference > 0) == (column.good == "more")
    tone, judged = ("good", _("better")) if is_good else ("bad", _("worse"))
    return SafeString(f' <small class="{tone}">{text}<i> {judged}</i></small>')
