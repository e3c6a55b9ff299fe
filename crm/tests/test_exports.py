"""Every list that leaves the program: only by right, and each one logged."""

import ast
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import get_resolver, reverse
from python_calamine import CalamineWorkbook

from clients.models import ExportLog
from clients.tests.factories import ManagerFactory, held_client
from crm.tests.test_routes import ROUTES
from crm.web.access import Access
from crm.web.exports import XLSX, ExportMixin, export_labels
from reports.frame.report import all_reports
from reports.frame.views import FILES

pytestmark = pytest.mark.django_db


#: What pages are; anything else is a file.
PAGES = ("text/html", "application/json", "text/plain")


def is_file(answer) -> bool:
    return answer.status_code == 200 and "attachment" in answer.get("Content-Disposition", "")


def body(answer) -> str:
    return b"".join(answer.streaming_content).decode()


def rows_of(answer) -> int:
    """How many rows a file has, without what stands above them."""
    content = b"".join(answer.streaming_content)
    if answer["Content-Type"] != XLSX:
        return len(content.decode().splitlines()) - 1
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return sum(len(rows) - rows.index([""] * len(rows[0])) - 2 for rows in sheets)


#: A file somebody put there himself, one at a time, to those who may read its client; and a person's own calendar, by
#: a secret that he made and takes back himself: no list, and no export.
NO_LISTS = ("attachment-download", "calendar-feed")


def test_every_route_that_sends_a_file_is_an_export_and_every_export_is_logged(client, world):
    client.force_login(world.people["admin"])
    files = set()
    for name, route in ROUTES.items():
        if route.get is None or route.get["admin"] != 200:
            continue
        ExportLog.objects.all().delete()
        answer = client.get(world.url(name))
        if name in NO_LISTS:
            answer.getvalue()  # to its end: it closes the file
            continue
        sends = is_file(answer) or answer["Content-Type"].split(";")[0] not in PAGES
        assert sends == (name in export_labels()), f"{name}: an export is an ExportMixin, and only that is one"
        if not sends:
            continue
        files.add(name)
        entry = ExportLog.objects.get()
        assert (entry.manager, entry.what, entry.rows) == (world.people["admin"], name, None), name
        sent = rows_of(answer)
        entry.refresh_from_db()
        assert entry.rows == sent, name
    assert files == set(export_labels())
    assert {"client-export", "night-export", "exchange-leaving-csv", "report-traffic-light-csv"} <= files


@pytest.mark.parametrize("name", sorted(export_labels()))
def test_without_the_right_a_salesperson_gets_no_list_and_with_it_what_his_role_allows(client, world, name):
    owner = world.people["owner"]
    client.force_login(owner)
    assert client.get(world.url(name)).status_code == 403
    assert not ExportLog.objects.exists()
    owner.may_export = True
    owner.save()
    answer = client.get(world.url(name))
    if answer.streaming:
        rows_of(answer)  # to its end: it closes the file
    for_heads = ROUTES[name].get["head"] == 200 and name in HEADS_ONLY
    assert answer.status_code == (403 if for_heads else 200)


#: What a salesperson gets in no way: the right opens no page that his role does not.
HEADS_ONLY = {name for name in export_labels() if name.startswith(("night", "report", "contact-view"))} - {
    f"{report.url_name}{of}-{kind}"
    for report in all_reports()
    for of in ("", "-rows")
    for kind in FILES
    if report.access <= Access.SALES
}


def test_the_right_is_an_administrators_to_give(client, world):
    owner = world.people["owner"]
    client.force_login(world.people["admin"])
    page = client.get(reverse("admin:clients_manager_change", args=[owner.pk]))
    assert "may_export" in page.context["adminform"].form.fields


def test_files_are_made_in_one_place():
    """Who writes a download past ``crm.web.exports`` writes it past the right and the log."""
    found = []
    for path in Path(settings.BASE_DIR).glob("*/**/*.py"):
        parts = path.relative_to(settings.BASE_DIR).parts
        if "tests" in parts or parts[0].startswith(".") or parts[0] in ("node_modules", "var"):
            continue
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        if names & {"StreamingHttpResponse", "FileResponse", "csv_lines"}:
            found.append("/".join(parts))
    # The file of an import's errors is what its reader sent himself.
    assert sorted(found) == ["clients/views/files.py", "clients/views/imports.py", "crm/web/exports.py"]


def test_every_export_view_says_what_it_is_in_a_catalogued_word():
    walked = []

    def walk(resolver):
        for part in resolver.url_patterns:
            if hasattr(part, "url_patterns"):
                walk(part)
            elif issubclass(getattr(part.callback, "view_class", object), ExportMixin):
                walked.append(part.name)

    walk(get_resolver())
    assert all(str(export_labels()[name]) for name in walked)


# --- the page of the log ----------------------------------------------------------------------------------------------
@pytest.fixture
def director(client):
    someone = ManagerFactory(role="director")
    client.force_login(someone)
    return someone


def page(client, **query):
    return client.get(reverse("export-list"), query)


def test_the_log_names_who_what_and_how_many(client, director):
    seller = ManagerFactory(may_export=True)
    held_client(seller, name="Vostok")
    held_client(seller, name="Zapad")
    client.force_login(seller)
    body(client.get(reverse("client-export"), {"q": "vost", "page": 1, "zone": ""}))
    client.get(reverse("client-export"))  # broken off
    client.force_login(director)
    text = page(client).content.decode()
    assert "q: vost" in text
    assert "page: 1" not in text
    assert str(seller) in text
    assert "broken off" in text
    rows = [(entry.label, entry.rows) for entry in page(client).context["page"]]
    assert rows == [("Clients", None), ("Clients", 1)]


def test_the_log_is_filtered_by_who_what_and_when(client, director):
    one, other = ManagerFactory(), ManagerFactory()
    for number, (manager, what) in enumerate(
        [(one, "client-export"), (one, "night-export"), (other, "client-export")], start=1
    ):
        ExportLog.objects.create(manager=manager, what=what, rows=number)
    found = lambda **query: {entry.rows for entry in page(client, **query).context["page"]}  # noqa: E731
    assert found() == {1, 2, 3}
    assert found(manager=one.pk) == {1, 2}
    assert found(what="client-export") == {1, 3}
    assert found(until="2020-01-01") == set()
    assert found(since="2020-01-01") == {1, 2, 3}
    assert found(since="nonsense") == set()


def test_the_log_in_the_admin_is_only_read(client):
    boss = ManagerFactory(is_staff=True)
    ExportLog.objects.create(manager=boss, what="client-export", rows=3)
    client.force_login(boss)
    assert "client-export" in client.get(reverse("admin:clients_exportlog_changelist")).content.decode()
    assert client.get(reverse("admin:clients_exportlog_add")).status_code == 403
    assert not admin.site._registry[ExportLog].has_change_permission(None)


def test_a_long_address_and_a_zero_byte_are_logged_as_far_as_they_fit(client):
    boss = ManagerFactory(role="head")
    client.force_login(boss)
    body(client.get(reverse("client-export"), {"q": "x" * 3000}))
    body(client.get(reverse("client-export") + "?q=%00"))
    assert [len(entry.query) for entry in ExportLog.objects.order_by("pk")] == [1000, 5]
