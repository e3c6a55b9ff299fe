"""Lists that leave the program: only by right, every one logged; readable by Excel, and never a formula.

Whatever the file's format, it is opened in the log (:func:`opened`), which asks for the right. CSV is streamed row by
row (:func:`csv_response`); a spreadsheet is written whole before it is sent (:func:`xlsx_response`).
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone, translation
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.text import slugify

from crm.web import replica
from crm.web.workbooks import Sheet, write_workbook

#: Tells the log that all rows were sent, and how many.
Finish = Callable[[int], None]
#: Opens the log of one download: who asks, the name of the route, the filters as they stood in the address.
Log = Callable[[Any, str, str], Finish]
_log: list[Log] = []


def register_log(log: Log) -> None:
    """Who keeps the log of exports. There is one; a second one replaces it."""
    _log[:] = [log]


def may_export(user: Any) -> bool:
    """Whether this person may take lists out of the program."""
    return bool(user.is_authenticated and user.is_active and getattr(user, "exports", False))


class ExportMixin:
    """A view that answers with a file of rows: refused to those without the right before anything is read.

    Stands before the page it exports: ``class ClientExport(ExportMixin, ClientList)``.

    Class attributes:
        export_label: what is taken out, for the log: "Clients"; must be declared.
    """

    export_label: ClassVar[str | Promise] = ""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        if not initkwargs.get("export_label", cls.export_label):
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__qualname__} must declare `export_label`.")
        return super().as_view(**initkwargs)  # type: ignore[misc]

    def check_access(self, request: HttpRequest) -> HttpResponseBase | None:
        refused: HttpResponseBase | None = super().check_access(request)  # type: ignore[misc]
        if refused is None and not may_export(request.user):
            raise PermissionDenied
        return refused


def opened(request: HttpRequest, query: str = "") -> Finish:
    """The log of a download, opened.

    It says how many rows were sent when the last one was; of a download that is broken off it never says.

    Args:
        query: what the rows were chosen by; the address has it by default.

    Raises:
        PermissionDenied: this person may not take lists out. The view asked earlier; this is the lock on the door.
        ImproperlyConfigured: nobody keeps the log.
    """
    if not may_export(request.user):
        raise PermissionDenied
    if not _log:
        raise ImproperlyConfigured("Nobody keeps the log of exports: see crm.web.exports.register_log.")
    match = request.resolver_match
    return _log[0](request.user, match.view_name if match else "", query or request.GET.urlencode())


def exported(request: HttpRequest, rows: Iterable[Sequence[Any]], *, query: str = "") -> Iterator[Sequence[Any]]:
    """The rows of a download as they are, counted for the log, which is opened at once.

    Raises:
        PermissionDenied: see :func:`opened`.
    """
    finish = opened(request, query)

    def counted() -> Iterator[Sequence[Any]]:
        number = 0
        for row in rows:
            yield row
            number += 1
        finish(number)

    return counted()


@cache
def export_labels() -> dict[str, str | Promise]:
    """What each route that answers with a file takes out: the name of the route → ``export_label`` of its view."""

    def walk(resolver: URLResolver) -> Iterator[tuple[str, str | Promise]]:
        for part in resolver.url_patterns:
            if isinstance(part, URLResolver):
                yield from walk(part)
            elif isinstance(part, URLPattern) and part.name:
                view = getattr(part.callback, "view_class", None)
                if isinstance(view, type) and issubclass(view, ExportMixin):
                    yield part.name, part.callback.view_initkwargs.get("export_label", view.export_label)

    return dict(walk(get_resolver()))


#: Text that begins so is run by a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_BOM = "\ufeff"
_BLOCK, _IN_MEMORY = 64 * 1024, 8 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA_STARTS) else text


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


def csv_response(
    request: HttpRequest, name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]], *, query: str = ""
) -> StreamingHttpResponse:
    """A CSV download, logged. ``rows`` may be a generator over ``queryset.iterator()``; it is read while it is sent.

    The rows are made after the middleware has finished, so the reader's language and time zone are carried along, and
    the place where they are read: a replica that knows all that is known at this moment, if there is one.

    Raises:
        PermissionDenied: this person may not take lists out.
    """
    language, zone = translation.get_language() or "en", timezone.get_current_timezone()
    sent, where = exported(request, rows, query=query), replica.place(exact=True)

    def lines() -> Iterator[str]:
        produced = csv_lines(header, sent)
        while True:
            with translation.override(language), timezone.override(zone), replica.reading(where):
                line = next(produced, None)
            if line is None:
                return
            yield line

    return _attached(lines(), "text/csv; charset=utf-8", f"{name}.csv")


def xlsx_response(
    request: HttpRequest, name: str, sheets: Iterable[Sheet], *, title: str = ""
) -> StreamingHttpResponse:
    """An XLSX download, logged; written whole when the first block of it is asked for, on disk when it is large.

    As with CSV, that is after the middleware has finished: the reader's language and time zone are carried along, and
    the place where the rows are read.

    Raises:
        PermissionDenied: this person may not take lists out.
    """
    finish, where = opened(request), replica.place(exact=True)
    language, zone = translation.get_language() or "en", timezone.get_current_timezone()

    def blocks() -> Iterator[bytes]:
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            with translation.override(language), timezone.override(zone), replica.reading(where):
                written = write_workbook(file, sheets, title=title)
            file.seek(0)
            yield from iter(lambda: file.read(_BLOCK), b"")
        finish(written)

    return _attached(blocks(), XLSX, f"{name}.xlsx")


def _attached(content: Iterable[Any], kind: str, name: str) -> StreamingHttpResponse:
    stem, _dot, ending = name.rpartition(".")
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{slugify(stem) or "export"}.{ending}"'
    return response
