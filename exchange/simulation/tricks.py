"""What a cheat tries. Each trick is counted, and whether it worked."""

import datetime as dt
from collections.abc import Callable

from clients.models import Client, Manager
from exchange.models import Claim
from exchange.simulation import deeds
from exchange.simulation.world import Person, World

DAY = dt.timedelta(days=1)


def cheat(world: World, person: Person) -> None:
    """A day of somebody who looks for holes."""
    me = world.manager(person.pk)
    for trick, often in _TRICKS:
        if world.rarely(often):
            trick(world, person, me)


def _tried(world: World, trick: str, worked: bool) -> None:
    world.count(f"trick {trick}: tried")
    world.count(f"trick {trick}: worked", int(worked))


def claim_and_drop(world: World, person: Person, me: Manager) -> None:
    """Claim more than a day allows by giving each one back at once."""
    before = Claim.objects.of_day(me, world.day).count()
    made = 0
    for row in world.chance.sample(world.board, min(len(world.board), 9)):
        if deeds.claim(world, me, row.pk):
            made += 1
            deeds.give_back(world, me, row.pk, comment="Not my profile")
    _tried(world, "claim and drop", before + made > 5)


def launder(world: World, person: Person, me: Manager) -> None:
    """Have a colleague claim one's former client and give it back, and claim it after that."""
    former = [row for row in world.board if row.last_manager_id == me.pk]
    colleagues = [each for each in world.present() if each.pk != me.pk]
    if former and colleagues:
        row = world.pick(former)
        friend = world.manager(world.pick(colleagues).pk)
        if deeds.claim(world, friend, row.pk):
            deeds.give_back(world, friend, row.pk, comment="For a colleague")
            person.liking[-row.pk] = 1.0  # he comes back for it
    for waiting in [-pk for pk in list(person.liking) if pk < 0][:2]:
        arrived = Client.objects.filter(pk=waiting).values_list("exchange_since", flat=True).first()
        if arrived and world.moment > arrived + DAY:
            person.liking.pop(-waiting)
            if world.moment > arrived + 14 * DAY:
                continue  # by then waiting alone has helped
            _tried(world, "launder the cool-down", deeds.claim(world, me, waiting) is not None)


def at_once(world: World, person: Person, me: Manager) -> None:
    """Claim what has only just arrived."""
    fresh = [row for row in world.board if row.exchange_since > world.moment - DAY / 2]
    if fresh:
        _tried(world, "claim on arrival", deeds.claim(world, me, world.pick(fresh).pk) is not None)


def own_again(world: World, person: Person, me: Manager) -> None:
    """Claim one's own lost client."""
    recent = [
        row for row in world.board if row.last_manager_id == me.pk and row.exchange_since > world.moment - 13 * DAY
    ]
    if recent:
        _tried(world, "claim it back", deeds.claim(world, me, world.pick(recent).pk) is not None)


def beyond_the_cap(world: World, person: Person, me: Manager) -> None:
    """Take one more although one holds the most."""
    cap = world.options.rules.get("claim.cap", 150)
    if world.board and cap is not None and Client.objects.held_by(me).count() >= cap:
        _tried(world, "beyond the cap", deeds.claim(world, me, world.pick(world.board).pk) is not None)


def one_line(world: World, person: Person, me: Manager) -> None:
    """A word in the last week before the exchange: allowed, and told to the head by a signal."""
    if world.happens(0.7):
        return
    late = [row for row in world.mine.get(me.pk, []) if row.detach_on <= world.day + 7 * DAY]
    for row in late[:12]:
        done = deeds.contact(world, me, row.pk, what="one-line contacts", text="ok")
        _tried(world, "one line in the last week", done is not None)


def future(world: World, person: Person, me: Manager) -> None:
    """Write down a call of next week as done."""
    if world.mine.get(me.pk):
        row = world.pick(world.mine[me.pk])
        done = deeds.contact(world, me, row.pk, what="future contacts", ago=-5 * DAY)
        _tried(world, "contact in the future", done is not None)


def back_dated(world: World, person: Person, me: Manager) -> None:
    """Write down a call of long ago, so that nobody can tell: it works only when the head lets it."""
    if not world.mine.get(me.pk):
        return
    row = world.pick(world.mine[me.pk])
    ago = DAY * world.chance.randrange(10, 60)
    done = deeds.contact(world, me, row.pk, what="back-dated contacts", ago=ago)
    _tried(world, "back-dated contact counts at once", done is not None and done.counted_on is not None)


def on_others(world: World, person: Person, me: Manager) -> None:
    """Write down a talk with somebody else's client."""
    others = [row for pk, rows in world.mine.items() if pk not in (me.pk, *_helped(world, me)) for row in rows]
    if others:
        done = deeds.contact(world, me, world.pick(others).pk, what="contacts on others' clients")
        _tried(world, "contact on a colleague's client", done is not None)


def _helped(world: World, me: Manager) -> list[int]:
    return [pk for pk, deputy in world.away.items() if deputy == me.pk]


Trick = Callable[[World, Person, Manager], None]
#: Each with how often a cheat tries it on a day.
_TRICKS: tuple[tuple[Trick, float], ...] = (
    (claim_and_drop, 0.02),
    (launder, 0.08),
    (at_once, 0.06),
    (own_again, 0.06),
    (beyond_the_cap, 0.1),
    (one_line, 0.3),
    (future, 0.03),
    (back_dated, 0.04),
    (on_others, 0.04),
)
