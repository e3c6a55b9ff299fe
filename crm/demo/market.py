"""The market of the demo: clients whose last weeks show what the rules of the exchange do.

Only legs and fates; what is written beside them (duties, pauses, quarantine, views) makes ``ledger``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from random import Random

from clients.models import OwnershipPeriod
from crm import clock
from crm.demo.firms import Known
from crm.demo.legs import Gained, Leg, Lost, former_owner, idle, with_past
from crm.demo.people import LEAVERS, seller_named
from crm.demo.world import DAY, MINUTE, Seller, World, dates_of, weekday
from exchange.rules.claiming import Lot, cooldown_ends, pause_from

Lots = list[tuple[Seller | None, str, str]]
#: Fate, of whose clients, category, share of all clients beyond the first of them. In a small company each is there
#: once at most.
_PLANTED: tuple[tuple[str, tuple[str, ...], str, float], ...] = (
    ("stale", ("northwest2", "urals2", "seller", "urals1", "northwest1"), "ABC", 0.014),
    ("just_returned", ("northwest1", "urals1", "deputy", "equipment1"), "BAC", 0.0),
    ("cool", ("seller", "seller", "northwest2"), "BCA", 0.0),
    ("cool_returned", ("seller", "seller"), "BC", 0.0),
    ("fresh_soon", ("seller", "northwest1"), "BC", 0.0),
    ("fresh", ("seller", "deputy", "urals1", "equipment2", "service1", "key1"), "ACB", 0.008),
    ("untouched", ("urals2", "urals2", "urals2", "northwest2", "equipment3", "key3", "service2"), "CB", 0.0),
    ("dropped", ("northwest2", "equipment3"), "C", 0.0),
    ("overruled", ("northwest2",), "B", 0.0),
    ("rescued", ("urals2", "northwest2", "urals3", "equipment3"), "C", 0.0),
    ("one_sided", ("urals1",), "B", 0.0),
)
#: Who left: how many of his clients are told of, at least and of all; the ways of them, again and again.
_DEPARTED = 0.022, 6
#: Fates of clients whose history was told by the market.
FATES = {fate for fate, *_rest in _PLANTED} | {"departed"}
#: How many days ago the claims failed that pause a manager.
_FAILED_AGO = (26, 12, 3)


def market_lots(world: World) -> Lots:
    """Seller, category and fate of the clients of the market."""
    rng, size = world.rng("market"), world.size
    lots: Lots = []
    for fate, sellers, categories, share in _PLANTED:
        number = len(sellers) if size >= 150 else 1
        for turn in range(max(number, round(size * share))):
            who = seller_named(world, sellers[turn % len(sellers)])
            category = categories[turn % len(categories)]
            lots.append((who, category, fate))
    share, least = _DEPARTED
    for username in LEAVERS:
        number = max(least if size >= 150 else 2, round(size * share))
        lots += [(seller_named(world, username), rng.choice("ABBCC"), "departed") for _ in range(number)]
    return lots


class Market:
    """Makes the legs of the market's clients; counts how many of a kind there have been."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._told: Counter[tuple[str, str]] = Counter()

    def legs(self, rng: Random, seller: Seller, category: str, fate: str) -> list[Leg]:
        """The legs of one client, oldest first."""
        turn = self._told[fate, seller.manager.username]
        self._told[fate, seller.manager.username] += 1
        tail = getattr(self, f"_{fate}")(rng, seller, category, turn)
        first = tail[0]
        past = "claimed" if first.gained == Gained.CLAIMED else ""
        more = 1 if past else rng.choices((0, 1, 2), weights=(25, 45, 30))[0] if fate != "one_sided" else 0
        start = first.start
        legs = with_past(self.world, rng, tail, category, past, more)
        if fate == "one_sided":
            legs[0].start, legs[0].gained, legs[0].given_by = first.last, Gained.CREATED, None
        if past and legs[0] is first:
            raise AssertionError(f"nobody had the client before it was claimed: {first}")
        if past:
            # It was claimed, whatever chance thought of it.
            first.start, first.gained, first.given_by = start, Gained.CLAIMED, None
        return legs

    # --- on the exchange ----------------------------------------------------------------------------------------------
    def _stale(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Wanted by nobody for more than three months."""
        return [self._idle(seller, category, self.world.today - DAY * rng.randint(94, 150))]

    def _cool(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Its manager let it go lately: he has to wait."""
        return [self._idle(seller, category, self.world.today - DAY * (6 + 7 * turn))]

    def _idle(self, seller: Seller, category: str, end: dt.date) -> Leg:
        last, due = idle(end, self.world.policy_of(seller, category).thresholds, seller.frozen)
        if seller.hired_on + DAY * 8 > last:  # who came later cannot have forgotten it
            seller = former_owner(self.world, self.world.rng("instead", end), seller, last)
            last, due = idle(end, self.world.policy_of(seller, category).thresholds, seller.frozen)
        end = due
        return Leg(seller, last, last, Lost.IDLE, end)

    def _cool_returned(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        end = weekday(self.world.today - DAY * (4 + 5 * turn))
        last = weekday(end - DAY * rng.randint(20, 70))
        return [Leg(seller, last, last, Lost.RETURNED, end)]

    def _just_returned(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Given back within the last hours: nobody can claim it yet."""
        world = self.world
        hours = rng.randint(1, 2) if world.workday_has_begun else rng.randint(8, 13)
        moment = world.now - MINUTE * (60 * hours + rng.randint(1, 59))
        end = clock.local_date(moment)
        last = weekday(end - DAY * rng.randint(15, 90))
        return [
            Leg(seller, last, last, Lost.RELEASED if rng.random() < 0.25 else Lost.RETURNED, end, lost_moment=moment)
        ]

    # --- claimed ------------------------------------------------------------------------------------------------------
    def _fresh_soon(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Claimed and not called yet; the last day for it is the day after tomorrow."""
        day = self.world.today - DAY
        while touch_due(self.world, seller, day - DAY) >= self.world.today + DAY * 2:
            day -= DAY
        return [_claimed(seller, day)]

    def _fresh(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        return [_claimed(seller, weekday(self.world.today - DAY * rng.randint(1, 3)))]

    def _untouched(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Claimed, never called, taken back by a night."""
        ago = _FAILED_AGO[turn] if seller.manager.username == "urals2" else rng.randint(9, 70)
        end = self.world.today - DAY * ago
        start = weekday(end - DAY * 8)
        while touch_due(self.world, seller, start) >= end:
            start = weekday(start - DAY)
        return [_claimed(seller, start, Lost.UNTOUCHED, touch_due(self.world, seller, start) + DAY)]

    def _dropped(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Claimed, and given back without a single call."""
        end = weekday(self.world.today - DAY * rng.randint(14, 60))
        return [_claimed(seller, weekday(end - DAY * 3), Lost.RETURNED, end)]

    def _overruled(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Its former manager got it again before his time: the head had a reason."""
        world = self.world
        end = weekday(world.today - DAY * 12)
        again = weekday(end + DAY * 4)
        first = Leg(seller, weekday(end - DAY * 60), weekday(end - DAY * 60), Lost.RETURNED, end)
        later = Leg(
            seller, again, weekday(again + DAY * 2), gained=Gained.ASSIGNED, given_by=seller_named(world, "head")
        )
        return [first, later]

    # --- who left -----------------------------------------------------------------------------------------------------
    def _departed(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Of a manager who left: handed over to one, spread, or released; some of these have been claimed since."""
        world = self.world
        receivers, left_on, moment = departure_of(world, seller)
        last = weekday(left_on - DAY * rng.randint(2, 40))
        leg = Leg(seller, last, last, Lost.LEFT, left_on, lost_moment=moment)
        recent = (world.today - left_on).days < 8
        if turn % 5 in (0, 2, 3):
            leg.is_handed = True
            to = receivers[turn // 2 % len(receivers)]
            head = seller.head or seller
            later = Leg(to, left_on, left_on, gained=Gained.ASSIGNED, given_by=head, gained_moment=moment, days=())
            talked_on = weekday(min(left_on + DAY * rng.randint(1, 9), world.today - DAY))
            if talked_on > left_on and not (recent and turn % 2):
                later.last, later.days = talked_on, None
            return [leg, later]
        claimed_on = weekday(left_on + DAY * 5)
        if turn % 5 == 1 and not recent and claimed_on > left_on + DAY:
            by = former_owner(world, rng, seller, world.today)
            if by.manager.is_active and not by.absent_since and by.weight:
                later = Leg(by, claimed_on, weekday(claimed_on + DAY * 3), gained=Gained.CLAIMED)
                return [leg, later]
        return [leg]

    # --- what a head should look at -----------------------------------------------------------------------------------
    def _rescued(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Left alone until its last days, then one line."""
        world = self.world
        day = weekday(world.today - DAY * rng.randint(1, 5))
        thresholds = world.policy_of(seller, category).thresholds
        last, end = idle(day + DAY * 5, thresholds, seller.frozen)
        while end <= day:  # nothing may have taken it before
            last += DAY
            end = dates_of(last, thresholds, seller.frozen).detach_on
        return [Leg(seller, last, last, one_line_on=day)]

    def _one_sided(self, rng: Random, seller: Seller, category: str, turn: int) -> list[Leg]:
        """Turned green again and again by our own calls and letters."""
        world = self.world
        thresholds = world.policy_of(seller, category).thresholds
        days = [weekday(world.today - DAY * 2)]
        while len(days) < 5:
            day = weekday(days[0] - DAY * (30 * thresholds.yellow_months + 4))
            while dates_of(day, thresholds, seller.frozen).yellow_on >= days[0]:
                day = weekday(day - DAY)
            days.insert(0, day)
        return [Leg(seller, days[0], days[0], days=tuple(days))]


def _claimed(seller: Seller, start: dt.date, lost: str | None = None, end: dt.date | None = None) -> Leg:
    """A claimed client nobody has called."""
    return Leg(seller, start, start, lost, end, gained=Gained.CLAIMED, days=())


def touch_due(world: World, seller: Seller, day: dt.date) -> dt.date:
    """The last day for the first contact of a client claimed on ``day``."""
    return seller.frozen.shifted(day, day + DAY * (world.claim_rules.touch_days or 0))


def departure_of(world: World, seller: Seller) -> tuple[list[Seller], dt.date, dt.datetime]:
    """Who got the clients of a manager who left, his last day, the moment of the decision."""
    assert seller.left_on
    receivers = [seller_named(world, username) for username in LEAVERS[seller.manager.username][1]]
    return receivers, seller.left_on, clock.at(seller.left_on, 10, 5)


# --- the rules --------------------------------------------------------------------------------------------------------
def keep_the_rules(world: World, clients: Iterable[Known]) -> None:
    """What no rule lets anybody claim was given by the head: past the daily limit, inside of a pause, by a former owner
    (this with a reason)."""
    rules = world.claim_rules
    taken: Counter[tuple[int, dt.date]] = Counter()
    clients = list(clients)
    world.pauses = _pauses(world, clients)
    for known in clients:
        for before, leg in zip(known.legs, known.legs[1:], strict=False):
            if before.lost == Lost.REASSIGNED or before.is_handed or before.end is None:
                continue
            against = ["cooldown"] if _is_too_soon(world, known.legs, leg, before.end) else []
            who = leg.seller.manager.pk
            paused = any(
                seller is leg.seller and starts_on <= leg.start <= until for seller, starts_on, until in world.pauses
            )
            against += ["pause"] if paused else []
            if leg.gained == Gained.CLAIMED:
                taken[who, leg.start] += 1
                full = rules.daily is not None and taken[who, leg.start] > rules.daily
                if against or full:
                    head = leg.seller.head
                    if head is None or head is leg.seller:
                        head = seller_named(world, "head")
                    leg.gained, leg.given_by = Gained.ASSIGNED, head
            leg.against = ",".join(sorted(against, key=("pause", "cooldown").index))


def _is_too_soon(world: World, legs: list[Leg], leg: Leg, arrived_on: dt.date) -> bool:
    his = [one for one in legs[: legs.index(leg)] if one.seller is leg.seller and one.end and one.end <= arrived_on]
    if not his:
        return False
    lot = Lot(
        since=clock.at(arrived_on),
        arrived_on=arrived_on,
        held_until=his[-1].end,
        gave_back=his[-1].lost == Lost.RETURNED,
    )
    free = cooldown_ends(lot, world.claim_rules)
    return free is not None and leg.start < free


def is_failure(leg: Leg) -> bool:
    """Whether the claim this leg began with failed."""
    if leg.gained != Gained.CLAIMED or leg.end is None:
        return False
    return leg.lost == OwnershipPeriod.Lost.UNTOUCHED or (leg.lost == Lost.RETURNED and leg.days == ())


def _pauses(world: World, clients: Iterable[Known]) -> list[tuple[Seller, dt.date, dt.date]]:
    """Manager, first and last day of the pauses of claiming that followed from failed claims."""
    rules = world.claim_rules
    failed: dict[Seller, list[dt.date]] = {}
    for known in clients:
        for leg in known.legs:
            if is_failure(leg) and leg.end:
                failed.setdefault(leg.seller, []).append(leg.end)
    found = []
    for seller, days in failed.items():
        last: dt.date | None = None
        for day in sorted(set(days)):
            if pause_from([each for each in days if each <= day], last, rules, today=day):
                last = day
                found.append((seller, day, day + DAY * (rules.pause_days - 1)))
    return found
