"""Round a sale: lines, co-managers, competitors, to whom it was lost; plans, forecast and funnel."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients.models import Manager
from clients.tests.factories import exchange_client, held_client
from clients.tests.pages import browser
from crm import clock
from interactions import process_path, sales, step_undo
from interactions.models import (
    Competitor,
    LossReason,
    ProcessKind,
    ProcessLine,
    Product,
    SalesPlan,
    SalesProcess,
    Stage,
    StageChange,
)
from interactions.plans import planned_by, set_plans
from interactions.rules.funnel import funnel, pile_of
from interactions.rules.months import month_of, next_month, shifted
from interactions.selectors.forecast import forecast, undated
from interactions.selectors.funnel import came_to, groups_of, stays_of
from interactions.tests.factories import process

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(company):
    return process(company.client, title="Ten pumps", amount=100_000)


@pytest.fixture
def rival():
    return Competitor.objects.create(name="Pompa Plus")


def path(name, of):
    return reverse(f"process-{name}", args=[of.pk])


def lines(*rows):
    """Rows of the form of a sale."""
    data = {"rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        data |= {f"rows-{index}-{name}": value for name, value in {"quantity": 1, **row}.items()}
    return data


def typed(sale, **changes):
    return {"title": sale.title, "responsible": sale.responsible_id, "started_on": str(sale.started_on), **changes}


# --- lines ------------------------------------------------------------------------------------------------------------
def test_an_empty_amount_is_what_the_lines_come_to(company):
    pump, seal = Product.objects.create(name="Pump", price=100), Product.objects.create(name="Seal")
    page, url = browser(company.anna), f"{reverse('process-create')}?client={company.client.pk}"
    rows = lines({"product": pump.pk, "quantity": "3", "price": "100", "discount": "10"}, {"product": seal.pk})
    kind = ProcessKind.objects.get(name="Sale")
    facts = {"title": "Parts", "kind": kind.pk, "responsible": company.anna.pk}
    assert f'data-price="{pump.price}' in page.get(url).content.decode()
    answer = page.post(url, {**facts, **rows})
    made = SalesProcess.objects.get()
    assert (answer.status_code, made.amount, made.lines.count()) == (302, 270, 2)
    text = page.get(made.get_absolute_url()).content.decode()
    assert "270" in text
    # What was agreed on is not counted over.
    page.post(path("update", made), typed(made, amount="250"))
    made.refresh_from_db()
    assert (made.amount, made.lines.count()) == (250, 2)


def test_an_amount_stays_empty_without_a_price(company):
    pump = Product.objects.create(name="Pump")
    new = SalesProcess(
        client=company.client, kind=ProcessKind.objects.get(name="Sale"), title="Parts", responsible=company.anna
    )
    sales.start_process(process=new, by=company.anna, lines=[ProcessLine(product=pump)])
    assert new.amount is None


@pytest.mark.parametrize(
    ("row", "field"), [({"discount": "101"}, "discount"), ({"discount": "-1"}, "discount"), ({"price": "-1"}, "price")]
)
def test_a_bad_line_is_told_at_its_field(company, sale, row, field):
    pump = Product.objects.create(name="Pump")
    answer = browser(company.anna).post(path("update", sale), typed(sale, **lines({"product": pump.pk, **row})))
    assert answer.status_code == 422
    [errors] = [errors for errors in answer.context["formset"].errors if errors]
    # A price is refused by the row as a whole, as the database would refuse it.
    assert {field, "__all__"} & set(errors)
    assert not sale.lines.exists()


# --- who helps, who competes ------------------------------------------------------------------------------------------
def test_co_managers_and_competitors_are_chosen_in_the_form(company, sale, rival):
    page = browser(company.anna)
    text = page.get(path("update", sale)).content.decode()
    for name in (company.boris, company.head, rival):
        assert str(name) in text
    assert str(company.petr) not in text
    data = typed(sale, co_managers=[company.boris.pk], competitors=[rival.pk])
    assert page.post(path("update", sale), data).status_code == 302
    assert ([*sale.co_managers.all()], [*sale.competitors.all()]) == ([company.boris], [rival])
    text = page.get(path("detail", sale)).content.decode()
    assert str(company.boris) in text
    assert "Pompa Plus" in text
    # Unticked: gone.
    page.post(path("update", sale), typed(sale))
    assert not sale.co_managers.exists()
    assert not sale.competitors.exists()


def test_who_does_not_see_the_client_does_not_help(company, sale):
    """A sale opens no client: not by the form, and not by a service."""
    answer = browser(company.anna).post(path("update", sale), typed(sale, co_managers=[company.petr.pk]))
    assert answer.status_code == 422
    with pytest.raises(ValidationError) as refused:
        sales.change_process(process=sale, by=company.anna, co_managers=[company.petr])
    assert "co_managers" in refused.value.error_dict
    assert not sale.co_managers.exists()
    new = SalesProcess(client=company.client, kind=sale.kind, title="Parts", responsible=company.anna)
    with pytest.raises(ValidationError):
        sales.start_process(process=new, by=company.anna, co_managers=[company.petr])
    assert new.pk is None


def test_the_responsible_is_no_helper_of_his_own(company, sale):
    sales.change_process(process=sale, by=company.anna, co_managers=[company.anna, company.boris])
    assert [*sale.co_managers.all()] == [company.boris]


# --- lost to whom -----------------------------------------------------------------------------------------------------
def test_a_lost_sale_says_to_whom(company, sale, rival):
    reason = LossReason.objects.first()
    data = {"outcome": "lost", "loss_reason": reason.pk, "lost_to": rival.pk}
    assert browser(company.anna).post(path("close", sale), data).status_code == 302
    sale.refresh_from_db()
    assert (sale.status, sale.lost_to) == ("lost", rival)
    assert [*sale.competitors.all()] == [rival]
    assert "lost to Pompa Plus" in browser(company.anna).get(path("detail", sale)).content.decode()
    # An edit afterwards loses nothing.
    sales.change_process(process=SalesProcess.objects.get(pk=sale.pk), by=company.anna)
    sale.refresh_from_db()
    assert sale.lost_to == rival
    sales.reopen_process(process=sale, by=company.head)
    sale.refresh_from_db()
    assert (sale.status, sale.lost_to, sale.loss_reason) == ("open", None, None)


def test_a_won_sale_is_lost_to_nobody(company, sale, rival):
    sales.close_process(process=sale, won=True, by=company.anna, lost_to=rival)
    sale.refresh_from_db()
    assert (sale.status, sale.lost_to) == ("won", None)


def test_the_form_of_closing_says_what_is_missing_before_anything_is_typed(company):
    large = process(company.client, kind_name="Large sale", title="Big")
    text = browser(company.anna).get(path("close", large), {"outcome": "won"}).content.decode()
    assert "won from its last stage" in text
    text = browser(company.anna).get(path("close", large), {"outcome": "lost"}).content.decode()
    assert "won from its last stage" not in text


# --- the list ---------------------------------------------------------------------------------------------------------
def test_the_list_shows_and_filters_what_the_board_does(company, sale, rival):
    sales.change_process(process=sale, by=company.anna, co_managers=[company.boris], competitors=[rival])
    process(company.client, title="Small", amount=5)
    page, url = browser(company.anna), reverse("process-list")
    columns = "co_managers,competitors,weighted,idle,stage_since,lost_to"
    text = page.get(url, {"cols": columns}).content.decode()
    assert "Boris" in text
    assert "Pompa Plus" in text
    for query in ({"competitor": rival.pk}, {"amount_from": "6"}):
        assert [str(row) for row in page.get(url, query).context["page"]] == ["Ten pumps"], query
    assert [str(row) for row in browser(company.boris).get(url).context["page"]] == ["Ten pumps"]
    for sort in ("idle", "-idle", "since", "-since"):
        assert page.get(url, {"sort": sort}).context["page"].count == 2
    assert page.get(url, {"expected": "2026-13"}).context["page"].count == 0


def test_lists_of_a_hundred_ask_no_more_than_lists_of_one(company, sale, django_assert_max_num_queries):
    columns = {"cols": "co_managers,competitors,weighted,idle,stage_since"}
    page = browser(company.anna)
    for _ in range(4):
        process(company.client)
    page.get(reverse("process-list"), columns)
    with django_assert_max_num_queries(17):
        page.get(reverse("process-list"), columns)


# --- plans ------------------------------------------------------------------------------------------------------------
MONTH = dt.date(2026, 11, 1)


def test_plans_are_set_changed_and_taken_away(company):
    who = company.anna
    assert set_plans(plans={(who, MONTH): Decimal(100), (who, next_month(MONTH)): None}, by=company.head) == 1
    plan = SalesPlan.objects.get()
    assert (plan.amount, plan.set_by) == (100, company.head)
    # The same again is no change of the director's.
    assert set_plans(plans={(who, MONTH): Decimal(100)}, by=company.director) == 0
    plan.refresh_from_db()
    assert plan.set_by == company.head
    assert set_plans(plans={(who, MONTH): Decimal(5)}, by=company.director) == 1
    plan.refresh_from_db()
    assert (plan.amount, plan.set_by) == (5, company.director)
    assert set_plans(plans={(who, MONTH): None}, by=company.head) == 1
    assert not SalesPlan.objects.exists()


@pytest.mark.parametrize(("month", "amount"), [(MONTH, -1), (MONTH.replace(day=2), 1), (MONTH, 10**15)])
def test_a_plan_that_cannot_be_is_refused_whole(company, month, amount):
    plans = {(company.boris, MONTH): Decimal(1), (company.anna, month): Decimal(amount)}
    with pytest.raises(ValidationError):
        set_plans(plans=plans, by=company.head)
    assert not SalesPlan.objects.exists()


def test_a_head_plans_for_his_people_and_not_for_himself(company):
    mine = set(planned_by(company.head))
    assert company.anna in mine
    assert not {company.head, company.petr} & mine
    assert {company.head, company.petr, company.anna} <= set(planned_by(company.director))
    assert not planned_by(company.anna).exists()


def test_the_grid_of_plans(company):
    url, month = reverse("process-plans"), month_of(clock.today())
    page, name = browser(company.head), f"plan-{company.anna.pk}-{month:%Y-%m}"
    assert f'name="{name}"' in page.get(url).content.decode()
    assert browser(company.anna).get(url).status_code == 403
    alien = f"plan-{company.petr.pk}-{month:%Y-%m}"
    assert page.post(url, {name: "1500.50", alien: "7"}).status_code == 302
    assert [(plan.manager, plan.amount) for plan in SalesPlan.objects.all()] == [(company.anna, Decimal("1500.50"))]
    answer = page.post(url, {name: "lots"})
    assert answer.status_code == 422
    assert "lots" in answer.content.decode()
    later = page.get(url, {"from": "2030-01"}).content.decode()
    assert f"plan-{company.anna.pk}-2030-01" in later
    for nonsense in ("2030-13", "abc", "9999-12", "0001-01"):
        assert f'name="{name}"' in page.get(url, {"from": nonsense}).content.decode()


def test_a_head_reads_his_own_plan_and_does_not_set_it(company):
    url, month = reverse("process-plans"), month_of(clock.today())
    name = f"plan-{company.head.pk}-{month:%Y-%m}"
    set_plans(plans={(company.head, month): Decimal(777)}, by=company.director)
    page, own = browser(company.head), f"{url}?who={company.head.pk}"
    shown = page.get(own).content.decode()
    assert 'value="777"' in shown
    assert "set by those above you" in shown
    assert 'type="submit">Save' not in shown
    page.post(own, {name: "1", f"plan-{company.anna.pk}-{month:%Y-%m}": "1"})
    assert [(plan.manager, plan.amount) for plan in SalesPlan.objects.all()] == [(company.head, Decimal(777))]


# --- forecast ---------------------------------------------------------------------------------------------------------
def figures(who):
    """A manager's figures of November, seen on the 22nd."""
    people = Manager.objects.filter(pk=who.pk)
    return forecast(people, shifted(MONTH, -1), shifted(MONTH, 2), dt.date(2026, 11, 22))[MONTH, who.pk]


def row(client, by, **facts):
    kind = ProcessKind.objects.get(name="Sale")
    stage = kind.stages.order_by("position")[1]
    values = {"status": "open", "stage": stage, "amount": Decimal(1000), "started_on": dt.date(2026, 1, 10), **facts}
    made = SalesProcess(client=client, kind=kind, title="Row", responsible=by, author=by, **values)
    return SalesProcess.objects.bulk_create([made])[0]


def test_the_forecast_is_what_was_won_and_the_weighted_rest(company):
    anna, today = company.anna, dt.date(2026, 11, 22)
    Stage.objects.filter(process_kind__name="Sale").update(probability=40)
    row(company.client, anna, status="won", closed_on=dt.date(2026, 11, 1))
    row(company.client, anna, status="won", closed_on=dt.date(2026, 11, 30), amount=None)
    row(company.client, anna, status="won", closed_on=dt.date(2026, 12, 1))
    row(company.client, anna, status="lost", closed_on=dt.date(2026, 11, 5))
    row(company.client, anna, expected_close_on=dt.date(2026, 11, 1))
    row(company.client, anna, expected_close_on=dt.date(2026, 11, 30), amount=Decimal(500))
    row(company.client, anna, expected_close_on=dt.date(2026, 10, 31))
    row(company.client, anna, expected_close_on=None)
    row(company.client, company.petr, expected_close_on=dt.date(2026, 11, 3))
    row(exchange_client(anna), anna, expected_close_on=dt.date(2026, 11, 4))  # nobody works on it there
    set_plans(plans={(anna, MONTH): Decimal(5000)}, by=company.head)
    found = figures(anna)
    assert (found.won, found.won_count, found.plan) == (1000, 2, 5000)
    assert (found.open_amount, found.open_count, found.weighted) == (1500, 2, 600)
    assert (found.forecast, found.gap) == (1600, 3400)
    rest = undated(Manager.objects.filter(pk=anna.pk), today)
    assert {name: (each.count, each.amount) for name, each in rest.items()} == {
        "slipped": (1, 1000),
        "dateless": (1, 1000),
    }


def test_what_he_won_stays_his_wherever_the_client_is_now(company):
    elsewhere = held_client(company.petr)
    row(elsewhere, company.anna, status="won", closed_on=dt.date(2026, 11, 5))
    assert figures(company.anna).won == 1000


def test_whose_figures_the_forecast_shows(company):
    today = clock.today()
    row(company.client, company.anna, status="won", closed_on=today, amount=Decimal(111_000))
    row(held_client(company.petr), company.petr, status="won", closed_on=today, amount=Decimal(222_000))
    url = reverse("process-forecast")
    seen = {
        who: {str(manager) for manager, _row in browser(getattr(company, who)).get(url).context["managers"]}
        for who in ("anna", "boris", "head", "other_head", "director")
    }
    assert (seen["anna"], seen["boris"], seen["head"]) == ({str(company.anna)}, set(), {str(company.anna)})
    assert seen["director"] == {str(company.anna), str(company.petr)}
    page = browser(company.head)
    text = page.get(url).content.decode()
    assert "111,000" in text
    assert "222,000" not in text
    # A number leads to the sales it is made of.
    month = today.strftime("%Y-%m")
    listed = page.get(reverse("process-list"), {"status": "won", "who": company.anna.pk, "closed": month})
    assert f"?status=won&amp;who={company.anna.pk}&amp;closed={month}" in text
    assert listed.context["sums"]["amount"] == 111_000
    assert not page.get(url, {"who": company.petr.pk}).context["managers"]
    for nonsense in ("x", "9999-99", "0000-01"):
        assert page.get(url, {"from": nonsense, "month": nonsense}).status_code == 200


# --- funnel -----------------------------------------------------------------------------------------------------------
def test_the_funnel_counts_how_far_sales_got_and_how_long_they_stood(company):
    kind = ProcessKind.objects.get(name="Sale")
    first, second, third, *_rest = kind.stages.order_by("position")
    start = clock.now() - dt.timedelta(days=30)
    here = [process(company.client, amount=10, now=start, title=f"Sale {n}") for n in range(4)]
    sales.move_process(process=here[0], stage=second, by=company.anna, now=start + dt.timedelta(days=4))
    sales.move_process(process=here[1], stage=third, by=company.anna, now=start + dt.timedelta(days=6))
    # Gone back: how far it got is what counts.
    sales.move_process(process=here[1], stage=first, by=company.anna, now=start + dt.timedelta(days=7))
    sales.close_process(
        process=here[2], won=False, loss_reason=LossReason.objects.first(), by=company.anna,
        now=start + dt.timedelta(days=8),
    )  # fmt: skip
    sales.close_process(process=here[3], won=True, by=company.anna, now=start + dt.timedelta(days=9))
    # An imported one of which there is no log.
    silent = row(company.client, company.anna, stage=second, amount=Decimal(1))
    assert not StageChange.objects.filter(process=silent).exists()
    stages = [(stage.pk, stage.position) for stage in kind.stages.all()]
    rows = SalesProcess.objects.filter(kind=kind)
    groups, stays = groups_of(rows), stays_of(rows)
    steps = funnel(stages, groups, stays)
    counts = [step.came.count for step in steps]
    assert counts[:3] == [5, 4, 2]
    assert counts[3:] == [1] * (len(counts) - 3)  # only the won one came all the way
    for stage, count in zip((first, second, third), counts):
        assert rows.filter(came_to(stage.pk)).count() == count
    assert [(step.lost.count, step.open.count) for step in steps[:3]] == [(1, 1), (0, 2), (0, 0)]
    # Four days, six, eight (lost) and nine (won) at the first; one at the third.
    assert {stage: (stay.count, stay.median, stay.mean) for stage, stay in stays.items()} == {
        first.pk: (4, 7.0, 6.75), third.pk: (1, 1.0, 1.0)
    }  # fmt: skip
    assert {status: pile_of(g for g in groups if g.status == status).count for status in ("open", "won", "lost")} == {
        "open": 3, "won": 1, "lost": 1
    }  # fmt: skip
    assert [g.reason for g in groups if g.status == "lost"] == [LossReason.objects.first().pk]


def test_the_path_of_a_sale_is_kept_as_its_log_has_it(company, django_assert_num_queries):
    kind = ProcessKind.objects.get(name="Sale")
    first, second, third, *_rest = kind.stages.order_by("position")
    start = clock.now() - dt.timedelta(days=30)
    sale = process(company.client, now=start)
    days = {number: start + dt.timedelta(days=number) for number in range(1, 10)}
    sales.move_process(process=sale, stage=third, by=company.anna, now=days[2])
    sales.move_process(process=sale, stage=second, by=company.anna, now=days[5])

    def path():
        sale.refresh_from_db()
        steps = sale.stage_changes.order_by("changed_at", "pk")
        return sale.furthest, [step.stayed and step.stayed.days for step in steps]

    assert path() == (third, [2, 3, None])
    # A step that is taken back was never made; a closed sale stands nowhere.
    with clock.playing(days[6]):
        last = sale.stage_changes.latest("pk")
        step_undo.take_back_move(process=sale, step_id=last.pk, by=company.anna)
    assert path() == (third, [2, None])
    sales.close_process(process=sale, won=True, by=company.anna, now=days[7])
    sales.reopen_process(process=sale, by=company.anna, now=days[9])
    assert path() == (third, [2, 5, None, None])
    # An edit leaves it as it is; one that moves the start moves the end of no stay but the first.
    sale.started_on = sale.started_on - dt.timedelta(days=1)
    sales.change_process(process=sale, by=company.anna)
    assert path()[0] == third
    # Of stages in another order another one is the furthest.
    kind.stages.filter(pk=first.pk).update(position=900)
    process_path.recompute_kind(kind.pk)
    assert path()[0] == first
    with django_assert_num_queries(0):
        process_path.recompute([None])


def test_the_old_address_of_the_funnel_leads_to_the_report(company):
    answer = browser(company.head).get(reverse("process-funnel"), {"who": company.anna.pk, "since": "2026-01-01"})
    assert (answer.status_code, answer.url) == (301, f"/reports/funnel/?since=2026-01-01&manager={company.anna.pk}")
