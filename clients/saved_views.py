"""Saved views: a list as somebody likes it (filters, order, columns) under a name, for himself or for a department.

A view keeps what stands in an address, nothing else: what it shows is decided anew for whoever opens it.
"""

from collections.abc import Iterable, Mapping

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clients.models import Department, Manager, SavedView, SavedViewPin
from clients.page_rows import rows_of
from clients.querysets import DepartmentQuerySet
from crm.web.errors import DomainError
from crm.web.text import fold

LONGEST_QUERY = 2000
_UNDO_SALT = "clients.saved_views.deleted"
_UNDO_SECONDS = 3600


def clean_query(asked: str | QueryDict, names: Iterable[str], defaults: Mapping[str, str] | None = None) -> str:
    """What of an address is kept: the filters of the list (``names``), each in one order, without what is empty, is the
    default anyway, or is nobody's filter."""
    query = asked if isinstance(asked, QueryDict) else QueryDict(asked)
    known, usual = set(names), defaults or {}
    kept = QueryDict(mutable=True)
    for key in sorted(query):
        values = [value for value in query.getlist(key) if value]
        if key in known and values and values != [usual.get(key)]:
            kept.setlist(key, values)
    return kept.urlencode()


def of_list(manager: Manager, page: str) -> list[SavedView]:
    """The views of a list that ``manager`` may open, each with ``is_pinned``: by him. One query."""
    pinned = {pin.view_id for pin in rows_of(manager, "pins", page)}
    views = rows_of(manager, "views", page)
    for view in views:
        view.is_pinned = view.pk in pinned
    return sorted(views, key=lambda view: (fold(view.name), view.pk))


def pinned_on(manager: Manager, pages: Iterable[str]) -> dict[str, list[SavedView]]:
    """The views ``manager`` pinned on these pages, by page. One query."""
    found: dict[str, list[SavedView]] = {}
    for view in SavedView.objects.visible_to(manager).filter(page__in=pages, pins__manager=manager).order_by("name"):
        found.setdefault(view.page, []).append(view)
    return found


def departments_to_share_with(manager: Manager) -> QuerySet[Department]:
    """A salesperson shares with his own department, a head also with those he heads, a director with any."""
    if manager.sees_everything:
        return Department.objects.all()
    departments: DepartmentQuerySet = Department.objects.headed_by(manager)  # type: ignore[assignment]
    return departments | Department.objects.filter(pk=manager.department_id)


def _check(view: SavedView) -> None:
    view.name = " ".join(view.name.split())
    if len(view.query) > LONGEST_QUERY:
        raise DomainError(_("These are too many filters for one view."))
    if view.department and not departments_to_share_with(view.owner).filter(pk=view.department_id).exists():
        raise DomainError(_("You may not share with this department."), field="department")
    view.full_clean()


@transaction.atomic
def save_view(*, owner: Manager, page: str, name: str, query: str, department: Department | None = None) -> SavedView:
    """Keep a list under a name, pinned for its owner.

    Args:
        query: cleaned by ``clean_query``.

    Raises:
        DomainError: too long, or not a department of his.
        ValidationError: he has a view of this name here.
    """
    view = SavedView(owner=owner, page=page, name=name, query=query, department=department)
    _check(view)
    view.save()
    pin(view=view, manager=owner)
    return view


@transaction.atomic
def change_view(*, view: SavedView, name: str, department: Department | None) -> SavedView:
    """Another name, other readers.

    Raises:
        DomainError: not a department of his.
        ValidationError: he has a view of this name here.
    """
    view.name, view.department = name, department
    _check(view)
    view.save(update_fields=["name", "department"])
    return view


@transaction.atomic
def overwrite_view(*, view: SavedView, query: str) -> SavedView:
    """Let a view be what is shown now.

    Raises:
        DomainError: too long.
    """
    view.query = query
    _check(view)
    view.save(update_fields=["query"])
    return view


@transaction.atomic
def pin(*, view: SavedView, manager: Manager) -> None:
    """Let a view stand above the list for ``manager``. Pinned already: nothing happens."""
    SavedViewPin.objects.get_or_create(view=view, manager=manager)


@transaction.atomic
def unpin(*, view: SavedView, manager: Manager) -> None:
    """Take it away from there; the view stays."""
    SavedViewPin.objects.filter(view=view, manager=manager).delete()


@transaction.atomic
def delete_view(*, view: SavedView) -> str:
    """Delete a view, for everybody who sees it. The answer brings it back (``restore_view``) for an hour."""
    kept = {name: getattr(view, name) for name in ("pk", "owner_id", "page", "name", "query", "department_id")}
    kept["pins"] = list(view.pins.order_by("pk").values_list("manager_id", flat=True))
    view.delete()
    return signing.dumps(kept, salt=_UNDO_SALT, compress=True)


@transaction.atomic
def restore_view(*, token: str, by: Manager) -> SavedView:
    """Bring a deleted view back under its own number, pinned for whom it was; shared as long as he may share it.

    Raises:
        DomainError: too late, not his, or there is one of this name again.
    """
    try:
        kept = signing.loads(token, salt=_UNDO_SALT, max_age=_UNDO_SECONDS)
    except signing.BadSignature:
        kept = {}
    pins = kept.pop("pins", [])
    if kept.get("owner_id") != by.pk:
        raise DomainError(_("It can no longer be brought back."))
    same = Q(pk=kept["pk"]) | Q(owner=by, page=kept["page"], name=kept["name"])
    if SavedView.objects.filter(same).exists():
        raise DomainError(_("You have a view of this name here already."))
    if not departments_to_share_with(by).filter(pk=kept["department_id"]).exists():
        kept["department_id"] = None
    view = SavedView(**kept)
    view.save(force_insert=True)
    readers = Manager.objects.filter(pk__in=pins)
    SavedViewPin.objects.bulk_create([SavedViewPin(view=view, manager=reader) for reader in readers])
    return view
