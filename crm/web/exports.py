"""CSV for spreadsheets: streamed row by row, readable by Excel, and never a formula."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.formats import get_format
from django.utils.text import slugify

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_BOM = "\ufeff"


def safe_cell(value: Any) -> Any:
    """The value as a cell. Text that a spreadsheet would run as a formula gets an apostrophe in front.

    Numbers stay numbers (a negative number is no formula); moments are given in the active time zone; None is empty.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, dt.datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return moment.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA_STARTS) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value


def csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of the file, the byte order mark first (without it Excel takes UTF-8 for something else).

    Where fractions have a comma, Excel expects semicolons between the cells, and takes 5.10 for the fifth of October.
    """
    has_comma = get_format("DECIMAL_SEPARATOR") == ","
    writer = csv.writer(_Echo(), delimiter=";" if has_comma else ",")

    def line(cells: Sequence[Any]) -> str:
        safe = (safe_cell(cell) for cell in cells)
        if has_comma:
            safe = (str(cell).replace(".", ",") if isinstance(cell, float | Decimal) else cell for cell in safe)
        return str(writer.writerow(list(safe)))

    yield _BOM + line(header)
    for row in rows:
        yield line(row)


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV download. ``rows`` may be a generator over ``queryset.iterator()``; it is read while it is sent.

    The rows are made after the middleware has finished, so the reader's language and time zone are carried along.
    """
    language, zone = translation.get_language() or "en", timezone.get_current_timezone()

    def lines() -> Iterator[str]:
        produced = csv_lines(header, rows)
        while True:
            with translation.override(language), timezone.override(zone):
                line = next(produced, None)
            if line is None:
                return
            yield line

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "export"}.csv"'
    return response
