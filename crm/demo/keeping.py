"""Clients that are due and stay: what the heads, the plans and the sales of the demo hold them by.

The fates are settled here; the nights (``nights``) find by the program's own rules that these clients stay.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm import clock
from crm.demo.firms import Known
from crm.demo.legs import DUE_AGO, due_on
from crm.demo.people import seller_named
from crm.demo.story import Story
from crm.demo.world import DAY, Seller, World, weekday
from exchange.models import Protection
from exchange.rules.holding import Fact
from interactions.models import Event, EventStatus

_TALKS = ("call_out", "meeting", "visit")
#: Fate, whose client, category: some of them belong to those who sign in.
SPECIAL = (
    ("protected", "seller", "B"),
    ("planned", "seller", "C"),
    ("given_back", "seller", "B"),
    ("covered", "seller", "A"),
    ("moved", "deputy", "C"),
    ("ending", "absent", "B"),
    ("renewed", "northwest1", "A"),
    ("contract", "urals1", "A"),
    ("reopened", "equipment1", "A"),
    ("soon", "seller", "C"),
    ("tomorrow", "northwest1", "C"),
    ("later", "region1", "B"),
)


@dataclass(frozen=True, slots=True)
class KnownFact:
    """Something that may hold a client, and while which nights knew of it: from a moment on, until before another."""

    fact: Fact
    since: dt.datetime
    until: dt.datetime | None = None

    def is_known(self, moment: dt.datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


def keep(world: World, story: Story) -> None:
    """Give a client of a special fate what keeps it: protections, a plan, a sale opened again."""
    known = story.known
    if known.fate not in DUE_AGO:
        return
    leg = known.legs[-1]
    due = due_on(world, known.row.category, leg)
    head = (leg.seller.head or leg.seller, seller_named(world, "head"))
    kinds, words = Protection.Kind, world.words
    match known.fate:
        case "protected":
            _protect(world, known, due - DAY * 6, world.today + DAY * 52, head[0])
        case "renewed":
            first = _protect(world, known, due - DAY * 4, world.today - DAY * 3, head[0])
            _protect(world, known, world.today - DAY * 5, world.today + DAY * 61, head[1], "renewal", renews=first)
        case "ending":
            _protect(world, known, due - DAY * 3, world.today + DAY * 2, head[0])
        case "contract":
            _protect(world, known, due - DAY * 40, world.today + DAY * 214, head[0], kind=kinds.CONTRACT)
        case "covered":
            _protect(world, known, leg.last + DAY * 12, world.today + DAY * 300, head[1], kind=kinds.CONTRACT)
        case "planned":
            _plan(story, workday(world.today + DAY * 6), due - DAY * 4)
        case "moved":
            # To a later day: the second of the two times that plans may hold a client.
            event = _plan(story, workday(world.today + DAY * 5), due - DAY * 3)
            first_day = weekday(due + DAY * 12)
            known.moved = (event, first_day, clock.at(weekday(first_day - DAY), 16, 20))
        case "reopened":
            story.open_again(clock.at(weekday(due - DAY * 5), 12, 10), words.reopened)


def known_facts(world: World, known: Known, events: Sequence[Event]) -> Iterator[KnownFact]:
    """All that could hold a client in its history, with when that was known; ``events`` have their ids."""
    for row in known.protections:
        fact = Fact(row.kind, row.starts_on, row.until, f"protection:{row.pk}", row.reason)
        yield KnownFact(fact, row.given_at)
    for event in events:
        if event.status == EventStatus.CANCELLED:
            continue
        planned = event.status == EventStatus.PLANNED or event.created_at < event.occurred_at
        if planned and event.kind.counts_as_contact and not event.kind.is_system:
            since = event.created_at
            if known.moved and known.moved[0] is event:
                _event, first_day, moved_at = known.moved
                yield KnownFact(_planned(event, first_day), since, moved_at)
                since = moved_at
            yield KnownFact(_planned(event, clock.local_date(event.occurred_at)), since)
        if event.kind.code == "process_reopened" and event.process:
            day = clock.local_date(event.occurred_at)
            until = day + DAY * (world.rules.process_days or 0)
            fact = Fact("process", day, until, f"process:{event.process.pk}", event.process.title)
            if world.rules.process_days is not None:
                yield KnownFact(fact, event.created_at)


def _planned(event: Event, day: dt.date) -> Fact:
    return Fact("plan", day, day, f"event:{event.pk}", event.subject)


def _protect(
    world: World,
    known: Known,
    given_on: dt.date,
    until: dt.date,
    by: Seller,
    words: str = "",
    *,
    kind: str = Protection.Kind.PROTECTION,
    renews: Protection | None = None,
) -> Protection:
    given_on = weekday(given_on)
    row = Protection(
        client=known.row,
        kind=kind,
        manager=known.legs[-1].seller.manager,
        reason=world.words.keep_reasons[words or known.fate],
        starts_on=given_on,
        until=until,
        renews=renews,
        given_by=by.manager,
        given_at=min(clock.at(given_on, 11, 40), world.now),
    )
    world.add(row)
    known.protections.append(row)
    return row


def _plan(story: Story, day: dt.date, planned_on: dt.date) -> Event:
    """A talk planned for ``day``, written down on ``planned_on``."""
    draft = story.plan(clock.at(day, 11), story.known.legs[-1].seller, only=_TALKS)
    draft.event.created_at = clock.at(weekday(planned_on), 15, 5)
    return draft.event


def workday(day: dt.date) -> dt.date:
    """The day itself, or the Monday after its weekend."""
    return day + DAY * (7 - day.weekday()) if day.weekday() > 4 else day
