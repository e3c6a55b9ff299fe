"""Imports in Chromium: a list from 1C becomes clients, what was refused is mended and sent again, all is taken back."""

import pytest
from django.urls import reverse

from clients.importing import jobs, passes
from clients.models import Client, ImportJob
from clients.tests.pages import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FROM_1C = """Контрагенты на 01.03.2026;;;
;;;
Наименование;ИНН;Телефон;Город
ООО "Восточный ветер";7736050003;8 (916) 123-45-67;Москва
"ООО "Северное сияние"";;+7 495 111-22-33, 8 916 765-43-21;Омск
ООО Ошибка;123;;Пермь
"""


@pytest.fixture
def desk(page, live_server, company, settings, tmp_path):
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    cookie = browser(company.anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("client-list"))
    return page


def send(desk, content, name="контрагенты.csv"):
    desk.set_input_files("#id_file", {"name": name, "mimeType": "text/csv", "buffer": content})
    desk.get_by_role("button", name="Next").click()
    desk.wait_for_url("**/columns/")


def check(desk):
    desk.get_by_role("button", name="Check").click()
    desk.get_by_text("nothing is written yet").wait_for()


def test_a_list_from_1c_comes_in_is_mended_and_taken_back(desk, company):
    desk.get_by_role("link", name="Import", exact=True).click()
    send(desk, FROM_1C.encode("cp1251"))
    assert desk.get_by_label("ИНН").input_value() == "inn"
    assert desk.get_by_label("Row with the headings").input_value() == "3"
    check(desk)
    assert "Северное сияние" in desk.inner_text("#import")
    assert not Client.objects.filter(name__contains="Восточный").exists()
    desk.get_by_role("button", name="Import 2 rows").click()
    desk.get_by_role("heading", name="Imported").wait_for()
    assert Client.objects.get(name__contains="Северное").manager == company.anna
    assert Client.objects.get(inn="7736050003").contact_points.count() == 1

    with desk.expect_download() as download:
        desk.get_by_role("link", name="File of errors").click()
    errors = download.value.path().read_bytes()
    assert "ООО Ошибка;123" in errors.decode("cp1251")
    desk.get_by_role("link", name="Send the mended file").click()
    send(desk, errors.replace(b";123;", b";;"), name=download.value.suggested_filename)
    check(desk)
    desk.get_by_role("button", name="Import 1 row").click()
    desk.get_by_role("heading", name="Imported").wait_for()
    assert Client.objects.filter(name__contains="Ошибка", manager=company.anna).exists()

    desk.get_by_role("button", name="Take it back").click()
    desk.get_by_role("heading", name="Taken back").wait_for()
    assert not Client.objects.filter(name__contains="Ошибка").exists()
    assert Client.objects.filter(name__contains="Северное").exists()


def test_a_long_import_says_how_far_it_is_until_it_is_done(desk, live_server, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr(passes, "CHUNK", 10)
    monkeypatch.setattr("clients.tasks.carry_on_import.delay_on_commit", lambda pk: None)
    desk.goto(live_server.url + reverse("import-create"))
    lines = "".join(f"ООО Клиент {number};Город {number}\n" for number in range(30))
    send(desk, f"Наименование;Город\n{lines}".encode())
    desk.get_by_role("button", name="Check").click()
    desk.get_by_text("0 of 30 rows").wait_for()
    job = ImportJob.objects.get()
    with passes._Source() as source:
        passes._chunk(job.pk, source)
        desk.get_by_text("10 of 30 rows").wait_for()
    passes.carry_on(job.pk)
    desk.get_by_role("button", name="Import 30 rows").wait_for()
