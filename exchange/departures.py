"""A manager leaves: what becomes of his clients is planned, carried out, and taken back as long as it may be.

At-least-once: a departure is carried out in batches, each one transaction in which the clients are moved and their
items say so; killed at any point and started again, it goes on with what is left. Taking one back works alike.
"""

import datetime as dt
import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.db.models import Count, F, QuerySet
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.models import Absence, Client, Manager, OwnershipPeriod
from clients.notices import notify
from clients.ownership import restore
from clients.services import reassign
from clients.zoning import lock_clients, published, set_zone_dates, store_clock
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import departure_notices
from exchange.claim_rulebook import CLAIM_CAP, LEAVER_UNDO, load_claim_rules
from exchange.models import (
    Departure,
    DepartureItem,
    DetachHold,
    Detachment,
    HoldKind,
    TransitionCause,
)
from exchange.rulebook import load_rules
from exchange.rules.claiming import ClaimRules
from exchange.rules.holding import ONE_DAY
from exchange.rules.night import NightRules
from exchange.rules.spreading import spread_evenly
from exchange.services import return_client

log = logging.getLogger(__name__)
#: Departures of so many clients are carried out at once; larger ones by a job.
AT_ONCE = 200
_BATCH = 100
_Left = OwnershipPeriod.Lost.LEFT

HAND, SPREAD, RELEASE = "hand", "spread", "release"


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of a client: ``hand`` it to one manager, ``spread`` it among several, ``release`` it."""

    how: str
    to_id: int | None = None

    @property
    def code(self) -> str:
        """The way in a form: "spread", "release", "m12"."""
        return f"m{self.to_id}" if self.how == HAND else self.how

    @classmethod
    def of(cls, code: str) -> "Way | None":
        """The way a code means; None where it means none."""
        if code in (SPREAD, RELEASE):
            return cls(code)
        number = code[1:]
        if code[:1] == "m" and number.isascii() and number.isdecimal() and len(number) <= 18:
            return cls(HAND, int(number))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a head decides: a way for all, other ways for a colour or for single clients (these go before the colour).

    ``among``: ids of the managers for everything that is spread.
    """

    default: Way
    zones: Mapping[str, Way] = field(default_factory=dict)
    clients: Mapping[int, Way] = field(default_factory=dict)
    among: Sequence[int] = ()

    def for_client(self, client: Client, zone: str) -> Way:
        return self.clients.get(client.pk) or self.zones.get(zone) or self.default

    @property
    def ways(self) -> list[Way]:
        return [self.default, *self.zones.values(), *self.clients.values()]


@dataclass(frozen=True, slots=True)
class Planned:
    """One client and where it goes: to a manager, or (None) to the exchange."""

    client: Client
    to: Manager | None


@dataclass(frozen=True, slots=True)
class Load:
    """What a receiver holds before and after. ``cap``: the most a manager may hold who claims; None: no such rule."""

    manager: Manager
    before: int
    gets: int
    cap: int | None = None
    away_until: dt.date | None = None

    @property
    def after(self) -> int:
        return self.before + self.gets

    @property
    def is_above(self) -> bool:
        return self.cap is not None and self.after > self.cap


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of whose clients, and what it means for those who get them."""

    manager: Manager
    items: Sequence[Planned]
    loads: Sequence[Load]

    @property
    def released(self) -> int:
        return sum(item.to is None for item in self.items)

    @property
    def fingerprint(self) -> str:
        """The same as long as the same clients go to the same people: what was looked at is what is done."""
        lines = sorted(f"{item.client.pk}:{item.to.pk if item.to else 0}" for item in self.items)
        return hashlib.sha256(" ".join(lines).encode()).hexdigest()[:16]


# --- who may ----------------------------------------------------------------------------------------------------------
def leavers_of(by: Manager) -> QuerySet[Manager]:
    """Of whose clients ``by`` may decide when they leave: a head's people, for directors and administrators everybody;
    never his own."""
    return Manager.objects.reported_to(by).exclude(pk=by.pk)


def may_switch_off(by: Manager, manager: Manager) -> bool:
    """Whether ``by`` may switch the sign-in of this one of his people off and on: not of who stands above him."""
    return manager.access_level <= by.access_level


def receivers_of(by: Manager, manager: Manager) -> QuerySet[Manager]:
    """To whom ``by`` may give the clients of ``manager``."""
    return Manager.objects.assignable_by(by).exclude(pk=manager.pk)


def away_until(managers: Iterable[int], day: dt.date) -> dict[int, dt.date]:
    """Those of the managers who are away on ``day``, and until when."""
    away = Absence.objects.in_force(day).filter(manager__in=set(managers)).order_by("ends_on")
    return dict(away.values_list("manager", "ends_on"))


def held_by(managers: Iterable[int]) -> dict[int, int]:
    """How many clients each of the managers holds."""
    ids = set(managers)
    held = Client.objects.filter(manager__in=ids).order_by().values_list("manager").annotate(n=Count("pk"))
    return dict.fromkeys(ids, 0) | dict(held)


# --- planning ---------------------------------------------------------------------------------------------------------
def plan(manager: Manager, choice: Choice, *, by: Manager, day: dt.date | None = None) -> Plan:
    """Which client of ``manager`` would go where, without changing anything.

    What is spread goes to those of ``among`` who are here on ``day``, so that they hold as equal numbers as possible,
    counting what is handed over besides; everybody gets his share of every colour.

    Raises:
        DomainError: somebody cannot get clients (field ``default``), or there is nobody to spread them among
            (``among``).
    """
    day = day or clock.today()
    named = {way.to_id for way in choice.ways if way.to_id} | set(choice.among)
    people = receivers_of(by, manager).filter(pk__in=named).select_related("department").in_bulk()
    if strangers := {way.to_id for way in choice.ways if way.to_id} - set(people):
        _refuse_receivers(strangers, "default")
    clients = list(Client.objects.held_by(manager).by_risk())
    ways = {client.pk: choice.for_client(client, _colour(client, day)) for client in clients}
    away = away_until(named, day)
    before = held_by(people)
    given = {pk: way.to_id for pk, way in ways.items() if way.how == HAND}
    spread = [client.pk for client in clients if ways[client.pk].how == SPREAD]
    if spread or choice.default.how == SPREAD:
        gets = Counter(given.values())
        present = {pk: before[pk] + gets[pk] for pk in choice.among if pk in people and pk not in away}
        if not present:
            raise DomainError(_("Choose among whom: people who are here today."), field="among")
        given |= spread_evenly(spread, present)
    gets = Counter(given.values())
    cap = rulebook.load()[CLAIM_CAP]
    loads = [
        Load(person, before[pk], gets[pk], cap, away.get(pk))
        for pk, person in sorted(people.items(), key=lambda pair: (str(pair[1]), pair[0]))
        if gets[pk]
    ]
    items = [Planned(client, people[given[client.pk]] if client.pk in given else None) for client in clients]
    return Plan(manager, items, loads)


def _colour(client: Client, day: dt.date) -> str:
    zone = client.zone_on(day)
    return published(zone) if zone else ""


def _refuse_receivers(ids: Iterable[int | None], field: str | None = None) -> None:
    names = ", ".join(str(person) for person in Manager.objects.filter(pk__in=[pk for pk in ids if pk]))
    raise DomainError(_("You cannot give clients to %(names)s.") % {"names": names or "–"}, field=field)


# --- deciding ---------------------------------------------------------------------------------------------------------
def depart(
    *,
    manager: Manager,
    items: Sequence[Planned],
    by: Manager,
    comment: str = "",
    deactivate: bool = True,
    now: dt.datetime | None = None,
) -> Departure:
    """Write down what becomes of the clients of ``manager``, switch his sign-in off, and carry it out: few clients at
    once, many by a job. Permission is the caller's; to whom clients may be given is looked at here.

    Raises:
        Conflict: his departure is under way already; or (with ``deactivate``) he holds a client nobody decided on.
        DomainError: his own departure; a receiver who cannot get clients; or there is nothing to do.
    """
    now = now or clock.now()
    departure = _decide(manager, items, by, " ".join(comment.split())[:300], deactivate, now)
    if len(items) <= AT_ONCE:
        _try_at_once(departure, now)
        departure.refresh_from_db()
    return departure


@transaction.atomic
def _decide(
    manager: Manager, items: Sequence[Planned], by: Manager, comment: str, deactivate: bool, now: dt.datetime
) -> Departure:
    from exchange.tasks import carry_on_departure

    leaver = (
        Manager.objects.select_for_update(no_key=True, of=("self",)).select_related("department").get(pk=manager.pk)
    )
    _refuse(leaver, items, by, deactivate)
    departure = Departure.objects.create(
        manager=leaver,
        department=leaver.department,
        deactivated=deactivate and leaver.is_active,
        comment=comment,
        decided_by=by,
        decided_at=now,
    )
    DepartureItem.objects.bulk_create(
        [
            DepartureItem(
                departure=departure,
                client=item.client,
                action=DepartureItem.Action.HAND if item.to else DepartureItem.Action.RELEASE,
                to_manager=item.to,
            )
            for item in items
        ],
        batch_size=500,
    )
    if departure.deactivated:
        Manager.objects.filter(pk=leaver.pk).update(is_active=False)
        manager.is_active = False
    if len(items) > AT_ONCE:
        carry_on_departure.delay_on_commit(departure.pk)
    return departure


def _refuse(leaver: Manager, items: Sequence[Planned], by: Manager, deactivate: bool) -> None:
    if leaver.pk == by.pk:
        raise DomainError(_("Somebody else decides on your own clients."))
    if deactivate and not may_switch_off(by, leaver):
        raise DomainError(_("You cannot switch the sign-in of %(manager)s off.") % {"manager": leaver})
    if Departure.objects.filter(manager=leaver, status=Departure.Status.RUNNING).exists():
        raise Conflict(_("The departure of %(manager)s is under way already.") % {"manager": leaver})
    named = {item.to.pk for item in items if item.to}
    if strangers := named - set(receivers_of(by, leaver).filter(pk__in=named).values_list("pk", flat=True)):
        _refuse_receivers(strangers)
    if deactivate:
        decided = {item.client.pk for item in items}
        if open_still := set(Client.objects.held_by(leaver).values_list("pk", flat=True)) - decided:
            words = ngettext(
                "%(manager)s holds %(count)d client more than you decided on. Look at the plan again.",
                "%(manager)s holds %(count)d clients more than you decided on. Look at the plan again.",
                len(open_still),
            )
            raise Conflict(words % {"manager": leaver, "count": len(open_still)})
    if not items and not (deactivate and leaver.is_active):
        raise DomainError(_("There is nothing to do."))


def _try_at_once(departure: Departure, now: dt.datetime | None) -> None:
    """Carry on now. What cannot be is not lost: it is written down, and the next quarter of an hour tries again."""
    try:
        carry_on(departure.pk, now=now)
    except Exception:
        log.exception("departure %s stopped; it will be carried on", departure.pk)


# --- carrying it out --------------------------------------------------------------------------------------------------
def carry_on(departure_id: int, *, now: dt.datetime | None = None, batch: int = _BATCH) -> Departure:
    """Do what is left of a departure, or of taking it back. Two at once share the work: a batch is done under the
    departure's lock.

    ``now``: when the clients change hands; by default the time of each batch.
    """
    while _carry_out_batch(departure_id, now, batch) or _take_back_batch(departure_id, now, batch):
        pass
    return Departure.objects.get(pk=departure_id)


def carry_on_all() -> int:
    """Finish every departure (and every taking back) that lost its worker. Returns how many there were; one query when
    there is none.

    Raises:
        Exception: what stopped one; the others were tried too.
    """
    stopped: list[Exception] = []
    unfinished = list(Departure.objects.unfinished().order_by("decided_at", "pk").values_list("pk", flat=True))
    for pk in unfinished:
        try:
            carry_on(pk)
        except Exception as error:
            log.exception("departure %s could not be finished", pk)
            stopped.append(error)
    if stopped:
        raise stopped[0]
    return len(unfinished)


def _locked(departure_id: int) -> Departure:
    rows = Departure.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("manager", "decided_by", "undone_by").get(pk=departure_id)


@transaction.atomic
def _carry_out_batch(departure_id: int, now: dt.datetime | None, batch: int) -> bool:
    """Move the next clients; close the departure when there are none. Returns whether there may be more."""
    departure = _locked(departure_id)
    if departure.status != Departure.Status.RUNNING:
        return False
    moment = now or clock.now()
    items = list(departure.items.waiting().select_related("to_manager").order_by("client_id")[:batch])
    if not items:
        Departure.objects.filter(pk=departure_id).update(status=Departure.Status.DONE, finished_at=moment)
        _tell(departure, moment)
        return False
    clients, rules = lock_clients(item.client_id for item in items), load_claim_rules()
    with translation.override(departure.decided_by.language or settings.LANGUAGE_CODE):
        for item in items:
            _attempt(item, lambda item=item: _carry_out(item, clients.get(item.client_id), departure, rules, moment))
    return True


def _attempt(item: DepartureItem, act) -> None:  # type: ignore[no-untyped-def]
    """Do it in a transaction of its own, or write down why not: one odd client stops no departure."""
    try:
        with transaction.atomic():
            act()
    except DomainError as refused:
        error = str(refused)
    except Exception as failure:
        if isinstance(failure, DatabaseError | InterfaceError) and not isinstance(failure, IntegrityError):
            raise  # the database is gone, or wants the whole batch again
        log.exception("client %s of departure %s could not be moved", item.client_id, item.departure_id)
        error = gettext("Something went wrong; the administrator finds it in the log.")
    else:
        return
    DepartureItem.objects.filter(pk=item.pk).update(error=error[:300])


def _carry_out(
    item: DepartureItem, client: Client | None, departure: Departure, rules: ClaimRules, moment: dt.datetime
) -> None:
    if client is None or client.manager_id != departure.manager_id:
        raise Conflict(_whereabouts(client))
    before = {"assigned_on": client.assigned_on, "last_manager": client.last_manager_id}
    by = departure.decided_by
    if item.to_manager:
        today = clock.local_date(moment)
        reassign(client_id=client.pk, manager=item.to_manager, by=by, today=today, moment=moment, lost=_Left)
    else:
        return_client(
            client_id=client.pk, by=by, reason=None, comment=departure.comment, now=moment, lost=_Left, rules=rules
        )
    DepartureItem.objects.filter(pk=item.pk).update(**before, done_at=moment)


def _whereabouts(client: Client | None) -> str:
    if client is None:
        return gettext("This client does not exist any more.")
    if client.manager:
        return gettext("It is with %(manager)s meanwhile.") % {"manager": client.manager}
    if client.archived_at:
        return gettext("It is in the archive meanwhile.")
    return gettext("It is on the exchange meanwhile.")


def _tell(departure: Departure, moment: dt.datetime) -> None:
    """Tell those who got clients, once."""
    got: dict[int, list[list[int]]] = {}
    handed = departure.items.filter(done_at__isnull=False, to_manager__isnull=False)
    for receiver, client in handed.order_by("pk").values_list("to_manager", "client"):
        got.setdefault(receiver, []).append([client])
    got.pop(departure.decided_by_id, None)
    if got:
        data = {pk: {"clients": rows, "from": str(departure.manager)} for pk, rows in got.items()}
        date = clock.local_date(moment)
        notify(kind=departure_notices.RECEIVED, recipients=data, key=str(departure.pk), date=date, data=data)


# --- taking it back ---------------------------------------------------------------------------------------------------
def undo_until(departure: Departure) -> dt.date | None:
    """The last day on which a departure may be taken back; None when it never may."""
    days = rulebook.load()[LEAVER_UNDO]
    return None if days is None else clock.local_date(departure.decided_at) + dt.timedelta(days=days)


def undo(*, departure: Departure, by: Manager, now: dt.datetime | None = None) -> Departure:
    """Take a departure back: the clients that are still where it put them are with their manager again, with owner,
    clock, owner history, plans and sales as they were, and his sign-in is switched on if it was switched off by it.
    Items that cannot be taken back say why. One that is under way stops.

    Raises:
        Conflict: it was taken back already.
        DomainError: undo is switched off, its time is over, or the manager cannot sign in any more.
    """
    now = now or clock.now()
    number = _begin_undo(departure.pk, by, now)
    if number <= AT_ONCE:
        _try_at_once(departure, now)
    departure.refresh_from_db()
    return departure


@transaction.atomic
def _begin_undo(departure_id: int, by: Manager, now: dt.datetime) -> int:
    """Returns how many clients are to come back."""
    from exchange.tasks import carry_on_departure

    departure = _locked(departure_id)
    if departure.status == Departure.Status.UNDONE:
        raise Conflict(_("%(manager)s has taken it back already.") % {"manager": departure.undone_by})
    last = undo_until(departure)
    if last is None:
        raise DomainError(_("Undo is switched off."))
    if clock.local_date(now) > last:
        raise DomainError(_("The time to undo it is over."))
    leaver = Manager.objects.select_for_update(no_key=True, of=("self",)).get(pk=departure.manager_id)
    if departure.deactivated and not leaver.is_active:
        if not may_switch_off(by, leaver):
            raise DomainError(_("You cannot switch the sign-in of %(manager)s on.") % {"manager": leaver})
        Manager.objects.filter(pk=leaver.pk).update(is_active=True)
    elif not leaver.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": leaver})
    Departure.objects.filter(pk=departure_id).update(
        status=Departure.Status.UNDONE, undone_at=now, undone_by=by, finished_at=departure.finished_at or now
    )
    number = departure.items.to_take_back().count()
    if number > AT_ONCE:
        carry_on_departure.delay_on_commit(departure_id)
    return number


@transaction.atomic
def _take_back_batch(departure_id: int, now: dt.datetime | None, batch: int) -> bool:
    departure = _locked(departure_id)
    if departure.status != Departure.Status.UNDONE or departure.undone_by is None:
        return False
    items = list(departure.items.to_take_back().order_by("client_id")[:batch])
    if not items:
        return False
    clients, rules, moment = lock_clients(item.client_id for item in items), load_rules(), now or clock.now()
    with translation.override(departure.undone_by.language or settings.LANGUAGE_CODE):
        for item in items:
            client = clients.get(item.client_id)
            _attempt(item, lambda item=item, client=client: _take_back(item, client, departure, rules, moment))
    return True


def _take_back(
    item: DepartureItem, client: Client | None, departure: Departure, rules: NightRules, moment: dt.datetime
) -> None:
    assert item.done_at is not None
    handed_on = clock.local_date(item.done_at)
    if client is None:
        raise Conflict(_whereabouts(client))
    if not departure.manager.is_active:
        raise Conflict(_("%(manager)s does not work here any more.") % {"manager": departure.manager})
    theirs = _still_as_we_left_it(item, client, departure, handed_on)
    today, before = clock.local_date(moment), client.zone
    client.manager, client.assigned_on = departure.manager, item.assigned_on
    client.last_manager_id = item.last_manager_id
    client.exchange_since = client.quarantine_until = client.archived_at = None
    policy = set_zone_dates(client, today=today)
    store_clock(client, cause=TransitionCause.UNDO, today=today, before=before, policy=policy)
    if theirs:
        theirs.delete()
    _reopen(item, client, departure, handed_on)
    if item.action == DepartureItem.Action.RELEASE:
        arrived = Detachment.objects.filter(client=client, manager=departure.manager, detached_at=item.done_at)
        arrived.update(undone_at=moment, undone_by=departure.undone_by)
    if rules.undo_grace:
        DetachHold.objects.get_or_create(
            client=client,
            manager=departure.manager,
            clock_date=client.clock_date,
            kind=HoldKind.UNDO,
            source=f"departure:{item.pk}",
            until=today + dt.timedelta(days=rules.undo_grace) - ONE_DAY,
            defaults={"since": today},
        )
    DepartureItem.objects.filter(pk=item.pk).update(undone_at=max(moment, item.done_at))
    restore(client.pk, item.done_at)


def _still_as_we_left_it(
    item: DepartureItem, client: Client, departure: Departure, handed_on: dt.date
) -> OwnershipPeriod | None:
    """The receiver's row of the owner history; None for a released client.

    Raises:
        Conflict: the client is not where the departure put it, or went elsewhere and came back.
    """
    if item.action == DepartureItem.Action.RELEASE:
        if not client.is_on_exchange:
            raise Conflict(_whereabouts(client))
        if client.exchange_since != item.done_at:
            raise Conflict(gettext("It has come to the exchange again since."))
        return None
    if client.manager_id != item.to_manager_id:
        raise Conflict(_whereabouts(client))
    latest = list(client.ownership.order_by("-pk")[:2])
    theirs, his = (*latest, None, None)[:2]
    unbroken = (
        theirs is not None
        and (theirs.manager_id, theirs.until, theirs.since) == (item.to_manager_id, None, handed_on)
        and (his is None or (his.manager_id, his.until, his.lost) == (departure.manager_id, handed_on, _Left))
    )
    if not unbroken:
        raise Conflict(gettext("It has changed hands since."))
    return theirs


def _reopen(item: DepartureItem, client: Client, departure: Departure, handed_on: dt.date) -> None:
    """The manager's row of the owner history as it was."""
    his = client.ownership.filter(manager=departure.manager, until=handed_on, lost=_Left).order_by("-pk").first()
    if his:
        OwnershipPeriod.objects.filter(pk=his.pk).update(until=None, lost="", changed_by=F("given_by"))
        return
    OwnershipPeriod.objects.create(
        client=client,
        manager=departure.manager,
        since=item.assigned_on,
        gained=OwnershipPeriod.Gained.RESTORED,
        given_by=departure.undone_by,
        changed_by=departure.undone_by,
    )
