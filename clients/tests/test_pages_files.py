"""The pages of a client's files: who may read, send, rename, delete; what a download says of itself."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients import attachments
from clients.models import Attachment
from clients.services import reassign
from clients.tests.factories import ContactPointFactory, exchange_client, upload
from clients.tests.pages import browser
from crm.web.uploads import BoundedUpload
from exchange.contact_views import look

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PDF, PNG = b"%PDF-1.7 rest", b"\x89PNG\r\n\x1a\nrest"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    return settings.PRIVATE_FILES_DIR


def files_of(client):
    return reverse("client-files", args=[client.pk])


def send(user, client, *sent, headers=None, **data):
    files = [SimpleUploadedFile(name, content) for name, content in sent]
    return browser(user).post(files_of(client), {"files": files, **data}, headers=headers or {})


def address(name, kept):
    return reverse(f"attachment-{name}", args=[kept.pk])


def download(signed_in, kept, query=""):
    """The answer, read to its end: ``body``."""
    answer = signed_in.get(address("download", kept) + query)
    answer.body = b"".join(answer.streaming_content) if answer.streaming else b""
    return answer


# --- sending ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_who_works_with_the_client_sends_files(company, who):
    user = getattr(company, who)
    answer = send(user, company.client, ("offer.txt", b"Ten pumps"), ("plan.pdf", PDF))
    assert answer.status_code == 302
    assert {(kept.name, kept.uploaded_by) for kept in Attachment.objects.all()} == {
        ("offer.txt", user),
        ("plan.pdf", user),
    }
    page = browser(user).get(company.client.get_absolute_url()).content.decode()
    assert "offer.txt" in page
    assert "9\xa0bytes" in page


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_others_send_nothing(company, who):
    assert send(getattr(company, who), company.client, ("a.txt", b"x")).status_code == 403
    assert not Attachment.objects.exists()


def test_whoever_may_read_the_exchange_sends_nothing_there(company):
    waiting = exchange_client(company.anna)
    assert send(company.petr, waiting, ("a.txt", b"x")).status_code == 403
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_good_ones_are_kept_and_each_refused_one_is_told(company, headers):
    answer = send(
        company.anna,
        company.client,
        ("good.txt", b"words"),
        ("page.html", b"<html>"),
        ("fake.pdf", b"MZ"),
        headers=headers,
    )
    assert answer.status_code == 422
    assert [kept.name for kept in Attachment.objects.all()] == ["good.txt"]
    page = answer.content.decode()
    assert "page.html" in page
    assert "fake.pdf" in page
    assert "This is not what its name says it is." in page
    assert ("HX-Trigger" in answer) == bool(headers)


def test_the_list_is_read_anew_after_sending_in_place(company):
    answer = send(company.anna, company.client, ("good.txt", b"words"), headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "list-refresh")
    listed = browser(company.anna).get(files_of(company.client) + "?latest=1", headers=HTMX).content.decode()
    assert "good.txt" in listed
    assert "<html" not in listed


def test_a_file_too_large_is_cut_on_its_way_and_told(company, settings):
    settings.MAX_FILE_SIZE = 70_000
    answer = send(company.anna, company.client, ("big.txt", b"x" * 500_000), ("small.txt", b"words"))
    assert answer.status_code == 422
    assert "Too large: a file may have 68.4" in answer.content.decode()
    assert [kept.name for kept in Attachment.objects.all()] == ["small.txt"]


def test_of_a_file_too_large_only_so_much_is_stored(settings):
    settings.MAX_FILE_SIZE = 100
    handler = BoundedUpload()
    assert handler.receive_data_chunk(b"x" * 64, 0) == b"x" * 64
    assert handler.receive_data_chunk(b"x" * 64, 64) == b"x" * 64
    assert handler.receive_data_chunk(b"x" * 64, 128) is None


def test_nothing_chosen_is_told(company):
    answer = browser(company.anna).post(files_of(company.client))
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()


def test_at_most_twenty_at_once(company):
    answer = send(company.anna, company.client, *((f"{number}.txt", b"x") for number in range(22)))
    assert answer.status_code == 422
    assert Attachment.objects.count() == 20
    assert "Too many at once." in answer.content.decode()


def test_the_limit_is_said_before(company):
    page = browser(company.anna).get(company.client.get_absolute_url()).content.decode()
    assert "20.0\xa0MB each at most" in page
    assert 'accept=".pdf,' in page


# --- reading ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_who_may_see_the_client_reads_its_files(company, who):
    kept = upload(company.client)
    answer = download(browser(getattr(company, who)), kept)
    assert answer.status_code == 200
    assert answer.body == b"Ten pumps"


@pytest.mark.parametrize("who", ["petr", "other_head"])
@pytest.mark.parametrize("query", ["", "?show=1"])
def test_others_do_not_learn_that_there_is_a_file(company, who, query):
    kept = upload(company.client)
    user = getattr(company, who)
    assert download(browser(user), kept, query).status_code == 404
    assert browser(user).get(files_of(company.client)).status_code == 404
    for name in ("update", "delete"):
        assert browser(user).post(address(name, kept)).status_code == 404
    kept.refresh_from_db()
    assert kept.deleted_at is None


def test_strangers_must_sign_in(company, client):
    kept = upload(company.client)
    for url in (address("download", kept), files_of(company.client)):
        assert client.get(url).status_code == 302


def test_a_lost_client_takes_its_files_along(company):
    kept = upload(company.client)
    reassign(client_id=company.client.pk, manager=company.petr, by=company.director)
    assert download(browser(company.petr), kept).status_code == 200
    assert download(browser(company.anna), kept).status_code == 404


@pytest.mark.parametrize("who", ["petr", "head", "director"])
def test_on_the_exchange_files_are_hidden_with_the_contacts(company, who):
    user, waiting = getattr(company, who), exchange_client(company.anna)
    ContactPointFactory(client=waiting, value="+74957654321")
    kept = upload(waiting, name="Ivan +7 916 765-43-21.txt", by=company.anna)
    signed_in = browser(user)
    page = signed_in.get(waiting.get_absolute_url()).content.decode()
    assert "1 file, shown together with the contacts" in page
    assert "765-43-21" not in page
    assert download(signed_in, kept).status_code == 404
    assert signed_in.get(files_of(waiting)).status_code == 404
    look(client_id=waiting.pk, by=user)
    assert download(signed_in, kept).body == b"Ten pumps"
    assert "765-43-21" in signed_in.get(files_of(waiting)).content.decode()
    # Readable, but not his to change.
    expected = 302 if who == "director" else 403
    assert signed_in.post(address("delete", kept)).status_code == expected


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("offer.txt", 'attachment; filename="offer.txt"'),
        ('a"b.txt', 'attachment; filename="a\\"b.txt"'),
        ("Счёт №5.txt", "attachment; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82%20%E2%84%965.txt"),
        ("a\r\nX-Evil: 1.txt", 'attachment; filename="a X-Evil: 1.txt"'),
        ("../../../etc/passwd.txt", 'attachment; filename="passwd.txt"'),
    ],
)
def test_a_download_has_its_own_name(company, name, disposition):
    answer = download(browser(company.anna), upload(company.client, name=name))
    assert answer["Content-Disposition"] == disposition
    assert "X-Evil" not in answer


def test_a_download_is_no_page_of_ours(company):
    answer = download(browser(company.anna), upload(company.client))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].endswith("sandbox")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer.streaming


@pytest.mark.parametrize(
    ("name", "content", "is_shown", "is_sandboxed"),
    [("a.pdf", PDF, True, False), ("a.png", PNG, True, True), ("a.txt", b"words", False, True)],
)
def test_only_pictures_and_pdfs_open_in_the_browser(company, name, content, is_shown, is_sandboxed):
    kept = upload(company.client, content, name=name)
    answer = download(browser(company.anna), kept, "?show=1")
    assert answer["Content-Disposition"].startswith("inline" if is_shown else "attachment")
    assert ("sandbox" in answer["Content-Security-Policy"]) is is_sandboxed
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_file_whose_bytes_are_lost_is_not_found(company, folder):
    kept = upload(company.client)
    (folder / kept.file.name).unlink()
    assert download(browser(company.anna), kept).status_code == 404


# --- changing ---------------------------------------------------------------------------------------------------------
def test_a_file_is_renamed_in_the_drawer(company):
    kept, signed_in = upload(company.client), browser(company.anna)
    answer = signed_in.post(address("update", kept), {"name": "Contract", "comment": "signed"}, headers=HTMX)
    assert answer["HX-Trigger"] == "drawer-close, list-refresh"
    kept.refresh_from_db()
    assert (kept.name, kept.comment) == ("Contract.txt", "signed")
    answer = signed_in.post(address("update", kept), {"name": "", "comment": "still here"}, headers=HTMX)
    assert answer.status_code == 422
    assert "still here" in answer.content.decode()


def test_a_file_is_deleted_and_brought_back(company):
    kept, signed_in = upload(company.client), browser(company.anna)
    answer = signed_in.post(address("delete", kept), headers=HTMX)
    assert answer["HX-Trigger"] == "list-refresh"
    assert address("restore", kept) in answer.content.decode()
    assert download(signed_in, kept).status_code == 404
    assert "offer.txt" not in signed_in.get(files_of(company.client)).content.decode().split("sv-toast")[0]
    assert browser(company.petr).post(address("restore", kept)).status_code == 404
    assert signed_in.post(address("restore", kept)).status_code == 302
    assert download(signed_in, kept).status_code == 200
    assert signed_in.post(address("restore", kept)).status_code == 404


def test_on_the_card_stand_the_latest(company):
    for number in range(8):
        upload(company.client, name=f"file{number}.txt")
    page = browser(company.anna).get(company.client.get_absolute_url()).content.decode()
    assert [f"file{number}.txt" in page for number in range(8)] == [False, False, *[True] * 6]
    assert files_of(company.client) in page
    every = browser(company.anna).get(files_of(company.client)).content.decode()
    assert all(f"file{number}.txt" in every for number in range(8))


def test_a_name_with_a_script_is_only_a_name(company):
    upload(company.client, name="<img src=x onerror=alert(1)>.txt", comment="<script>alert(2)</script>")
    for url in (company.client.get_absolute_url(), files_of(company.client)):
        page = browser(company.anna).get(url).content.decode()
        assert "<img src=x" not in page
        assert "<script>alert(2)" not in page


def test_administrators_read_the_list_and_change_nothing(company):
    admin = company.director
    admin.is_staff = admin.is_superuser = True
    admin.save()
    kept, waiting = upload(company.client), exchange_client(company.anna)
    hidden = upload(waiting, name="hidden.txt", by=company.anna)
    attachments.delete(attachment_id=hidden.pk, by=company.anna)
    signed_in = browser(admin)
    listed = signed_in.get(reverse("admin:clients_attachment_changelist")).content.decode()
    assert "offer.txt" in listed
    one = signed_in.get(reverse("admin:clients_attachment_change", args=[kept.pk]))
    assert one.status_code == 200
    assert str(kept.file.name) not in one.content.decode()
    assert signed_in.post(reverse("admin:clients_attachment_delete", args=[kept.pk])).status_code == 403
