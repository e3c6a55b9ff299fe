"""What is planned as of today, what is overdue, and what waits for a head's approval."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator
from random import Random

from crm import clock
from crm.demo.keeping import keep
from crm.demo.legs import DUE_AGO
from crm.demo.story import Story
from crm.demo.world import CLOSES, DAY, MINUTE, OPENS, Seller, World
from interactions.models import Approval

#: A seller with so many red clients keeps his calendar as badly.
_CARELESS = 0.15
_LIVELY = ("call_out", "meeting", "visit")


def make_plans(world: World, stories: list[Story]) -> None:
    """Plan for every seller, and leave some late registrations to the heads."""
    held: dict[Seller, list[Story]] = defaultdict(list)
    for story in stories:
        if holder := story.known.holder:
            if story.losing:
                _forgotten_step(world, story)
            elif story.known.fate in DUE_AGO:
                keep(world, story)
            else:
                held[holder].append(story)
    for seller in world.sellers:
        if held[seller]:
            _plan_for(world, seller, held[seller])
    _late_registrations(world, stories)


def _plan_for(world: World, seller: Seller, stories: list[Story]) -> None:
    rng = world.rng("plans", seller.manager.username)
    pool = sorted(stories, key=lambda story: (not story.deal, rng.random()))
    turn = itertools.cycle(pool)
    few = 0.3 if seller.manager.role == "head" else min(1.0, len(pool) / 12)

    def some(low: int, high: int) -> Iterator[Story]:
        return itertools.islice(turn, max(1, round(rng.randint(low, high) * few)))

    now_at_work = seller.on_duty(world.today)
    for number, story in enumerate(some(3, 6)):
        # An absent man's own appointments of today are still his: his deputy sees them.
        who = seller if number % 2 else now_at_work
        story.plan(_later_today(world, rng), who, only=_LIVELY if number < 2 else ())
    careless = seller.shares[2] > _CARELESS
    for story in some(*((5, 8) if careless else (1, 3))):
        day = world.today - DAY * rng.randint(1, 24 if careless else 8)
        if day.weekday() < 5 and day > story.known.legs[-1].start:
            story.plan(world.moment(rng, day, story.known.hours_ahead), seller)
    for low, high, first, last in ((5, 9, 1, 7), (3, 5, 8, 21)):
        for story in some(low, high):
            day = world.today + DAY * rng.randint(first, last)
            if day.weekday() > 4:
                day += DAY * (7 - day.weekday())
            story.plan(_at(rng, day), seller if rng.random() < 0.5 else now_at_work)


def _later_today(world: World, rng: Random) -> dt.datetime:
    """Later today, in business hours while there are some left; in the evening within the next hours."""
    first = max(world.now + MINUTE * 10, clock.at(world.today, OPENS))
    last = clock.at(world.today, CLOSES, 30)
    if last - first < dt.timedelta(minutes=45):
        last = min(first + dt.timedelta(hours=3), clock.at(world.today, 23, 55))
    first += MINUTE * (-first.minute % 5) - dt.timedelta(seconds=first.second, microseconds=first.microsecond)
    return first + MINUTE * 5 * rng.randint(0, max(0, int((last - first) / (MINUTE * 5))))


def _at(rng: Random, day: dt.date) -> dt.datetime:
    minute = rng.randrange(OPENS * 60, CLOSES * 60, 15)
    return clock.at(day, minute // 60, minute % 60)


def _forgotten_step(world: World, story: Story) -> None:
    """The great sale: a meeting that should have been five weeks ago."""
    day = world.today - DAY * 36
    day -= DAY * max(0, day.weekday() - 4)
    draft = story.plan(clock.at(day, 11), story.known.legs[-1].seller, only=("meeting",))
    draft.event.created_at = draft.event.occurred_at - DAY * 12


def _late_registrations(world: World, stories: list[Story]) -> None:
    rng = world.rng("late")
    idle = [
        story
        for story in stories
        if story.known.fate == "yellow"
        and (holder := story.known.holder)
        and holder.manager.role == "salesperson"
        and not holder.absent_since
        and story.known.legs[-1].last < world.today - DAY * 40
    ]
    rng.shuffle(idle)
    # The head of the sign-in page shall find some.
    idle.sort(key=lambda story: story.known.holder.manager.department.path.count("/") < 3)  # type: ignore[union-attr]
    waiting = max(2, min(9, world.size // 150))
    for story in itertools.chain(idle[: waiting * 2 // 3], idle[len(idle) - (waiting - waiting * 2 // 3) :]):
        day = _working(world.today - DAY * rng.randint(5, 22))
        story.register_late(day, story.known.legs[-1].seller, approval=Approval.PENDING)
    for story in idle[waiting : waiting + max(1, waiting // 3)]:
        day = _working(world.today - DAY * rng.randint(28, 35))
        story.register_late(day, story.known.legs[-1].seller, approval=Approval.REJECTED)
    approved = 0
    for story in rng.sample(stories, len(stories)):
        if approved < waiting and (unneeded := _unneeded_day(story)):
            story.register_late(unneeded, story.known.legs[-1].seller, approval=Approval.APPROVED)
            approved += 1


def _unneeded_day(story: Story) -> dt.date | None:
    """A day between two contacts so near to each other that one more changes no colour, whenever it counts."""
    leg = story.known.legs[-1] if story.known.legs else None
    if leg is None or leg.lost or leg.seller.absent_since or leg.seller.manager.role != "salesperson":
        return None
    days = sorted({d.event.counted_on for d in story.drafts if d.event.counted_on and d.event.counted_on > leg.start})
    for one, other in itertools.pairwise(days):
        if 14 <= (other - one).days <= 24:
            return _working(one + DAY * 4)
    return None


def _working(day: dt.date) -> dt.date:
    return day - DAY * max(0, day.weekday() - 4)
