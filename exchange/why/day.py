"""One past day of one client: the facts, and the sentences that say them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from clients.models import Manager, OwnershipPeriod
from clients.rules.freezing import stretches
from clients.rules.zones import ZoneDates, zone_dates, zone_on
from clients.zoning import published
from crm import clock
from exchange.models import (
    DetachHold,
    Detachment,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
    Shelving,
    ZoneTransition,
)
from exchange.rules.why import Relied, relied_on
from exchange.why import words
from exchange.why.facts import EventState, Story, end_of
from exchange.why.words import Sentence

EXCHANGE, ARCHIVED = "exchange", "archived"
#: How many later corrections are told one by one.
_MOST_LATER = 3


@dataclass(slots=True)
class WhyOn:
    """What was true of a client on the evening of ``day``, as it was known then.

    Attributes:
        zone: as it was published: a colour, "exchange", "archived", or "" when nobody ever held it.
        since: when it reached this zone; None when no change of colour was written down.
        period: by whom it was held.
        clock_date: from which day idleness counted; ``contact``: which contact decided that, None: getting the client.
        dates: the three dates by the policy of that day and the frozen days known then.
        days: whole days since the clock date.
        frozen: days since the clock date on which the clock stood still, as first and last days.
        policy: the label of the policy's version.
        hold: the hold the night relied on, if the client's time had come.
        warnings: who was told that it would leave, in this stretch, the latest first.
        stay: how it came to the exchange; ``aside``: what set it aside there, if anything did.
        run: the night of that day; ``proposal``, ``parked``: what it meant to do and could not.
        is_reconstructed: the zone was not written down then; it is computed from what stands today.
        later: what is registered today and was not known, or stood differently, then; in words.
    """

    story: Story
    day: dt.date
    zone: str = ""
    since: dt.date | None = None
    change: ZoneTransition | None = None
    period: OwnershipPeriod | None = None
    clock_date: dt.date | None = None
    contact: EventState | None = None
    dates: ZoneDates | None = None
    days: int = 0
    frozen: list[tuple[dt.date, dt.date]] = field(default_factory=list)
    policy: str = ""
    hold: DetachHold | None = None
    warnings: list[LeavingWarning] = field(default_factory=list)
    stay: Detachment | None = None
    aside: Shelving | None = None
    run: NightlyRun | None = None
    proposal: Proposal | None = None
    parked: ParkedClient | None = None
    is_reconstructed: bool = False
    later: list[Sentence] = field(default_factory=list)

    @property
    def manager(self) -> Manager | None:
        """Who held it."""
        return self.period.manager if self.period else None

    @property
    def is_today(self) -> bool:
        return self.day == clock.today()

    @property
    def is_due(self) -> bool:
        """Its time had come by that day."""
        return self.dates is not None and self.day >= self.dates.detach_on

    @property
    def frozen_days(self) -> int:
        return sum((last - first).days + 1 for first, last in self.frozen)

    def sentences(self, reader: Manager) -> list[Sentence]:
        """The explanation, the weightiest first. Links only to what ``reader`` may open."""
        return list(words.of_day(self, reader))


def why_on(story: Story, day: dt.date, *, today: dt.date | None = None) -> WhyOn:
    """Explain a day that is not in the future and not before ``story.first_day``.

    Raises:
        ValueError: nothing can be known of this day.
    """
    today = today or clock.today()
    if not story.first_day <= day <= today:
        raise ValueError(f"nothing is known of {day}")
    why = WhyOn(story, day)
    why.run = NightlyRun.objects.filter(date=day).first()
    why.proposal = next((row for row in story.proposals if row.run.date == day), None)
    why.parked = next((row for row in story.parked if row.run.date == day), None)
    why.change = story.last_transition(day)
    why.since = story.published_on(why.change) if why.change else None
    why.period = story.period_on(day)
    if why.period is None:
        _not_held(why)
    else:
        _held(why, why.period)
        why.later = list(_later(why))
    return why


def _not_held(why: WhyOn) -> None:
    client = why.story.client
    why.stay = why.story.stay_on(why.day)
    if why.stay:
        why.zone, why.since = EXCHANGE, why.story.arrived_on(why.stay)
    elif client.exchange_since and clock.local_date(client.exchange_since) <= why.day:
        why.zone, why.since = EXCHANGE, clock.local_date(client.exchange_since)
    why.aside = why.story.aside_on(why.day, why.story.arrived_on(why.stay) if why.stay else None)
    if why.aside and why.aside.action == Shelving.Action.ARCHIVE:
        why.zone, why.since = ARCHIVED, why.aside.date


def _held(why: WhyOn, period: OwnershipPeriod) -> None:
    story, day = why.story, why.day
    client = story.client
    if day == clock.today() and client.clock_date and client.manager_id == period.manager_id:
        # Today nothing need be read back.
        why.clock_date, why.dates = client.clock_date, client.zone_dates
        why.policy = story.policy_on(day, period)
    else:
        why.clock_date = story.clock_on(day, period)
        why.policy = story.policy_on(day, period)
        why.dates = story.dates_on(day, period, why.clock_date, why.policy)
    assert why.dates is not None
    by_dates = published(zone_on(why.dates, day))
    if why.change:
        why.zone = why.change.to_zone
    else:
        following = story.next_transition(day)
        why.zone, why.is_reconstructed = (following.from_zone if following else "") or by_dates, True
    heard = story.contacts.deciding(end_of(day))
    if heard and heard.counted_on == why.clock_date:
        why.contact = story.state_at(heard.event, end_of(day))
    why.days = (day - why.clock_date).days
    counted = story.freezes_at(end_of(day)).of(period.manager_id).counted_days(why.clock_date, day)
    why.frozen = stretches(counted)
    stretch = (period.manager_id, why.clock_date)
    why.hold = _hold(why, stretch) if why.is_due else None
    told = [row for row in story.warnings if (row.manager_id, row.clock_date) == stretch and row.warned_on <= day]
    why.warnings = told[::-1]


def _hold(why: WhyOn, stretch: tuple[int, dt.date]) -> DetachHold | None:
    story, day = why.story, why.day
    rows = {row.pk: row for row in story.holds if (row.manager_id, row.clock_date) == stretch}
    over = [f"protection:{row.pk}" for row in story.protections if row.revoked_on and row.revoked_on < day]
    over += [row.source for row in rows.values() if row.kind == "plan" and not _is_planned(story, row.source, day)]
    written = [Relied(row.pk, row.kind, row.source, row.since, row.until) for row in rows.values()]
    found = relied_on(written, day, over)
    return rows[found.row] if found else None


def _is_planned(story: Story, source: str, day: dt.date) -> bool:
    """Whether an event was still planned, for that day or a later one, when the night of ``day`` ran."""
    state = story.state_at(int(source.partition(":")[2] or 0), clock.at(day, 1))
    return state is None or (state.exists and state.status == "planned" and clock.local_date(state.occurred_at) >= day)


# --- what has come to be known since ----------------------------------------------------------------------------------
def _later(why: WhyOn) -> Iterator[Sentence]:
    """What is registered now about the days up to this one and was not known, or stood differently, then."""
    story, day, period = why.story, why.day, why.period
    assert period is not None
    assert why.clock_date is not None
    evening, now = end_of(day), end_of(clock.today())
    standing = story.contacts.standing(now)
    told = 0
    for state in sorted(standing.values(), key=lambda state: state.counted_on or dt.date.min, reverse=True):
        counted = state.counted_on
        if counted is None or not why.clock_date <= counted <= day or told == _MOST_LATER:
            continue
        then, after = story.state_at(state.event, evening), story.state_at(state.event, now)
        if after and (then is None or story.counts(then) != counted):
            told += 1
            yield words.not_known_yet(story, then, after, evening)
    if why.contact:
        after = story.state_at(why.contact.event, now)
        if after and story.counts(after) != why.clock_date:
            yield words.stands_differently(story, why.contact, after, evening)
    counted_now = [state.counted_on for state in standing.values() if state.counted_on and state.counted_on <= day]
    clock_now = max([period.since, *counted_now])
    if clock_now != why.clock_date and told:
        frozen = story.freezes_at(now).of(period.manager_id)
        dates = zone_dates(clock_now, story.thresholds_of(why.policy), frozen)
        zone = published(zone_on(dates, day))
        if zone != why.zone:
            yield words.would_have_been(zone)
    if why.dates and not why.is_reconstructed and published(zone_on(why.dates, day)) != why.zone:
        yield words.dates_disagree(published(zone_on(why.dates, day)))
