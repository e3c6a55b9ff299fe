"""The small tables that every page needs of whoever reads it, read together.

The bell, the state of the nights, the rules that were changed, fields the company added, of lists the columns and
views one keeps: a few rows each. Apps register which rows they are; the first who asks has all of them read by one
query, put into words once a process. As ``card_rows`` does it for the card of one client.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import CharField, F, Model, Q

from clients import custom_fields, rulebook
from clients.card_rows import Build, Table, limited
from clients.models import CustomField, Department, ListColumns, Manager, Notice, RuleSetting, SavedView, SavedViewPin
from crm.web.once import once
from crm.web.prepared import Param, Prepared

__all__ = ["EVERYTHING", "PAGE", "READER", "limited", "register", "rows_of"]

#: What the rows may be filtered by: who reads, whether he sees all departments (1 or 0), on which page (the name of a
#: list's route; empty: any other), and the path of his department.
READER = Param("reader")
EVERYTHING = Param("everything")
PAGE = Param("page", CharField())
_PATH = Param("path", CharField())
#: More unread notices than this are shown as "99+".
MOST_COUNTED = 99
#: Where somebody without a department stands: below none.
_NOWHERE = "-"

_tables: dict[str, Table] = {}
_told: dict[str, Callable[[list[Any]], object]] = {}


def register(
    name: str,
    build: Build,
    *,
    fields: Sequence[str] = (),
    tell: Callable[[list[Any]], object] | None = None,
    **related: Sequence[str],
) -> None:
    """Let ``build()`` say which rows a page needs: a queryset filtered by the parameters above, in any order.

    Args:
        fields: which of its fields; none: all of them.
        tell: is given the rows as soon as they are read.
        related: foreign keys whose rows are read too, and which of their fields.
    """
    _tables[name] = Table(build, fields, (), related)
    if tell:
        _told[name] = tell


def rows_of(reader: Manager, name: str, page: str | None = None) -> list[Any]:
    """The rows of one table. One query for all of them, once while a page is read.

    Args:
        page: of which list; None where it does not matter.
    """
    known_page, found = once(("page-rows", reader.pk), lambda: (page or "", _read(reader, page or "")))
    if page is not None and page != known_page:
        found = _read(reader, page)
    return found[name]


def _read(reader: Manager, page: str) -> dict[str, list[Model]]:
    found: dict[str, list[Model]] = {table: [] for table in _tables}
    path = reader.department.path if reader.department else _NOWHERE
    for table, row in _all_tables(reader=reader.pk, everything=int(reader.sees_everything), page=page, path=path):
        found[table].append(_tables[table].make(row))
    for table, tell in _told.items():
        tell(found[table])
    return found


def _union() -> Any:
    arms = [table.arm(name) for name, table in _tables.items()]
    return arms[0].union(*arms[1:], all=True)


_all_tables = Prepared(_union)


def _views() -> Any:
    """The views of the list that the reader may open: ``SavedView.objects.visible_to``, in parameters."""
    above = Department.objects.exclude(path="").alias(his=_PATH).filter(his__startswith=F("path"))
    return SavedView.objects.filter(Q(owner=READER) | Q(department__in=above.values("pk")), page=PAGE)


def _unread() -> Any:
    mine = Notice.objects.filter(recipient=READER, read_at=None).order_by("-pk")
    return limited(mine, MOST_COUNTED + 1)


register("unread", _unread, fields=["kind"])
register("columns", lambda: ListColumns.objects.filter(manager=READER, page=PAGE), fields=["columns"])
register("views", _views, owner=("first_name", "last_name", "username"))
register("pins", lambda: SavedViewPin.objects.filter(manager=READER, view__page=PAGE), fields=["view"])
register("fields", lambda: CustomField.objects.filter(is_active=True), tell=custom_fields.know)
register("rules", RuleSetting.objects.all, fields=["key", "is_on", "value"], tell=rulebook.know)
