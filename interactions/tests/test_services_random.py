"""Random working days: after every step each client is what a naive recomputation from the registered rows says."""

import contextlib
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clients import services as client_services
from clients.merging import merge_clients, undo_merge
from clients.models import Client, MergeRecord, OwnershipPeriod, Role, RuleSetting, ZonePolicy
from clients.tests.factories import DepartmentFactory, ManagerFactory, UnassignedClientFactory
from clients.tests.naive_zones import State, naive_state, naive_zone
from clients.tests.whole import assert_as_before, whole
from clients.zoning import clients_of, redate
from crm.web.errors import DomainError
from exchange import services as exchange_services
from exchange.models import Claim, Detachment, ZoneTransition
from exchange.rules.claiming import ClaimRules
from exchange.tests.bare import run_night
from interactions import recounting, sales, services
from interactions.models import Approval, Event, EventKind, EventStatus, LossReason, ProcessKind, SalesProcess
from interactions.rulebook import BACKDATING

pytestmark = pytest.mark.django_db

START = dt.date(2022, 1, 29)
MOSCOW = dt.timezone(dt.timedelta(hours=3))  # Moscow's clocks have not changed since 2014
KINDS = ["call_out", "meeting", "note", "call_failed", "mailing"]


class World:
    """Three clients, three salespeople in two departments, a head; and what a naive bookkeeper knows of them."""

    def __init__(self, time_machine: Any) -> None:
        self.today, self.time_machine = START, time_machine
        self.time_machine.move_to(self.now, tick=False)
        self.departments = [DepartmentFactory(), DepartmentFactory()]
        self.limit: int | None = 3
        self.months: dict[int, tuple[int, int, int]] = {}
        self.people = [ManagerFactory(department=self.departments[number % 2]) for number in range(3)]
        self.head = ManagerFactory(role=Role.HEAD)
        self.clients = [UnassignedClientFactory().pk for _ in range(3)]
        #: client -> (manager, since), for those that are held.
        self.owners: dict[int, tuple[int, dt.date]] = {}
        for number, client in enumerate(self.clients):
            manager = self.people[number]
            client_services.attach(client_id=client, manager=manager, by=None, gained="created", today=self.today)
            self.owners[client] = (number, self.today)

    # --- what happens -------------------------------------------------------------------------------------------------
    def night(self, later: int, *_: int) -> None:
        self.today += dt.timedelta(days=(1, 2, 20, 31, 70, 130)[later % 6])
        self.time_machine.move_to(self.now, tick=False)
        due = [client for client in self.owners if self._zone(client) == "due"]
        run = run_night(self.today)
        assert run.detached == len(due)
        for client in due:
            del self.owners[client]
            assert Detachment.objects.filter(client=client, run=run).count() == 1

    def register(self, client: int, code: int, ago: int, status: int) -> None:
        done = (EventStatus.DONE, EventStatus.DONE, EventStatus.PLANNED, EventStatus.CANCELLED)[status % 4]
        event = Event(client_id=self._client(client), kind=self._kind(code), responsible=self.people[ago % 3])
        event.status, event.occurred_at = done, self._moment(ago)
        by = self._person(ago + code)
        services.register_event(event=event, by=by, now=self.now)
        if done == EventStatus.DONE and event.kind.counts_as_contact:
            late = self.limit is not None and ago % 10 - 1 > self.limit
            expected = (Approval.APPROVED if by == self.head else Approval.PENDING) if late else Approval.NOT_NEEDED
            assert event.approval == expected

    def edit(self, number: int, code: int, ago: int, status: int) -> None:
        event = self._event(number)
        event.kind, event.occurred_at = self._kind(code), self._moment(ago)
        event.status = (EventStatus.DONE, EventStatus.PLANNED, EventStatus.CANCELLED)[status % 3]
        services.change_event(event=event, by=self._person(number), now=self.now)

    def reword(self, number: int, *_: int) -> None:
        event = self._event(number)
        event.text = "Other words"
        services.change_event(event=event, by=self.people[0], now=self.now)

    def move_event(self, number: int, client: int, *_: int) -> None:
        event = self._event(number)
        event.client_id = self._client(client)
        services.change_event(event=event, by=self.people[0], now=self.now)

    def finish(self, number: int, *_: int) -> None:
        services.finish_event(event=self._event(number), by=self.people[0], now=self.now)

    def cancel(self, number: int, *_: int) -> None:
        services.cancel_event(event=self._event(number), by=self.people[0], now=self.now)

    def delete(self, number: int, *_: int) -> None:
        services.delete_event(event=self._event(number), now=self.now)

    def decide(self, number: int, yes: int, *_: int) -> None:
        services.decide_backdating(event=self._event(number), by=self.head, approve=yes % 3 > 0, now=self.now)

    def start(self, client: int, kind: int, ago: int, *_: int) -> None:
        kinds = list(ProcessKind.objects.order_by("position"))
        sale = SalesProcess(client_id=self._client(client), kind=kinds[kind % 3], title="Pumps")
        sale.responsible, sale.started_on = self.people[0], self._moment(ago).astimezone(MOSCOW).date()
        sales.start_process(process=sale, by=self._person(ago), now=self.now)

    def step(self, number: int, stage: int, *_: int) -> None:
        sale = self._sale(number)
        stages = list(sale.kind.stages.order_by("position"))
        if stages:
            sales.move_process(process=sale, stage=stages[stage % len(stages)], by=self.people[0], now=self.now)

    def close(self, number: int, won: int, ago: int, *_: int) -> None:
        day = self._moment(ago).astimezone(MOSCOW).date()
        reason = LossReason.objects.first() if won % 3 else None
        sale = self._sale(number)
        sales.close_process(
            process=sale, won=won % 2 == 0, loss_reason=reason, closed_on=day, by=self._person(won), now=self.now
        )

    def reopen(self, number: int, *_: int) -> None:
        sales.reopen_process(process=self._sale(number), by=self.people[0], now=self.now)

    def restart(self, number: int, ago: int, *_: int) -> None:
        sale = self._sale(number)
        sale.started_on = self._moment(ago).astimezone(MOSCOW).date()
        sales.change_process(process=sale, by=self.people[0], now=self.now)

    def forget(self, number: int, *_: int) -> None:
        sales.delete_process(process=self._sale(number), now=self.now)

    def reassign(self, client: int, person: int, *_: int) -> None:
        pk = self._client(client)
        client_services.reassign(client_id=pk, manager=self.people[person % 3], by=self.head, today=self.today)
        self.owners[pk] = (person % 3, self.today)

    def give_back(self, client: int, *_: int) -> None:
        pk = self._client(client)
        exchange_services.return_client(client_id=pk, by=self.head, reason=None, now=self.now, rules=ClaimRules())
        del self.owners[pk]

    def claim(self, client: int, person: int, *_: int) -> None:
        pk = self._client(client)
        exchange_services.claim(client_id=pk, by=self.people[person % 3], now=self.now, rules=ClaimRules())
        self.owners[pk] = (person % 3, self.today)

    def switch_kind(self, *_: int) -> None:
        mailing = self._kind(4)
        mailing.counts_as_contact = not mailing.counts_as_contact
        mailing.save()
        recounting.recount_kind(mailing, today=self.today, batch=2)

    def new_limit(self, days: int, is_on: int, *_: int) -> None:
        self.limit = (days % 6) if is_on % 3 else None
        RuleSetting.objects.update_or_create(key=BACKDATING, defaults={"value": days % 6, "is_on": is_on % 3 > 0})

    def merge(self, keep: int, drop: int, *_: int) -> None:
        kept, gone = self._client(keep), self._client(drop)
        if Client.objects.get(pk=kept).is_on_exchange:
            raise Nothing  # of arrivals only its own are kept there, and the books below count them all
        contacts = sorted([*self._contacts(kept), *self._contacts(gone)])
        before = whole()
        merge_clients(keep_id=kept, drop_id=gone, by=self.head, today=self.today)
        undo_merge(record_id=MergeRecord.objects.latest("pk").pk, by=self.head)
        assert_as_before(before, whole())
        merge_clients(keep_id=kept, drop_id=gone, by=self.head, today=self.today)
        assert sorted(self._contacts(kept)) == contacts
        self.owners.pop(gone, None)
        self.clients[self.clients.index(gone)] = UnassignedClientFactory().pk

    def new_policy(self, department: int, months: int, *_: int) -> None:
        chosen = self.departments[department % 2]
        thresholds = ((1, 5, 6), (1, 2, 3), (2, 3, 3), (3, 6, 12))[months % 4]
        fields = dict(zip(("yellow_months", "red_months", "detach_months"), thresholds, strict=True))
        ZonePolicy.objects.update_or_create(department=chosen, category="", defaults=fields)
        self.months[chosen.pk] = thresholds
        for person in self.people:
            if person.department == chosen:
                redate(clients_of(person), today=self.today)

    # --- what must be so ----------------------------------------------------------------------------------------------
    def check(self) -> None:
        for pk in self.clients:
            client = Client.objects.get(pk=pk)
            owner = self.owners.get(pk)
            since = owner[1] if owner else None
            assert State(
                client.last_contact_on,
                client.clock_date,
                client.yellow_on,
                client.red_on,
                client.detach_on,
                client.zone,
            ) == naive_state(self._contacts(pk), since, self.today, self._months(pk))
            assert client.manager_id == (self.people[owner[0]].pk if owner else None)
            assert client.assigned_on == since
            open_periods = OwnershipPeriod.objects.filter(client=pk, until=None)
            assert [(row.manager_id, row.since) for row in open_periods] == (
                [(client.manager_id, since)] if owner else []
            )
            # The log of colours is a chain from the first day to the present colour.
            colour = ""
            for transition in ZoneTransition.objects.filter(client=pk).order_by("pk"):
                assert transition.from_zone == colour != transition.to_zone
                colour = transition.to_zone
            assert colour == client.zone
        ends = OwnershipPeriod.objects.exclude(until=None).exclude(lost="reassigned").count()
        assert Detachment.objects.count() == ends
        assert Claim.objects.count() == OwnershipPeriod.objects.filter(gained="claimed").count()

    def _contacts(self, client: int) -> list[dt.date]:
        days = []
        for event in Event.objects.filter(client=client).select_related("kind"):
            day = event.occurred_at.astimezone(MOSCOW).date()
            approved = event.approval in (Approval.NOT_NEEDED, Approval.APPROVED)
            if event.status == "done" and event.kind.counts_as_contact and approved and day <= self.today:
                days.append(day)
        return days

    def _months(self, client: int) -> tuple[int, int, int]:
        owner = self.owners.get(client)
        department = self.people[owner[0]].department.pk if owner else None
        return self.months.get(department or 0, (1, 5, 6))

    def _zone(self, client: int) -> str:
        days = [*self._contacts(client), self.owners[client][1]]
        return naive_zone(max(days), self.today, self._months(client))

    # --- small help ---------------------------------------------------------------------------------------------------
    @property
    def now(self) -> dt.datetime:
        return dt.datetime.combine(self.today, dt.time(1, 30), MOSCOW)  # still yesterday in UTC

    def _moment(self, ago: int) -> dt.datetime:
        # At 00:30 in Moscow, which is the day before in UTC; now and then tomorrow, which is refused for what is done.
        return dt.datetime.combine(self.today, dt.time(0, 30), MOSCOW) - dt.timedelta(days=ago % 10 - 1)

    def _person(self, number: int) -> Any:
        return self.head if number % 5 == 0 else self.people[number % 3]

    def _client(self, number: int) -> int:
        return self.clients[number % 3]

    def _kind(self, number: int) -> EventKind:
        return EventKind.objects.get(code=KINDS[number % 5])

    def _event(self, number: int) -> Event:
        return _pick(Event.objects.order_by("-pk")[:6], number)

    def _sale(self, number: int) -> SalesProcess:
        return _pick(SalesProcess.objects.order_by("-pk")[:3], number)


class Nothing(Exception):
    """There is nothing to do this step with."""


def _pick(rows: Any, number: int) -> Any:
    rows = list(rows)
    if not rows:
        raise Nothing
    return rows[number % len(rows)]


OFTEN: list[Callable[..., None]] = [World.night, World.register, World.edit, World.move_event, World.start]
NOW_AND_THEN: list[Callable[..., None]] = [
    World.reword, World.finish, World.cancel, World.delete, World.decide, World.step, World.close, World.reopen,
    World.restart, World.forget, World.reassign, World.give_back, World.claim, World.switch_kind, World.new_policy,
    World.new_limit, World.merge,
]  # fmt: skip
STEPS = [*OFTEN, *OFTEN, *NOW_AND_THEN]


# Uniformly random steps from a seed: lists drawn by Hypothesis repeat a few kinds of steps far too often.
@pytest.mark.parametrize("seed", range(8))
def test_every_client_is_always_what_its_rows_say(seed, time_machine):
    chance, world = random.Random(seed), World(time_machine)
    for _ in range(50):
        act, numbers = chance.choice(STEPS), [chance.randrange(30) for _ in range(4)]
        # Refused as a whole: the check sees that nothing was half-written.
        with contextlib.suppress(DomainError, ValidationError, Nothing):
            act(world, *numbers)
        world.check()
