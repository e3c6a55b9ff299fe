"""The pages of sales: list, board, page, open, edit, move, close, reopen, delete."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import CoManager
from clients.tests.factories import ManagerFactory, exchange_client, held_client
from clients.tests.pages import browser
from crm import clock
from exchange.services import return_client
from interactions import sales
from interactions.models import LossReason, ProcessKind, Product, SalesProcess, Stage
from interactions.tests.factories import process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
WORKERS = ["anna", "vera", "boris", "head", "director"]
STRANGERS = ["petr", "other_head"]


@pytest.fixture
def sale(company):
    return process(company.client, title="Ten pumps", amount=100_000)


def path(name, of):
    return reverse(f"process-{name}", args=[of.pk])


def stage(name, of="Sale"):
    return Stage.objects.get(process_kind__name=of, name=name)


def full(company, **changes):
    kind = ProcessKind.objects.get(name="Sale")
    return {
        "title": "Spare parts",
        "kind": kind.pk,
        "started_on": clock.today().isoformat(),
        "responsible": company.anna.pk,
        **changes,
    }


def new(company):
    return f"{reverse('process-create')}?client={company.client.pk}"


@pytest.mark.parametrize("who", WORKERS)
def test_open_a_sale_and_the_client_is_green(company, who):
    client = company.client
    page = browser(getattr(company, who))
    assert page.get(new(company)).status_code == 200
    pump = Product.objects.create(name="Pump")
    rows = {"rows-TOTAL_FORMS": 2, "rows-INITIAL_FORMS": 0, "rows-0-product": pump.pk, "rows-0-quantity": "10"}
    rows |= {"rows-0-price": "99.50", "rows-1-product": "", "rows-1-quantity": "1", "rows-1-price": ""}
    answer = page.post(new(company), full(company, **rows))
    made = SalesProcess.objects.get()
    assert answer.url == made.get_absolute_url()
    assert str(made.stage) == "Inquiry"
    assert [str(line) for line in made.lines.all()] == ["Pump × 10"]
    client.refresh_from_db()
    assert client.last_contact_on == clock.today()
    text = page.get(answer.url).content.decode()
    assert "995" in text
    assert "Needs clarified" in text


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_does_not_open_one(company, who):
    page = browser(getattr(company, who))
    assert page.get(new(company)).status_code == 404
    assert page.post(new(company), full(company)).status_code == 403
    assert page.get(f"{reverse('process-create')}?client={exchange_client().pk}").status_code == 403
    assert not SalesProcess.objects.exists()


def test_without_a_client_one_is_chosen(company):
    page = browser(company.anna)
    assert "Vostok Stroy" in page.get(reverse("process-create")).content.decode()
    assert page.get(reverse("process-create"), {"q": "vostok"}).url == new(company)


BAD = [
    ({"title": ""}, "title", "required"),
    ({"title": "x" * 300}, "title", "at most 255"),
    ({"comment": "x" * 100_000}, "comment", "at most 20000"),
    ({"stage": "large"}, "stage", "does not belong to this kind"),
    ({"stage": "999999"}, "stage", "valid choice"),
    ({"started_on": "2990-01-01"}, "started_on", "Look at the year"),
    ({"started_on": "future"}, "started_on", "in the future"),
    ({"started_on": "31.02.2017"}, "started_on", "valid date"),
    ({"expected_close_on": "2001-01-01"}, "expected_close_on", "before the start"),
    ({"amount": "-5"}, "amount", None),
    ({"amount": "lots"}, "amount", "Enter a number"),
    ({"amount": "1" * 30}, "amount", "no more than"),
    ({"responsible": "999999"}, "responsible", "valid choice"),
]


@pytest.mark.parametrize(("bad", "field", "words"), BAD, ids=[f"{f}-{n}" for n, (_b, f, _w) in enumerate(BAD)])
def test_bad_input_is_told_at_the_field(company, bad, field, words):
    real = {
        "large": stage("Qualification", "Large sale").pk,
        "future": (clock.today() + dt.timedelta(days=3)).isoformat(),
    }
    bad = {key: real.get(value, value) for key, value in bad.items()}
    response = browser(company.anna).post(new(company), full(company, **bad))
    assert response.status_code == 422
    errors = response.context["form"].errors
    if words:
        assert words in " ".join(errors[field])
    else:
        assert errors
    assert not SalesProcess.objects.exists()


def test_a_bad_line_keeps_what_was_typed(company):
    pump = Product.objects.create(name="Pump")
    rows = {"rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0, "rows-0-product": pump.pk, "rows-0-quantity": "0"}
    response = browser(company.anna).post(new(company), full(company, **rows))
    assert response.status_code == 422
    assert "Spare parts" in response.content.decode()
    assert not SalesProcess.objects.exists()


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_finds_nothing(company, sale, who):
    page = browser(getattr(company, who))
    for name in ("detail", "update", "close"):
        assert page.get(path(name, sale)).status_code == 404
    for name in ("update", "move", "close", "reopen", "delete"):
        assert page.post(path(name, sale)).status_code == 404


def test_on_the_exchange_sales_are_read_only(company, sale):
    waiting = exchange_client()
    SalesProcess.objects.filter(pk=sale.pk).update(client=waiting)
    page = browser(company.petr)
    assert page.get(path("detail", sale)).status_code == 200
    for name in ("update", "move", "close", "reopen", "delete"):
        assert page.post(path(name, sale)).status_code == 403


def test_missing_sales_are_404_and_actions_are_posts(company):
    page = browser(company.anna)
    for name in ("detail", "update", "close"):
        assert page.get(reverse(f"process-{name}", args=[999999])).status_code == 404
    for name in ("move", "reopen", "delete"):
        assert page.get(reverse(f"process-{name}", args=[1])).status_code == 405


@pytest.mark.parametrize("who", WORKERS)
def test_move(company, sale, who):
    page = browser(getattr(company, who))
    assert page.post(path("move", sale), {"stage": stage("Offer sent").pk}).status_code == 302
    sale.refresh_from_db()
    assert str(sale.stage) == "Offer sent"
    text = page.get(path("detail", sale)).content.decode()
    assert "Inquiry → Offer sent" in text


def test_a_stage_of_another_kind_is_refused(company, sale):
    page = browser(company.anna)
    answer = page.post(path("move", sale), {"stage": stage("Qualification", "Large sale").pk}, headers=HTMX)
    assert answer.status_code == 422
    assert "does not belong" in answer.content.decode()
    for nonsense in ("", "abc", "999999"):
        assert page.post(path("move", sale), {"stage": nonsense}, headers=HTMX).status_code == 422
    again = page.post(path("move", sale), {"stage": sale.stage_id}, headers=HTMX)
    assert again.status_code == 409


def test_a_controlled_sale_offers_only_its_next_stage(company):
    large = process(company.client, kind_name="Large sale", title="Big")
    page = browser(company.anna)
    text = page.get(path("detail", large)).content.decode()
    assert f'value="{stage("Presentation held", "Large sale").pk}"' in text
    assert f'value="{stage("Contract signed", "Large sale").pk}"' not in text
    assert "outcome=won" not in text
    answer = page.post(path("move", large), {"stage": stage("Contract signed", "Large sale").pk}, headers=HTMX)
    assert answer.status_code == 422
    response = page.post(path("close", large), {"outcome": "won"})
    assert response.status_code == 422
    assert "last stage" in response.content.decode()


@pytest.mark.parametrize("who", WORKERS)
def test_won(company, sale, who):
    page = browser(getattr(company, who))
    assert page.get(path("close", sale), {"outcome": "won"}).status_code == 200
    assert page.post(path("close", sale), {"outcome": "won", "comment": "At last"}).url == sale.get_absolute_url()
    sale.refresh_from_db()
    assert (sale.status, sale.closed_on, sale.comment) == ("won", clock.today(), "At last")
    assert page.post(path("close", sale), {"outcome": "won"}).status_code == 422


def test_lost_says_why(company, sale):
    page = browser(company.anna)
    response = page.post(path("close", sale), {"outcome": "lost"})
    assert response.status_code == 422
    assert "loss_reason" in response.context["form"].errors
    page.post(path("close", sale), {"outcome": "lost", "loss_reason": LossReason.objects.first().pk})
    sale.refresh_from_db()
    assert sale.status == "lost"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"outcome": "won", "closed_on": "2001-01-01"}, "closed_on"),
        ({"outcome": "won", "closed_on": "future"}, "closed_on"),
        ({"outcome": "won", "closed_on": "31.02.2017"}, "closed_on"),
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": "won", "comment": "x" * 100_000}, "comment"),
    ],
)
def test_a_bad_close_writes_nothing(company, sale, data, field):
    if data.get("closed_on") == "future":
        data = {**data, "closed_on": (clock.today() + dt.timedelta(days=2)).isoformat()}
    response = browser(company.anna).post(path("close", sale), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    sale.refresh_from_db()
    assert sale.is_open


def test_only_the_head_reopens(company, sale):
    sales.close_process(process=sale, won=True, by=company.anna)
    for who in ("anna", "vera", "boris"):
        assert browser(getattr(company, who)).post(path("reopen", sale)).status_code == 403
    page = browser(company.head)
    assert "Open again" in page.get(path("detail", sale)).content.decode()
    assert page.post(path("reopen", sale)).status_code == 302
    sale.refresh_from_db()
    assert sale.is_open
    assert page.post(path("reopen", sale), headers=HTMX).status_code == 409


def test_head_and_author_delete_others_do_not(company, sale):
    for who in ("vera", "boris"):
        assert browser(getattr(company, who)).post(path("delete", sale)).status_code == 403
    answer = browser(company.anna).post(path("delete", sale))
    assert answer.url == reverse("client-detail", args=[company.client.pk])
    assert not SalesProcess.objects.exists()
    company.client.refresh_from_db()
    assert company.client.last_contact_on is None
    second = process(company.client)
    assert browser(company.head).post(path("delete", second)).status_code == 302


@pytest.mark.parametrize("who", WORKERS)
def test_edit_is_no_contact(company, who):
    sale = process(company.client, now=clock.now() - dt.timedelta(days=50))
    page = browser(getattr(company, who))
    assert page.get(path("update", sale)).status_code == 200
    data = {"title": "Better", "responsible": company.anna.pk, "started_on": sale.started_on.isoformat(), "amount": "5"}
    assert page.post(path("update", sale), data).status_code == 302
    sale.refresh_from_db()
    company.client.refresh_from_db()
    assert (sale.title, sale.amount) == ("Better", 5)
    assert company.client.last_contact_on == sale.started_on


def listed(user, **query):
    return sorted(str(row) for row in browser(user).get(reverse("process-list"), query).context["page"])


def test_the_list_is_mine_and_open_first_and_filters(company, sale):
    won = process(company.client, title="Won one", amount=50)
    sales.close_process(process=won, won=True, by=company.anna)
    process(company.client, by=company.head, title="By the head", kind_name="Large sale")
    process(held_client(company.petr), title="Of a colleague")
    assert listed(company.anna) == ["Ten pumps"]
    assert listed(company.anna, status="won") == ["Won one"]
    assert listed(company.anna, status="all") == ["Ten pumps", "Won one"]
    assert listed(company.anna, who="all") == ["By the head", "Ten pumps"]
    assert listed(company.anna, client=company.client.pk) == ["By the head", "Ten pumps", "Won one"]
    assert listed(company.anna, who="all", q="VOSTOK", kind=sale.kind_id) == ["Ten pumps"]
    assert listed(company.anna, stage=stage("Contract").pk) == []
    assert listed(company.petr, who="all") == ["Of a colleague"]
    page = browser(company.anna).get(reverse("process-list"), {"status": "all"})
    # Won counts in full, open as far as its stage goes.
    chance = sale.stage.probability
    assert page.context["sums"] == {"count": 2, "amount": 100_050, "weighted": 50 + 1000 * chance}
    for query in ("since=31.02.2017", "stage=x", "who=77777", "sort=-amount", "page=-1", "status=nonsense"):
        assert browser(company.anna).get(f"{reverse('process-list')}?{query}").status_code == 200


def test_an_open_sale_of_a_client_on_the_exchange_is_on_nobodys_list(company, sale):
    """It stays open, and on the card; till somebody claims the client it is not its former manager's work."""
    client = company.client
    kept = process(held_client(company.anna), title="Kept")
    helper = ManagerFactory(department=company.anna.department)
    CoManager.objects.create(client=client, manager=helper)
    helped = process(client, by=helper, title="Helped")
    closed = process(client, title="Closed")
    sales.close_process(process=closed, won=True, by=company.anna)
    return_client(client_id=client.pk, by=company.anna, reason=None)
    anna, listed = browser(company.anna), reverse("process-list")
    for url in (listed, reverse("process-board")):
        text = anna.get(url).content.decode()
        assert kept.title in text
        assert sale.title not in text
    assert anna.get(listed).context["sums"]["count"] == 1
    text = anna.get(listed, {"status": "all"}).content.decode()
    assert (closed.title in text, sale.title in text) == (True, False)
    assert sale.title in anna.get(client.get_absolute_url()).content.decode()
    assert sale.title in anna.get(listed, {"client": client.pk}).content.decode()
    # Nor is it there when his head looks at his list; a co-manager goes on with his own.
    head = browser(company.head)
    assert sale.title not in head.get(listed, {"who": company.anna.pk}).content.decode()
    assert sale.title in head.get(listed, {"who": "all"}).content.decode()
    assert helped.title in browser(helper).get(listed).content.decode()


@pytest.mark.parametrize("page", ["process-list", "process-board"])
def test_whose_sales_are_to_be_seen_is_offered_once_each(company, sale, page):
    fields = browser(company.head).get(reverse(page)).context["filter"].form.fields
    offered = [str(value) for value, _words in fields["who"].choices]
    assert offered[:3] == ["", "all", str(company.head.pk)]
    assert len(offered) == len(set(offered))


def test_a_board_of_one_client_says_so_and_opens_to_all_again(company, sale):
    answer = browser(company.anna).get(reverse("process-board"), {"kind": sale.kind_id, "client": company.client.pk})
    chip = answer.context["chips"][0]
    assert (chip.label, chip.value) == ("Client", company.client.name)
    assert chip.remove_url == f"?kind={sale.kind_id}"
