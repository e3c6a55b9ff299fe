"""Changing the zone policies: what would happen is computed first, shown, and then applied as it was shown.

A change is looked at as of today against the stored dates of the held clients, by the same function that re-dates them
afterwards, so that the numbers of the preview are what happens.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.freezing import freeze_book
from clients.models import Department, Manager, Redating, ZonePolicy
from clients.policies import book_of, chain_of
from clients.redating import in_segment, request_redating
from clients.rules.policies import PolicyBook
from clients.rules.zones import Thresholds, Zone, ZoneDates, clock_date, zone_dates, zone_on
from crm.web.errors import Conflict

#: How many clients of a group the preview page shows; the file has all.
LISTED = 100
_READ_AT_ONCE = 2000
_ZONE_WORDS = {
    Zone.GREEN: pgettext_lazy("zone", "Green"),
    Zone.YELLOW: pgettext_lazy("zone", "Yellow"),
    Zone.RED: pgettext_lazy("zone", "Red"),
    Zone.DUE: _("Due for the exchange"),
}
#: Key of the PostgreSQL advisory lock under which policies are changed one after another ("plcy").
_LOCK_KEY = 0x706C6379


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What an administrator is about to do: save one policy (new or changed, not saved yet), or delete some."""

    save: ZonePolicy | None = None
    delete: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """One client whose dates would move. Zones are those of the day of the preview."""

    client_id: int
    name: str
    manager: str
    from_zone: Zone
    to_zone: Zone
    before: ZoneDates
    after: ZoneDates

    @property
    def from_words(self) -> str:
        return str(_ZONE_WORDS[self.from_zone])

    @property
    def to_words(self) -> str:
        return str(_ZONE_WORDS[self.to_zone])


@dataclass(slots=True)
class Group:
    """The clients to whom the same would happen."""

    key: str
    title: str | Promise
    count: int = 0
    first: list[Affected] = field(default_factory=list)

    def add(self, affected: Affected) -> None:
        self.count += 1
        if len(self.first) < LISTED:
            self.first.append(affected)

    @property
    def more(self) -> int:
        """How many are not in the list."""
        return self.count - len(self.first)


@dataclass(slots=True)
class Preview:
    """What a change would do. ``looked_at`` held clients are in its segment; the dates of ``changed`` would move."""

    basis: str
    looked_at: int
    changed: int
    groups: Mapping[str, Group]

    def count(self, key: str) -> int:
        return self.groups[key].count


def _groups() -> dict[str, Group]:
    titles = {
        "leave": _("Would be due for the exchange at once"),
        "red": _("Would turn red"),
        "yellow": _("Would turn yellow"),
        "green": _("Would turn green"),
        "stay": _("Would no longer be due for the exchange"),
        "earlier": _("A colour or the exchange comes earlier"),
        "later": _("A colour or the exchange comes later"),
    }
    return {key: Group(key, title) for key, title in titles.items()}


def basis() -> str:
    """A short code of all policies as they are now: a preview is good for as long as it stays the same."""
    rows = [(policy.label, *policy.facts) for policy in ZonePolicy.objects.order_by("pk")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def preview(change: PolicyChange, *, today: dt.date) -> Preview:
    """What ``change`` would do if it were applied today. The number of queries is fixed, the memory bounded."""
    groups = _groups()
    seen = Preview(basis(), in_segment(*segment_of(change)).count(), 0, groups)
    for affected in affected_by(change, today=today):
        seen.changed += 1
        for key in _keys(affected):
            groups[key].add(affected)
    return seen


def affected_by(change: PolicyChange, *, today: dt.date) -> Iterator[Affected]:
    """Every held client whose dates would move, by name: read in portions, never all at once."""
    book, freezes = proposed_book(change), freeze_book()
    names = {manager.pk: str(manager) for manager in Manager.objects.all()}
    dates = lru_cache(maxsize=50_000)(zone_dates)
    thresholds = _Chooser(book)
    rows = (
        in_segment(*segment_of(change))
        .order_by("search_name", "pk")
        .values_list(
            "pk",
            "name",
            "category",
            "manager_id",
            "manager__department__path",
            "last_contact_on",
            "assigned_on",
            "yellow_on",
            "red_on",
            "detach_on",
        )
    )
    for pk, name, category, manager, path, contact_on, assigned_on, *stored in rows.iterator(chunk_size=_READ_AT_ONCE):
        before = ZoneDates(*stored)  # type: ignore[arg-type] # a held client has them all
        counted_from = clock_date(contact_on, assigned_on)  # type: ignore[arg-type] # nor is this ever empty
        after = dates(counted_from, thresholds(path or "", category), freezes.of(manager))
        if after != before:
            zones = zone_on(before, today), zone_on(after, today)
            yield Affected(pk, name, names.get(manager, ""), *zones, before, after)


class _Chooser:
    """Thresholds by path of department and category; there are few pairs and many clients."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book
        self._known: dict[tuple[str, str], Thresholds] = {}

    def __call__(self, path: str, category: str) -> Thresholds:
        key = (path, category)
        if key not in self._known:
            self._known[key] = self._book.choose(chain_of(path), category).thresholds
        return self._known[key]


def _keys(affected: Affected) -> Iterator[str]:
    """The groups a client belongs to: at most one by its new colour, and how its dates move."""
    was, becomes = affected.from_zone, affected.to_zone
    if was is not becomes:
        if becomes is Zone.DUE:
            yield "leave"
        elif (was, becomes) != (Zone.DUE, Zone.RED):  # who is due for the exchange is shown red already
            yield becomes.value
        if was is Zone.DUE:
            yield "stay"
    before, after = affected.before, affected.after
    pairs = (
        (before.yellow_on, after.yellow_on),
        (before.red_on, after.red_on),
        (before.detach_on, after.detach_on),
    )
    if any(new < old for old, new in pairs):
        yield "earlier"
    if any(new > old for old, new in pairs):
        yield "later"


def proposed_book(change: PolicyChange) -> PolicyBook:
    """All policies as they would be after the change."""
    replaced = {*change.delete, *([change.save.pk] if change.save and change.save.pk else [])}
    policies = [policy for policy in ZonePolicy.objects.all() if policy.pk not in replaced]
    return book_of([*policies, change.save] if change.save else policies)


def segment_of(change: PolicyChange) -> tuple[Department | None, str]:
    """Whose clients a change can touch, before and after it: a department (None: all) and a category ("": all)."""
    touched = _stored(change)
    if change.save:
        touched.append(change.save)
    departments = {policy.department_id for policy in touched}
    categories = {policy.category for policy in touched}
    department = touched[0].department if len(departments) == 1 else None
    return department, categories.pop() if len(categories) == 1 else ""


def _stored(change: PolicyChange) -> list[ZonePolicy]:
    ids = [*change.delete, *([change.save.pk] if change.save and change.save.pk else [])]
    return list(ZonePolicy.objects.filter(pk__in=ids).select_related("department").order_by("pk")) if ids else []


def words_of(change: PolicyChange) -> str:
    """The change in one line: "Company: 1 / 5 / 6 → 2 / 5 / 6"."""
    stored = _stored(change)
    if change.save is None:
        return gettext("Deletion of %(policies)s") % {"policies": "; ".join(str(policy) for policy in stored)}
    if not stored:
        return gettext("New: %(policy)s") % {"policy": change.save}
    old, new = stored[0], change.save
    if old.segment == new.segment:
        return f"{old} → {new.yellow_months} / {new.red_months} / {new.detach_months}"
    return f"{old} → {new}"


@transaction.atomic
def apply_change(change: PolicyChange, *, by: Manager, seen: str) -> Redating:
    """Do what was previewed: a new version, and a job that computes the dates of the segment's clients anew.

    ``seen`` is the ``basis`` of the preview.

    Raises:
        Conflict: somebody changed the policies since, so that the preview is not what would happen.
        ValidationError: there is another policy of this segment.
    """
    _one_at_a_time()
    if seen != basis():
        raise Conflict(_("Somebody changed the zone policies after this preview. Nothing has been saved: look again."))
    department, category = segment_of(change)
    note = words_of(change)
    if change.save:
        change.save.full_clean()
        change.save._history_user = by  # type: ignore[attr-defined]
        change.save.save()
    _delete(ZonePolicy.objects.filter(pk__in=change.delete), by)
    return request_redating(reason=Redating.Reason.POLICY, note=note, by=by, department=department, category=category)


def _delete(policies: Iterable[ZonePolicy], by: Manager) -> None:
    for policy in policies:
        policy._history_user = by  # type: ignore[attr-defined]
        policy.delete()


def _one_at_a_time() -> None:
    """A second administrator waits until the first one's change is committed, and then sees it (SQLite has one
    writer)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
