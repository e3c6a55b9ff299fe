"""What is written beside the claims: first contacts owed, failed claims, pauses, departures, quarantine and archive,
looks at contacts, downloads; and what a head should look at."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clients import rulebook
from clients.models import ExportLog, Manager
from crm import clock
from crm.demo.firms import Known
from crm.demo.legs import Leg, Lost
from crm.demo.market import departure_of, is_failure, touch_due
from crm.demo.people import LEAVERS, seller_named
from crm.demo.scenes import Draft
from crm.demo.story import Story
from crm.demo.world import DAY, MINUTE, Seller, World, weekday
from exchange.claim_rulebook import STALE_DAYS
from exchange.models import (
    Claim,
    ClaimPause,
    ContactView,
    Departure,
    DepartureItem,
    Detachment,
    FirstTouch,
    Shelving,
    Signal,
)
from exchange.signals import finding
from interactions.models import Event, EventParticipant

#: Clients of a burst: written down within eight minutes.
_BURST = 12
_BURST_SELLERS = ("urals3", "northwest2", "urals1", "northwest1", "urals2")
#: How many clients of the exchange somebody looked at in the last two weeks, on the busiest days together.
_CURIOUS = {"urals3": 9, "equipment3": 6, "seller": 2}


@dataclass(slots=True)
class Books:
    """What was written, for those who tell of it."""

    duties: list[FirstTouch] = field(default_factory=list)
    #: When the first contact owed was written down.
    touched_at: dict[int, dt.datetime] = field(default_factory=dict)
    #: Until when (exclusive) the claimer held the client.
    held_until: dict[int, dt.date] = field(default_factory=dict)
    inbound: "Inbound | None" = None
    #: After how many days a client is wanted by nobody.
    stale_days: int | None = None


@dataclass(slots=True)
class Inbound:
    """A client of the exchange called."""

    draft: Draft
    known: Known
    by: Manager


# --- before the nights ------------------------------------------------------------------------------------------------
def set_aside(world: World, clients: Sequence[Known]) -> None:
    """Heads set two or three clients of the exchange aside, and put others into the archive."""
    rng, words = world.rng("aside"), world.words
    waiting = [
        known
        for known in clients
        if known.legs
        and (end := known.legs[-1].end)
        and end < world.today - DAY * 12
        and known.fate in ("idle", "left")
    ]
    rng.shuffle(waiting)
    # The head who signs in decided on some of them.
    waiting.sort(key=lambda known: known.legs[-1].seller.head is None or not _is_his(known.legs[-1].seller))
    number = min(3, len(waiting) // 3)
    for turn, known in enumerate(waiting[: number * 2]):
        head = seller_named(world, "head") if turn % 3 == 0 and _is_his(known.legs[-1].seller) else _head(known)
        ago = 2 + 3 * (turn % 3)
        day = weekday(world.today - DAY * ago)
        moment = min(clock.at(day, 15, 12 + 7 * turn), world.now)
        if turn < number:
            until = world.today + DAY * (18, 47, 120)[turn % 3]
            known.row.quarantine_until = until
            row = Shelving(action="quarantine", until=until, reason=words.quarantine_reasons[turn % 3])
        else:
            known.row.archived_at, known.archived_on = moment, day
            row = Shelving(action="archive", reason=words.archive_reasons[turn % 3])
        row.client, row.date, row.made_at, row.made_by = known.row, day, moment, head.manager
        world.add(row)


def _is_his(seller: Seller) -> bool:
    """Whether the head of the sign-in page leads this manager."""
    return seller.manager.username.startswith(("northwest", "urals", "seller", "deputy", "absent", "region", "former"))


def _head(known: Known) -> Seller:
    seller = known.legs[-1].seller
    return seller.head or seller


def plant_burst(world: World, stories: Sequence[Story]) -> None:
    """One evening somebody wrote down a dozen calls within minutes."""
    day = weekday(world.today - DAY * 2)
    by_seller = {username: _could_be_called(stories, username, day) for username in _BURST_SELLERS}
    his = max(by_seller.values(), key=len)
    if len(his) < _BURST - 2:  # a small company
        return
    rng = world.rng("burst")
    for number, story in enumerate(his[:_BURST]):
        scene = rng.choice(world.words.scenes["burst"])
        at = clock.at(day, 17, 36) + number * dt.timedelta(seconds=37)
        draft = story.draft(scene, at, story.known.legs[-1].seller, with_sale=False)
        draft.event.created_at = at + dt.timedelta(seconds=20)


def _could_be_called(stories: Sequence[Story], username: str, day: dt.date) -> list[Story]:
    """Whom he holds and had not called on ``day`` or later; the green ones first."""
    his = [
        story
        for story in stories
        if (holder := story.known.holder)
        and holder.manager.username == username
        and story.known.fate in ("green", "yellow", "claimed")
        and story.known.legs[-1].last < day
    ]
    return sorted(his, key=lambda story: (story.known.fate == "yellow", story.known.row.pk))


def call_in(world: World, stories: Sequence[Story]) -> Inbound | None:
    """Yesterday a client of the exchange called; a colleague of its last manager answered."""
    for story in sorted(stories, key=lambda story: (story.known.fate != "cool", story.known.row.pk)):
        known = story.known
        end = known.legs[-1].end if known.legs else None
        if known.fate not in ("cool", "idle", "stale") or end is None or end > world.today - DAY * 4:
            continue
        if known.archived_on or known.row.quarantine_until:
            continue
        last = known.legs[-1].seller
        by = seller_named(world, "northwest1" if last.manager.username != "northwest1" else "deputy")
        day = weekday(world.today - DAY)
        scene = world.rng("inbound").choice(world.words.scenes["inbound"])
        at = clock.at(day, 14, 20)
        draft = story.draft(scene, at, by, with_sale=False, created_at=at + MINUTE * 4)
        return Inbound(draft, known, by.manager)
    return None


# --- after the nights -------------------------------------------------------------------------------------------------
def keep_books(
    world: World, clients: Sequence[Known], events: Mapping[int, Sequence[Event]], inbound: Inbound | None
) -> Books:
    """All that follows from the claims and the departures."""
    books = Books(inbound=inbound, stale_days=rulebook.load()[STALE_DAYS])
    _first_contacts(world, clients, events, books)
    for seller, starts_on, until in world.pauses:
        failures = world.claim_rules.failures or 0
        world.add(ClaimPause(manager=seller.manager, starts_on=starts_on, until=until, failures=failures))
    for username in LEAVERS:
        _depart(world, seller_named(world, username), clients)
    _look_at_contacts(world, clients)
    _take_out(world)
    return books


def _first_contacts(
    world: World, clients: Sequence[Known], events: Mapping[int, Sequence[Event]], books: Books
) -> None:
    by_client = {known.row.pk: known for known in clients}
    arrivals = {(row.client_id, row.date): row for row in world.of(Detachment)}
    for claim in world.of(Claim):
        if claim.assigned_by_id:
            continue
        assert claim.client_id
        known = by_client[claim.client_id]
        leg = next(leg for leg in known.legs if leg.start == claim.date and leg.seller.manager == claim.manager)
        made = [
            event.created_at
            for event in events.get(claim.client_id, ())
            if event.counted_on and event.counted_on >= claim.date and event.created_at >= claim.claimed_at
        ]
        duty = FirstTouch(
            claim=claim, client=known.row, manager=claim.manager, due_on=touch_due(world, leg.seller, claim.date)
        )
        world.add(duty)
        books.duties.append(duty)
        if made:
            books.touched_at[duty.pk] = min(made)
        if leg.end:
            books.held_until[duty.pk] = leg.end
        _settle(world, duty, leg, bool(made))
        if is_failure(leg) and leg.end:
            arrivals[claim.client_id, leg.end].failed_claim = claim


def _settle(world: World, duty: FirstTouch, leg: Leg, made: bool) -> None:
    """What became of it: looked at by the night after its last day, or when the client was given back."""
    over = duty.due_on + DAY
    if leg.end and leg.end < over and leg.lost == Lost.RETURNED:
        duty.outcome, duty.settled_on = ("kept" if made else "failed"), leg.end
    elif leg.lost == Lost.UNTOUCHED:
        duty.outcome, duty.settled_on = "failed", leg.end
    elif over <= world.today:
        duty.outcome, duty.settled_on = ("ended" if leg.end and leg.end < over else "kept"), over
        if duty.outcome == "kept" and not made:
            raise AssertionError(f"nobody called after {duty.claim!r} of {duty.claim.date}")


def _depart(world: World, leaver: Seller, clients: Sequence[Known]) -> None:
    _receivers, left_on, moment = departure_of(world, leaver)
    head = leaver.head or leaver
    row = Departure(
        manager=leaver.manager,
        department=leaver.manager.department,
        status=Departure.Status.DONE,
        comment=world.words.departure_comments[leaver.manager.username],
        decided_by=head.manager,
        decided_at=moment,
        finished_at=moment,
    )
    world.add(row)
    for known in clients:
        for number, leg in enumerate(known.legs):
            if leg.seller is leaver and leg.lost == Lost.LEFT and leg.end == left_on:
                after = known.legs[number + 1] if leg.is_handed else None
                before = known.legs[number - 1].seller.manager if number else None
                item = DepartureItem(
                    departure=row,
                    client=known.row,
                    action="hand" if after else "release",
                    to_manager=after.seller.manager if after else None,
                    assigned_on=leg.start,
                    last_manager=before,
                    done_at=moment,
                )
                world.add(item)


def _look_at_contacts(world: World, clients: Sequence[Known]) -> None:
    """Who looked at phones and letters of clients nobody holds; some look at very many."""
    waiting = [known for known in clients if known.row.exchange_since and not known.row.archived_at]
    rng = world.rng("views")
    rows: dict[tuple[int, int, dt.date], ContactView] = {}
    for seller in world.sellers:
        if not seller.weight or seller.absent_since or not waiting:
            continue
        for ago in range(14):
            day = world.today - DAY * ago
            if day.weekday() > 4 or (ago == 0 and not world.workday_has_begun):
                continue
            many = _CURIOUS.get(seller.manager.username, 0)
            for known in rng.sample(waiting, min(len(waiting), rng.randint(0, 1) + rng.randint(many // 2, many))):
                at = world.moment(rng, day)
                since = known.row.exchange_since
                if since and since < at and at <= world.now:
                    key = seller.manager.pk, known.row.pk, day
                    rows.setdefault(key, ContactView(manager=seller.manager, client=known.row, date=day, viewed_at=at))
    for claim in world.of(Claim):  # who takes a client has looked whom to call
        if claim.date > world.today - DAY * 30 and not claim.assigned_by_id and claim.client_id:
            at = max(claim.exchange_since, claim.claimed_at - MINUTE * 6)
            row = ContactView(manager=claim.manager, client=claim.client, date=claim.date, viewed_at=at)
            rows.setdefault((claim.manager_id, claim.client_id, claim.date), row)
    for row in sorted(rows.values(), key=lambda row: (row.viewed_at, row.manager_id, row.client_id)):
        world.add(row)


def _take_out(world: World) -> None:
    rng, held = world.rng("exports"), max(5, world.size // 17)
    people = {row.username: row for row in world.of(Manager)}
    made = []
    for username, what, query, rows in (
        ("seller", "client-export", "zone=red", held // 10),
        ("seller", "client-export", "", held),
        ("head", "exchange-export", "", world.size // 15),
        ("head", "client-export", "zone=yellow", held * 3),
        ("head.equipment", "client-export", "", held * 4),
        ("director", "contact-view-export", "", 60),
        ("director", "client-export", "", world.size),
    ):
        at = world.moment(rng, weekday(world.today - DAY * rng.randint(1, 25)))
        made.append(ExportLog(manager=people[username], what=what, query=query, rows=max(1, rows), made_at=at))
    for row in sorted(made, key=lambda row: row.made_at):
        world.add(row)


# --- after all is stored ----------------------------------------------------------------------------------------------
def find_signals(world: World) -> None:
    """The program's own search, as after tonight; the head has looked at one of them."""
    with clock.playing(world.now):
        finding.look(world.today)
    for signal in Signal.objects.all():  # each was found in the night after its day
        Signal.objects.filter(pk=signal.pk).update(found_at=min(clock.at(signal.date + DAY, 1, 1), world.now))
    seen = Signal.objects.order_by("date", "pk").filter(kind=Signal.Kind.LAST_MINUTE).first()
    if seen and Signal.objects.count() > 1:
        head = seller_named(world, "head").manager
        of_his = Signal.objects.filter(manager__in=head.headed_manager_ids, kind=Signal.Kind.LAST_MINUTE)
        seen = of_his.order_by("date", "pk").first() or seen
        Signal.objects.filter(pk=seen.pk).update(
            seen_at=world.now - MINUTE * 95, seen_by=head, note=world.words.signal_note
        )


def inbound_person(inbound: Inbound) -> str:
    """Who called, as the notice says it."""
    people = [row for row in inbound.draft.hanging if isinstance(row, EventParticipant) and not row.manager_id]
    return ", ".join(str(row) for row in people[:3])


def owed_on(books: Books, day: dt.date, world: World) -> dict[int, list[tuple[int, dt.date]]]:
    """By manager: clients and last days of the first contacts of which the night of ``day`` reminds."""
    night = min(clock.at(day, 1), world.now)
    rows: dict[int, list[tuple[int, dt.date]]] = defaultdict(list)
    for duty in sorted(books.duties, key=lambda duty: (duty.due_on, duty.pk)):
        if duty.due_on not in (day, day + DAY * 2) or duty.claim.claimed_at > night:
            continue
        made = books.touched_at.get(duty.pk)
        held = books.held_until.get(duty.pk)
        if (made is None or made > night) and (held is None or held > day):
            rows[duty.manager_id].append((duty.client_id, duty.due_on))
    return rows
