"""Everything that was written down about one client, read once, and the questions of a past day that need no words.

Exact for any past day, because every change leaves a row: the published zone (transitions), the holder (owner history
and stays on the exchange), the contacts as they were known (the change log of events, deleted ones included), warnings,
the holds the nights relied on, the version of the policy.

Reconstructed from what stands today, and therefore not always what people saw then:

* the three dates, where an absence was changed or cancelled, or a holiday struck out, since: these keep no change log;
* the policy, where the lead manager has changed departments since, until the next change of colour names it;
* contacts that an import wrote: they are believed to have been known on their own days;
* a client that was merged: owners and stays of the other row stand beside its own.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clients import rulebook
from clients.freezing import Away, FreezeBook
from clients.models import Absence, Client, Holiday, Manager, OwnershipPeriod, ZonePolicy
from clients.policies import PolicyVersion, department_chain, policy_versions
from clients.rules.policies import DEFAULT_POLICY, Policy, PolicyBook
from clients.rules.zones import Thresholds, ZoneDates, zone_dates
from crm import clock
from exchange.models import (
    Claim,
    DetachHold,
    Detachment,
    LeavingWarning,
    ParkedClient,
    Proposal,
    Protection,
    Shelving,
    ZoneTransition,
)
from exchange.rules.holding import ONE_DAY
from exchange.rules.why import Contacts, Heard
from interactions.models import Event, EventKind

_STATE = ("client_id", "kind_id", "status", "subject", "occurred_at", "responsible_id", "counted_on", "approval")
_LOGGED = ("id", "history_date", "history_type", "created_at", "external_id", *_STATE)


@dataclass(frozen=True, slots=True)
class EventState:
    """How an event stood from ``at`` on. ``exists``: False once it was deleted."""

    event: int
    at: dt.datetime
    exists: bool
    client_id: int
    kind_id: int
    status: str
    subject: str
    occurred_at: dt.datetime
    responsible_id: int
    counted_on: dt.date | None
    approval: str


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after a day: what was written before it was known that evening."""
    return clock.day_start(day + ONE_DAY)


class Story:
    """One client with all its rows. A fixed number of queries, each made when it is first needed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._freezes: dict[tuple[int, ...], FreezeBook] = {}

    # --- rows ---------------------------------------------------------------------------------------------------------
    @cached_property
    def transitions(self) -> list[ZoneTransition]:
        """Oldest first, by the day they were published for."""
        rows = list(self.client.transitions.select_related("run").order_by("date", "pk"))
        return sorted(rows, key=lambda row: (self.published_on(row), row.pk))

    @cached_property
    def periods(self) -> list[OwnershipPeriod]:
        """Oldest first."""
        return list(self.client.ownership.select_related("manager__department", "changed_by").order_by("since", "pk"))

    @cached_property
    def detachments(self) -> list[Detachment]:
        rows = self.client.detachments.select_related("manager", "return_reason", "detached_by", "undone_by", "run")
        return list(rows.order_by("detached_at", "pk"))

    @cached_property
    def claims(self) -> list[Claim]:
        return list(self.client.claims.select_related("manager", "assigned_by").order_by("claimed_at", "pk"))

    @cached_property
    def warnings(self) -> list[LeavingWarning]:
        rows = self.client.leaving_warnings.select_related("manager", "deputy", "head", "run")
        return list(rows.order_by("warned_on", "pk"))

    @cached_property
    def holds(self) -> list[DetachHold]:
        return list(self.client.detach_holds.select_related("run", "manager").order_by("since", "pk"))

    @cached_property
    def protections(self) -> list[Protection]:
        rows = self.client.protections.select_related("given_by", "revoked_by")
        return list(rows.order_by("starts_on", "pk"))

    @cached_property
    def shelvings(self) -> list[Shelving]:
        """Oldest first."""
        return list(self.client.shelvings.select_related("made_by").order_by("made_at", "pk"))

    @cached_property
    def proposals(self) -> list[Proposal]:
        return list(self.client.proposals.select_related("run__decided_by").order_by("run__date"))

    @cached_property
    def parked(self) -> list[ParkedClient]:
        return list(ParkedClient.objects.filter(client=self.client).select_related("run").order_by("run__date", "pk"))

    @cached_property
    def absences(self) -> list[Absence]:
        """Approved absences of everybody who ever held it."""
        holders = {period.manager_id for period in self.periods}
        rows = Absence.objects.approved().filter(manager__in=sorted(holders)).select_related("manager", "deputy")
        return list(rows.order_by("starts_on", "pk"))

    @cached_property
    def holidays(self) -> list[Holiday]:
        return list(Holiday.objects.filter(date__gte=self.first_day - dt.timedelta(days=45)).order_by("date"))

    @cached_property
    def kinds(self) -> dict[int, EventKind]:
        return EventKind.objects.in_bulk()

    @cached_property
    def managers(self) -> dict[int, Manager]:
        """Whom the events name."""
        return Manager.objects.in_bulk({state.responsible_id for state in self.event_states})

    @cached_property
    def versions(self) -> dict[str, PolicyVersion]:
        return policy_versions()

    # --- events -------------------------------------------------------------------------------------------------------
    @cached_property
    def event_states(self) -> list[EventState]:
        """Every state of every event that was ever this client's, the oldest first. Two queries.

        Rows that were written in bulk have no first entry in the log: they stood as they stand since they were
        registered, and those of an import since the day they are about.
        """
        log = Event.history.model.objects
        ours = log.filter(client_id=self.client.pk).order_by().values("id")
        states: dict[int, list[EventState]] = {}
        rows = log.filter(id__in=ours).order_by("history_date", "history_id").values(*_LOGGED)
        for row in rows:
            known = states.setdefault(row["id"], [])
            if not known:
                known.append(_state(row, at=_registered(row)))
                if row["history_type"] == "+":
                    continue
            known.append(_state(row, at=row["history_date"], exists=row["history_type"] != "-"))
        columns = [name for name in _LOGGED if not name.startswith("history_")]
        for row in self.client.events.order_by("pk").values(*columns):
            known = states.setdefault(row["id"], [])
            if not known:
                known.append(_state(row, at=_registered(row)))
            elif known[-1].counted_on != row["counted_on"] or not known[-1].exists:
                # Written past the log (a kind was switched): nobody knows when, so it is told as of now.
                known.append(_state(row, at=clock.now()))
        return sorted((state for rows in states.values() for state in rows), key=lambda state: state.at)

    @cached_property
    def states_of(self) -> dict[int, list[EventState]]:
        """The same by event."""
        found: dict[int, list[EventState]] = {}
        for state in self.event_states:
            found.setdefault(state.event, []).append(state)
        return found

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(
            Heard(state.event, state.at, self.counts(state), state.occurred_at) for state in self.event_states
        )

    def counts(self, state: EventState) -> dt.date | None:
        """The day on which an event in this state counts for this client."""
        return state.counted_on if state.exists and state.client_id == self.client.pk else None

    def state_at(self, event: int, moment: dt.datetime) -> EventState | None:
        """How an event stood just before a moment; None: it was not registered yet."""
        found = [state for state in self.states_of.get(event, ()) if state.at < moment]
        return found[-1] if found else None

    # --- who held it, and its colour ----------------------------------------------------------------------------------
    @cached_property
    def first_day(self) -> dt.date:
        """Nothing is known of the client before this day."""
        days = [clock.local_date(self.client.created_at), *(period.since for period in self.periods)]
        return min([*days, *(row.date for row in self.transitions[:1])])

    @cached_property
    def _late(self) -> dict[int, dt.date]:
        """Runs that took the client on a later day: when an administrator confirmed it, or it was caught up."""
        return {
            row.run_id: clock.local_date(row.detached_at)
            for row in self.detachments
            if row.run_id and clock.local_date(row.detached_at) > row.date
        }

    def published_on(self, transition: ZoneTransition) -> dt.date:
        """The first evening of the new colour."""
        leaves = transition.run_id and not transition.to_zone
        return self._late.get(transition.run_id or 0, transition.date) if leaves else transition.date

    def arrived_on(self, detachment: Detachment) -> dt.date:
        """The first evening on the exchange."""
        return self._late.get(detachment.run_id or 0, detachment.date)

    def last_transition(self, day: dt.date) -> ZoneTransition | None:
        """The latest change of colour up to the evening of ``day``."""
        found = [row for row in self.transitions if self.published_on(row) <= day]
        return found[-1] if found else None

    def next_transition(self, day: dt.date) -> ZoneTransition | None:
        return next((row for row in self.transitions if self.published_on(row) > day), None)

    def _covers(self, period: OwnershipPeriod, day: dt.date) -> bool:
        until = period.until
        if until is not None and period.lost == OwnershipPeriod.Lost.IDLE:
            late = [
                self.arrived_on(row)
                for row in self.detachments
                if (row.date, row.manager_id) == (until, period.manager_id)
            ]
            until = max([until, *late])
        return period.since <= day and (until is None or until > day)

    def period_on(self, day: dt.date) -> OwnershipPeriod | None:
        """The owner's period that covers the evening of ``day``; None: nobody held it, or it was on the exchange."""
        last = self.last_transition(day)
        if last is not None and not last.to_zone:
            return None
        found = [period for period in self.periods if self._covers(period, day)]
        if last is not None and len(found) > 1:
            # A merged client's owner may stand beside its own: the colour names its own.
            found = [period for period in found if period.manager_id == last.manager_id] or found
        return found[-1] if found else None

    # --- the clock ----------------------------------------------------------------------------------------------------
    def clock_on(self, day: dt.date, period: OwnershipPeriod) -> dt.date:
        """The clock date as it was known that evening."""
        found = self._clock_at(end_of(day), period)
        for row in reversed(self.transitions):
            if self.published_on(row) > day or row.clock_date is None or not row.to_zone:
                continue
            if row.manager_id != period.manager_id or row.date < period.since:
                break
            # What the night wrote down is believed where nothing has moved the clock since.
            then = min(row.created_at, end_of(row.date))
            return row.clock_date if self._clock_at(then, period) == found else found
        return found

    def _clock_at(self, moment: dt.datetime, period: OwnershipPeriod) -> dt.date:
        last = self.contacts.last_on(moment)
        return period.since if last is None else max(last, period.since)

    # --- policy and frozen days ---------------------------------------------------------------------------------------
    @cached_property
    def _policy_log(self) -> tuple[list[Any], list[ZonePolicy]]:
        return (
            list(ZonePolicy.history.order_by("history_date", "history_id")),
            list(ZonePolicy.objects.all()),
        )

    @cached_property
    def policy_moments(self) -> list[dt.datetime]:
        """When any policy changed."""
        return sorted({row.history_date for row in self._policy_log[0]})

    def book_at(self, moment: dt.datetime) -> PolicyBook:
        """All policies just before a moment (as ``clients.policies.policy_book_at``, from rows read once)."""
        rows, present = self._policy_log
        found: dict[int, tuple[tuple[int | None, str], Policy] | None] = {}
        for row in rows:
            if row.history_date < moment:
                policy = Policy(
                    Thresholds(row.yellow_months, row.red_months, row.detach_months), f"{row.id} v{row.version}"
                )
                found[row.id] = None if row.history_type == "-" else ((row.department_id, row.category), policy)
        known = {row.id for row in rows}
        book = {
            (row.department_id, row.category): Policy(row.thresholds, row.label)
            for row in present
            if row.pk not in known
        }
        return PolicyBook({**book, **dict(entry for entry in found.values() if entry)})

    @cached_property
    def _categories(self) -> list[tuple[dt.datetime, str]]:
        rows = self.client.history.order_by("history_date", "history_id")  # type: ignore[attr-defined]
        return list(rows.values_list("history_date", "category"))

    def category_at(self, moment: dt.datetime) -> str:
        """The client's category just before a moment; before the first entry of its log, that of the entry."""
        known = [category for at, category in self._categories if at < moment]
        if known:
            return known[-1]
        return self._categories[0][1] if self._categories else self.client.category

    def _policy_at(self, moment: dt.datetime, manager: Manager) -> str:
        return self.book_at(moment).choose(department_chain(manager), self.category_at(moment)).label

    def policy_on(self, day: dt.date, period: OwnershipPeriod) -> str:
        """The label of the policy that ruled that evening."""
        found = self._policy_at(end_of(day), period.manager)
        for row in reversed(self.transitions):
            if self.published_on(row) > day or not row.policy or not row.to_zone:
                continue
            if row.manager_id != period.manager_id or row.date < period.since:
                break
            # What a change of colour named is believed where no policy has changed since.
            then = min(row.created_at + dt.timedelta(microseconds=1), end_of(row.date))
            return row.policy if self._policy_at(then, period.manager) == found else found
        return found

    def thresholds_of(self, label: str) -> Thresholds:
        version = self.versions.get(label)
        return version.thresholds if version else DEFAULT_POLICY.thresholds

    @cached_property
    def _rules(self) -> rulebook.RuleValues:
        return rulebook.load()

    def freezes_at(self, moment: dt.datetime) -> FreezeBook:
        """Frozen days as they were known just before a moment, by the rules as they are set today."""
        known = [row for row in self.absences if (row.decided_at or row.created_at) < moment]
        key = tuple(row.pk for row in known)
        if key not in self._freezes:
            rules = self._rules
            away: dict[int, list[Away]] = {}
            for row in known if rules.is_on(rulebook.FREEZE_ABSENCES) else ():
                away.setdefault(row.manager_id, []).append(Away(row.starts_on, row.ends_on, row.kind))
            minimum, limit = rules[rulebook.FREEZE_HOLIDAYS], rules[rulebook.FREEZE_LIMIT]
            self._freezes[key] = FreezeBook(away, [row.date for row in self.holidays], minimum=minimum, limit=limit)
        return self._freezes[key]

    def dates_on(self, day: dt.date, period: OwnershipPeriod, clock_date: dt.date, policy: str) -> ZoneDates:
        """The three dates as they were computed from what was known that evening."""
        frozen = self.freezes_at(end_of(day)).of(period.manager_id)
        return zone_dates(clock_date, self.thresholds_of(policy), frozen)

    # --- the exchange -------------------------------------------------------------------------------------------------
    def stay_on(self, day: dt.date) -> Detachment | None:
        """The arrival that put the client on the exchange where it was on the evening of ``day``."""
        found = [row for row in self.detachments if self.arrived_on(row) <= day]
        return found[-1] if found else None

    def aside_on(self, day: dt.date, since: dt.date | None) -> Shelving | None:
        """What set the client aside on the evening of ``day``, where it was without a manager from ``since``: the
        archive, else a quarantine that still ran."""
        rows = [row for row in self.shelvings if row.date <= day and (since is None or row.date >= since)]
        archived = [row for row in rows if row.action in (Shelving.Action.ARCHIVE, Shelving.Action.RESTORE)]
        if archived and archived[-1].action == Shelving.Action.ARCHIVE:
            return archived[-1]
        marked = [row for row in rows if row.action in (Shelving.Action.QUARANTINE, Shelving.Action.LIFT)]
        if marked and marked[-1].until and marked[-1].until >= day:
            return marked[-1]
        return None

    def was_undone(self, day: dt.date) -> Detachment | None:
        """The detachment that was taken back on ``day``."""
        return next((row for row in self.detachments if row.undone_at and clock.local_date(row.undone_at) == day), None)


def _registered(row: dict[str, Any]) -> dt.datetime:
    if row["external_id"] and row["counted_on"]:
        return clock.day_start(row["counted_on"])
    moment = row["created_at"]
    return min(moment, row["history_date"]) if row.get("history_type") == "+" else moment


def _state(row: dict[str, Any], *, at: dt.datetime, exists: bool = True) -> EventState:
    return EventState(event=row["id"], at=at, exists=exists, **{name: row[name] for name in _STATE})


def people(*found: Manager | None) -> list[Manager]:
    """Each of them once, in this order."""
    return list(dict.fromkeys(person for person in found if person))
