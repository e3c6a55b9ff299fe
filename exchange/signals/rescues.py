"""Clients that were kept: by one line in their last days, and again and again from one side.

Both start from the changes of colour of a day: a client that is kept turns green in the moment of the contact, and its
transition says when, with whom and by which policy. What it would have been without is computed as everywhere, from
the contact before (or the day its manager got it) and the frozen days as they stand in the database now.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from clients.freezing import FreezeBook, freeze_book
from clients.models import OwnershipPeriod
from clients.policies import policy_versions
from clients.rulebook import RuleValues
from clients.rules.policies import DEFAULT_POLICY
from clients.rules.zones import Thresholds, clock_date, zone_dates, zone_on
from clients.zoning import published
from crm import clock
from exchange.claim_rulebook import SIGNAL_LAST_DAYS, SIGNAL_RESCUES, SIGNAL_SHORT
from exchange.models import Signal, TransitionCause, ZoneTransition
from exchange.rules.signals import Rescue, in_last_days, length, one_sided_row
from exchange.signals.entries import Entry, entries
from interactions.models import Agreement, Approval, Event, EventStatus
from interactions.models.dictionaries import Direction

#: Rescues looked at together.
CHUNK = 200
#: By these a client is kept: a contact registered, or one that was changed.
_BY_CONTACT = (TransitionCause.CONTACT, TransitionCause.CORRECTION)
#: Shipped kinds from our side at which we meet the client all the same.
_MET = ("visit", "presentation")
_STARTED = "process_started"


@dataclass(frozen=True, slots=True)
class Contact:
    """A counted contact of a client."""

    pk: int
    client: int
    counted_on: dt.date
    registered: dt.datetime
    author: int
    is_imported: bool
    kind: str
    is_system: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A client that turned green (or yellow) by a contact of ``contact_on``; it would have left on ``leaves_on``."""

    transition: ZoneTransition
    contact_on: dt.date
    contacts: tuple[Contact, ...]
    entries: dict[int, Entry]
    leaves_on: dt.date


# --- one line in the last days ----------------------------------------------------------------------------------------
def last_minute(day: dt.date, rules: RuleValues) -> Iterator[Signal]:
    """Clients kept in their last days of which almost nothing was written down on that day."""
    last_days, limit = rules[SIGNAL_LAST_DAYS], rules.number(SIGNAL_SHORT)
    if last_days is None:
        return
    for chunk in _chunks(_rescues(day)):
        late = [kept for kept in _kept(chunk) if in_last_days(day, kept.leaves_on, last_days)]
        thin = _thin(late, limit)
        for kept in late:
            if all(contact.pk in thin for contact in kept.contacts):
                yield from _last_minute(kept)


def _last_minute(kept: Kept) -> Iterator[Signal]:
    change = kept.transition
    came = sorted(
        (kept.entries[contact.pk] for contact in kept.contacts), key=lambda entry: (entry.moment, entry.event)
    )
    signal, is_new = Signal.objects.get_or_create(
        kind=Signal.Kind.LAST_MINUTE,
        manager_id=came[0].by,
        key=f"{change.client_id} {change.date}",
        defaults={
            "client_id": change.client_id,
            "date": change.date,
            "leaves_on": kept.leaves_on,
            "first_at": came[0].moment,
            "last_at": came[-1].moment,
        },
    )
    if is_new:
        signal.events.set([contact.pk for contact in kept.contacts])
        yield signal


def _thin(late: Sequence[Kept], limit: int) -> set[int]:
    """Which of their contacts are one line: nothing agreed, next to nothing written; and sales of which only the start
    was given another date. What was imported, or let count by the head, is not."""
    asked = {contact.pk for kept in late for contact in kept.contacts}
    texts = {pk: length(*rest) for pk, *rest in Event.objects.filter(pk__in=asked).values_list("pk", "text", "result")}
    agreed = set(Agreement.objects.filter(event__in=asked).values_list("event_id", flat=True))
    thin = set()
    for kept in late:
        for contact in kept.contacts:
            entry = kept.entries[contact.pk]
            if contact.is_imported or entry.approved:
                continue
            if is_redated_start(contact, entry) or (
                not contact.is_system and contact.pk not in agreed and texts[contact.pk] < limit
            ):
                thin.add(contact.pk)
    return thin


def is_redated_start(contact: Contact, entry: Entry) -> bool:
    """A sale's start that counts on its day only because its date was changed: nobody talked with the client."""
    return contact.kind == _STARTED and entry.redated


# --- rescued again and again from one side ----------------------------------------------------------------------------
def one_sided(day: dt.date, rules: RuleValues) -> Iterator[Signal]:
    """Clients turned green so many times in a row, nobody there having answered, met us, bought or promised."""
    needed = rules[SIGNAL_RESCUES]
    if needed is None:
        return
    for chunk in _chunks(_rescues(day).filter(to_zone="green")):
        yield from _one_sided(chunk, day, needed)


def _one_sided(chunk: list[ZoneTransition], day: dt.date, needed: int) -> Iterator[Signal]:
    rows = _rows_of_rescues({change.client_id for change in chunk}, day, needed)
    kept = {each.transition.pk: each for each in _kept([change for row in rows.values() for change in row])}
    heard = _answered(set(rows), day, kept)
    for client, changes in rows.items():
        rescues = [
            Rescue(change.pk, change.date, kept[change.pk].contact_on, change.manager_id or 0)
            for change in changes
            if change.pk in kept
        ]
        row = one_sided_row(rescues, heard.get(client, ()))
        if len(row) < needed or row[-1].date != day:
            continue
        signal, is_new = Signal.objects.get_or_create(
            kind=Signal.Kind.ONE_SIDED,
            manager_id=row[-1].manager,
            key=str(row[-1].row),
            defaults={
                "client_id": client,
                "date": day,
                "number": len(row),
                "first_at": kept[row[0].row].transition.created_at,
                "last_at": kept[row[-1].row].transition.created_at,
            },
        )
        if is_new:
            signal.events.set({contact.pk for rescue in row for contact in kept[rescue.row].contacts})
            yield signal


def _rows_of_rescues(clients: set[int], day: dt.date, needed: int) -> dict[int, list[ZoneTransition]]:
    """By client: the rescues up to ``day`` in a row by one manager, while the client did not change hands; those of
    fewer than ``needed`` left out."""
    changes = ZoneTransition.objects.filter(client__in=clients, date__lte=day).order_by("client_id", "date", "pk")
    rows: dict[int, list[ZoneTransition]] = defaultdict(list)
    for change in changes.iterator(chunk_size=2000):
        row = rows[change.client_id]
        if change.cause in _BY_CONTACT and change.to_zone == "green" and change.from_zone in ("yellow", "red"):
            if row and row[-1].manager_id != change.manager_id:
                row.clear()
            row.append(change)
        elif change.cause in (TransitionCause.ASSIGNMENT, TransitionCause.LEAVING, TransitionCause.UNDO):
            row.clear()
    return {client: row for client, row in rows.items() if len(row) >= needed and row[-1].date == day}


def _answered(clients: set[int], day: dt.date, kept: dict[int, Kept]) -> dict[int, list[dt.date]]:
    """By client: the days since the first of these rescues, up to ``day``, on which somebody there took part."""
    if not kept:
        return {}
    since = clock.day_start(min(each.contact_on for each in kept.values()))
    done = Event.objects.filter(
        client__in=clients, status=EventStatus.DONE, approval__in=[Approval.NOT_NEEDED, Approval.APPROVED],
        occurred_at__gte=since, occurred_at__lt=clock.day_start(day + dt.timedelta(days=1)),
    )  # fmt: skip
    theirs = Agreement.objects.filter(side=Agreement.Side.THEY, event__in=done.order_by().values("pk"))
    told = Q(pk__in=theirs.values("event"))
    met = Q(kind__direction__in=[Direction.INCOMING, Direction.MUTUAL]) | Q(kind__code__in=_MET)
    redated = {
        contact.pk
        for each in kept.values()
        for contact in each.contacts
        if is_redated_start(contact, each.entries[contact.pk])
    }
    found: dict[int, list[dt.date]] = defaultdict(list)
    for pk, client, occurred_at in done.filter(met | told).values_list("pk", "client_id", "occurred_at"):
        if pk not in redated:
            found[client].append(clock.local_date(occurred_at))
    return found


# --- what kept them ---------------------------------------------------------------------------------------------------
def _rescues(day: dt.date) -> QuerySet[ZoneTransition]:
    """Changes for the better by a contact."""
    better = Q(to_zone="green", from_zone__in=["yellow", "red"]) | Q(to_zone="yellow", from_zone="red")
    return ZoneTransition.objects.filter(better, date=day, cause__in=_BY_CONTACT, manager__isnull=False).order_by("pk")


def _chunks(changes: QuerySet[ZoneTransition]) -> Iterator[list[ZoneTransition]]:
    last = 0
    while chunk := list(changes.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def _kept(changes: Sequence[ZoneTransition]) -> Iterator[Kept]:
    """What kept these clients. Those whose contact is gone, or explains nothing any more, are left out."""
    clients = {change.client_id for change in changes}
    contacts = _contacts(clients)
    periods = _periods(clients)
    thresholds = _Thresholds()
    known: dict[int, list[Contact]] = {}
    deciding: dict[int, tuple[Contact, ...]] = {}
    for change in changes:
        of_client = contacts.get(change.client_id, ())
        known[change.pk] = [
            contact
            for contact in of_client
            if contact.counted_on <= change.date and contact.registered <= change.created_at
        ]
        if known[change.pk]:
            latest = max(contact.counted_on for contact in known[change.pk])
            deciding[change.pk] = tuple(contact for contact in of_client if contact.counted_on == latest)
    asked = {contact.pk: contact for group in deciding.values() for contact in group}
    came = entries((each.pk, each.counted_on, each.registered, each.author) for each in asked.values())
    before: dict[int, dt.date] = {}
    for change in changes:
        if group := deciding.get(change.pk):
            earlier = [contact.counted_on for contact in known[change.pk]]
            earlier += [was_on for contact in group if (was_on := came[contact.pk].was_on)]
            earlier = [each for each in earlier if each < group[0].counted_on]
            got = _got(periods.get(change.client_id, ()), change)
            if got or earlier:
                before[change.pk] = clock_date(max(earlier, default=None), got or dt.date.min)
    if not before:
        return
    freezes: FreezeBook = freeze_book({change.manager_id or 0 for change in changes}, after=min(before.values()))
    for change in changes:
        if change.pk not in before:
            continue
        group, months = deciding[change.pk], thresholds.of(change.policy)
        frozen = freezes.of(change.manager_id)
        now = zone_dates(group[0].counted_on, months, frozen)
        if group[0].counted_on > before[change.pk] and published(zone_on(now, change.date)) == change.to_zone:
            leaves_on = zone_dates(before[change.pk], months, frozen).detach_on
            yield Kept(change, group[0].counted_on, group, {each.pk: came[each.pk] for each in group}, leaves_on)


def _contacts(clients: Iterable[int]) -> dict[int, list[Contact]]:
    rows = Event.objects.counted().filter(client__in=list(clients)).order_by("pk")
    found: dict[int, list[Contact]] = defaultdict(list)
    columns = (
        "pk",
        "client_id",
        "counted_on",
        "created_at",
        "author_id",
        "external_id",
        "kind__code",
        "kind__is_system",
    )
    for pk, client, counted_on, registered, author, external, kind, is_system in rows.values_list(*columns).iterator():
        found[client].append(Contact(pk, client, counted_on, registered, author, bool(external), kind, is_system))
    return found


def _periods(clients: Iterable[int]) -> dict[int, list[OwnershipPeriod]]:
    found: dict[int, list[OwnershipPeriod]] = defaultdict(list)
    for period in OwnershipPeriod.objects.filter(client__in=list(clients)).order_by("since", "pk"):
        found[period.client_id].append(period)
    return found


def _got(periods: Iterable[OwnershipPeriod], change: ZoneTransition) -> dt.date | None:
    """The day on which the manager of then got the client."""
    since = [each.since for each in periods if each.manager_id == change.manager_id and each.since <= change.date]
    return since[-1] if since else None


class _Thresholds:
    """By the label of a policy's version; read when first asked."""

    def __init__(self) -> None:
        self._versions: dict[str, Thresholds] | None = None

    def of(self, label: str) -> Thresholds:
        if self._versions is None:
            self._versions = {version.label: version.thresholds for version in policy_versions().values()}
        return self._versions.get(label, DEFAULT_POLICY.thresholds)
