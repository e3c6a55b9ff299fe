"""Pages of imports: sending, columns, the check, doing it, the file of errors, taking it back; whose they are."""

import pytest
from django.urls import reverse

from clients.importing import passes, registry
from clients.models import ImportJob, Region
from clients.tests.factories import ManagerFactory
from clients.tests.importing import RegionImport, csv_file, xlsx_file
from crm import clock

pytestmark = pytest.mark.django_db
KIND = RegionImport()
TEXT = "Регион;Порядок\nR1;1\nR2;two\n;3\n"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setitem(registry._kinds, KIND.key, KIND)


@pytest.fixture
def seller(client):
    person = ManagerFactory(may_export=False)
    client.force_login(person)
    return person


def send(client, content=TEXT, query="", **kwargs):
    return client.post(reverse("import-create") + query, {"kind": KIND.key, "file": csv_file(content, **kwargs)})


def page(client, job, query=""):
    return client.get(reverse("import-detail", args=[job.pk]) + query)


def at(name, job):
    return reverse(f"import-{name}", args=[job.pk])


def test_from_the_file_to_the_entries_and_back(client, seller):
    answer = send(client, encoding="cp1251")
    job = ImportJob.objects.get()
    assert answer["Location"] == at("columns", job)
    assert page(client, job)["Location"] == at("columns", job)

    columns = client.get(at("columns", job)).content.decode()
    assert "R1" in columns
    assert '<option value="name" selected>' in columns
    answer = client.post(at("columns", job), {"column_0": "name", "column_1": "order"})
    assert answer["Location"] == job.get_absolute_url()

    checked = page(client, job)
    assert checked.context["chosen"] == "refused"
    assert "Import 1 row" in checked.content.decode()
    assert checked.context["preview"].rows[0][1] == ["R1", "1"]
    assert not Region.objects.filter(name="R1").exists()

    assert client.post(at("run", job))["Location"] == job.get_absolute_url()
    assert Region.objects.filter(name="R1").exists()
    done = page(client, job, "?outcome=created")
    assert [row.name for row in done.context["page"]] == ["R1"]

    client.post(at("undo", job))
    assert not Region.objects.filter(name="R1").exists()
    assert "1 row is as it was." in page(client, job).content.decode()
    assert job.name in client.get(reverse("import-list")).content.decode()


def test_nothing_typed_is_lost_when_columns_do_not_do(client, seller):
    send(client)
    job = ImportJob.objects.get()
    answer = client.post(at("columns", job), {"column_0": "", "column_1": "order", "completes": "on"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Say which column is “Name”." in text
    assert '<option value="order" selected>' in text
    assert "checked" in text
    job.refresh_from_db()
    assert job.status == "mapping"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4\x00\x01\x02\x03\x04\x05\x06", b"<html><body>"])
def test_what_is_no_table_is_told_at_the_field(client, seller, content):
    answer = send(client, content)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_a_file_is_read_in_another_way(client, seller):
    send(client, "x;x\nРегион,Порядок\nR1,1\n")
    job = ImportJob.objects.get()
    client.post(at("reading", job), {"encoding": "utf-8-sig", "delimiter": ",", "header": "2"})
    job.refresh_from_db()
    assert job.headers == ["Регион", "Порядок"]
    client.post(at("reading", job), {"encoding": "klingon", "delimiter": ",", "header": "2"})
    client.post(at("reading", job), {"encoding": "utf-8-sig", "delimiter": ",", "header": "3"})
    job.refresh_from_db()
    assert job.headers == ["Регион", "Порядок"]


def test_a_workbook_lets_choose_its_sheet(client, seller):
    send(client, xlsx_file([["Регион"], ["R1"]], sheet="Данные"), name="book.xlsx")
    job = ImportJob.objects.get()
    assert "Данные" in client.get(at("columns", job)).content.decode()


def test_refused_rows_come_back_as_a_file_without_the_right_to_export(client, seller):
    send(client)
    job = ImportJob.objects.get()
    assert client.get(at("errors", job)).status_code == 404
    client.post(at("columns", job), {"column_0": "name", "column_1": "order"})
    answer = client.get(at("errors", job))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[1:] == ["R2;two;Порядок: This is no number.", ";3;Регион: A region has a name."]
    assert "attachment" in answer["Content-Disposition"]

    again = send(client, text.replace("two", "2"), query=f"?mends={job.pk}")
    mended = ImportJob.objects.exclude(pk=job.pk).get()
    assert again["Location"] == at("columns", mended)
    assert (mended.mends, mended.mapping) == (job, {"0": "name", "1": "order"})


def test_progress_is_asked_for_while_it_is_under_way(client, seller):
    send(client)
    job = ImportJob.objects.get()
    ImportJob.objects.update(status="running", cursor=2, heard_at=clock.now())
    text = page(client, job).content.decode()
    assert 'hx-trigger="every 2s"' in text
    assert "2 of 3 rows" in text
    partial = client.get(job.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert partial.lstrip().startswith('<div id="import"')
    ImportJob.objects.update(heard_at=clock.now() - passes.SILENCE * 2)
    assert "Nothing was heard of it" in page(client, job).content.decode()


def test_whose_it_is(client, seller):
    send(client)
    job = ImportJob.objects.get()
    client.force_login(ManagerFactory())
    for name in ("detail", "columns", "errors"):
        assert client.get(at(name, job)).status_code == 404
    for name in ("columns", "reading", "run", "undo", "discard"):
        assert client.post(at(name, job)).status_code == 404
    assert client.get(reverse("import-create") + f"?mends={job.pk}").status_code == 404
    assert job.name not in client.get(reverse("import-list")).content.decode()
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    assert page(client, job).status_code == 200
    assert client.post(at("discard", job)).status_code == 404


def test_begun_is_begun(client, seller):
    send(client)
    job = ImportJob.objects.get()
    client.post(at("columns", job), {"column_0": "name"})
    client.post(at("run", job))
    before = Region.objects.count()
    client.post(at("run", job))
    client.post(at("discard", job))
    assert client.post(at("columns", job), {"column_0": "name"}).status_code == 422
    assert client.get(at("columns", job))["Location"] == job.get_absolute_url()
    assert Region.objects.count() == before
    assert ImportJob.objects.count() == 1


def test_a_file_is_forgotten(client, seller):
    send(client)
    client.post(at("discard", ImportJob.objects.get()))
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize("words", ["x", "-1", "9" * 30, "9" * 5000, "²"])
def test_what_names_no_import_mends_none(client, words):
    client.force_login(ManagerFactory())
    assert client.get(reverse("import-create"), {"mends": words}).status_code == 200
