"""What flowed is added up to the row, whoever writes it and however."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest

from clients.models import Client, LeadSource, OwnershipPeriod, Region
from clients.rules.freezing import days_between
from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from exchange.models import Claim, Detachment
from interactions.models import ProcessKind, SalesProcess
from reports.clients_and_sales.figures import FIGURES
from reports.clients_and_sales.selectors import _TOLD
from reports.flows.keeping import FLOWS
from reports.flows.models import FlowDay, FlowMonth, FlowOrigin, FlowYear
from reports.flows.reading import ORIGIN, WHOSE, by_each, by_part
from reports.frame.figures import summed, tally
from reports.frame.scope import Scope
from reports.rules.periods import Period

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 10)


def sums():
    """What is added up."""
    found = Counter()
    for model in (FlowYear, FlowMonth, FlowDay, FlowOrigin):
        by = [each.name for each in model._meta.fields if each.name not in ("id", "number", "amount")]
        for *key, number, amount in model.objects.values_list(*by, "number", "amount"):
            found[model.__name__, "number", *key] += number
            found[model.__name__, "amount", *key] += amount
    return {key: number for key, number in found.items() if number}


def are_right() -> bool:
    """Whether they are what counting anew says."""
    kept = sums()
    FLOWS.count_all()
    return kept == sums()


def owner(client, since, *, until=None, gained="created", manager=None):
    return OwnershipPeriod.objects.create(
        client=client,
        manager=manager or ManagerFactory(),
        since=since,
        until=until,
        gained=gained,
        lost="idle" if until else "",
    )


def sale(client, closed_on, amount="10.50", status="won"):
    return SalesProcess.objects.create(
        client=client,
        kind=ProcessKind.objects.first() or ProcessKind.objects.create(name="Sale"),
        title="Pumps",
        responsible=client.manager,
        author=client.manager,
        status=status,
        closed_on=closed_on,
        amount=None if amount is None else Decimal(amount),
    )


def detachment(client, day=DAY, reason="idle"):
    return Detachment.objects.create(
        client=client,
        manager=client.manager,
        reason=reason,
        date=day,
        detached_at=clock.at(day),
        assigned_on=day,
        clock_date=day,
        zone="red",
    )


def claim(client, day=DAY):
    return Claim.objects.create(
        client=client, manager=client.manager, date=day, claimed_at=clock.at(day), exchange_since=clock.at(day)
    )


@pytest.fixture
def client():
    """With everything that flows: an owner who came second, two sales won, one lost, an arrival and a claim."""
    found = held_client()
    found.source, found.region = LeadSource.objects.create(name="Fair"), Region.objects.create(name="North")
    found.save()
    OwnershipPeriod.objects.filter(client=found).delete()
    owner(found, DAY, manager=found.manager)
    sale(found, DAY)
    sale(found, DAY + dt.timedelta(days=40), None)
    sale(found, DAY, status="lost")
    detachment(found)
    claim(found)
    return found


def periods(client):
    return OwnershipPeriod.objects.filter(client=client)


def sales(client):
    return SalesProcess.objects.filter(client=client, status="won").order_by("pk")


CHANGES = {
    "an earlier owner": lambda client: owner(client, DAY - dt.timedelta(days=100), until=DAY),
    "an earlier owner who was imported": lambda client: owner(
        client, DAY - dt.timedelta(days=100), until=DAY, gained="imported"
    ),
    "a later owner": lambda client: (
        periods(client).update(until=DAY + dt.timedelta(days=3), lost="idle"),
        owner(client, DAY + dt.timedelta(days=3)),
    ),
    "the owner went": lambda client: periods(client).update(until=DAY + dt.timedelta(days=30), lost="idle"),
    "another day": lambda client: periods(client).update(since=DAY - dt.timedelta(days=70)),
    "of another client": lambda client: periods(client).update(client=bare()),
    "was imported after all": lambda client: periods(client).update(gained="imported"),
    "the first owner is gone": lambda client: (
        owner(client, DAY - dt.timedelta(days=100), until=DAY),
        periods(client).order_by("since").first().delete(),
    ),
    "many owners at once": lambda client: OwnershipPeriod.objects.bulk_create(
        OwnershipPeriod(
            client=client,
            manager=client.manager,
            since=DAY - dt.timedelta(days=n),
            until=DAY,
            gained="created",
            lost="left",
        )
        for n in range(5)
    ),
    "undone": lambda client: Detachment.objects.update(undone_at=clock.now()),
    "for another reason": lambda client: Detachment.objects.update(reason="returned"),
    "the arrival is gone": lambda client: Detachment.objects.all().delete(),
    "a claim without its client": lambda client: Claim.objects.update(client=None),
    "an earlier sale": lambda client: sale(client, DAY - dt.timedelta(days=90)),
    "the first sale reopened": lambda client: sales(client).filter(closed_on=DAY).update(status="open", closed_on=None),
    "the first sale later": lambda client: (
        sales(client).filter(closed_on=DAY).update(closed_on=DAY + dt.timedelta(days=80))
    ),
    "for more money": lambda client: sales(client).update(amount=Decimal("99.99")),
    "without money": lambda client: sales(client).update(amount=None),
    "by another": lambda client: sales(client).update(responsible=ManagerFactory()),
    "from elsewhere": lambda client: Client.objects.update(source=LeadSource.objects.create(name="Web")),
    "from nowhere": lambda client: Client.objects.update(source=None, region=None),
    "renamed": lambda client: Client.objects.update(name="Another"),
}


def bare():
    client = held_client()
    OwnershipPeriod.objects.filter(client=client).delete()
    return client


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_done_it_is_added_up(client, change):
    assert sums()
    assert are_right()
    change(client)
    assert are_right()


def test_folded_it_says_the_same(client):
    for change in (CHANGES["an earlier owner"], CHANGES["from nowhere"], CHANGES["an earlier sale"]):
        change(client)
    before = sums()
    assert FLOWS.fold() > 0
    assert sums() == before
    assert FLOWS.fold() == 0


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-01-01", "2026-12-31"),
        ("2025-12-05", "2026-04-19"),
        ("2026-03-01", "2026-03-31"),
        ("2026-03-10", "2026-03-10"),
    ],
)
def test_figures_told_of_it_are_those_of_the_rows(client, since, until):
    CHANGES["an earlier owner"](client)
    sale(client, DAY + dt.timedelta(days=9))
    claim(held_client(), DAY + dt.timedelta(days=22))
    period = Period(dt.date.fromisoformat(since), dt.date.fromisoformat(until))
    scope = Scope(reader=client.manager, today=clock.today(), period=period, manager_ids=None)
    told = by_each(FIGURES, _TOLD, scope, [WHOSE, ORIGIN])
    assert told == [something(tally(FIGURES, scope, *by, keys=list(_TOLD))) for by in (WHOSE, ORIGIN)]
    days = days_between(period.since, period.until)
    by_days, by_reason = by_part(_TOLD, scope, days)
    lost = tally({"lost": FIGURES["lost"]}, scope, "reason")
    assert by_reason == lost
    assert by_part(_TOLD, scope, days[:1]) == ({days[0]: summed(by_days.values())} if by_days else {}, lost)
    rows = {}
    for column in ("since", "date", "closed_on"):
        keys = [
            key for key in _TOLD if column == {"new": "since", "taken": "date", "lost": "date"}.get(key, "closed_on")
        ]
        for day, numbers in tally(FIGURES, scope, column, keys=keys).items():
            rows.setdefault(day, dict.fromkeys(_TOLD, 0)).update(numbers)
    assert by_days == something(rows)


def something(found):
    """Without the places of which nothing is said, and with every figure."""
    return {place: dict.fromkeys(_TOLD, 0) | numbers for place, numbers in found.items() if any(numbers.values())}
