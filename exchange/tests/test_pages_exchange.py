"""The exchange board, claiming, returning and assigning, as people do it."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Client, Industry, OwnershipPeriod
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    RegionFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from exchange.models import Claim, Detachment, ReturnReason
from exchange.services import claim, return_client
from interactions.models import ProcessStatus, SalesProcess
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db
BOARD = "/exchange/"


@pytest.fixture
def seller(client):
    manager = ManagerFactory(first_name="Vera", last_name="Petrova")
    client.force_login(manager)
    return manager


def claim_url(waiting):
    return reverse("claim", args=[waiting.pk])


def long_here(waiting, days=3):
    """As if it had come so many days ago: it may be claimed."""
    Client.objects.filter(pk=waiting.pk).update(exchange_since=clock.now() - dt.timedelta(days=days))
    return waiting


def names(response):
    return [row.client.name for row in response.context["rows"]]


# --- the board --------------------------------------------------------------------------------------------------------
def test_the_board_shows_what_is_known(client, seller):
    former = ManagerFactory(first_name="Boris", last_name="Orlov")
    known = held_client(former, name="Silver Foods", city="Omsk")
    event(known, by=former)
    won = process(known, by=former, amount=120000)
    SalesProcess.objects.filter(pk=won.pk).update(status=ProcessStatus.WON, closed_on=clock.today())
    reason = ReturnReason.objects.first()
    return_client(client_id=known.pk, by=former, reason=reason, comment="Wants a discount")
    long_here(known)
    page = client.get(BOARD).content.decode()
    for words in ("Silver Foods", "Omsk", "Boris Orlov", str(reason), "Wants a discount", "120,000", "1 won"):
        assert words in page
    assert claim_url(known) in page


def test_held_and_unassigned_clients_are_not_on_the_board(client, seller):
    held_client(seller, name="Mine")
    exchange_client(name="Waiting")
    assert names(client.get(BOARD)) == ["Waiting"]


def test_the_newest_arrivals_come_first_and_the_order_can_be_chosen(client, seller):
    now = clock.now()
    for name, days in (("Beta", 3), ("Alpha", 40), ("Gamma", 1)):
        exchange_client(name=name, since=now - dt.timedelta(days=days))
    rich = Client.objects.get(name="Alpha")
    SalesProcess.objects.create(
        client=rich, kind=process(held_client(seller)).kind, title="x", status="won", responsible=seller, author=seller,
        amount=10, closed_on=clock.today(),
    )  # fmt: skip
    assert names(client.get(BOARD)) == ["Gamma", "Beta", "Alpha"]
    assert names(client.get(BOARD, {"sort": "since"})) == ["Alpha", "Beta", "Gamma"]
    assert names(client.get(BOARD, {"sort": "name"})) == ["Alpha", "Beta", "Gamma"]
    assert names(client.get(BOARD, {"sort": "-total"}))[0] == "Alpha"


def test_every_filter_narrows_the_board(client, seller):
    north, food = RegionFactory(name="North"), Industry.objects.create(name="Food")
    former = ManagerFactory()
    wanted = exchange_client(
        former, name="Ёлка и Ко", city="Омск", region=north, industry=food, category="A",
        since=clock.now() - dt.timedelta(days=20),
    )  # fmt: skip
    exchange_client(name="Other", city="Tver", category="B")
    for query in (
        {"q": "елка"}, {"region": north.pk}, {"industry": food.pk}, {"category": "A"}, {"city": "омск"},
        {"stay": "30"}, {"department": former.department_id}, {"manager": former.pk},
    ):  # fmt: skip
        assert names(client.get(BOARD, query)) == [wanted.name], query
    assert len(names(client.get(BOARD, {"won": "no"}))) == 2
    assert names(client.get(BOARD, {"won": "yes"})) == []


@pytest.mark.parametrize("query", [{"region": "x"}, {"sort": "'"}, {"page": "-1"}, {"q": "%" * 300}, {"stay": "9"}])
def test_nonsense_in_the_address_is_survived(client, seller, query):
    exchange_client()
    assert client.get(BOARD, query).status_code == 200


def test_an_empty_exchange_says_what_it_is_for(client, seller):
    assert "The exchange is empty" in client.get(BOARD).content.decode()


def test_names_are_text_and_never_markup(client, seller):
    exchange_client(name="<script>alert(1)</script>")
    page = client.get(BOARD).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_number_of_queries_does_not_grow_with_the_rows(client, seller, django_assert_max_num_queries):
    def fill(number):
        for _ in range(number):
            row = held_client(seller)
            event(row, by=seller)
            return_client(client_id=row.pk, by=seller, reason=ReturnReason.objects.first())

    fill(2)
    client.get(BOARD)
    with django_assert_max_num_queries(19) as few:
        client.get(BOARD)
    fill(8)
    with django_assert_max_num_queries(len(few)):
        client.get(BOARD)


def test_the_badge_counts_the_exchange(client, seller):
    exchange_client()
    exchange_client()
    assert '<span class="sv-count" data-nav-badge="/exchange/">2</span>' in client.get(BOARD).content.decode()


def test_the_badge_may_lag_for_others_but_not_for_who_claims(client, seller):
    def badge():
        text = client.get("/clients/").content.decode()
        return [n for n in range(4) if f'<span class="sv-count" data-nav-badge="/exchange/">{n}</span>' in text]

    waiting = [exchange_client() for _ in range(2)]
    assert badge() == [2]
    exchange_client()  # somebody else returned it just now
    assert badge() == [2]
    client.post(claim_url(waiting[0]))
    assert badge() == [2]  # three, less his own
    client.post(claim_url(waiting[1]))
    assert badge() == [1]
    reason = ReturnReason.objects.first().pk
    client.post(reverse("client-return", args=[waiting[0].pk]), {"reason": reason})
    assert badge() == [2]


# --- claim: works, loses, not allowed, missing, GET -------------------------------------------------------------------
def test_a_salesperson_claims(client, seller):
    waiting = exchange_client()
    response = client.post(claim_url(waiting), HTTP_REFERER=f"http://testserver{BOARD}")
    assert response.status_code == 302
    assert response["Location"].endswith(BOARD)
    waiting.refresh_from_db()
    assert (waiting.manager, waiting.assigned_on, waiting.exchange_since) == (seller, clock.today(), None)
    assert OwnershipPeriod.objects.get(client=waiting).gained == OwnershipPeriod.Gained.CLAIMED


def test_the_row_says_that_it_is_mine_now(client, seller):
    waiting = exchange_client()
    response = client.post(claim_url(waiting), HTTP_HX_REQUEST="true")
    row = response.content.decode()
    assert response.status_code == 200
    assert "Yours now" in row
    assert reverse("client-detail", args=[waiting.pk]) in row
    assert "hx-swap-oob" in row


def test_the_second_claimer_is_told_who_was_quicker(client, seller):
    waiting, quicker = exchange_client(), ManagerFactory(first_name="Boris", last_name="Orlov")
    claim(client_id=waiting.pk, by=quicker)
    response = client.post(claim_url(waiting), HTTP_HX_REQUEST="true")
    row = response.content.decode()
    assert response.status_code == 409
    assert "Already taken by Boris Orlov at" in row
    assert "Yours now" not in row
    assert Claim.objects.filter(client=waiting).count() == 1
    waiting.refresh_from_db()
    assert waiting.manager == quicker


def test_without_javascript_the_second_claimer_is_told_too(client, seller):
    waiting = exchange_client()
    claim(client_id=waiting.pk, by=ManagerFactory(first_name="Boris", last_name="Orlov"))
    response = client.post(claim_url(waiting), HTTP_REFERER=f"http://testserver{BOARD}", follow=True)
    assert response.status_code == 200
    assert "Already taken by Boris Orlov at" in response.content.decode()


def test_a_second_click_claims_once(client, seller):
    waiting = exchange_client()
    client.post(claim_url(waiting))
    assert client.post(claim_url(waiting), HTTP_HX_REQUEST="true").status_code == 409
    assert Claim.objects.filter(client=waiting).count() == 1


def test_a_colleagues_client_cannot_be_claimed(client, seller):
    other = held_client()
    assert client.post(claim_url(other), HTTP_HX_REQUEST="true").status_code == 409
    other.refresh_from_db()
    assert other.manager != seller


def test_who_belongs_to_no_department_cannot_claim(client):
    client.force_login(ManagerFactory(department=None))
    waiting = exchange_client()
    response = client.post(claim_url(waiting), HTTP_HX_REQUEST="true")
    assert response.status_code == 422
    assert "Only people of a department" in client.get(BOARD).content.decode() + response.content.decode()
    waiting.refresh_from_db()
    assert waiting.manager is None


def test_a_missing_client_is_not_found(client, seller):
    assert client.post(reverse("claim", args=[987654])).status_code == 404


def test_claim_wants_a_post(client, seller):
    assert client.get(claim_url(exchange_client())).status_code == 405


def test_nobody_claims_without_signing_in(client):
    waiting = exchange_client()
    assert client.post(claim_url(waiting)).status_code == 302
    assert not Claim.objects.exists()


# --- return -----------------------------------------------------------------------------------------------------------
def return_url(mine):
    return reverse("client-return", args=[mine.pk])


def test_a_manager_returns_his_client_with_a_reason(client, seller):
    mine, reason = held_client(seller), ReturnReason.objects.first()
    assert client.get(return_url(mine)).status_code == 200
    response = client.post(return_url(mine), {"reason": reason.pk, "comment": " too \n many "})
    assert response["Location"] == mine.get_absolute_url()
    detachment = Detachment.objects.get(client=mine)
    assert (detachment.reason, detachment.return_reason, detachment.comment) == ("returned", reason, "too many")
    mine.refresh_from_db()
    assert mine.is_on_exchange


def test_without_a_reason_nothing_is_returned(client, seller):
    mine = held_client(seller)
    response = client.post(return_url(mine), {"reason": "", "comment": "x" * 501})
    assert response.status_code == 422
    mine.refresh_from_db()
    assert mine.manager == seller


def test_a_head_releases(client):
    department = DepartmentFactory()
    theirs = held_client(ManagerFactory(department=department))
    client.force_login(head_of(department))
    client.post(return_url(theirs), {"reason": ReturnReason.objects.first().pk})
    assert Detachment.objects.get(client=theirs).reason == "released"


def test_a_colleague_returns_nothing(client, seller):
    other = held_client()
    assert client.get(return_url(other)).status_code == 403
    assert client.post(return_url(other), {"reason": ReturnReason.objects.first().pk}).status_code == 403
    assert client.get(reverse("client-return", args=[987654])).status_code == 404
    other.refresh_from_db()
    assert other.is_held


def test_what_waits_on_the_exchange_cannot_be_returned(client, seller):
    waiting = exchange_client()
    assert client.get(return_url(waiting)).status_code == 403


def test_the_form_comes_as_a_drawer(client, seller):
    response = client.get(return_url(held_client(seller)), HTTP_HX_REQUEST="true")
    assert "<html" not in response.content.decode()


# --- assign -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def head(client):
    head = head_of(DepartmentFactory())
    client.force_login(head)
    return head


def assign_url(waiting):
    return reverse("exchange-assign", args=[waiting.pk])


def test_a_head_assigns_to_a_manager_of_his(client, head):
    waiting, his = exchange_client(), ManagerFactory(department=head.department)
    page = client.get(assign_url(waiting)).content.decode()
    assert str(his) in page
    response = client.post(assign_url(waiting), {"manager": his.pk})
    assert response.status_code == 302
    waiting.refresh_from_db()
    assert waiting.manager == his
    assert Claim.objects.get(client=waiting).assigned_by == head


def test_not_to_a_stranger_and_not_to_somebody_who_left(client, head):
    waiting = exchange_client()
    gone = ManagerFactory(department=head.department, is_active=False)
    for manager in (ManagerFactory(), gone):
        assert client.post(assign_url(waiting), {"manager": manager.pk}).status_code == 422
    waiting.refresh_from_db()
    assert waiting.manager is None


def test_a_salesperson_assigns_nothing(client, seller):
    assert client.get(assign_url(exchange_client())).status_code == 403


def test_assigning_what_was_claimed_meanwhile_says_by_whom(client, head):
    waiting, his = exchange_client(), ManagerFactory(department=head.department)
    claim(client_id=waiting.pk, by=ManagerFactory(first_name="Boris", last_name="Orlov"))
    response = client.post(assign_url(waiting), {"manager": his.pk})
    assert response.status_code == 422
    assert "Already taken by Boris Orlov" in response.content.decode()
    assert client.get(assign_url(waiting)).status_code == 404


# --- the card ---------------------------------------------------------------------------------------------------------
def test_the_card_offers_to_claim_and_says_how_it_came(client, seller):
    former = ManagerFactory(first_name="Boris", last_name="Orlov")
    waiting = held_client(former)
    return_client(client_id=waiting.pk, by=former, reason=None, comment="Wants a discount")
    long_here(waiting)
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert claim_url(waiting) in page
    assert "Wants a discount" in page
    assert return_url(waiting) not in page


def test_the_card_of_my_client_offers_to_return_it(client, seller):
    mine = exchange_client()
    claim(client_id=mine.pk, by=seller)
    page = client.get(mine.get_absolute_url()).content.decode()
    assert return_url(mine) in page
    assert "Claimed by" in page


def test_assigning_in_the_drawer_of_the_board_stays_on_the_board(client, head):
    his = ManagerFactory(department=head.department)
    first, second = exchange_client(), exchange_client()

    def assigned(waiting, here):
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{here}"}
        return client.post(assign_url(waiting), {"manager": his.pk}, headers=headers)

    assert assigned(first, f"{BOARD}?page=2")["HX-Trigger"] == "drawer-close, list-refresh"
    assert assigned(second, second.get_absolute_url())["HX-Redirect"] == second.get_absolute_url()
