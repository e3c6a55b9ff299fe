"""A client's life as legs: who held it from when, the last contact, and how the leg ended.

Made backwards from what the client shall be today; nothing here is stored.
"""

import datetime as dt
from dataclasses import dataclass
from random import Random

from clients.models import OwnershipPeriod
from clients.rules.freezing import Frozen
from clients.rules.zones import Thresholds, Zone, zone_on
from crm import clock
from crm.demo.people import seller_named
from crm.demo.world import DAY, Seller, World, dates_of, weekday

#: When the job had taken the clients of the night that asked.
TAKEN = (9, 21)
#: Longer than any clock of the demo stands still.
_FROZEN_DAYS = 130

#: Clients that are due and kept (``keeping``), or soon will be due: how many days ago their time came.
DUE_AGO = {
    "protected": 9,
    "planned": 5,
    "given_back": 3,
    "covered": -75,
    "moved": 26,
    "ending": 17,
    "renewed": 31,
    "contract": 20,
    "reopened": 12,
    "tomorrow": -1,
    "soon": -6,
    "later": -13,
}

Gained, Lost = OwnershipPeriod.Gained, OwnershipPeriod.Lost


@dataclass(slots=True)
class Leg:
    """One manager's time with a client. ``last`` is the day of its last counted contact."""

    seller: Seller
    start: dt.date
    last: dt.date
    #: ``Lost`` with its day, or None for the leg of today.
    lost: str | None = None
    end: dt.date | None = None
    gained: str = Gained.CREATED
    #: Who gave the client; None when the manager took or created it himself.
    given_by: Seller | None = None
    #: When a night had taken the client, and an undo brought it back.
    given_back_on: dt.date | None = None
    #: The days of its contacts, where they are settled; None: as the story goes.
    days: tuple[dt.date, ...] | None = None
    #: After all silence, one line.
    one_line_on: dt.date | None = None
    #: The hour of getting and of losing it, where it is not the usual one.
    gained_moment: dt.datetime | None = None
    lost_moment: dt.datetime | None = None
    #: Rules of claiming that a head has overruled, as a claim keeps them.
    against: str = ""
    #: The next manager got it from this one: it was not on the exchange.
    is_handed: bool = False


def plan_legs(world: World, rng: Random, seller: Seller | None, category: str, fate: str) -> list[Leg]:
    """The legs of a client that is today ``fate`` (a zone, "today", "claimed", "losing", one of ``DUE_AGO``, "idle",
    "just_left", "together", "returned" or "left"), oldest first."""
    leg = _last_leg(world, rng, seller or former_owner(world, rng, None, world.today), category, fate)
    legs = [leg]
    if fate == "losing":
        return legs
    # Who waits on the exchange has often been there before.
    weights = (30, 40, 30) if leg.lost else (58, 30, 12)
    more = 1 if fate == "claimed" else rng.choices((0, 1, 2), weights=weights)[0]
    return with_past(world, rng, legs, category, fate, more)


def with_past(world: World, rng: Random, legs: list[Leg], category: str, fate: str, more: int) -> list[Leg]:
    """The legs with up to ``more`` earlier ones, and the beginning of the first. The start of a claimed leg stays."""
    leg = legs[0]
    while more:
        tries = 30 if fate == "claimed" else 1
        found = (_earlier_leg(world, rng, leg, category, fate) for _ in range(tries))
        if (earlier := next((one for one in found if one), None)) is None:
            break
        legs.insert(0, earlier)
        leg, fate, more = earlier, "", more - 1
    _first_start(world, rng, legs[0])
    return legs


def _last_leg(world: World, rng: Random, seller: Seller, category: str, fate: str) -> Leg:
    today, thresholds = world.today, world.policy_of(seller, category).thresholds
    last, lost, end, due = today, None, None, today
    match fate:
        case "green" | "yellow" | "red":
            last = _last_contact_for(rng, today, thresholds, seller, Zone(fate))
        case "losing":
            last = weekday(today - DAY * 52)
        case "claimed":
            last = weekday(today - DAY * rng.randint(1, 18))
        case "together":
            assert world.asked_on
            last, end, lost = world.asked_on, world.asked_on, Lost.IDLE
            last = idle_since(end, thresholds, seller.frozen) or last
        case _ if fate in DUE_AGO:
            end = today - DAY * DUE_AGO[fate]
            last, due = idle(end, thresholds, seller.frozen)
            while end > today >= due:  # nobody can have become due on that very day
                end += DAY
                last, due = idle(end, thresholds, seller.frozen)
            end = None
        case "idle" | "just_left":
            end = today - DAY * (int(rng.triangular(0, 85, 10)) if fate == "idle" else rng.randint(0, 3))
            if (
                seller.hired_on + DAY * 8 > idle(end, thresholds, seller.frozen)[0]
            ):  # who came later cannot have forgotten it
                seller = former_owner(world, rng, seller, idle(end, thresholds, seller.frozen)[0])
                thresholds = world.policy_of(seller, category).thresholds
            last, end = idle(end, thresholds, seller.frozen)
            lost = Lost.IDLE
        case "returned":
            end = weekday(today - DAY * rng.randint(1, 40))
            last = weekday(end - DAY * rng.randint(8, 110))
            lost = Lost.RELEASED if rng.random() < 0.25 else Lost.RETURNED
        case "left":
            seller = seller_named(world, "former")
            assert seller.left_on
            end, lost = seller.left_on, Lost.LEFT
            last = weekday(end - DAY * rng.randint(8, 90))
    start = weekday(last - DAY * 240) if fate == "losing" else last
    if fate == "claimed":
        start = max(last - DAY * rng.randint(0, 6), today - DAY * 20)
    back = due + DAY if fate == "given_back" else None
    return Leg(seller, start, last, lost, end, given_back_on=back)


def _earlier_leg(world: World, rng: Random, leg: Leg, category: str, fate: str) -> Leg | None:
    """The leg before ``leg``, whose start is settled by it; None when there is no room in the history for another."""
    if fate != "claimed":
        leg.start = weekday(leg.last - DAY * int(rng.triangular(1, 230, 60)))
    # Never after the last contact: the clock, and with it the day of leaving, counts from the later of the two.
    leg.start = min(max(leg.start, weekday(leg.seller.hired_on + DAY * 4)), leg.last)
    room = (leg.start - world.first_day).days
    how = rng.choices((Lost.IDLE, Lost.RETURNED, Lost.REASSIGNED), weights=(66, 12, 0 if fate == "claimed" else 25))[0]
    if room < 60 or (how == Lost.IDLE and room < 200):
        return None
    before = former_owner(world, rng, leg.seller, leg.start)
    wait = int(rng.triangular(2, 85, 10))
    if how == Lost.IDLE:
        thresholds = world.policy_of(before, category).thresholds
        last, end = idle(leg.start - DAY * wait, thresholds, before.frozen)
        if end >= leg.start or last <= world.first_day + DAY * 2:
            return None
    elif how == Lost.RETURNED:
        end = weekday(leg.start - DAY * max(wait, 3))
        last = weekday(end - DAY * rng.randint(6, 120))
    else:
        end = leg.start
        last = weekday(end - DAY * rng.randint(3, 80))
    if last <= world.first_day + DAY * 20 and how != Lost.IDLE:
        return None
    if before.hired_on + DAY * 8 > last or (before.left_on and end > before.left_on):
        return None
    given = how == Lost.REASSIGNED or rng.random() < 0.15
    leg.gained = Gained.ASSIGNED if given else Gained.CLAIMED
    leg.given_by = leg.seller.head if given else None
    return Leg(before, last, last, how, end)


def _first_start(world: World, rng: Random, leg: Leg) -> None:
    """When the client came to us: a third were brought along by the import of the first days."""
    earliest = max(world.first_day, leg.seller.hired_on + DAY)
    imported_by = min(world.first_day + DAY * rng.randint(0, 12), leg.last)
    if earliest == world.first_day and rng.random() < 0.36:
        leg.start, leg.gained = weekday(imported_by), Gained.IMPORTED
    else:
        leg.start = weekday(earliest + DAY * int(rng.uniform(0, (leg.last - earliest).days)))
        given = rng.random() < 0.3 and leg.seller.head is not leg.seller
        leg.gained, leg.given_by = (Gained.ASSIGNED, leg.seller.head) if given else (Gained.CREATED, None)
    leg.start = min(max(leg.start, earliest), leg.last)


def _last_contact_for(rng: Random, today: dt.date, thresholds: Thresholds, seller: Seller, zone: Zone) -> dt.date:
    """A working day such that a client left alone since then is in ``zone`` today; green where he came too late to
    have left it alone so long."""
    candidates = [
        day
        for days in range(1, 32 * thresholds.detach_months + _FROZEN_DAYS)
        if (day := today - DAY * days).weekday() < 5
        and day > seller.hired_on + DAY * 8
        and zone_on(dates_of(day, thresholds, seller.frozen), today) == zone
    ]
    if not candidates:
        return _last_contact_for(rng, today, thresholds, seller, Zone.GREEN)
    # Long silences are rarer than short ones; among the red any is as likely.
    power = {Zone.GREEN: 1.25, Zone.YELLOW: 1.7}.get(zone, 1.0)
    return candidates[int(len(candidates) * rng.random() ** power)]


def idle(end: dt.date, thresholds: Thresholds, frozen: Frozen) -> tuple[dt.date, dt.date]:
    """Last contact (a working day) and the day of the detach that follows from it, not later than ``end``."""
    last = weekday(end - DAY * 30 * thresholds.detach_months)
    while dates_of(last, thresholds, frozen).detach_on > end:
        last = weekday(last - DAY)
    return last, dates_of(last, thresholds, frozen).detach_on


def idle_since(end: dt.date, thresholds: Thresholds, frozen: Frozen) -> dt.date | None:
    """The working day since which a client was left alone that is due on exactly ``end``; None when there is none."""
    last, due = idle(end, thresholds, frozen)
    return last if due == end else None


def due_on(world: World, category: str, leg: Leg) -> dt.date:
    """When the time of a client has come that nobody contacted since the last contact of its leg."""
    return dates_of(leg.last, world.policy_of(leg.seller, category).thresholds, leg.seller.frozen).detach_on


def careless_sellers(world: World) -> list[Seller]:
    """Salespeople of today who have been here from the beginning: each has forgotten somebody."""
    beginning = world.first_day + DAY * 40
    return [
        seller
        for seller in world.sellers
        if seller.weight and seller.manager.role == "salesperson" and seller.hired_on < beginning
    ]


def night_of_many(world: World) -> tuple[dt.date, list[Seller]] | None:
    """A night some weeks ago on which clients of several salespeople can have become due, with these; None when there
    is none."""
    for number in range(17, 55):
        night = world.today - DAY * number
        sellers = [
            seller
            for seller in careless_sellers(world)
            if all(_working_day(world, seller, category, night) for category in "ABC")
        ]
        if night.weekday() < 5 and len(sellers) > 5:
            return night, sellers
    return None


def _working_day(world: World, seller: Seller, category: str, night: dt.date) -> bool:
    """Whether there is a day of work since which a client can have been left alone that is due in this night."""
    last = idle_since(night, world.policy_of(seller, category).thresholds, seller.frozen)
    return last is not None and last not in world.days_off


def former_owner(world: World, rng: Random, not_this: Seller | None, by: dt.date) -> Seller:
    """Somebody else who sold then."""
    return rng.choice(
        [
            seller
            for seller in world.sellers
            if seller is not not_this
            and seller.manager.role == "salesperson"
            and seller.hired_on < by - DAY * 30
            and (seller.left_on is None or by <= seller.left_on)
            and (seller.left_on is not None or not_this is not None or seller.manager.is_active)
        ]
    )


def gained_at(leg: Leg, world: World) -> dt.datetime:
    """When the manager of a leg got the client: in the morning, before anything was done with it."""
    usual = clock.at(leg.start, 9, (leg.start.toordinal() * 7 + leg.seller.manager.pk) % 30)
    return min(leg.gained_moment or usual, world.now)


def lost_at(leg: Leg, world: World, client: int) -> dt.datetime:
    """When the manager of a leg lost the client to the exchange: in the night, or at the end of a day."""
    assert leg.end
    if leg.lost in (Lost.IDLE, Lost.UNTOUCHED):
        return min(clock.at(leg.end, *TAKEN) if leg.end == world.asked_on else clock.at(leg.end, 1), world.now)
    minute = world.rng("giving up", client, leg.end).randrange(60)
    return min(leg.lost_moment or clock.at(leg.end, 17, minute), world.now)
