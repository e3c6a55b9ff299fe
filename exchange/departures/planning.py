"""Who leaves, and what would become of his clients: choices, the plan that is looked at before anything is done."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.models import Absence, Client, Manager
from clients.zoning import published
from crm import clock
from crm.web.errors import DomainError
from exchange.claim_rulebook import CLAIM_CAP
from exchange.rules.spreading import spread_evenly

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
        refuse_receivers(strangers, "default")
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


def refuse_receivers(ids: Iterable[int | None], field: str | None = None) -> None:
    names = ", ".join(str(person) for person in Manager.objects.filter(pk__in=[pk for pk in ids if pk]))
    raise DomainError(_("You cannot give clients to %(names)s.") % {"names": names or "–"}, field=field)
