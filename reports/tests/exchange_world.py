"""Random stories of clients that come to the exchange and leave it, written past the services: only the report's own
arithmetic is looked at here, so anything that the tables allow may happen."""

import datetime as dt
import random

from clients.models import Client, Department, Manager, OwnershipPeriod, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, UnassignedClientFactory, head_of
from crm import clock
from exchange.models import Claim, ClaimPause, Detachment, FirstTouch, ReturnReason, Shelving
from interactions.models import Event, EventKind, ProcessKind, SalesProcess

DAY = dt.timedelta(days=1)
Lost = OwnershipPeriod.Lost


class Market:
    """A small company and the stories of its clients."""

    def __init__(self, seed: int, *, clients: int = 40) -> None:
        self.rng, self.today = random.Random(seed), clock.today()
        self.reasons = list(ReturnReason.objects.all()) or [ReturnReason.objects.create(name="No need")]
        self._people()
        self.kind, self.sale_kind = EventKind.objects.get(code="call_out"), ProcessKind.objects.first()
        for number in range(clients):
            self._story(UnassignedClientFactory(name=f"Client {number:03}", city="Omsk"))
        for _ in range(6):
            self._pause()
        self._fresh(UnassignedClientFactory(name="Fresh", city="Omsk"))
        gone = self.rng.sample(list(Claim.objects.values_list("pk", flat=True)), 2)
        Claim.objects.filter(pk__in=gone).update(client=None)

    def _people(self) -> None:
        sales = DepartmentFactory(name="Sales")
        self.moscow = DepartmentFactory(name="Moscow", parent=sales)
        self.khimki = DepartmentFactory(name="Khimki", parent=self.moscow)
        self.omsk = DepartmentFactory(name="Omsk", parent=sales)
        self.director = ManagerFactory(role=Role.DIRECTOR, department=None, last_name="Director")
        self.head = head_of(self.moscow, last_name="Moskvin")
        self.omsk_head = head_of(self.omsk, last_name="Omskov")
        self.sellers = [
            ManagerFactory(department=self.moscow, last_name="Annina"),
            ManagerFactory(department=self.moscow, last_name="Borisov"),
            ManagerFactory(department=self.khimki, last_name="Verina"),
            ManagerFactory(department=self.omsk, last_name="Olegov"),
            ManagerFactory(department=self.omsk, last_name="Gone", is_active=False),
            ManagerFactory(department=None, last_name="Homeless"),
            self.head,
        ]

    def _story(self, client: Client) -> None:
        rng, self.client = self.rng, client
        self.last: Manager | None = None
        if rng.random() < 0.1:
            return self._ends(exchange_since=self._moment(self.today - DAY * rng.randint(0, 200)))
        self.day, self.claim = self.today - DAY * rng.randint(20, 400), None
        self._gets(rng.choice(self.sellers), OwnershipPeriod.Gained.CREATED)
        for _ in range(4):
            self.day += DAY * rng.choice((0, 1, 3, 7, 20, 60, 120))
            if self.day > self.today:
                break
            if rng.random() < 0.12:
                self._leaves(Lost.REASSIGNED)
                self.claim = None
                self._gets(rng.choice(self.sellers), OwnershipPeriod.Gained.ASSIGNED)
                continue
            arrival = self._arrives()
            if rng.random() < 0.15:
                self._undone(arrival)
                continue
            if not self._is_taken_from(arrival.detached_at):
                return None
        return self._ends(manager=self.holder)

    def _fresh(self, client: Client) -> None:
        """Claimed yesterday, and nothing happened since."""
        self.client, self.day, taker = client, self.today - DAY, self.sellers[0]
        Claim.objects.create(
            client=client, manager=taker, claimed_at=self._moment(self.day), date=self.day,
            exchange_since=self._moment(self.day - DAY * 3),
        )  # fmt: skip
        OwnershipPeriod.objects.create(client=client, manager=taker, since=self.day, gained="claimed")
        self.last = self.sellers[3]
        self._ends(manager=taker)

    def _gets(self, manager: Manager, gained: str) -> None:
        self.holder = manager
        self.period = OwnershipPeriod.objects.create(client=self.client, manager=manager, since=self.day, gained=gained)
        self._works()

    def _works(self) -> None:
        """Contacts and sales around the days after he got the client, some of them out of time."""
        rng = self.rng
        for _ in range(rng.choice((0, 1, 1, 2))):
            on = min(self.day + DAY * rng.choice((-1, 0, 0, 2, 5, 6, 8, 12, 30)), self.today)
            written = self._moment(on, hour=rng.choice((8, 12, 20))) + DAY * rng.choice((0, 0, 2))
            Event.objects.create(
                client=self.client, kind=self.kind, status="done", occurred_at=self._moment(on), counted_on=on,
                responsible=self.holder, author=self.holder, created_at=written, subject="Call",
            )  # fmt: skip
        for _ in range(rng.choice((0, 0, 1))):
            begun = min(self.day + DAY * rng.choice((-5, 0, 1, 10, 40)), self.today)
            status = rng.choice(("open", "won", "lost"))
            closed = None if status == "open" else min(begun + DAY * rng.choice((0, 3, 30)), self.today)
            SalesProcess.objects.create(
                client=self.client, kind=self.sale_kind, title="Pumps", status=status, closed_on=closed,
                started_on=rng.choice((begun, begun, None)), responsible=self.holder, author=self.holder,
            )  # fmt: skip

    def _leaves(self, lost: str) -> None:
        self.period.until, self.period.lost = self.day, lost
        self.period.save()
        self.last = self.holder

    def _arrives(self) -> Detachment:
        rng = self.rng
        reason = rng.choice([Lost.IDLE, Lost.IDLE, Lost.RETURNED, Lost.RELEASED, Lost.UNTOUCHED, Lost.LEFT])
        self._leaves(reason)
        by_hand = reason in (Lost.RETURNED, Lost.RELEASED) and rng.random() < 0.8
        failed = self.claim if self.claim and rng.random() < 0.4 else None
        self.claim = None
        return Detachment.objects.create(
            client=self.client, manager=self.holder, department=self.holder.department, reason=reason,
            return_reason=rng.choice(self.reasons) if by_hand else None, comment="Secret words",
            detached_at=self._moment(self.day, hour=rng.choice((0, 1, 12, 23))), date=self.day, assigned_on=self.day,
            clock_date=self.day, zone="red", failed_claim=failed,
        )  # fmt: skip

    def _undone(self, arrival: Detachment) -> None:
        self.day = min(self.day + DAY * self.rng.randint(0, 7), self.today)
        arrival.undone_at = self._moment(self.day, hour=self.rng.choice((0, 23)))
        arrival.save()
        self.period.until, self.period.lost = None, ""
        self.period.save()

    def _is_taken_from(self, since: dt.datetime) -> bool:
        """What happens on the exchange; False when it stays there (or in the archive)."""
        rng = self.rng
        if rng.random() < 0.25:
            self.day = min(self.day + DAY * rng.randint(0, 30), self.today)
            self._shelve(Shelving.Action.ARCHIVE)
            if rng.random() < 0.5:
                self._ends(exchange_since=since, archived_at=clock.now())
                return False
            self._shelve(Shelving.Action.RESTORE)
            since = self._moment(self.day, hour=13)
        wait = rng.choice((0, 1, 2, 6, 7, 8, 29, 30, 31, 60, 89, 90, 91, 92, 200))
        if self.day + DAY * wait > self.today:
            aside = self.today + DAY * rng.randint(-1, 20) if rng.random() < 0.3 else None
            self._ends(exchange_since=since, quarantine_until=aside)
            return False
        self.day += DAY * wait
        taker, by_head = rng.choice(self.sellers), rng.random() < 0.3
        self.claim = Claim.objects.create(
            client=self.client, manager=taker, assigned_by=self.head if by_head else None,
            claimed_at=self._moment(self.day), date=self.day, exchange_since=since,
        )  # fmt: skip
        if rng.random() < 0.5:
            FirstTouch.objects.create(
                claim=self.claim, client=self.client, manager=taker, due_on=self.day + DAY * rng.choice((3, 7, 11))
            )
        self._gets(taker, OwnershipPeriod.Gained.CLAIMED)
        return True

    def _shelve(self, action: str) -> None:
        Shelving.objects.create(
            client=self.client, action=action, reason="Closed", date=self.day, made_by=self.head,
            made_at=self._moment(self.day, hour=23, minute=30 if action == Shelving.Action.RESTORE else 10),
        )  # fmt: skip

    def _pause(self) -> None:
        rng = self.rng
        begun = self.today - DAY * rng.randint(0, 200)
        ClaimPause.objects.get_or_create(
            manager=rng.choice(self.sellers), starts_on=begun, defaults={"until": begun + DAY * 14, "failures": 3}
        )

    def _ends(self, **state: object) -> None:
        if holder := state.get("manager"):
            dates = {"yellow_on": self.today + DAY, "red_on": self.today + DAY * 2, "detach_on": self.today + DAY * 3}
            state |= {"assigned_on": self.today, "clock_date": self.today, "zone": "green", **dates}
            assert holder
        Client.objects.filter(pk=self.client.pk).update(last_manager=self.last, **state)

    @staticmethod
    def _moment(day: dt.date, *, hour: int = 12, minute: int = 0) -> dt.datetime:
        return clock.at(day, hour, minute)

    @property
    def departments(self) -> list[Department]:
        return [self.moscow, self.khimki, self.omsk]
