"""The report of the recipe in docs/extending.md does what the recipe promises: read from there, declared, and asked for
as page, rows and files."""

import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings as django_settings
from python_calamine import CalamineWorkbook

import crm.urls
from clients.models import ExportLog, SavedView
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from interactions.models import Agreement
from interactions.tests.factories import event
from reports.frame import documents, report
from reports.frame.drill_down import rows_filter
from reports.frame.urls import routes

pytestmark = pytest.mark.django_db
RECIPE = Path(django_settings.BASE_DIR) / "docs" / "extending.md"


@pytest.fixture(autouse=True)
def promises(monkeypatch: Any, settings: Any) -> Iterator[None]:
    """The report of the recipe, declared for the length of a test."""
    monkeypatch.setattr(report, "_reports", dict(report._reports))
    monkeypatch.setattr(documents, "_listings", dict(documents._listings))
    code = re.search(r"## To add a report.*?```python\n(.*?)```", RECIPE.read_text(), re.DOTALL)
    assert code
    module = ModuleType("reports.promises")
    monkeypatch.setitem(sys.modules, "reports.promises", module)
    exec(compile(code[1], str(RECIPE), "exec"), module.__dict__)
    urls = ModuleType("urls_with_promises")
    urls.urlpatterns = [*routes(report.find("promises")), *crm.urls.urlpatterns]  # type: ignore[attr-defined,arg-type]
    settings.ROOT_URLCONF = urls
    yield
    rows_filter.cache_clear()


@pytest.fixture
def company() -> Any:
    """Two departments; Anna kept two of three promises and one is open, Boris broke his only one."""
    ours, theirs = DepartmentFactory(name="Ours"), DepartmentFactory(name="Theirs")
    world = ModuleType("world")
    world.head, world.director = head_of(ours), ManagerFactory(role="director", department=None)
    world.anna = ManagerFactory(first_name="Anna", last_name="Adler", department=ours)
    world.boris = ManagerFactory(first_name="Boris", last_name="Brandt", department=theirs)
    for manager, states in ((world.anna, ["kept", "kept", "broken", "open"]), (world.boris, ["broken"])):
        client = held_client(manager, name=f"Client of {manager.first_name}")
        for state in states:
            talk = event(client, responsible=manager)
            Agreement.objects.create(event=talk, text=f"Offer, {state}", due_on=clock.today(), status=state)
    return world


def lines(context: Any) -> dict[str, list[Any]]:
    table = context["result"].tables[0]
    keys = ("all", "kept", "broken", "open", "share")
    return {str(line.name) or line.kind: [line.cells[key].value for key in keys] for line in table.all_lines}


def test_the_page_counts_by_department_and_manager_and_shares_come_from_sums(client, company):
    client.force_login(company.director)
    page = client.get("/reports/promises/?compare=previous")
    assert lines(page.context) == {
        "Ours": [4, 2, 1, 1, pytest.approx(200 / 3)],
        "Anna Adler": [4, 2, 1, 1, pytest.approx(200 / 3)],
        "Theirs": [1, 0, 1, 0, 0.0],
        "Boris Brandt": [1, 0, 1, 0, 0.0],
        "total": [5, 2, 2, 1, 50.0],
    }
    text = page.content.decode()
    assert "Not kept: 2. Read why." in text
    assert "/reports/promises/rows/?what=broken" in text or "what=broken" in text
    assert "<svg" in text


def test_a_head_reads_his_departments_and_a_salesperson_nothing(client, company):
    client.force_login(company.head)
    assert set(lines(client.get("/reports/promises/").context)) == {"Ours", "Anna Adler", "total"}
    foreign = client.get(f"/reports/promises/?manager={company.boris.pk}")
    assert foreign.context["result"] is None
    assert client.get(f"/reports/promises/rows/?what=all&manager={company.boris.pk}").context["page"].count == 0
    client.force_login(company.anna)
    for part in ("", "csv/", "xlsx/", "rows/", "rows/csv/", "rows/xlsx/"):
        assert client.get(f"/reports/promises/{part}").status_code == 403


def test_a_number_leads_to_its_rows_told_as_the_reader_may_know_them(client, company):
    client.force_login(company.head)
    page = client.get(f"/reports/promises/rows/?what=broken&manager={company.anna.pk}")
    assert [(row.client.name, str(row.what), row.details) for row in page.context["documents"]] == [
        ("Client of Anna", "not kept", "Offer, broken")
    ]
    # The client goes to the other department: whose the promise is stays, its words are not the head's any more.
    held = company.anna.clients.get()
    held.manager = company.boris
    held.save(update_fields=["manager"])
    page = client.get("/reports/promises/rows/?what=broken")
    (row,) = page.context["documents"]
    assert (row.whose, row.details, row.is_open) == (company.anna, "", False)
    assert "Offer, broken" not in page.content.decode()


def test_rows_are_searched_by_the_name_of_the_client(client, company):
    client.force_login(company.director)
    found = lambda q: client.get("/reports/promises/rows/", {"what": "all", "q": q}).context["page"].count  # noqa: E731
    assert (found(""), found("OF ANNA"), found("nobody")) == (5, 4, 0)


def test_the_order_goes_by_a_column_and_stays_when_a_department_is_opened(client, company):
    other = ManagerFactory(first_name="Carl", last_name="Cole", department=company.anna.department)
    talk = event(held_client(other), responsible=other)
    Agreement.objects.create(event=talk, text="Call", due_on=clock.today())
    client.force_login(company.head)
    names = lambda sort: list(lines(client.get(f"/reports/promises/?sort={sort}").context))[1:3]  # noqa: E731
    assert names("-all") == ["Anna Adler", "Carl Cole"]
    assert names("all") == ["Carl Cole", "Anna Adler"]
    assert names("-name") == ["Carl Cole", "Anna Adler"]
    assert names("nonsense") == ["Anna Adler", "Carl Cole"]
    assert "sort=-all" in client.get("/reports/promises/?sort=-all").content.decode().split("<tbody>")[1]


def test_files_hold_the_numbers_and_what_they_are_about(client, company):
    client.force_login(company.director)
    table = b"".join(client.get("/reports/promises/csv/").streaming_content).decode("utf-8-sig").splitlines()
    assert table[0].endswith("Promised,Kept,Not kept,Open,Share kept")
    assert table[-1].split(",")[5:] == ["5", "2", "2", "1", "50.0"]
    book = read(client.get("/reports/promises/xlsx/?compare=previous"))
    about = {row[0]: row[1] for row in book[:6]}
    assert about["Report"] == "Promises"
    assert about["Whose"] == "The whole company"
    assert about["Made by"] == str(company.director)
    assert "Compared with" in about
    header = next(row for row in book if row[0] == "From")
    assert header[5:7] == ["Promised", "Promised, before"]
    assert book[-1][5:8] == [5.0, 0.0, 2.0]
    assert book[-1][-1] == pytest.approx(0.5)  # a share is a number a spreadsheet reckons with
    rows = read(client.get("/reports/promises/rows/xlsx/?what=kept"))
    assert [row[7] for row in rows[-2:]] == ["Offer, kept", "Offer, kept"]
    assert list(ExportLog.objects.order_by("pk").values_list("what", "rows")) == [
        ("report-promises-csv", 5),
        ("report-promises-xlsx", 5),
        ("report-promises-rows-xlsx", 2),
    ]


def read(answer: Any) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content)))
    return book.get_sheet_by_index(0).to_python()


def test_without_the_right_nobody_takes_a_file(client, company, monkeypatch):
    client.force_login(company.head)
    monkeypatch.setattr("crm.web.exports.may_export", lambda user: False)
    assert client.get("/reports/promises/xlsx/").status_code == 403
    assert client.get("/reports/promises/rows/xlsx/").status_code == 403
    assert not ExportLog.objects.exists()


def test_too_many_rows_for_a_spreadsheet_are_told_and_left_to_csv(client, company, monkeypatch):
    monkeypatch.setattr("reports.frame.views.LONGEST_SHEET", 4)
    client.force_login(company.director)
    answer = client.get("/reports/promises/rows/xlsx/?what=all", follow=True)
    assert answer.redirect_chain == [("/reports/promises/rows/?what=all", 302)]
    assert "take CSV" in answer.content.decode()
    assert client.get("/reports/promises/rows/csv/?what=all").status_code == 200


def test_a_report_is_kept_under_a_name_and_opened_from_the_index(client, company):
    client.force_login(company.head)
    kept = client.post(
        "/lists/report-promises/views/new/?period=30&sort=-kept&page=2&nonsense=1", {"name": "Thirty days"}, follow=True
    )
    view = SavedView.objects.get()
    assert (view.page, view.query) == ("report-promises", "period=30&sort=-kept")
    assert kept.redirect_chain[-1][0] == f"/reports/promises/?period=30&sort=-kept&view={view.pk}"
    page = client.get(view.get_absolute_url())
    assert page.context["saved_view"] == view
    assert not page.context["saved_view_changed"]
    assert client.get(f"/reports/promises/?view={view.pk}").context["saved_view_changed"]
    assert "Thirty days" in client.get("/reports/").content.decode()
    client.force_login(company.anna)  # no report of hers
    assert client.get("/lists/report-promises/views/new/").status_code == 404
    assert client.post("/lists/report-promises/columns/").status_code in (403, 404)


def test_nonsense_in_the_address_is_said_and_shows_no_numbers(client, company):
    client.force_login(company.director)
    page = client.get("/reports/promises/?since=2026-05-01&until=2026-04-01")
    assert page.status_code == 200
    assert page.context["result"] is None
    assert "cannot be answered" in page.content.decode()
    assert client.get("/reports/promises/csv/?table=nonsense").status_code == 404
    assert client.get("/reports/promises/csv/?manager=x").status_code == 302


def test_sums_and_their_rows(client, company, monkeypatch):
    """A figure that is a sum shows what each row adds and what they come to."""
    from reports.frame.figures import Figure, Unit

    found = report.find("promises")
    kinds = Figure("Points", found.figures["all"].rows, sum_of="event__id", unit=Unit.POINTS)
    monkeypatch.setitem(found.figures, "points", kinds)
    client.force_login(company.director)
    page = client.get("/reports/promises/rows/?what=points")
    assert page.context["total"] == sum(Decimal(row.amount) for row in page.context["documents"])
    assert page.context["page"].count == 5
