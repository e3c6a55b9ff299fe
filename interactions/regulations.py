"""Setting and reading regulations of contact: what rules is never rewritten, a later row takes its place."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clients import from_a_day
from clients.models import Department, Manager
from clients.policies import chain_of
from crm import clock
from crm.web.access import Access
from crm.web.errors import DomainError
from interactions.models import EventKind, Regulation
from interactions.rules import regulations as rules


def departments_regulated_by(by: Manager) -> QuerySet[Department]:
    """For which departments ``by`` sets regulations: a head for those he heads, a director for all."""
    return Department.objects.visible_to(by)


def may_regulate(by: Manager, department: Department | None) -> bool:
    """Whether ``by`` sets regulations for a department; None: for the company."""
    if by.sees_everything or department is None:
        return by.sees_everything
    return departments_regulated_by(by).filter(pk=department.pk).exists()


@from_a_day.over_a_rival
@transaction.atomic
def set_regulation(
    *,
    by: Manager,
    department: Department | None,
    category: str,
    kind: EventKind | None,
    since: dt.date,
    times: int | None,
    per: str,
) -> Regulation:
    """From ``since`` on clients are to be spoken with so often; ``times`` None ends what was asked for before.

    What was set for this very day is replaced as long as it has not ruled a whole day.

    Raises:
        DomainError: not his department; a day in the past, which only administrators set; nothing to be ended.
        ValidationError: there is a regulation from that past day on; a kind that is no contact.
    """
    _check_department(by, department)
    if since < clock.today() and not Access.ADMIN.allows(by):
        raise DomainError(_("What was asked for in the past stays as it was: choose today or later."), field="since")
    same = Regulation.objects.select_for_update(of=("self",)).filter(
        department=department, category=category, kind=kind
    )
    if times is None and not same.filter(since__lt=since, times__isnull=False).exists():
        raise DomainError(_("There is nothing to be ended: say how often."), field="times")
    row = same.filter(since=since).withdrawable(clock.today()).first()
    row = row or Regulation(department=department, category=category, kind=kind, since=since)
    row.times, row.per, row.set_by, row.set_at = times, per, by, clock.now()
    row.full_clean(exclude=["set_by"])
    row.save()
    return row


@transaction.atomic
def withdraw_regulation(regulation: Regulation, *, by: Manager) -> None:
    """Take back what has not ruled a whole day.

    Raises:
        DomainError: not his department; it rules already: it can only be ended.
    """
    _check_department(by, regulation.department)
    row = Regulation.objects.select_for_update(of=("self",)).filter(pk=regulation.pk).first()
    if row is None:
        return
    if row.since < clock.today():
        raise DomainError(_("It rules already. Set another from today on, or end it."))
    from_a_day.delete(row, by=by)


def _check_department(by: Manager, department: Department | None) -> None:
    if not may_regulate(by, department):
        raise DomainError(_("You set regulations for the departments you head."), field="department")


def regulation_book() -> rules.RegulationBook:
    """All regulations there ever were; the table has a handful of rows. One query."""
    return book_of(Regulation.objects.order_by("pk").select_related("department"))


def book_of(rows: Iterable[Regulation]) -> rules.RegulationBook:
    """The book of these regulations, in the order in which they were made."""
    return rules.RegulationBook(
        rules.Regulation(
            chain_of(row.department.path if row.department else ""),
            row.category,
            row.kind_id,
            row.since,
            row.times,
            rules.Per(row.per),
        )
        for row in rows
    )
