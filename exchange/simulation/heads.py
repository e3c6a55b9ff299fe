"""Heads: they decide on absences and dates, protect, assign, overrule, release, set aside, undo, and let people go."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from clients import absences
from clients.models import Absence, Client, Manager
from clients.services import reassign
from exchange import departures, protections, services, shelving
from exchange.failing import lift_pause
from exchange.inbound import register_inbound
from exchange.models import ClaimPause, Departure, Detachment, LeavingWarning, NightlyRun, Protection
from exchange.night_selectors import to_undo
from exchange.simulation import company, deeds
from exchange.simulation.world import Person, World
from exchange.undo import undo
from interactions.models import Event, EventKind
from interactions.services import decide_backdating

DAY = dt.timedelta(days=1)


def morning(world: World) -> None:
    """Before anybody else has begun: what the night did is looked at first."""
    waiting = list(Absence.objects.waiting().order_by("pk").select_related("manager"))
    asked = list(Event.objects.filter(approval="pending").order_by("pk").select_related("client", "kind"))
    today = world.day - 3 * DAY
    warned = LeavingWarning.objects.filter(head__isnull=False, warned_on__gt=today).order_by("pk")
    told: dict[int | None, list[int]] = defaultdict(list)
    for head_id, client in warned.values_list("head_id", "client_id"):
        told[head_id].append(client)
    for head in _heads(world):
        _undo(world, head)
        _take_back_departure(world, head)
        _absences(world, head, [each for each in waiting if each.manager_id in head.headed_manager_ids])
        _dates(world, head, [each for each in asked if each.client.manager_id in head.headed_manager_ids])
        _protect(world, head, told[head.pk])
        _assign(world, head)
        _set_aside(world, head)
    _calls_of_the_exchange(world)


def evening(world: World) -> None:
    """What is settled at the end of a day."""
    for head in _heads(world):
        people = [world.sellers[pk] for pk in _people(world, head)]
        if len(people) > 1 and world.rarely(0.01):
            _hand_over(world, head, people)
        if people and world.rarely(0.008):
            _release(world, head, people)
        if len(people) > 1 and len(world.working()) > 3 and world.rarely(0.0025):
            _let_go(world, head, world.pick(people))
        if world.rarely(0.005):
            _lift_pause(world, head, [person.pk for person in people])


def _lift_pause(world: World, head: Manager, people: list[int]) -> None:
    pause = ClaimPause.objects.filter(until__gte=world.day, lifted_at=None, manager__in=people).order_by("pk").first()
    if pause:
        world.attempt("pauses lifted", lambda: lift_pause(pause=pause, by=head))


def _heads(world: World) -> list[Manager]:
    return [world.manager(pk) for pk in world.heads.values()]


def _people(world: World, head: Manager) -> list[int]:
    """His salespeople who work here."""
    working = {person.pk for person in world.working()}
    return sorted(head.headed_manager_ids & working)


# --- the nights' work -------------------------------------------------------------------------------------------------
def _undo(world: World, head: Manager) -> None:
    if world.rarely(0.05):
        with world.now():
            recent = Detachment.objects.visible_to(head).undoable(days=7, today=world.day).order_by("pk")
            found = list(recent[:50])
        if found:
            _give_back(world, head, [world.pick(found)], "undone")
    if world.rarely(0.01):
        run = NightlyRun.objects.done().order_by("-date").first()
        rows = list(to_undo(run, head, head.department)) if run else []
        if rows:
            _give_back(world, head, rows, "undone by department")


def _give_back(world: World, by: Manager, rows: list[Detachment], what: str) -> None:
    # (One that was claimed this very morning stays where it is, and is no failure.)
    done = world.attempt(what, lambda: undo(detachments=rows, by=by))
    if done:
        world.count("given back", len(done.given_back))
        world.count("undo: kept", len(done.kept))
        with world.now():
            world.checker.befores.given_back(done.given_back, world.day)


def whole_night(world: World, by: Manager) -> None:
    """Give back all that the last night took."""
    run = NightlyRun.objects.done().order_by("-date").first()
    rows = list(to_undo(run, by, None)) if run else []
    if rows:
        _give_back(world, by, rows, "undone runs")


# --- decisions --------------------------------------------------------------------------------------------------------
def _absences(world: World, head: Manager, waiting: list[Absence]) -> None:
    for absence in waiting:
        verb = absences.approve if world.happens(0.9) else absences.decline
        world.attempt("absences decided", lambda verb=verb, absence=absence: verb(absence=absence, by=head))
    if world.rarely(0.01):
        under_way = Absence.objects.in_force(world.day).decidable_by(head).order_by("pk").first()
        if under_way:
            world.attempt("absences ended", lambda: absences.end_absence(absence=under_way, by=head))


def _dates(world: World, head: Manager, waiting: list[Event]) -> None:
    for event in waiting[:20]:
        approve = world.happens(0.6)
        world.attempt(
            "dates approved" if approve else "dates declined",
            lambda event=event, approve=approve: decide_backdating(event=event, by=head, approve=approve),
        )


def _protect(world: World, head: Manager, warned: list[int]) -> None:
    for client in dict.fromkeys(warned):
        if not world.happens(0.04) or not Client.objects.led_by(head).filter(pk=client).exists():
            continue
        until = world.day + DAY * world.chance.randrange(10, 100)
        verb = protections.enter_contract if world.happens(0.2) else protections.protect
        world.attempt(
            "protected",
            lambda verb=verb, client=client, until=until: verb(
                client_id=client, until=until, reason="A tender in autumn", by=head
            ),
        )
    if world.rarely(0.01):
        given = Protection.objects.in_force(world.day).led_by(head).order_by("pk").first()
        if given:
            world.attempt("protections ended", lambda: protections.revoke(protection=given, by=head))


# --- the exchange -----------------------------------------------------------------------------------------------------
def _assign(world: World, head: Manager) -> None:
    people = _people(world, head)
    if not (world.board and people and world.rarely(0.025)):
        return
    rows = world.chance.sample(world.board, min(len(world.board), world.chance.randrange(1, 4)))
    if len(rows) == 1:
        to = world.manager(world.pick(people))
        made = deeds.assign(world, head, to, rows[0].pk)
        if made is None:
            deeds.assign(world, head, to, rows[0].pk, reason="He knows them best")
        return
    ids = [row.pk for row in rows]
    among = [world.manager(pk) for pk in people]
    if world.happens(0.5):
        answers = world.attempt("spread", lambda: services.spread(client_ids=ids, among=among, by=head))
    else:
        to = world.pick(among)
        answers = world.attempt("assigned many", lambda: services.assign_many(client_ids=ids, manager=to, by=head))
    for answer in answers or ():
        if answer.claim:
            world.count("assigned")
            world.claimed(answer.claim)


def _set_aside(world: World, head: Manager) -> None:
    if not world.rarely(0.02):
        return
    with world.now():
        mine = list(shelving.shelvable_by(head).filter(exchange_since__isnull=False).order_by("pk")[:200])
    if not mine:
        return
    client = world.pick(mine)
    until = world.day + DAY * world.chance.randrange(3, 60)
    verbs = {
        "quarantined": lambda: shelving.quarantine(client_id=client.pk, until=until, reason="They asked", by=head),
        "quarantines lifted": lambda: shelving.lift(client_id=client.pk, by=head),
        "archived": lambda: shelving.archive(client_id=client.pk, reason="Closed down", by=head),
        "restored": lambda: shelving.restore(client_id=client.pk, by=head),
    }
    # What may be done; now and then what may not.
    likely = (1, 0, 0, 9) if client.archived_at else (1, 6, 1, 0) if client.quarantine_until else (5, 1, 2, 0)
    what = world.chance.choices(list(verbs), likely)[0]
    world.attempt(what, verbs[what])


def _calls_of_the_exchange(world: World) -> None:
    people = world.present()
    if world.board and people and world.rarely(0.03):
        row, by = world.pick(world.board), world.manager(world.pick(people).pk)
        call = EventKind.objects.get(code="call_in")
        world.attempt(
            "calls from the exchange",
            lambda: register_inbound(client_id=row.pk, kind=call, subject="They need an offer", by=by),
        )


# --- people -----------------------------------------------------------------------------------------------------------
def _some_of(world: World, people: Iterable[Person]) -> int | None:
    rows = [row.pk for person in people for row in world.mine.get(person.pk, ())]
    return world.pick(rows) if rows else None


def _hand_over(world: World, head: Manager, people: list[Person]) -> None:
    giver, taker = world.chance.sample(people, 2)
    client = _some_of(world, [giver])
    if client and Client.objects.transferable_by(head).filter(pk=client).exists():
        to = world.manager(taker.pk)
        world.attempt("handed over", lambda: reassign(client_id=client, manager=to, by=head))


def _release(world: World, head: Manager, people: list[Person]) -> None:
    client = _some_of(world, people)
    if client:
        deeds.give_back(world, head, client, what="released")


def _let_go(world: World, head: Manager, person: Person) -> None:
    """Somebody leaves: his clients go to one colleague, to all of them, or to the exchange; somebody new comes."""
    leaver = world.manager(person.pk)
    colleagues = [pk for pk in _people(world, head) if pk != person.pk]
    how = world.pick((departures.HAND, departures.SPREAD, departures.RELEASE))
    default = departures.Way(how, world.pick(colleagues) if how == departures.HAND else None)
    choice = departures.Choice(
        default=default,
        zones={"red": departures.Way(departures.RELEASE)} if world.happens(0.5) else {},
        among=colleagues,
    )
    world.checker.befores.remember([row.pk for row in Client.objects.held_by(leaver)], world.day)

    def act() -> Departure:
        plan = departures.plan(leaver, choice, by=head, day=world.day)
        return departures.depart(manager=leaver, items=plan.items, by=head, comment="Found another job")

    done = world.attempt("departures", act)
    if done is None:
        return
    with world.now():
        departures.carry_on(done.pk)
    done.refresh_from_db()
    if done.status != Departure.Status.DONE or done.items.filter(done_at=None, error="").exists():
        world.checker.look(world.day).broken("a departure is carried out", f"{done!r} is {done.status}")
    world.count("clients of leavers", done.items.exclude(done_at=None).count())
    person.left = world.day
    company.hire(world, person.department_id)
    world.count("hired")
    world.wake()


def _take_back_departure(world: World, head: Manager) -> None:
    """He stays after all: what was decided yesterday is taken back before anybody works on it."""
    latest = Departure.objects.filter(status="done", decided_by=head, decided_at__gte=world.moment - DAY).first()
    if latest is None or not world.happens(0.3):
        return
    done = world.attempt("departures taken back", lambda: departures.undo(departure=latest, by=head))
    if done is None:
        return
    with world.now():
        departures.carry_on(done.pk)
    world.sellers[done.manager_id].left = None
    back = list(done.items.exclude(undone_at=None).values_list("client_id", flat=True))
    world.count("given back", len(back))
    world.wake()
    with world.now():
        world.checker.befores.given_back(back, world.day)
