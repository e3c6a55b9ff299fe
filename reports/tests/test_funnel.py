"""The funnel: whose sales it shows, that its parts make up the whole, what it says, and what leads where."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from clients.tests.factories import exchange_client, held_client
from clients.tests.pages import browser
from clients.tests.pages import company as company
from crm import clock
from interactions import sales
from interactions.models import LossReason, ProcessKind, SalesProcess
from interactions.tests.factories import process
from reports.frame.addresses import merged
from reports.frame.drill_down import rows_filter
from reports.frame.report import Ask
from reports.frame.tables import Result, Table
from reports.sales_funnel.report import SalesFunnel

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def cohort(company):
    """Six of Anna's sales: at the first stage, moved on, gone back, won, lost twice; one of Petr's; one long ago."""
    kind = ProcessKind.objects.get(name="Sale")
    stages = list(kind.stages.order_by("position"))
    start = clock.now() - 30 * DAY
    here = [process(company.client, amount=100, now=start, title=f"Sale {n}") for n in range(6)]
    sales.move_process(process=here[1], stage=stages[1], by=company.anna, now=start + 4 * DAY)
    sales.move_process(process=here[2], stage=stages[2], by=company.anna, now=start + 6 * DAY)
    sales.move_process(process=here[2], stage=stages[0], by=company.anna, now=start + 7 * DAY)
    sales.close_process(process=here[3], won=True, by=company.anna, now=start + 9 * DAY)
    sales.move_process(process=here[4], stage=stages[1], by=company.anna, now=start + 5 * DAY)
    reason = LossReason.objects.order_by("position").first()
    for lost in here[4:]:
        sales.close_process(process=lost, won=False, loss_reason=reason, by=company.anna, now=start + 10 * DAY)
    process(held_client(company.petr), amount=7, now=start)
    process(company.client, amount=1000, now=start - 800 * DAY)
    return SimpleNamespace(stages=stages, reason=reason, **vars(company))


def build(who, **query) -> Result:
    report = SalesFunnel()
    return report.build(Ask(report.filterset_class(query or None, request=SimpleNamespace(user=who)), "name"))


def table(result: Result, key: str) -> Table:
    return next(each for each in result.tables if each.key == key)


def column(found: Table, key: str) -> list:
    return [line.cells[key].value for line in found.lines if key in line.cells]


def test_how_far_the_cohort_got(cohort):
    stages = table(build(cohort.anna), "stages")
    assert column(stages, "came")[:3] == [6, 4, 2]
    assert stages.lines[-1].kind == "won"
    assert column(stages, "came")[-1] == 1
    assert column(stages, "kept")[:3] == [100, pytest.approx(400 / 6), 50]
    assert (column(stages, "lost")[:2], column(stages, "open")[:2]) == ([1, 1], [2, 1])
    # Four, six, nine, five and ten days at the first; one at the third; five (lost) at the second.
    assert column(stages, "median")[:3] == [6, 5, 1]
    assert column(stages, "mean")[:3] == [pytest.approx(6.8), 5, 1]
    total = {key: cell.value for key, cell in stages.total.cells.items()}
    assert (total["came"], total["amount"], total["lost"], total["open"]) == (6, 600, 2, 3)


def test_what_was_lost_where_and_why(cohort):
    losses = table(build(cohort.anna), "losses")
    first, second, *_rest = cohort.stages
    (line,) = losses.lines
    assert line.name == str(cohort.reason)
    assert [line.cells[key].value for key in ("lost", "share", f"at_{first.pk}", f"at_{second.pk}")] == [2, 100, 1, 1]


def test_the_parts_make_up_the_whole(cohort):
    result = build(cohort.director, compare="previous")
    stages, people = table(result, "stages"), table(result, "people")
    whole = people.total.cells
    still_open = stages.total.cells["open"].value
    assert whole["begun"].value == whole["won"].value + whole["lost"].value + still_open == 7
    assert (sum(column(stages, "lost")), sum(column(stages, "open"))) == (whole["lost"].value, still_open)
    now = table(result, "now")
    assert sum(column(now, "now")) == whole["now"].value
    for key in ("begun", "begun_sum", "won", "now", "now_sum"):
        parts = [line.cells[key].value for line in people.lines if line.kind == "manager"]
        assert sum(parts) == whole[key].value
    assert whole["begun"].then == 0
    assert whole["now"].then is None


def test_each_reads_the_figures_of_his_own(cohort):
    seen = {who: build(getattr(cohort, who)).tables[-1].total.cells["begun"].value for who in ("anna", "petr", "head")}
    assert seen == {"anna": 6, "petr": 1, "head": 6}
    assert build(cohort.director).tables[-1].total.cells["begun"].value == 7
    assert build(cohort.director, manager=str(cohort.petr.pk)).tables[-1].total.cells["begun"].value == 1


def test_open_sales_of_the_exchange_are_not_in_hand(cohort):
    assert table(build(cohort.anna), "now").total.cells["now"].value == 4  # with the one of long ago
    lonely = exchange_client(last_manager=cohort.anna)
    SalesProcess.objects.create(
        client=lonely, kind=ProcessKind.objects.get(name="Sale"), title="Left behind", responsible=cohort.anna,
        author=cohort.anna, started_on=clock.today(), amount=Decimal(5),
    )  # fmt: skip
    result = build(cohort.anna)
    assert table(result, "now").total.cells["now"].value == 4
    assert table(result, "stages").total.cells["open"].value == 4  # of the cohort it is still a part


def test_each_number_leads_to_as_many_rows_and_as_much_money(cohort):
    found = build(cohort.director)
    looked_at = 0
    for each in found.tables:
        for line in each.all_lines:
            for cell in line.cells.values():
                if not cell.figure:
                    continue
                query = dict(pair.split("=") for pair in merged(line.query, cell.query).split("&") if pair)
                query["what"] = cell.figure
                filterset = rows_filter("funnel")(query, request=SimpleNamespace(user=cohort.director))
                rows = filterset.rows
                assert filterset.is_sound, filterset.form.errors
                assert filterset.total(rows) == cell.value if filterset.figure.sum_of else rows.count() == cell.value
                looked_at += 1
    assert looked_at > 100


def test_what_narrows_rows_never_narrows_the_report(cohort):
    narrowed = build(cohort.anna, reached=str(cohort.stages[2].pk), at=str(cohort.stages[0].pk))
    assert table(narrowed, "stages").total.cells["came"].value == 6


def test_it_says_where_most_is_lost_only_when_there_is_enough(cohort):
    assert not [remark for remark in build(cohort.anna).remarks if remark.figure]
    for number in range(5):
        lost = process(cohort.client, title=f"Lost {number}", amount=10)
        sales.close_process(process=lost, won=False, loss_reason=cohort.reason, by=cohort.anna)
    where, why = [remark for remark in build(cohort.anna).remarks if remark.figure]
    assert str(cohort.stages[0]) in where.text
    assert where.query == f"at={cohort.stages[0].pk}&"
    assert why.query == f"reason={cohort.reason.pk}&"


def test_an_earlier_cohort_had_longer_to_be_won(cohort):
    assert "had longer" not in str(build(cohort.anna, compare="previous").remarks)  # there is none
    process(cohort.client, now=clock.now() - 500 * DAY)
    assert "had longer" in str(build(cohort.anna, compare="previous").remarks)
    assert "had longer" not in str(build(cohort.anna).remarks)


def test_nonsense_in_the_address_breaks_nothing(cohort):
    page = browser(cohort.anna)
    assert page.get("/reports/funnel/").status_code == 200
    for query in ({"kind": "999"}, {"at": "x"}, {"reached": "9" * 30}, {"reason": "none"}, {"since": "31.02.2017"}):
        assert page.get("/reports/funnel/", query).status_code == 200
        assert page.get("/reports/funnel/rows/", query).status_code == 200


def test_a_company_without_kinds_has_an_empty_funnel(company):
    SalesProcess.objects.all().delete()
    ProcessKind.objects.all().delete()
    assert table(build(company.anna), "stages").lines == []
