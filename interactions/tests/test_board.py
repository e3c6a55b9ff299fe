"""The board of sales: columns, cards page by page, moves, refusals."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import LeadSource, Tag
from clients.tests.factories import exchange_client
from clients.tests.pages import browser
from crm import clock
from interactions import stages as rules_of
from interactions.models import (
    Competitor,
    ProcessCompetitor,
    ProcessKind,
    ProcessTag,
    SalesProcess,
    Stage,
    StageCondition,
)
from interactions.selectors.board import PER_COLUMN, board_columns, first_piles, first_size, next_pile
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BOARD = "process-board"


@pytest.fixture
def sale(company):
    return process(company.client, title="Ten pumps", amount=100_000)


def stages_of(sale):
    return list(sale.kind.stages.order_by("position"))


def board_of(user, **query):
    """The columns with their cards by stage, and the page."""
    answer = browser(user).get(reverse(BOARD), query)
    return {column.key: (column, pile) for column, pile in answer.context["piles"]}, answer.content.decode()


def titles(user, **query):
    piles = board_of(user, **query)[0].values()
    return sorted(card.sale.title for _column, pile in piles for card in pile.cards)


def moved(user, sale, stage, **kwargs):
    url = f"{reverse('process-board-move', args=[sale.pk])}?kind={sale.kind_id}"
    return browser(user).post(url, {"stage": stage.pk}, **kwargs)


def many(client, kind, number, *, by, **facts):
    """So many open sales at once, spread over the stages of their kind."""
    stages = list(kind.stages.order_by("position"))
    rows = [
        SalesProcess(
            client=client,
            kind=kind,
            title=f"Sale {n}",
            stage=stages[n % len(stages)],
            responsible=by,
            author=by,
            started_on=clock.today(),
            amount=Decimal(n),
            expected_close_on=None if n % 7 == 0 else clock.today() + dt.timedelta(days=n % 90),
            **facts,
        )
        for n in range(number)
    ]
    return SalesProcess.objects.bulk_create(rows, batch_size=500)


# --- columns ----------------------------------------------------------------------------------------------------------
def test_columns_say_how_many_what_they_come_to_and_what_counts(company, sale):
    first = stages_of(sale)[0]
    Stage.objects.filter(pk=first.pk).update(probability=25)
    process(company.client, title="No sum yet")
    columns, text = board_of(company.anna)
    column, pile = columns[first.pk]
    assert (column.count, column.amount, column.weighted) == (2, 100_000, 25_000)
    assert sorted(card.sale.title for card in pile.cards) == ["No sum yet", "Ten pumps"]
    assert "100,000" in text
    assert "25,000" in text
    assert titles(company.petr, who="all") == []
    assert browser(company.anna).get(reverse(BOARD), {"kind": 999}).status_code == 404


def test_a_column_offers_the_stages_beside_it(company, sale):
    first, second, *_rest, last = stages_of(sale)
    column = board_of(company.anna)[0][first.pk][0]
    assert (column.back, column.forward) == (None, second)
    column = board_of(company.anna)[0][last.pk][0]
    assert (column.forward, column.may_win) == (None, True)


@pytest.mark.parametrize("control", ["controlled", "manual"])
def test_every_stage_the_board_offers_is_one_the_service_allows(company, sale, control):
    ProcessKind.objects.filter(pk=sale.kind_id).update(control=control)
    sale.kind.refresh_from_db()
    for stage in stages_of(sale):
        SalesProcess.objects.filter(pk=sale.pk).update(stage=stage)
        sale.refresh_from_db()
        column = board_of(company.anna)[0][stage.pk][0]
        offered = {each.position for each in column.others}
        assert offered == rules_of.positions_open_to(sale), stage
        assert {each for each in (column.back, column.forward) if each} <= set(column.others)
        assert column.may_win == rules_of.may_win(sale)
    # From the last stage on, a sale is closed.
    assert reverse("process-close", args=[sale.pk]) in board_of(company.anna)[1]


def test_a_sale_that_stands_nowhere_is_not_lost_from_sight(company, sale):
    """A kind that was without stages once: its old sales have a column of their own."""
    SalesProcess.objects.filter(pk=sale.pk).update(stage=None)
    column, pile = board_of(company.anna)[0][0]
    assert (column.stage, column.count, [card.sale for card in pile.cards]) == (None, 1, [sale])
    assert column.forward == stages_of(sale)[0]
    assert moved(company.anna, sale, column.forward, headers=HTMX).status_code == 200
    assert 0 not in board_of(company.anna)[0]


def test_five_thousand_sales_are_counted_right_with_three_queries(company):
    kind = ProcessKind.objects.get(name="Sale")
    rows = many(company.client, kind, 5000, by=company.anna)
    stages = list(kind.stages.order_by("position"))
    everything = SalesProcess.objects.visible_to(company.anna)
    everything.exists()  # whom he stands in for is asked once
    with CaptureQueriesContext(
        connection,
    ) as queries:
        columns = board_columns(everything, kind)
        piles = first_piles(everything, columns, kind, company.anna)
    assert len(queries) == 3
    for place, column in enumerate(columns):
        here = [row for row in rows if row.stage == stages[place]]
        amount = sum(row.amount for row in here)
        assert (column.count, column.amount) == (len(here), amount)
        assert column.weighted == amount * stages[place].probability / 100
        assert len(piles[column.key].cards) == first_size(len(columns))
    # All the way down one column: every sale once, in the order of the column.
    column = columns[0]
    pile, found = piles[column.key], []
    while True:
        found += [card.sale.pk for card in pile.cards]
        if not pile.more:
            break
        pile = next_pile(everything, kind, column.stage, pile.more, company.anna)
    here = [row for row in rows if row.stage == stages[0]]
    far = dt.date.max
    assert found == [row.pk for row in sorted(here, key=lambda row: (row.expected_close_on or far, row.pk))]


def test_further_cards_come_by_the_place_of_the_last_one(company):
    kind = ProcessKind.objects.get(name="Large sale")
    stage = kind.stages.order_by("position").first()
    stages = kind.stages.count()
    many(company.client, kind, (first_size(stages) + PER_COLUMN + 2) * stages, by=company.anna)
    page, more = browser(company.anna), reverse("process-board-more")
    pile = board_of(company.anna, kind=kind.pk)[0][stage.pk][1]
    answer = page.get(more, {"kind": kind.pk, "stage": stage.pk, "after": pile.more}, headers=HTMX)
    assert answer.status_code == 200
    further = answer.context["pile"]
    assert len(further.cards) == PER_COLUMN
    rest = page.get(more, {"kind": kind.pk, "stage": stage.pk, "after": further.more}, headers=HTMX).context["pile"]
    assert len(rest.cards) == 2
    assert rest.more == ""
    shown = [card.sale.pk for each in (pile, further, rest) for card in each.cards]
    assert len(shown) == len(set(shown)) == first_size(stages) + PER_COLUMN + 2
    for wrong in ("", ".", "x.1", "2026-11-31.1", ".99999999999999999999", "7"):
        assert page.get(more, {"kind": kind.pk, "stage": stage.pk, "after": wrong}).status_code == 404, wrong
    assert page.get(more, {"kind": kind.pk, "stage": 99999, "after": ".1"}).status_code == 404


# --- whose, which -----------------------------------------------------------------------------------------------------
def test_the_board_is_filtered_as_the_list_is(company, sale):
    fair = LeadSource.objects.create(name="Fair")
    other = process(company.client, title="Spare parts", by=company.head, source=fair, amount=10)
    tag = Tag.objects.create(name="tender")
    ProcessTag.objects.create(process=other, tag=tag)
    rival = Competitor.objects.create(name="Pompa Plus")
    ProcessCompetitor.objects.create(process=other, competitor=rival)
    assert titles(company.anna) == ["Ten pumps"]
    assert titles(company.anna, who="all") == ["Spare parts", "Ten pumps"]
    for query in ({"q": "spare"}, {"source": fair.pk}, {"tags": "tender"}, {"competitor": rival.pk}, {"amount_to": 99}):
        assert titles(company.anna, who="all", **query) == ["Spare parts"], query
    assert titles(company.anna, who="all", amount_from=5000) == ["Ten pumps"]
    assert titles(company.anna, who="all", source="nonsense") == []
    month = clock.today().strftime("%Y-%m")
    SalesProcess.objects.filter(pk=sale.pk).update(expected_close_on=clock.today())
    assert titles(company.anna, expected=month) == ["Ten pumps"]
    assert titles(company.anna, expected="1999-01") == []


def test_a_sale_he_helps_with_is_on_his_board(company, sale):
    assert titles(company.boris) == []
    sale.co_managers.add(company.boris)
    assert titles(company.boris) == ["Ten pumps"]
    assert titles(company.boris, who=company.boris.pk) == []


def test_who_only_reads_a_sale_moves_nothing_on_the_board(company, sale):
    waiting = exchange_client(name="Birzha")
    SalesProcess.objects.filter(pk=sale.pk).update(client=waiting)
    text = board_of(company.petr, who="all")[1]
    assert "Ten pumps" in text
    assert reverse("process-move", args=[sale.pk]) not in text
    assert moved(company.petr, sale, stages_of(sale)[1], headers=HTMX).status_code == 403


# --- marks ------------------------------------------------------------------------------------------------------------
def card_of(user, sale):
    piles = board_of(user)[0].values()
    return next(card for _column, pile in piles for card in pile.cards if card.sale == sale)


def test_a_sale_left_alone_for_longer_than_its_stage_allows_is_marked(company, sale):
    today = clock.today()
    Stage.objects.filter(pk=sale.stage_id).update(allowed_idle_days=7)
    pages = [reverse(BOARD), sale.get_absolute_url(), sale.client.get_absolute_url(), reverse("process-list")]
    for days, is_idle in ((7, False), (8, True)):
        SalesProcess.objects.filter(pk=sale.pk).update(active_on=today - dt.timedelta(days=days))
        assert titles(company.anna, idle="on") == (["Ten pumps"] if is_idle else [])
        for page in pages:
            text = browser(company.anna).get(page).content.decode()
            assert bool(re.search(r"</i> (idle )?8 days</span>", text)) == is_idle, page
    event(company.client, process=sale)
    assert titles(company.anna, idle="on") == []


def test_a_card_says_what_is_next(company, sale):
    assert card_of(company.anna, sale).next_at is None
    late = clock.now() - dt.timedelta(days=1)
    event(company.client, process=sale, status="planned", occurred_at=late)
    assert card_of(company.anna, sale).missed
    SalesProcess.objects.filter(pk=sale.pk).update(expected_close_on=clock.today() - dt.timedelta(days=1))
    assert card_of(company.anna, sale).is_late


# --- moves ------------------------------------------------------------------------------------------------------------
def test_a_move_answers_with_the_card_and_the_figures_of_all_columns(company, sale):
    first, second, *_rest = stages_of(sale)
    answer = moved(company.anna, sale, second, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-at="{second.pk}"' in text
    assert text.lstrip().startswith("<article")
    for stage in (first, second):
        assert f'id="head-{stage.pk}" hx-swap-oob="true"' in text
    assert f"Now at “{second}”" in text
    column = {column.key: column for column in answer.context["columns"]}
    assert (column[first.pk].count, column[second.pk].count) == (0, 1)


def test_figures_after_a_move_are_those_of_the_filtered_board(company, sale):
    process(company.client, by=company.head, title="Not mine", amount=5)
    second = stages_of(sale)[1]
    url = reverse("process-board-move", args=[sale.pk])
    mine = browser(company.anna).post(url, {"stage": second.pk}, headers=HTMX)
    assert (mine.context["count"], mine.context["amount"]) == (1, 100_000)
    third = stages_of(sale)[2]
    everybodys = browser(company.anna).post(f"{url}?who=all", {"stage": third.pk}, headers=HTMX)
    assert (everybodys.context["count"], everybodys.context["amount"]) == (2, 100_005)


def test_a_second_move_of_an_old_board_reads_it_anew(company, sale):
    second = stages_of(sale)[1]
    moved(company.anna, sale, second, headers=HTMX)
    answer = moved(company.anna, sale, second, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (409, "list-refresh")
    assert answer.headers["HX-Reswap"] == "none"
    assert "already at this stage" in answer.content.decode()
    partial = browser(company.anna).get(reverse(BOARD), headers=HTMX).content.decode()
    assert partial.strip().startswith('<div id="sales-board"')


def test_a_refused_card_stays_and_names_what_is_missing_with_the_way_there(company):
    """The board cannot go round a condition."""
    large = process(company.client, kind_name="Large sale", title="Big")
    first, second, third, *_rest = stages_of(large)
    StageCondition.objects.create(stage=first, what="field", field="amount")
    answer = moved(company.anna, large, second, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f'data-at="{first.pk}"' in text
    assert "What is missing" in text
    assert f'href="{reverse("process-update", args=[large.pk])}' in text
    # Nor may a stage be passed over.
    assert moved(company.anna, large, third, headers=HTMX).status_code == 422
    large.refresh_from_db()
    assert (large.stage, large.stage_changes.count()) == (first, 1)
    SalesProcess.objects.filter(pk=large.pk).update(amount=1)
    assert moved(company.anna, large, second, headers=HTMX).status_code == 200


def test_a_card_is_moved_without_javascript_and_one_is_back_on_the_board(company, sale):
    second = stages_of(sale)[1]
    board = reverse(BOARD) + "?who=all"
    text = board_of(company.anna)[1]
    assert f'formaction="{reverse("process-move", args=[sale.pk])}"' in text
    for name in ("process-move", "process-board-move"):
        SalesProcess.objects.filter(pk=sale.pk).update(stage=sale.stage)
        url = reverse(name, args=[sale.pk])
        answer = browser(company.anna).post(url, {"stage": second.pk, "next": board}, follow=True)
        assert answer.redirect_chain == [(board, 302)]
        assert f"Now at “{second}”" in answer.content.decode()


def test_a_stage_of_another_kind_or_none_is_refused(company, sale):
    other = Stage.objects.exclude(process_kind=sale.kind).first()
    url = reverse("process-board-move", args=[sale.pk])
    for stage in (other.pk, "", "x", 99999999):
        assert browser(company.anna).post(url, {"stage": stage}, headers=HTMX).status_code == 422, stage
    before = sale.stage_id
    sale.refresh_from_db()
    assert sale.stage_id == before


def test_a_refusal_on_the_board_of_another_kind_is_said_all_the_same(company, sale):
    large = process(company.client, kind_name="Large sale", title="Big")
    url = f"{reverse('process-board-move', args=[large.pk])}?kind={sale.kind_id}"
    answer = browser(company.anna).post(url, {"stage": stages_of(large)[2].pk}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (422, "list-refresh")
    assert "is not next" in answer.content.decode()


def test_a_stranger_moves_nothing(company, sale):
    assert moved(company.petr, sale, stages_of(sale)[1], headers=HTMX).status_code == 404
