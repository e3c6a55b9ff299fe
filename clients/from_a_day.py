"""Setting what holds from a day on. What held before is never rewritten: a later row takes its place."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clients.models import Manager
from clients.models.norms import FromADay
from crm import clock
from crm.web.access import Access
from crm.web.errors import DomainError

Row = TypeVar("Row", bound=FromADay)
Setter = TypeVar("Setter", bound=Callable[..., Any])


def over_a_rival(setter: Setter) -> Setter:
    """Two may set the same day at the same moment, and no row is there yet to be locked: who comes second does it once
    more, now over the other's row. Stands before ``transaction.atomic``."""

    @wraps(setter)
    def set_it(*args: Any, **kwargs: Any) -> Any:
        try:
            return setter(*args, **kwargs)
        except IntegrityError:
            return setter(*args, **kwargs)

    return cast(Setter, set_it)


@over_a_rival
@transaction.atomic
def put(model: type[Row], *, by: Manager, since: dt.date, values: dict[str, Any], **place: Any) -> Row:
    """From ``since`` on ``values`` hold for ``place`` (whose they are). What was set for that very day is replaced.

    Raises:
        DomainError: the day lies in the past, which only administrators set right.
        ValidationError: the values are none.
    """
    if since < clock.today() and not Access.ADMIN.allows(by):
        raise DomainError(_("What held in the past stays as it was: choose today or a later day."), field="since")
    row = model.objects.select_for_update(of=("self",)).filter(since=since, **place).first()  # type: ignore[attr-defined]
    row = row or model(since=since, **place)
    for name, value in {**values, "set_by": by, "set_at": clock.now()}.items():
        setattr(row, name, value)
    row.full_clean(exclude=["set_by"])
    row.save()
    return row


@transaction.atomic
def withdraw(row: FromADay, *, by: Manager) -> None:
    """Take back what has not held for a whole day; an administrator also what was wrong in the past.

    Raises:
        DomainError: it has held already; it holds since ever, and without it nothing would be said.
    """
    if row.holds_ever:
        raise DomainError(_("What held at first is not withdrawn: set right what it says."))
    if row.since < clock.today() and not Access.ADMIN.allows(by):
        raise DomainError(_("It has held already: set another from today on."))
    delete(row, by=by)


def delete(row: FromADay, *, by: Manager) -> None:
    """Take a row away; its history says who did and when."""
    row.set_by, row.set_at = by, clock.now()
    row.delete()


@dataclass(frozen=True, slots=True)
class Correction:
    """What was said of the past afterwards.

    Attributes:
        since: the day the row holds from; ``was``, ``now``: what it said before and after; empty: there was no row.
    """

    by: Manager | None
    at: dt.datetime
    since: dt.date
    was: str
    now: str


def corrections(
    model: type[FromADay], place: Callable[[Any], Hashable], *related: str
) -> defaultdict[Any, list[Correction]]:
    """What was set right in the past, by whose it is, the latest first. One query of a small table.

    Args:
        place: whose a row is: ``attrgetter("kind_id")``.
        related: what ``tell`` reads besides the row.
    """
    rows = model.history.select_related("history_user", *related).order_by("id", "history_id")  # type: ignore[attr-defined]
    found: defaultdict[Any, list[Correction]] = defaultdict(list)
    said: dict[int, str] = {}
    for row in rows:
        was, now = said.get(row.id, ""), "" if row.history_type == "-" else model.tell(row)
        said[row.id] = now
        if row.since < clock.local_date(row.history_date) and row.history_user and was != now:
            found[place(row)].append(Correction(row.history_user, row.history_date, row.since, was, now))
    for entries in found.values():
        entries.sort(key=lambda each: each.at, reverse=True)
    return found
