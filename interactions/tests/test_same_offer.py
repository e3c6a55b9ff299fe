"""Two people about to offer the same: both are told, once; form and card say so; nothing is forbidden."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import CoManager, Notice, RuleSetting
from clients.notices import words
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser
from crm import clock
from interactions import sales, same_offer, services
from interactions.models import Event, EventStatus, ProcessKind, ProcessLine, Product, SalesProcess
from interactions.rulebook import SAME_OFFER
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db

NOW = clock.at(dt.date(2026, 5, 20))
DAY = dt.timedelta(days=1)
HTMX = {"HX-Request": "true"}
PUMPS = "Offer of ten pumps"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def anna():
    return ManagerFactory(first_name="Anna", last_name="Ivanova")


@pytest.fixture
def boris():
    return ManagerFactory(first_name="Boris", last_name="Petrov")


@pytest.fixture
def romashka(anna, boris):
    client = held_client(anna, name="Romashka")
    CoManager.objects.create(client=client, manager=boris)
    return client


def plan(client, *, by, days=1, subject=PUMPS, **kwargs) -> Event:
    return event(client, by=by, status=EventStatus.PLANNED, occurred_at=NOW + days * DAY, subject=subject, **kwargs)


def sell(client, *, by, products=(), title="Ten pumps", kind_name="Sale") -> SalesProcess:
    sale = SalesProcess(client=client, kind=ProcessKind.objects.get(name=kind_name), title=title, responsible=by)
    return sales.start_process(process=sale, by=by, lines=[ProcessLine(product=each) for each in products])


def told() -> set[tuple[int, str]]:
    return {(notice.recipient_id, words(notice)) for notice in Notice.objects.filter(kind=same_offer.KIND)}


def test_both_are_told_once(romashka, anna, boris):
    mine = plan(romashka, by=anna)
    assert told() == set()
    theirs = plan(romashka, by=boris, days=5)
    both = {
        (anna.pk, "Boris Petrov plans the same with Romashka as you: agree who does it"),
        (boris.pk, "Anna Ivanova plans the same with Romashka as you: agree who does it"),
    }
    assert told() == both
    for each in (mine, theirs):
        services.change_event(event=each, by=anna)
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [{"days": 30}, {"subject": "Invite to the fair"}, {"status": EventStatus.DONE, "days": -1}],
    ids=["far", "other words", "done"],
)
def test_what_is_no_clash_is_not_told(romashka, anna, boris, other):
    plan(romashka, by=anna)
    if "status" in other:
        event(romashka, by=boris, occurred_at=NOW - DAY, subject=PUMPS)
    else:
        plan(romashka, by=boris, **other)
    plan(held_client(boris), by=boris)
    assert told() == set()


def test_sales_of_one_kind_about_the_same_products(romashka, anna, boris):
    pumps, valves = Product.objects.create(name="Pump"), Product.objects.create(name="Valve")
    first = sell(romashka, by=anna, products=[pumps])
    other = sell(romashka, by=boris, products=[valves])
    assert same_offer.of(other) == []
    sales.change_process(process=other, by=boris, lines=[*other.lines.all(), ProcessLine(product=pumps)])
    assert [clash.other for clash in same_offer.of(other)] == [first]
    assert len(told()) == 2
    sales.close_process(process=first, won=True, by=anna)
    assert same_offer.of(other) == []


def test_the_rule_is_the_companys(romashka, anna, boris):
    rule = RuleSetting.objects.create(key=SAME_OFFER, is_on=True, value=3)
    plan(romashka, by=anna)
    later = plan(romashka, by=boris, days=5)
    assert same_offer.of(later) == []
    rule.value = 4
    rule.save()
    assert len(same_offer.of(later)) == 1
    rule.is_on = False
    rule.save()
    assert same_offer.of(later) == []
    assert same_offer.on_card(romashka) == []


def test_found_before_anything_is_stored(romashka, anna, boris):
    mine = plan(romashka, by=anna)
    found = same_offer.find(romashka, by=boris, kind=kind(), at=NOW + 2 * DAY, subject="ten pumps: offer")
    assert [(clash.who, clash.other, clash.own) for clash in found] == [(anna, mine, None)]
    assert same_offer.find(romashka, by=anna, kind=kind(), at=NOW + 2 * DAY, subject=PUMPS) == []
    sell(romashka, by=anna)
    sale = ProcessKind.objects.get(name="Sale")
    assert [clash.who for clash in same_offer.find(romashka, by=boris, process_kind=sale, subject="x")] == [anna]


# --- on the pages -----------------------------------------------------------------------------------------------------
def ask(who, client, **sent):
    answer = browser(who).get(reverse("same-offer", args=[client.pk]), sent, headers=HTMX)
    return answer.status_code, answer.content.decode()


def test_the_form_says_so_while_it_is_typed(romashka, anna, boris):
    mine = plan(romashka, by=anna)
    at = (NOW + 2 * DAY).strftime("%Y-%m-%dT%H:%M")
    sent = {"of": "plan", "kind": kind().pk, "occurred_at": at, "subject": PUMPS, "status": "planned"}
    _, page = ask(boris, romashka, **sent)
    assert "Anna Ivanova plans the same" in page
    assert mine.get_absolute_url() in page
    _, page = ask(boris, romashka, of="next", next_kind=kind().pk, next_at=at, next_subject=PUMPS)
    assert "Anna Ivanova plans the same" in page
    for changed in ({"status": "done"}, {"occurred_at": ""}, {"responsible": anna.pk}, {"of": "x"}, {"subject": "Hm"}):
        assert ask(boris, romashka, **sent | changed)[1].strip() == ""


def test_the_form_of_a_sale_says_so(romashka, anna, boris):
    pumps, valves = Product.objects.create(name="Pump"), Product.objects.create(name="Valve")
    sell(romashka, by=anna, products=[pumps])
    sent = {"of": "sale", "kind": ProcessKind.objects.get(name="Sale").pk, "title": "Pumps"}
    assert "Anna Ivanova leads such a sale already" in ask(boris, romashka, **sent)[1]
    assert ask(boris, romashka, **sent, **{"rows-1-product": valves.pk})[1].strip() == ""
    assert "such a sale" in ask(boris, romashka, **sent, **{"rows-1-product": pumps.pk})[1]


@pytest.mark.parametrize("nonsense", ["x", "9" * 30, "-1", "99999999T", "2026-13-45T10:00"])
def test_nonsense_finds_nothing(romashka, boris, nonsense):
    for name in ("kind", "occurred_at", "process", "responsible"):
        assert ask(boris, romashka, of="plan", **{name: nonsense})[0] == 200
    assert ask(boris, romashka, of="sale", kind=nonsense, **{"rows-0-product": nonsense})[0] == 200


def test_strangers_learn_nothing(romashka, anna):
    plan(romashka, by=anna)
    assert ask(ManagerFactory(), romashka, of="plan", subject=PUMPS)[0] == 404


def test_a_toast_after_saving_and_the_card_of_both(romashka, anna, boris):
    mine = plan(romashka, by=anna)
    at = (NOW + 2 * DAY).strftime("%Y-%m-%dT%H:%M")
    sent = {"kind": kind().pk, "next_kind": kind().pk, "next_at": at, "next_subject": PUMPS}
    answer = browser(boris).post(reverse("contact-register", args=[romashka.pk]), sent, headers=HTMX)
    assert answer.status_code == 200
    assert f'<a href="{mine.get_absolute_url()}">{PUMPS}</a>' in answer.content.decode()
    assert len(told()) == 2
    for reader in (anna, boris):
        assert "Anna Ivanova and Boris Petrov plan the same" in card(reader, romashka) or (
            "Boris Petrov and Anna Ivanova plan the same" in card(reader, romashka)
        )


def card(reader, client) -> str:
    return browser(reader).get(client.get_absolute_url()).content.decode()


def test_the_card_asks_nothing_more_where_one_works_alone(romashka, anna, boris):
    plan(romashka, by=anna)
    process(romashka, by=anna)
    romashka.may_see = True
    same_offer.next_steps(romashka), same_offer.sales_of(romashka)
    with CaptureQueriesContext(connection) as queries:
        assert same_offer.on_card(romashka) == []
    assert len(queries) == 0
