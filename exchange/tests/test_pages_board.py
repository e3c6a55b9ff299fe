"""The board of the exchange: what it shows of each client, how it is narrowed down and ordered, what is said of the
reader's budget, what changes while it is open, many at once."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Absence, Client, Industry, LeadSource, RuleSetting
from clients.services import attach
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    RegionFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from exchange import services
from exchange.board import claimable_q
from exchange.claims import states
from exchange.models import Claim, ClaimPause, Detachment, FirstTouch, ReturnReason
from exchange.services import claim, return_client
from exchange.views import board as board_views
from interactions.models import LossReason, ProcessKind, SalesProcess
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
BOARD, LIVE = "/exchange/", "/exchange/live/"
DAY = dt.timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def seller(client):
    manager = ManagerFactory(first_name="Vera", last_name="Petrova")
    client.force_login(manager)
    return manager


@pytest.fixture
def head(client):
    head = head_of(DepartmentFactory())
    client.force_login(head)
    return head


def names(response):
    return [row.client.name for row in response.context["rows"]]


def page_of(response):
    return response.content.decode()


def waiting(name, *, days=3, manager=None, **kwargs):
    return exchange_client(manager, name=name, since=clock.now() - days * DAY, **kwargs)


def sale(of, status, *, amount=None, closed=None, loss="", by=None, **kwargs):
    by = by or ManagerFactory()
    return SalesProcess.objects.create(
        client=of,
        kind=ProcessKind.objects.first(),
        title="x",
        status=status,
        amount=amount,
        closed_on=closed or (None if status == "open" else clock.today()),
        loss_reason=LossReason.objects.get_or_create(name=loss)[0] if loss else None,
        responsible=by,
        author=by,
        **kwargs,
    )


def owned(of, managers):
    """As if these managers had held it one after the other, long ago."""
    since = of.exchange_since
    for manager in managers:
        attach(client_id=of.pk, manager=manager, by=None, gained="assigned", today=clock.today() - 400 * DAY)
        of.refresh_from_db()
        services.clients.detach(
            client=of, lost="released", by=None, today=clock.today() - 390 * DAY, moment=clock.now() - 390 * DAY
        )
    Client.objects.filter(pk=of.pk).update(exchange_since=since)
    return of


def rule(key, value, *, is_on=True):
    RuleSetting.objects.update_or_create(key=key, defaults={"value": value, "is_on": is_on})


# --- filters and orders -----------------------------------------------------------------------------------------------
def test_by_the_last_contact(client, seller):
    today = clock.today()
    for days in (0, 30, 31, 90, 91, 180, 181, 365, 366):
        row = waiting(f"{days}")
        Client.objects.filter(pk=row.pk).update(last_contact_on=today - days * DAY)
    waiting("never")

    def found(value):
        return sorted(names(client.get(BOARD, {"talk": value})))

    assert found("30") == ["0", "30"]
    assert found("90") == ["31", "90"]
    assert found("180") == ["180", "91"]
    assert found("365") == ["181", "365"]
    assert found("more") == ["366"]
    assert found("never") == ["never"]


def test_by_past_sales(client, seller):
    small, large, lost = waiting("Small"), waiting("Large"), waiting("Lost")
    waiting("Nothing")
    sale(small, "won", amount=99)
    for _ in range(2):
        sale(large, "won", amount=50)
    sale(lost, "lost", amount=1000)
    assert sorted(names(client.get(BOARD, {"won": "yes"}))) == ["Large", "Small"]
    assert sorted(names(client.get(BOARD, {"won": "no"}))) == ["Lost", "Nothing"]
    assert names(client.get(BOARD, {"sum": "100"})) == ["Large"]
    assert sorted(names(client.get(BOARD, {"sum": "99"}))) == ["Large", "Small"]
    assert names(client.get(BOARD, {"sort": "-total"}))[:2] == ["Large", "Small"]


def test_why_lost_is_the_reason_of_the_last_lost_sale(client, seller):
    price, timing = waiting("Price"), waiting("Timing")
    waiting("Neither")
    sale(price, "lost", loss="Price", closed=clock.today())
    sale(timing, "lost", loss="Price", closed=clock.today() - 100 * DAY)
    sale(timing, "lost", loss="Timing", closed=clock.today())
    reasons = {reason.name: reason.pk for reason in LossReason.objects.all()}
    assert names(client.get(BOARD, {"loss": reasons["Price"]})) == ["Price"]
    assert names(client.get(BOARD, {"loss": reasons["Timing"]})) == ["Timing"]
    assert names(client.get(BOARD, {"sort": "loss"})) == ["Price", "Timing", "Neither"]


def test_by_the_number_of_owners(client, seller):
    people = [ManagerFactory() for _ in range(4)]
    waiting("None")
    owned(waiting("One"), [people[0], people[0]])
    owned(waiting("Two"), people[:2])
    owned(waiting("Three"), people[:3])
    owned(waiting("Four"), people)
    assert names(client.get(BOARD, {"owners": "1"})) == ["One"]
    assert names(client.get(BOARD, {"owners": "2"})) == ["Two"]
    assert sorted(names(client.get(BOARD, {"owners": "3"}))) == ["Four", "Three"]
    assert names(client.get(BOARD, {"sort": "owners"})) == ["None", "One", "Two", "Three", "Four"]


def test_by_who_claimed_it_before(client, seller):
    waiting("Never")
    returned, failed = waiting("Returned"), waiting("Failed")
    other = ManagerFactory()
    for row in (returned, failed):
        claim(client_id=row.pk, by=other)
        return_client(client_id=row.pk, by=other, reason=ReturnReason.objects.first())
    detachment = Detachment.objects.get(client=failed)
    detachment.failed_claim = Claim.objects.get(client=failed)
    detachment.save()
    assert names(client.get(BOARD, {"claimed": "never"})) == ["Never"]
    assert sorted(names(client.get(BOARD, {"claimed": "yes"}))) == ["Failed", "Returned"]
    assert names(client.get(BOARD, {"claimed": "failed"})) == ["Failed"]
    assert names(client.get(BOARD, {"sort": "claims"}))[0] == "Never"
    Detachment.objects.filter(client=failed).update(undone_at=clock.now())
    assert names(client.get(BOARD, {"claimed": "failed"})) == []


def test_what_i_may_claim_now(client, seller):
    free, early = waiting("Free"), waiting("Early", days=0)
    mine, long_ago = waiting("Mine before", days=10), waiting("Long ago", days=40)
    for row in (mine, long_ago):
        since = row.exchange_since
        attach(client_id=row.pk, manager=seller, by=None, gained="assigned", today=clock.local_date(since) - 9 * DAY)
        row.refresh_from_db()
        services.clients.detach(client=row, lost="idle", by=None, today=clock.local_date(since), moment=since)
    aside = waiting("Aside")
    Client.objects.filter(pk=aside.pk).update(quarantine_until=clock.today())
    over = waiting("Over")
    Client.objects.filter(pk=over.pk).update(quarantine_until=clock.today() - DAY)
    query = {"may": "yes", "shelf": "with"}
    assert sorted(names(client.get(BOARD, query))) == ["Free", "Long ago", "Over"]
    assert sorted(names(client.get(BOARD, {**query, "may": "no"}))) == ["Aside", "Early", "Mine before"]
    assert set(names(client.get(BOARD, {"sort": "may", "shelf": "with"}))[:3]) == {"Free", "Long ago", "Over"}
    # The filter and the words of the rows are of one mind.
    rows = list(Client.objects.on_exchange())
    said = {row.pk for row in rows if states(rows, seller)[row.pk].claimable}
    now = clock.now()
    assert set(Client.objects.on_exchange().filter(claimable_q(seller, now=now)).values_list("pk", flat=True)) == said
    assert {free.pk, long_ago.pk, over.pk} == said
    assert early.pk not in said
    # Whom a rule forbids everything may claim nothing.
    ClaimPause.objects.create(manager=seller, starts_on=clock.today(), until=clock.today(), failures=3)
    assert names(client.get(BOARD, query)) == []
    assert len(names(client.get(BOARD, {**query, "may": "no"}))) == 6


def test_who_may_not_be_contacted_is_hidden_unless_asked_for(client, seller):
    waiting("Here")
    aside = waiting("Aside")
    Client.objects.filter(pk=aside.pk).update(quarantine_until=clock.today())
    assert names(client.get(BOARD)) == ["Here"]
    assert sorted(names(client.get(BOARD, {"shelf": "with"}))) == ["Aside", "Here"]
    response = client.get(BOARD, {"shelf": "only"})
    assert names(response) == ["Aside"]
    assert "Do not contact until" in page_of(response)
    assert reverse("claim", args=[aside.pk]) not in page_of(response)
    Client.objects.filter(pk=aside.pk).update(quarantine_until=clock.today() - DAY)
    assert sorted(names(client.get(BOARD))) == ["Aside", "Here"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("category", ["A", "C", "-"]),
        ("region", ["C", "A", "-"]),
        ("industry", ["A", "C", "-"]),
        ("manager", ["A", "C", "-"]),
        ("-contact", ["C", "A", "-"]),
        ("name", ["-", "A", "C"]),
    ],
)
def test_every_order(client, seller, sort, expected):
    first = waiting(
        "A", days=1, category="A", region=RegionFactory(name="North"), industry=Industry.objects.create(name="Bread"),
        manager=ManagerFactory(last_name="Adams"),
    )  # fmt: skip
    second = waiting(
        "C", days=2, category="C", region=RegionFactory(name="East"), industry=Industry.objects.create(name="Cars"),
        manager=ManagerFactory(last_name="Brown"),
    )  # fmt: skip
    third = waiting("-", days=3)
    Client.objects.filter(pk=third.pk).update(last_manager=None)
    Client.objects.filter(pk=first.pk).update(last_contact_on=clock.today() - 9 * DAY)
    Client.objects.filter(pk=second.pk).update(last_contact_on=clock.today() - DAY)
    assert names(client.get(BOARD, {"sort": sort})) == expected


def test_source_is_a_filter_too(client, seller):
    fair = LeadSource.objects.create(name="Fair of 1999")
    waiting("Fair", source=fair)
    waiting("Other")
    assert names(client.get(BOARD, {"source": fair.pk})) == ["Fair"]


@pytest.mark.parametrize("sort", board_views.ExchangeBoard.sort_words)
def test_every_order_of_the_menu_is_understood(client, seller, sort):
    waiting("A")
    response = client.get(BOARD, {"sort": sort})
    assert response.context["sort"] == sort
    assert len([here for _url, _words, here in response.context["sort_menu"] if here]) == 1


# --- why take it ------------------------------------------------------------------------------------------------------
def worth(client, **query):
    return {row.client.name: row.worth for row in client.get(BOARD, query).context["rows"]}


def test_the_reasons_are_read_from_the_records(client, seller):
    other = ManagerFactory()
    called = waiting("Called")
    event(called, by=other, code="call_in", occurred_at=clock.now() - DAY)
    opened = waiting("Open")
    kind = ProcessKind.objects.filter(stages__isnull=False).first()
    stage = kind.stages.first()
    sale(opened, "open", amount=10)
    big = sale(opened, "open", amount=240_000)
    SalesProcess.objects.filter(pk=big.pk).update(kind=kind, stage=stage)
    bought = waiting("Bought")
    for _ in range(3):
        sale(bought, "won", amount=410_000)
    sale(bought, "lost", loss="Price", closed=clock.today() - 430 * DAY)
    festive = waiting("Birthday")
    soon = clock.today() + 2 * DAY
    ContactPersonFactory(client=festive, first_name="Pavel", last_name="Sidorov", birthday=soon.replace(year=1980))
    ContactPersonFactory(client=festive, birthday=soon.replace(year=1980), is_active=False)
    waiting("New")
    found = worth(client)
    assert found["Called"][0] == "Got in touch with us yesterday"
    assert found["Open"][0] == f"Open sale of 240,000 at the stage “{stage}”"
    assert found["Bought"] == ("Bought 3 times: 1.2 M", "Lost 14 months ago (Price): ask again")
    assert found["Birthday"][0].startswith("Birthday on ")
    assert "Sidorov" in found["Birthday"][0]
    assert found["New"] == ("Never claimed",)


def test_who_must_not_be_contacted_is_worth_nothing_now(client, seller):
    aside = waiting("Aside", category="A")
    Client.objects.filter(pk=aside.pk).update(quarantine_until=clock.today())
    assert worth(client, shelf="with") == {"Aside": ()}


# --- the budget and the reasons ---------------------------------------------------------------------------------------
def test_the_budget_stands_on_top_and_is_right_after_a_claim(client, seller):
    held_client(seller)
    row = waiting("Silver")
    page = page_of(client.get(BOARD))
    assert "You hold <strong>1</strong> of 150 clients" in page
    assert "<strong>0</strong> of 5 claims today" in page
    answer = page_of(client.post(reverse("claim", args=[row.pk]), headers=HTMX))
    assert "You hold <strong>2</strong> of 150 clients" in answer
    assert "<strong>1</strong> of 5 claims today" in answer
    assert "1 claimed client waits for a first contact" in answer


def test_no_budget_for_who_cannot_claim_at_all(client):
    client.force_login(ManagerFactory(department=None, role="director"))
    waiting("A")
    page = page_of(client.get(BOARD))
    assert "You hold" not in page
    assert "Claim selected" not in page


@pytest.mark.parametrize(
    ("key", "words"),
    [("claim.daily", "That is all for today"), ("claim.cap", "That is the most. Give one back")],
)
def test_at_a_limit_the_board_says_so(client, seller, key, words):
    rule(key, 1)
    claim(client_id=waiting("First").pk, by=seller)
    waiting("Second")
    response = client.get(BOARD)
    assert words in page_of(response)
    assert 'class="btn btn-sm btn-outline-secondary ex-claim"' not in page_of(response)


def test_a_pause_is_told_with_its_end(client, seller):
    ClaimPause.objects.create(manager=seller, starts_on=clock.today(), until=clock.today() + 3 * DAY, failures=3)
    waiting("A")
    assert "Claiming is paused until" in page_of(client.get(BOARD))


def test_why_not_yet_stands_in_the_row(client, seller):
    waiting("Early", days=0)
    page = page_of(client.get(BOARD))
    assert re.search(r"<summary>.*from \d+ \w+( \d{4})? \d\d:\d\d", page)
    assert "<li>Just arrived: it can be claimed from" in page


def test_a_refused_claim_draws_the_row_with_its_reasons(client, seller):
    row = waiting("Early", days=0)
    response = client.post(reverse("claim", args=[row.pk]), headers=HTMX)
    assert response.status_code == 422
    assert f'id="exchange-{row.pk}"' in page_of(response)
    assert "<li>Just arrived" in page_of(response)


def test_the_first_contacts_i_owe_have_links(client, seller):
    for n in range(7):
        row = waiting(f"Owed {n}")
        rule("claim.daily", 9)
        claim(client_id=row.pk, by=seller)
    page = page_of(client.get(BOARD))
    assert "7 claimed clients wait for a first contact, the first until" in page
    assert page.count(">Owed ") == 5
    assert "and others" in page


# --- live -------------------------------------------------------------------------------------------------------------
def live(client, *rows, **query):
    response = client.get(BOARD)
    context = response.context
    asked = {
        "ids": ",".join(str(row.pk) for row in rows),
        "seen": context["live_seen"],
        "budget": context["budget_key"],
        "open": context["live_open"],
        "arrived": "0",
    }
    return lambda **changed: client.get(LIVE, {**asked, **query, **changed}, headers=HTMX)


def test_nothing_new_is_an_empty_answer_of_few_queries(client, seller):
    rows = [waiting(f"{n}") for n in range(20)]
    ask = live(client, *rows)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = ask()
    assert response.status_code == 204
    own = [query["sql"] for query in queries if "session" not in query["sql"]]
    # Who asks; who is gone, who came, the rules, the budget.
    assert len(own) <= 5, own


def test_a_client_that_was_taken_is_said_where_its_row_stands(client, seller):
    row, other = waiting("Silver"), waiting("Gold")
    ask = live(client, row, other)
    claim(client_id=row.pk, by=ManagerFactory(first_name="Boris", last_name="Orlov"))
    response = ask()
    page = page_of(response)
    assert response.status_code == 200
    assert re.search(r"Taken by Boris Orlov at \d\d:\d\d\.", page)
    assert f'<tr id="exchange-{row.pk}"' in page
    assert 'hx-swap-oob="true"' in page
    assert "Gold" not in page
    assert 'data-nav-badge="/exchange/"' in page
    # Its row says no more: it is not asked for again.
    assert live(client, other)().status_code == 204


def test_what_i_took_elsewhere_is_mine_here_too(client, seller):
    row = waiting("Silver")
    ask = live(client, row)
    claim(client_id=row.pk, by=seller)
    page = page_of(ask())
    assert "Yours now." in page
    assert "<strong>1</strong> of 5 claims today" in page


def test_given_by_a_head_given_back_archived(client, seller):
    given, archived = waiting("Given"), waiting("Archived")
    ask = live(client, given, archived)
    department = DepartmentFactory()
    receiver = ManagerFactory(first_name="Boris", last_name="Orlov", department=department)
    services.assign_from_exchange(client_id=given.pk, manager=receiver, by=head_of(department))
    Client.objects.filter(pk=archived.pk).update(archived_at=clock.now())
    page = page_of(ask())
    assert "Given to Boris Orlov at" in page
    assert "Put into the archive." in page


def test_foreign_ids_reveal_nothing(client, seller):
    held, never = held_client(name="Secret"), UnassignedClientFactory(name="Unknown")
    long_ago = waiting("Claimed long ago", days=9)
    claim(client_id=long_ago.pk, by=ManagerFactory())
    Claim.objects.filter(client=long_ago).update(claimed_at=clock.now() - DAY)
    ask = live(client)
    for ids in (f"{held.pk}", f"{never.pk}", f"{long_ago.pk}", "987654", "x,²,,-1," + "9" * 30):
        response = ask(ids=ids)
        assert response.status_code == 204, ids
        # Neither does drawing anew.
        assert "Secret" not in page_of(ask(ids=ids, fresh="1"))


def test_new_arrivals_are_counted_but_change_no_row(client, seller):
    row = waiting("Here")
    ask = live(client, row)
    Client.objects.filter(pk=waiting("New").pk).update(exchange_since=clock.now())
    response = ask()
    assert "1 new client arrived:" in page_of(response)
    assert f"exchange-{row.pk}" not in page_of(response)
    assert ask(arrived="1").status_code == 204
    # What nobody may contact is no news.
    Client.objects.filter(name="New").update(quarantine_until=clock.today())
    assert ask(arrived="0").status_code == 204


def test_when_the_budget_is_used_up_the_other_rows_say_so(client, seller):
    rule("claim.daily", 1)
    first, second = waiting("First"), waiting("Second")
    ask = live(client, second)
    claim(client_id=first.pk, by=seller)
    page = page_of(ask())
    assert "that is the limit of a day" in page
    assert reverse("claim", args=[second.pk]) not in page
    assert "That is all for today" in page


def test_rows_whose_time_has_come_are_drawn_anew(client, seller):
    row = waiting("Early", days=0)
    response = client.get(BOARD)
    opens = int(response.context["live_opens"])
    assert 0 <= opens - (row.exchange_since + DAY).timestamp() <= 2
    Client.objects.filter(pk=row.pk).update(exchange_since=clock.now() - 2 * DAY)
    assert reverse("claim", args=[row.pk]) in page_of(live(client, row)(fresh="1"))


def test_on_a_card_the_button_becomes_the_words(client, seller):
    row = waiting("Silver")
    assert client.get(LIVE, {"card": 1, "ids": row.pk}, headers=HTMX).status_code == 204
    assert 'data-live="/exchange/live/"' in page_of(client.get(row.get_absolute_url()))
    claim(client_id=row.pk, by=ManagerFactory(first_name="Boris", last_name="Orlov"))
    page = page_of(client.get(LIVE, {"card": 1, "ids": row.pk}, headers=HTMX))
    assert "Taken by Boris Orlov at" in page
    assert 'id="claim-box"' in page
    assert "data-live" not in page


@pytest.mark.parametrize("query", [{}, {"seen": "x"}, {"seen": "nan"}, {"seen": "1e300"}, {"seen": "-5", "ids": ","}])
def test_nonsense_is_survived(client, seller, query):
    waiting("A")
    assert client.get(LIVE, query, headers=HTMX).status_code in (200, 204)


def test_live_is_for_those_signed_in(client):
    assert client.get(LIVE).status_code == 302
    assert client.get(LIVE, headers=HTMX).status_code == 204


# --- many at once -----------------------------------------------------------------------------------------------------
MANY = "/exchange/claim/"


def test_marked_clients_are_claimed_with_an_answer_for_each(client, seller):
    good, early, gone = waiting("Good"), waiting("Early", days=0), waiting("Gone")
    claim(client_id=gone.pk, by=ManagerFactory(first_name="Boris", last_name="Orlov"))
    response = client.post(MANY, {"clients": [good.pk, early.pk, gone.pk, 987654]}, headers=HTMX)
    page = page_of(response)
    assert response.status_code == 200
    assert "1 of 4 clients are yours now." in page
    assert "Just arrived: it can be claimed from" in page
    assert "Already taken by Boris Orlov at" in page
    assert "1 client was not found on the exchange." in page
    for row in (good, early, gone):
        assert f'<tr id="exchange-{row.pk}"' in page
    assert "<strong>1</strong> of 5 claims today" in page
    assert Client.objects.get(pk=good.pk).manager == seller
    assert Client.objects.get(pk=early.pk).manager is None


def test_without_javascript_the_answers_are_a_page(client, seller):
    good, early = waiting("Good"), waiting("Early", days=0)
    response = client.post(MANY, {"clients": [good.pk, early.pk], "next": "/exchange/?sort=name"})
    page = page_of(response)
    assert "<html" in page
    assert "1 of 2 clients are yours now." in page
    assert "Just arrived" in page
    assert 'href="/exchange/?sort=name"' in page


def test_the_limit_of_the_day_stops_a_bulk_claim_in_the_middle(client, seller):
    rule("claim.daily", 2)
    rows = [waiting(f"{n}") for n in range(4)]
    client.post(MANY, {"clients": [row.pk for row in rows]}, headers=HTMX)
    assert Client.objects.filter(manager=seller).count() == 2


def test_of_clients_that_are_not_on_the_exchange_nothing_is_told(client, seller):
    held, never = held_client(name="Secret"), UnassignedClientFactory(name="Unknown")
    response = client.post(MANY, {"clients": [held.pk, never.pk]}, headers=HTMX)
    assert "2 clients were not found on the exchange." in page_of(response)
    assert "Secret" not in page_of(response)
    assert "Unknown" not in page_of(response)
    assert not Claim.objects.exists()


@pytest.mark.parametrize("marked", [[], ["x", "²"], range(1, 202)])
def test_none_and_too_many_are_refused(client, seller, marked):
    row = waiting("A")
    assert client.post(MANY, {"clients": marked}, headers=HTMX).status_code == 422
    row.refresh_from_db()
    assert row.manager is None


# --- assigning --------------------------------------------------------------------------------------------------------
ASSIGN, SPREAD = "/exchange/assign/", "/exchange/spread/"


def test_a_head_overrules_a_rule_only_with_a_reason(client, head):
    his = ManagerFactory(department=head.department, first_name="Boris", last_name="Orlov")
    ClaimPause.objects.create(manager=his, starts_on=clock.today(), until=clock.today() + DAY, failures=3)
    row = waiting("Silver")
    url = reverse("exchange-assign", args=[row.pk])
    response = client.post(url, {"manager": his.pk, "reason": " "})
    assert response.status_code == 422
    assert "Boris Orlov may claim nothing until" in page_of(response)
    assert response.context["form"].errors.keys() == {"reason"}
    assert not Claim.objects.exists()
    assert client.post(url, {"manager": his.pk, "reason": "He knows them"}).status_code == 302
    made = Claim.objects.get()
    assert (made.manager, made.assigned_by, made.overrides, made.override_reason) == (
        his,
        head,
        "pause",
        "He knows them",
    )


def test_who_gets_it_is_shown_with_his_load_and_absence(client, head):
    busy = ManagerFactory(department=head.department, first_name="Boris", last_name="Orlov")
    held_client(busy)
    away = ManagerFactory(department=head.department, first_name="Anna", last_name="Away")
    today = clock.today()
    Absence.objects.create(
        manager=away, deputy=busy, starts_on=today, ends_on=today + DAY, status="approved", kind="vacation"
    )
    page = page_of(client.get(reverse("exchange-assign", args=[waiting("A").pk])))
    assert re.search(r"Boris Orlov · .* · 1 client<", page)
    assert re.search(r"Anna Away · .* · 0 clients · away until ", page)


def test_many_are_assigned_at_once(client, head):
    his = ManagerFactory(department=head.department, first_name="Boris", last_name="Orlov")
    rows = [waiting("One"), waiting("Two")]
    gone = waiting("Gone")
    ids = [row.pk for row in (*rows, gone)]
    opened = client.post(ASSIGN, {"clients": ids, "open": "1"})
    assert opened.status_code == 200
    assert [name for name in ("One", "Two", "Gone") if name in page_of(opened)] == ["One", "Two", "Gone"]
    assert not Claim.objects.exists()
    claim(client_id=gone.pk, by=ManagerFactory())
    response = client.post(ASSIGN, {"clients": ids, "manager": his.pk})
    assert response.status_code == 200
    assert "2 of 3 clients given." in page_of(response)
    assert "Now with Boris Orlov." in page_of(response)
    assert "Already taken by" in page_of(response)
    assert set(Client.objects.filter(manager=his)) == set(rows)
    assert set(Claim.objects.filter(manager=his).values_list("assigned_by", flat=True)) == {head.pk}


def test_many_against_a_rule_need_a_reason_before_anything_is_done(client, head):
    his = ManagerFactory(department=head.department, first_name="Boris", last_name="Orlov")
    fresh, known = waiting("Fresh"), waiting("Known", days=5)
    since = known.exchange_since
    attach(client_id=known.pk, manager=his, by=None, gained="assigned", today=clock.today() - 50 * DAY)
    known.refresh_from_db()
    services.clients.detach(client=known, lost="idle", by=None, today=clock.local_date(since), moment=since)
    marked = {"clients": [fresh.pk, known.pk], "manager": his.pk}
    response = client.post(ASSIGN, marked)
    assert response.status_code == 422
    assert "Known (from" in page_of(response)
    assert "Fresh (from" not in page_of(response)
    assert response.context["form"].errors.keys() == {"reason"}
    assert page_of(response).count("checked") == 2
    assert not Claim.objects.filter(client=fresh).exists()
    assert client.post(ASSIGN, {**marked, "reason": "Agreed with them"}).status_code == 200
    assert set(Claim.objects.filter(manager=his).values_list("override_reason", flat=True)) == {"", "Agreed with them"}


def test_a_cap_that_would_be_passed_is_said_before(client, head):
    rule("claim.cap", 2)
    his = ManagerFactory(department=head.department)
    held_client(his)
    rows = [waiting("One"), waiting("Two")]
    response = client.post(ASSIGN, {"clients": [row.pk for row in rows], "manager": his.pk})
    assert response.status_code == 422
    assert "it would be 3, and 2 are the most" in page_of(response)
    assert not Claim.objects.exists()


def test_spread_goes_to_whoever_has_the_fewest_and_is_here(client, head):
    idle, busy, away = (ManagerFactory(department=head.department) for _ in range(3))
    for _ in range(2):
        held_client(busy)
    today = clock.today()
    Absence.objects.create(
        manager=away, deputy=busy, starts_on=today, ends_on=today, status="approved", kind="vacation"
    )
    rows = [waiting(f"{n}") for n in range(4)]
    ids = [row.pk for row in rows]
    assert client.post(SPREAD, {"clients": ids, "open": "1"}).status_code == 200
    assert client.post(SPREAD, {"clients": ids}).status_code == 422
    assert client.post(SPREAD, {"clients": ids, "among": [away.pk]}).status_code == 422
    stranger = ManagerFactory()
    assert client.post(SPREAD, {"clients": ids, "among": [stranger.pk]}).status_code == 422
    assert not Claim.objects.exists()
    response = client.post(SPREAD, {"clients": ids, "among": [idle.pk, busy.pk, away.pk]})
    assert "4 of 4 clients given." in page_of(response)
    held = {manager: Client.objects.filter(manager=manager).count() for manager in (idle, busy, away)}
    assert held == {idle: 3, busy: 3, away: 0}


@pytest.mark.parametrize("url", [ASSIGN, SPREAD])
def test_many_are_for_heads_and_for_marked_clients(client, seller, url, monkeypatch):
    row = waiting("A")
    assert client.get(url, {"clients": row.pk}).status_code == 403
    assert client.post(url, {"clients": row.pk}).status_code == 403
    client.force_login(head_of(DepartmentFactory()))
    assert client.get(url, {"clients": row.pk}).status_code == 200
    assert client.get(url)["Location"] == BOARD
    assert client.get(url, {"clients": [held_client().pk, "x"]})["Location"] == BOARD
    too_many = [waiting(f"{n}").pk for n in range(3)]
    monkeypatch.setattr(board_views, "MOST_AT_ONCE", 2)
    assert client.post(MANY, {"clients": too_many}, headers=HTMX).status_code == 422


# --- the card and my day ----------------------------------------------------------------------------------------------
def test_the_card_says_why_not_without_hovering(client, seller):
    row = waiting("Early", days=0)
    page = page_of(client.get(row.get_absolute_url()))
    assert "Claimable from" in page
    assert "<li>Just arrived: it can be claimed from" in page
    assert "<details" in page.split("Claimable from")[0].rsplit('id="claim-box"', 1)[1]


def test_the_first_contact_is_told_on_the_card_and_on_my_day(client, seller):
    row = waiting("Silver")
    claim(client_id=row.pk, by=seller)
    assert "First contact until" in page_of(client.get(row.get_absolute_url()))
    assert "Claimed and not called yet" in page_of(client.get("/"))
    event(row, by=seller)
    assert "First contact until" not in page_of(client.get(row.get_absolute_url()))
    assert "Claimed and not called yet" not in page_of(client.get("/"))


def test_nobody_elses_first_contacts_are_on_my_day(client, seller):
    claim(client_id=waiting("Silver").pk, by=ManagerFactory())
    assert FirstTouch.objects.open().exists()
    assert "Claimed and not called yet" not in page_of(client.get("/"))


# --- pauses -----------------------------------------------------------------------------------------------------------
def pause_of(manager, **kwargs):
    today = clock.today()
    return ClaimPause.objects.create(manager=manager, starts_on=today, until=today + 13 * DAY, failures=1, **kwargs)


def lift(pause):
    return reverse("claim-pause-lift", args=[pause.pk])


def test_a_head_sees_and_lifts_the_pauses_of_his_people(client, head):
    his = ManagerFactory(department=head.department, first_name="Boris", last_name="Orlov")
    row = waiting("Silver")
    claim(client_id=row.pk, by=his, now=clock.now() - DAY)
    return_client(client_id=row.pk, by=his, reason=ReturnReason.objects.first())
    pause = pause_of(his)
    page = page_of(client.get("/exchange/pauses/"))
    assert "Boris Orlov" in page
    assert row.get_absolute_url() in page
    assert client.get(lift(pause)).status_code == 405
    assert client.post(lift(pause)).status_code == 302
    pause.refresh_from_db()
    assert pause.lifted_by == head
    assert states([row], his)[row.pk].refusals[0].rule != "pause"
    assert client.post(lift(pause), headers=HTMX).status_code == 409
    assert "lifted on" in page_of(client.get("/exchange/pauses/"))
    assert lift(pause) not in page_of(client.get("/exchange/pauses/"))


def test_pauses_of_others_are_not_found_and_ones_own_is_not_lifted(client, head):
    foreign, own = pause_of(ManagerFactory(first_name="Stranger")), pause_of(head)
    page = page_of(client.get("/exchange/pauses/"))
    assert "Stranger" not in page
    assert lift(own) not in page
    assert client.post(lift(foreign)).status_code == 404
    assert client.post(lift(own)).status_code in (403, 404)
    assert not ClaimPause.objects.exclude(lifted_at=None).exists()


def test_a_salesperson_lifts_nothing(client, seller):
    pause = pause_of(seller)
    assert client.get("/exchange/pauses/").status_code == 403
    assert client.post(lift(pause)).status_code == 403
