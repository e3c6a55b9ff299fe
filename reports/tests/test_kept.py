"""Numbers from what is kept are those of the rows, whatever is written, settled or not."""

import datetime as dt
from collections import defaultdict
from dataclasses import replace

import pytest
from django.db import connection

from clients import rulebook
from clients.models import Client, ContactPerson, ContactPoint, Manager, OwnershipPeriod, RuleSetting
from clients.tests.factories import ContactPersonFactory, ContactPointFactory
from crm import clock
from exchange.models import Claim, Detachment, FirstTouch, Shelving
from interactions.models import Event, SalesProcess
from interactions.tests.factories import event, process
from reports.exchange_health.figures import FIGURES as EXCHANGE
from reports.frame import figures as frame
from reports.frame.scope import Scope
from reports.head_control.figures import FIGURES as CONTROL
from reports.kept import reading, settling, triggers
from reports.kept.models import ChangedClient, HeldClient, KeptState, LightNumbers
from reports.kept.sets import BY_ROWS
from reports.rulebook import PORTRAIT_PERCENT
from reports.rules.periods import Period
from reports.tests.exchange_world import Market
from reports.traffic_light.figures import FIGURES as LIGHT

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
#: Of the head's control what is kept: contacts of the period are not.
JUDGED = ("clients", "green", "yellow", "red", "no_sale", "overdue", "portrait", "contacts")


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY))


@pytest.fixture
def market():
    found = Market(7, clients=30)
    held = Client.objects.held().order_by("pk")
    ContactPointFactory(client=held[0], person=ContactPersonFactory(client=held[0]))
    ContactPersonFactory(client=held[1])
    for client in held[:2]:
        event(client, status="planned", occurred_at=clock.at(TODAY - DAY * 3))
        process(client)
    settling.count_all()
    return found


def scope_of(managers=None, days: int = 365) -> Scope:
    today = clock.today()
    return Scope(
        reader=Manager(),
        today=today,
        period=Period(today - DAY * days, today),
        manager_ids=managers,
        nobody=managers is None,
        rules=rulebook.load(),
    )


def counted_of(figures, scope, *columns, keys=()):
    """The numbers of the rows, asked of exactly this scope."""
    found = defaultdict(dict)
    for rows, wanted in frame.by_rows(figures, keys).items():
        asked = frame.grouped(rows(scope), {key: figures[key] for key in wanted}, scope, columns or ("whose",))
        for place, *numbers in asked:
            found[place].update(zip(wanted, (number or 0 for number in numbers), strict=True))
    return found


def differences(market) -> list[str]:
    """Where the kept numbers are not those of the rows, for the company and for one department."""
    some = frozenset(seller.pk for seller in market.sellers[:3])
    found = []
    for scope in (scope_of(), scope_of(some, days=100)):
        for figures, keys in ((LIGHT, ()), (CONTROL, JUDGED), (EXCHANGE, ())):
            kept, counted = (way(figures, scope, keys=keys) for way in (reading.tally, counted_of))
            found += [
                f"{who}: {kept.get(who)} {counted.get(who)}"
                for who in kept.keys() | counted
                if kept.get(who) != counted.get(who)
            ]
        for columns in (("date",), ("waited",)):
            kept, counted = (way(EXCHANGE, scope, *columns, keys=["taken"]) for way in (reading.tally, counted_of))
            found += [f"{columns}"] if kept != counted else []
    return found


def some(model, **facts):
    return model.objects.filter(**facts).order_by("pk")[:3]


def each(rows, **values) -> None:
    """Written past the models, as an import does."""
    rows.model.objects.filter(pk__in=[row.pk for row in rows]).update(**values)


def deleted() -> None:
    client = Client.objects.held().first()
    for model in (Event, SalesProcess):
        model.objects.filter(client=client).delete()
    client.delete()


CHANGES = {
    "handed over": lambda: each(some(Client, manager__isnull=False), manager=Manager.objects.order_by("pk").last()),
    "later": lambda: each(some(Client, manager__isnull=False), detach_on=TODAY + DAY * 300),
    "portrait": lambda: each(
        some(Client, manager__isnull=False), **dict.fromkeys(("profile", "preferences", "website"), "x")
    ),
    "set aside": lambda: each(some(Client, exchange_since__isnull=False), quarantine_until=TODAY + DAY),
    "archived": lambda: each(some(Client, exchange_since__isnull=False), archived_at=clock.now()),
    "by whom": lambda: each(some(Client, exchange_since__isnull=False), last_manager=None),
    "deleted": deleted,
    "person": lambda: ContactPersonFactory(client=Client.objects.held().first()),
    "person left": lambda: ContactPerson.objects.update(is_active=False),
    "no phone": lambda: ContactPoint.objects.all().delete(),
    "plan": lambda: event(Client.objects.held().first(), status="planned", occurred_at=clock.at(TODAY - DAY)),
    "no plan": lambda: Event.objects.planned().delete(),
    "sale": lambda: process(Client.objects.held().first(), status="open"),
    "sales moved": lambda: SalesProcess.objects.update(client=Client.objects.held().last()),
    "won": lambda: each(some(SalesProcess), status="won", started_on=TODAY - DAY, closed_on=TODAY),
    "contacts": lambda: Event.objects.counted().delete(),
    "later written": lambda: Event.objects.update(created_at=clock.now()),
    "claim": lambda: Claim.objects.create(
        client=Client.objects.on_exchange().first(),
        manager=Manager.objects.first(),
        date=TODAY,
        claimed_at=clock.now(),
        exchange_since=clock.now(),
    ),
    "no client": lambda: each(some(Claim, client__isnull=False), client=None),
    "due": lambda: FirstTouch.objects.update(due_on=TODAY),
    "not owed": lambda: FirstTouch.objects.all().delete(),
    "held no longer": lambda: OwnershipPeriod.objects.filter(until=None).update(
        until=TODAY, lost=OwnershipPeriod.Lost.RETURNED
    ),
    "not failed": lambda: Detachment.objects.update(undone_at=clock.now()),
    "never came": lambda: Detachment.objects.all().delete(),
    "shelved": lambda: Shelving.objects.create(
        client=Client.objects.on_exchange().first(),
        action="archive",
        reason="?",
        date=TODAY,
        made_by=Manager.objects.first(),
    ),
    "restored": lambda: Shelving.objects.update(action="restore", reason=""),
}


def test_what_was_worked_out_is_what_the_rows_say(market):
    assert reading.changed(scope_of()).clients == []
    assert differences(market) == []


def test_asked_in_general_the_rows_say_the_same(market):
    """Of other days, periods and managers by the words of the first."""
    some = frozenset(seller.pk for seller in market.sellers[:3])
    asked = [scope_of(), scope_of(days=20), scope_of(some, days=100), scope_of(frozenset(), days=9)]
    for scope in (*asked, replace(asked[0], today=TODAY - DAY * 40)):
        for figures in (LIGHT, CONTROL, EXCHANGE):
            assert frame.tally(figures, scope) == counted_of(figures, scope)


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_seen_at_once_and_when_settled(market, change):
    CHANGES[change]()
    assert reading.changed(scope_of()).clients, "the change did not come into the queue"
    assert differences(market) == []
    assert settling.settle()
    assert reading.changed(scope_of()).clients == []
    assert differences(market) == []


def test_the_numbers_are_read_where_they_are_kept(market):
    LightNumbers.objects.update(held=1000)
    assert {numbers["held"] for numbers in reading.light_now(scope_of()).values()} == {1000}


def test_of_another_day_or_by_other_rules_the_rows_are_counted(market, time_machine):
    event(Client.objects.held().first(), status="planned", occurred_at=clock.now())
    settling.settle()
    time_machine.move_to(clock.at(TODAY + DAY))
    assert reading.changed(scope_of()) is None
    settling.settle()
    assert reading.changed(scope_of()).clients == []
    assert differences(market) == []
    RuleSetting.objects.create(key=PORTRAIT_PERCENT, value=10)
    assert reading.changed(scope_of()) is None
    settling.settle()
    assert reading.changed(scope_of()).clients == []
    assert differences(market) == []


def test_too_many_changes_are_not_looked_at_one_by_one(market, monkeypatch):
    monkeypatch.setattr(reading, "MOST", 2)
    ChangedClient.objects.bulk_create(ChangedClient(client=client.pk) for client in Client.objects.all()[:3])
    assert reading.changed(scope_of()) is None
    assert differences(market) == []


def test_after_a_long_time_everything_is_worked_out_anew(market, time_machine):
    HeldClient.objects.all().delete()
    time_machine.move_to(clock.at(TODAY + DAY * 10))
    settling.settle()
    assert HeldClient.objects.count() == Client.objects.held().count()
    assert differences(market) == []


def test_the_triggers_are_there_and_come_back():
    assert triggers.are_installed("default")
    KeptState.objects.all().delete()
    settling.count_all()
    with connection.cursor() as cursor:
        on = " ON clients_client" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER kept_clients_client_update{on}")
    assert not triggers.are_installed("default")
    triggers.keep_after_migrations(sender=None, using="default", plan=[("a migration", False)])
    assert triggers.are_installed("default")
    # What was written meanwhile nobody knows.
    assert not KeptState.objects.exists()


def test_every_kept_set_is_of_figures():
    figures = (*LIGHT.values(), *CONTROL.values(), *EXCHANGE.values())
    assert set(BY_ROWS) <= {figure.rows for figure in figures}
