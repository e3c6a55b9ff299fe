"""How many queries each page costs: a reviewed number that does not grow with the rows.

The numbers stand in ``query_counts.json``. A change that alters one is shown in its diff and judged there; to write
the file anew:

    UPDATE_QUERY_COUNTS=1 pytest crm/tests/test_query_counts.py

Both databases give the same numbers. Counted with an empty cache: what a page costs at most.
"""

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients import merging
from clients.links import relate_clients, relate_persons
from clients.models import (
    Absence,
    Client,
    CoManager,
    DuplicatePair,
    Holiday,
    Industry,
    Manager,
    Notice,
    Occasion,
    Redating,
    Region,
    ZonePolicy,
)
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    head_of,
    held_client,
    upload,
)
from clients.tests.importing import checked_import
from clients.tests.pages import browser
from crm import clock
from exchange import shelving
from exchange.models import (
    DetachHold,
    Detachment,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
    ReturnReason,
    Signal,
)
from exchange.rules.claiming import ClaimRules
from exchange.services import claim, return_client
from interactions import recurring
from interactions.models import (
    Agreement,
    Competitor,
    Event,
    EventSeries,
    EventStatus,
    FileLink,
    HeadComment,
    LossReason,
    ProcessCoManager,
    ProcessCompetitor,
    ProcessLine,
    Product,
    SalesPlan,
    SalesProcess,
    StageApproval,
)
from interactions.sales import close_process
from interactions.selectors import HISTORY_SIZE
from interactions.services import Participants, set_participants
from interactions.tests.factories import event, inquiry, process
from reports.frame.report import all_reports

#: Clients come and go at once.
NO_RULES = ClaimRules()
BASELINE = Path(__file__).with_name("query_counts.json")
UPDATE = bool(os.environ.get("UPDATE_QUERY_COUNTS"))
HTMX = {"HX-Request": "true"}
ADVICE = (
    "If the new numbers are what you want: UPDATE_QUERY_COUNTS=1 pytest crm/tests/test_query_counts.py, "
    "and let the reviewer see the diff of query_counts.json."
)

# The same on both databases, and long.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture(autouse=True)
def _at_noon(time_machine) -> None:
    """What is planned for the next minutes is planned for today, whenever the tests run."""
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)))


class World:
    """A seller and his head, with a bit of everything; ``grow`` gives every list as many rows again."""

    def __init__(self) -> None:
        self.department = DepartmentFactory()
        self.elsewhere = DepartmentFactory()
        self.head = head_of(self.department)
        self.seller = ManagerFactory(department=self.department, may_export=True)
        self.absent = ManagerFactory(department=self.department)
        self.stranger = ManagerFactory(department=self.elsewhere)
        today = clock.today()
        Absence.objects.create(manager=self.absent, deputy=self.seller, starts_on=today, ends_on=today)
        waits = {"starts_on": today + dt.timedelta(days=9), "ends_on": today + dt.timedelta(days=9)}
        self.absence = Absence.objects.create(manager=self.seller, deputy=self.absent, status="requested", **waits)
        self.job = Redating.objects.create(reason="policy", department=self.department)
        self.client, self.waiting = self._client(self.seller), self._client(self.seller)
        self.strangers = held_client(self.stranger, name="A colleague's")
        self._fill(self.client)
        self._fill(self.waiting)
        self._give_back(self.waiting)
        # More than a page of events: what else the card shows cannot be read off that page then.
        self.old_friend = self._client(self.seller)
        self._fill(self.old_friend)
        for hours in range(1, HISTORY_SIZE + 2):
            event(self.old_friend, occurred_at=clock.now() - dt.timedelta(hours=hours))
        self.event = Event.objects.by_hand().done().filter(client=self.client).latest("pk")
        self.planned = Event.objects.planned().filter(client=self.client).latest("pk")
        self.sale = SalesProcess.objects.open().filter(client=self.client).latest("pk")
        self.person = self.client.persons.latest("pk")
        self.inquiry = inquiry(self.client)
        self.imported = {person: checked_import(person) for person in (self.seller, self.head)}
        # A night that took two clients. (Without any, every page of a head would ask since when there could be one.)
        self.night = NightlyRun.objects.create(date=today, status="done", finished_at=clock.now(), proposed=1)
        self.signal = Signal.objects.create(kind="burst", manager=self.seller, date=today, key="0", number=12)
        self.grow(1)

    def grow(self, times: int) -> None:
        """More of everything: clients in every state, and on the one whose card is looked at."""
        for _ in range(times):
            ManagerFactory(department=self.department)
            part = DepartmentFactory(parent=self.department)
            Redating.objects.create(reason="policy", department=part)
            day = clock.today() + dt.timedelta(days=20 + Absence.objects.count())
            for person in (self.seller, self.absent):
                Absence.objects.create(manager=person, deputy=self.head, status="requested", starts_on=day, ends_on=day)
            Absence.objects.create(manager=self.absent, deputy=self.head, starts_on=day, ends_on=day)
            Holiday.objects.create(date=clock.today() + dt.timedelta(days=10 * Absence.objects.count()), name="Off")
            ZonePolicy.objects.create(department=part)
            for person in (self.seller, self.head):
                Notice.objects.create(recipient=person, kind="gone", key=str(Notice.objects.count()))
            Region.objects.create(name=f"Region {Region.objects.count()}")
            for manager in (self.seller, self.head, self.absent, self.stranger):
                for days in (1, 85, 180, 360):
                    client = self._client(manager, days=days)
                    event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + dt.timedelta(minutes=5))
                    process(client)
            self._fill(self._client(self.seller))
            returned = self._client(self.seller)
            self._fill(returned)
            self._give_back(returned)
            self._fill(self.client)
            self._fill(self.old_friend)
            there_and_back = self._client(self.seller)
            self._give_back(there_and_back)
            claim(client_id=there_and_back.pk, by=self.seller, rules=NO_RULES)
            # A second stay on the exchange of the client on the exchange.
            claim(client_id=self.waiting.pk, by=self.seller, rules=NO_RULES)
            self._give_back(self.waiting)
            self._set_aside()
            event(self.client, occurred_at=clock.now() - dt.timedelta(days=30), subject="Waits for the head")
            self._night()
            self._signal()
            self._sell()
            self._come()

    def _sell(self) -> None:
        """One more of everything a sale and an event can have; one occurrence more, one word of the head more."""
        number = FileLink.objects.count()
        ProcessLine.objects.create(process=self.sale, product=Product.objects.create(name=f"Pump {number}"), price=10)
        ProcessCoManager.objects.create(process=self.sale, manager=ManagerFactory(department=self.department))
        rival = Competitor.objects.create(name=f"Rival {number}")
        ProcessCompetitor.objects.create(process=self.sale, competitor=rival)
        file = upload(self.client, name=f"{number}.txt")
        FileLink.objects.create(attachment=file, process=self.sale)
        FileLink.objects.create(attachment=file, event=self.event)
        HeadComment.objects.create(event=self.event, author=self.head, text="Well done")
        set_participants(self.event, Participants(persons=list(self.client.persons.all()), names=[f"driver {number}"]))
        event(self.client, continues=self.event, process=self.sale)
        for manager in (self.seller, self.head):
            later = clock.now() + dt.timedelta(hours=1)
            first = event(self._client(manager), status=EventStatus.PLANNED, occurred_at=later)
            recurring.repeat(event=first, series=EventSeries(count=2), zone="Europe/Moscow", by=manager)
            month = clock.today().replace(day=1) - dt.timedelta(days=31 * number)
            plan = {"manager": manager, "month": month.replace(day=1), "amount": 1000, "set_by": self.head}
            SalesPlan.objects.create(**plan)
            asks = process(self._client(manager))
            StageApproval.objects.create(process=asks, stage=asks.stage, asked_by=manager)

    def _come(self) -> None:
        """One inquiry more for everybody, one file more, one pair and one merge more."""
        for manager in (self.seller, self.head):
            inquiry(self._client(manager))
            checked_import(manager)
        inquiry(self._client(self.seller), by=self.seller)
        one, other, double = (self._client(self.seller) for _ in range(3))
        DuplicatePair.objects.create(one=one, other=other)
        merging.merge_clients(keep_id=one.pk, drop_id=double.pk, by=self.head)

    def _set_aside(self) -> None:
        """One client more that nobody may contact, and one more in the archive."""
        self.aside, gone = self._client(self.seller), self._client(self.seller)
        for client in (self.aside, gone):
            self._give_back(client)
        until = clock.today() + dt.timedelta(days=9)
        shelving.quarantine(client_id=self.aside.pk, until=until, reason="Asked for it", by=self.head)
        shelving.archive(client_id=gone.pk, reason="Closed down", by=self.head)

    def _night(self) -> None:
        """One client more on each list of the night, and one more night before it."""
        today, gone, near = clock.today(), self._client(self.seller, days=360), self._client(self.seller, days=180)
        facts = {"run": self.night, "manager": self.seller}
        Proposal.objects.create(
            client=gone, department=self.department, clock_date=today, detach_on=today, status="done", **facts
        )
        self._give_back(gone)
        Detachment.objects.filter(client=gone).update(run=self.night, reason="idle")
        DetachHold.objects.create(client=near, clock_date=today, kind="undo", since=today, until=today, **facts)
        LeavingWarning.objects.create(
            client=near, clock_date=today, leaves_on=today, level=7, warned_on=today, head=self.head, **facts
        )
        ParkedClient.objects.create(run=self.night, client=near, step="warn", error="x")
        days = NightlyRun.objects.count()
        NightlyRun.objects.create(date=today - dt.timedelta(days=days * 2), status="done", finished_at=clock.now())

    def _signal(self) -> None:
        """One contact more behind a signal, and one signal more about the client that is looked at."""
        self.signal.events.add(event(self._client(self.seller)))
        facts = {"kind": "last_minute", "manager": self.seller, "client": self.client, "date": clock.today()}
        Signal.objects.create(key=str(Signal.objects.count()), **facts).events.add(event(self.client))

    @staticmethod
    def _client(manager: Manager, *, days: int = 40) -> Client:
        number = Client.objects.count()
        return held_client(
            manager,
            name=f"Client {number}",
            city="Omsk",
            assigned_on=clock.today() - dt.timedelta(days=days),
            region=Region.objects.order_by("pk").last(),
            industry=Industry.objects.order_by("pk").last(),
        )

    def _give_back(self, client: Client) -> None:
        return_client(
            client_id=client.pk,
            by=self.seller,
            reason=ReturnReason.objects.first(),
            comment="No budget",
            rules=NO_RULES,
        )

    def _fill(self, client: Client) -> None:
        persons = [ContactPersonFactory(client=client) for _ in range(2)]
        relate_persons(source=persons[0], target=persons[1], kind="colleague")
        for person in persons:
            ContactPointFactory(client=client, person=person)
        ContactPointFactory(client=client)
        relate_clients(source=client, target=held_client(self.stranger), kind="partner")
        CoManager.objects.create(client=client, manager=ManagerFactory(department=self.elsewhere))
        won, lost, still = (process(client, amount=1000) for _ in range(3))
        close_process(process=won, won=True, by=self.seller)
        close_process(process=lost, won=False, by=self.seller, loss_reason=LossReason.objects.first())
        first = event(client, process=still, occurred_at=clock.now() - dt.timedelta(days=1))
        talk = event(client, process=still, continues=first)
        set_participants(talk, Participants(persons=persons, managers=[self.head], names=["the driver"]))
        Agreement.objects.create(event=talk, text="Send the offer", due_on=clock.today())
        later = clock.now() + dt.timedelta(minutes=10)
        event(client, status=EventStatus.PLANNED, occurred_at=later, continues=talk)

    def pages(self, role: str) -> dict[str, str]:
        """Name → address of what this person reads; a name that ends in "(htmx)" is asked for as a partial."""

        def of(name: str, thing: object, query: str = "") -> str:
            return reverse(name, args=[thing.pk]) + query  # type: ignore[attr-defined]

        pages = {
            **of_reports(self, role),
            "my day": reverse("my-day"),
            "clients": reverse("client-list"),
            "clients, all": reverse("client-list") + "?whose=all&zone=red",
            "clients (htmx)": reverse("client-list"),
            "clients, export": reverse("client-export"),
            "client": of("client-detail", self.client),
            "client with a long history": of("client-detail", self.old_friend),
            "client on the exchange": of("client-detail", self.waiting),
            "client, why": of("client-why", self.client),
            "client, why, a past day (htmx)": of(
                "client-why", self.old_friend, f"?on={clock.today() - dt.timedelta(days=3)}"
            ),
            "client, why, on the exchange": of("client-why", self.waiting),
            "client, new": reverse("client-create"),
            "client, edit": of("client-update", self.client),
            "client, history (htmx)": of("client-history", self.client),
            "client, register a contact": of("contact-register", self.client),
            "client, return": of("client-return", self.client),
            "client, new person": of("person-create", self.client),
            "person, edit": of("person-update", self.person),
            "search": reverse("search") + "?q=client",
            "events": reverse("event-list"),
            "events, everybody's": reverse("event-list") + "?who=all&status=done",
            "event": of("event-detail", self.event),
            "event, new": reverse("event-create") + f"?client={self.client.pk}",
            "event, edit": of("event-update", self.event),
            "event, another client": of("event-move", self.event),
            "event, finish": of("event-finish", self.planned),
            "sales": reverse("process-list"),
            "sales, everybody's": reverse("process-list") + "?who=all&status=all",
            "sales, board": reverse("process-board") + "?who=all",
            "sales, forecast": reverse("process-forecast"),
            "sale": of("process-detail", self.sale),
            "sale, new": reverse("process-create") + f"?client={self.client.pk}",
            "sale, edit": of("process-update", self.sale),
            "sale, close": of("process-close", self.sale),
            "exchange": reverse("exchange-board"),
            "exchange, narrowed and ordered": reverse("exchange-board") + "?sum=0&shelf=with&sort=owners",
            "exchange, archive": reverse("exchange-shelf"),
            "exchange, quarantine": reverse("exchange-shelf") + "?kind=quarantine",
            "client, called by itself": of("client-inbound", self.waiting),
            "client, set aside": of("client-detail", self.aside),
            "who leaves": reverse("exchange-leaving") + "?period=month",
            "who leaves, export": reverse("exchange-leaving-csv") + "?period=month",
            "calendar": reverse("calendar"),
            "calendar, month": reverse("calendar") + "?view=month",
            "calendar, agenda (htmx)": reverse("calendar") + "?view=agenda",
            "calendar, team": reverse("calendar-team"),
            "calendar, feeds": reverse("calendar-feed-list"),
            "norms": reverse("norms"),
            "event, at the calendar (htmx)": of("calendar-event", self.planned),
            "inquiries": reverse("inquiry-list"),
            "inquiry": of("inquiry-detail", self.inquiry),
            "inquiry, new": reverse("inquiry-create"),
            "inquiry, found (htmx)": reverse("inquiry-create") + "?q=client",
            "imports": reverse("import-list"),
            "import": of("import-detail", self.imported[getattr(self, role)]),
            "import, columns": of("import-columns", self.imported[getattr(self, role)]),
            "preferences": reverse("preferences"),
            "approvals": reverse("approval-list"),
            "approvals, rejected": reverse("approval-list") + "?status=rejected",
            "rules": reverse("rule-list"),
            "birthdays": reverse("occasion-list") + "?days=30",
            "letter": of("letter-write", self.client, f"?occasion={Occasion.objects.earliest('pk').pk}"),
            "first steps": reverse("start"),
            "help": reverse("help"),
            "notices": reverse("notice-list"),
            "absences": reverse("absence-list"),
            "absences, all": reverse("absence-list") + "?tab=all",
            "absence, new": reverse("absence-create"),
            "absence, change": of("absence-update", self.absence),
            "zone policies": reverse("policy-list"),
        }
        if role == "seller":
            return pages | {"a colleague's client": of("client-detail", self.strangers)}
        return pages | {
            "client, hand over": of("client-reassign", self.client),
            "client, protect": of("protection-create", self.client),
            "client, quarantine": of("client-quarantine", self.aside),
            "client, merge": of("client-merge", self.client),
            "client, merge, compare": reverse("client-merge-confirm", args=[self.client.pk, self.old_friend.pk]),
            "duplicates": reverse("duplicate-list"),
            "merges": reverse("merge-list"),
            "sales, plans": reverse("process-plans"),
            "regulations": reverse("regulation-list"),
            "regulations, new": reverse("regulation-create"),
            "approvals of sales": reverse("stage-approval-list"),
            "exchange, assign": of("exchange-assign", self.waiting),
            "exchange, assign many": reverse("assign-many") + f"?clients={self.waiting.pk}",
            "exchange, spread": reverse("spread-many") + f"?clients={self.waiting.pk}",
            "exchange, pauses": reverse("claim-pause-list"),
            "re-dating jobs": reverse("redating-list"),
            "re-dating job": of("redating-detail", self.job),
            "desk": reverse("head-desk"),
            "signals": reverse("signal-list"),
            "signals, all (htmx)": reverse("signal-list") + "?seen=all",
            "signal": of("signal-detail", self.signal),
            "nights": reverse("night-list"),
            "night": of("night-detail", self.night),
            "night, kept": of("night-detail", self.night, "?tab=kept"),
            "night, warned": of("night-detail", self.night, "?tab=warned"),
            "night, parked (htmx)": of("night-detail", self.night, "?tab=parked"),
            "night, export": of("night-export", self.night),
            "night, undo": of("night-undo", self.night),
            "exchange, wanted by nobody": reverse("exchange-weekly"),
        }


def of_reports(world: World, role: str) -> dict[str, str]:
    """The reports this person may open, compared with the period before, and the rows behind one number of each."""
    pages = {"reports": reverse("report-index")}
    for report in all_reports():
        if report.access.allows(getattr(world, role)):
            pages[f"report {report.key}"] = f"{reverse(report.url_name)}?compare=previous"
            if report.figures:
                pages[f"report {report.key}, rows"] = reverse(f"{report.url_name}-rows")
    return pages


def counted(signed_in: Browser, name: str, url: str) -> list[str]:
    """The queries of one page."""
    headers = HTMX if name.endswith("(htmx)") else {}
    signed_in.get(url, headers=headers)
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = signed_in.get(url, headers=headers)
        # An export is written while it is read.
        assert b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200, name
    return [query["sql"] for query in queries]


def by_page(world: World, role: str) -> Iterator[tuple[str, list[str]]]:
    signed_in = browser(getattr(world, role))
    for name, url in world.pages(role).items():
        yield name, counted(signed_in, name, url)


@pytest.mark.parametrize("role", ["seller", "head"])
def test_every_page_costs_what_was_reviewed_however_many_rows_there_are(role):
    world = World()
    few = dict(by_page(world, role))
    world.grow(1)
    many = dict(by_page(world, role))
    # Fewer may be: among the best found of many is none that nobody holds, which is asked about apart.
    grown = {name: f"{len(few[name])} → {len(many[name])}" for name in few if len(few[name]) < len(many[name])}
    detail = [added for name in grown for added in _added(few[name], many[name])]
    assert not grown, "these pages ask more often when there are more rows:\n" + "\n".join([str(grown), *detail])
    now = {name: len(queries) for name, queries in few.items()}
    reviewed = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if UPDATE:
        BASELINE.write_text(json.dumps(reviewed | {role: now}, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
        return
    told = reviewed.get(role, {})
    changed = {name: f"{told.get(name)} → {now.get(name)}" for name in now | told if told.get(name) != now.get(name)}
    assert not changed, f"{role}: {changed}\n{ADVICE}"


def _added(few: list[str], many: list[str]) -> Iterator[str]:
    """The first words of the queries that came on top, by their tables."""
    seen = [query.split("WHERE")[0] for query in few]
    for query in many:
        start = query.split("WHERE")[0]
        if start in seen:
            seen.remove(start)
        else:
            yield f"  + …{query[query.find(' FROM ') :][:300]}"
