"""Files of a client: kept whole or not at all, each once, and cleaned away when nobody can reach them."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import override_settings

from clients import attachments
from clients.checks import check_private_files
from clients.file_cleaning import clean_files
from clients.merging import merge_clients
from clients.models import Attachment
from clients.tests.factories import ManagerFactory, held_client, upload
from crm import clock
from crm.web.errors import Conflict, DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    """A folder of files of its own for each test."""
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    return settings.PRIVATE_FILES_DIR


def lying(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_a_random_name(folder):
    user, client = ManagerFactory(), held_client()
    kept = upload(client, b"Ten pumps", name="../../offer.txt", by=user, comment=" the last one ")
    assert (kept.name, kept.comment, kept.size, kept.uploaded_by) == ("offer.txt", "the last one", 9, user)
    assert kept.content_type == "text/plain"
    (path,) = lying(folder)
    assert path.read_bytes() == b"Ten pumps"
    assert path == folder / kept.file.name
    assert "offer" not in str(path.relative_to(folder))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<html>", "not taken"),
        ("offer.pdf", b"<html>", "not what its name says"),
        ("offer.txt", b"", "empty"),
        ("..", b"words", "name"),
        ("offer.txt", b"x" * 101, "Too large: a file may have 100"),
    ],
)
def test_what_is_refused_leaves_nothing(folder, settings, name, content, words):
    settings.MAX_FILE_SIZE = 100
    client = held_client()
    with pytest.raises(DomainError) as refused:
        upload(client, content, name=name)
    assert words in str(refused.value)
    assert not lying(folder)
    assert not Attachment.objects.exists()


def test_the_limits_are_reached_exactly(settings):
    settings.MAX_FILE_SIZE, settings.MAX_CLIENT_FILES_SIZE = 100, 150
    client = held_client()
    upload(client, b"x" * 100)
    with pytest.raises(DomainError, match="No room left"):
        upload(client, b"y" * 51)
    upload(client, b"y" * 50)
    upload(held_client(), b"y" * 51)  # another client's room


def test_a_deleted_file_gives_room_and_needs_it_to_come_back(settings):
    settings.MAX_CLIENT_FILES_SIZE = 150
    client = held_client()
    first = upload(client, b"x" * 100)
    attachments.delete(attachment_id=first.pk, by=client.manager)
    second = upload(client, b"y" * 100)
    with pytest.raises(DomainError, match="No room left"):
        attachments.restore(attachment_id=first.pk)
    attachments.delete(attachment_id=second.pk, by=client.manager)
    assert attachments.restore(attachment_id=first.pk).deleted_at is None


def test_the_same_file_is_kept_once_under_one_name(folder):
    client = held_client()
    first = upload(client)
    with pytest.raises(DomainError, match="very file"):
        upload(client)
    assert len(lying(folder)) == 1
    other = upload(client, name="copy.txt")
    with pytest.raises(DomainError, match="very file"):
        attachments.update(attachment_id=other.pk, name="offer", comment="")
    attachments.delete(attachment_id=first.pk, by=client.manager)
    upload(client)
    with pytest.raises(DomainError, match="very file"):
        attachments.restore(attachment_id=first.pk)
    upload(held_client())  # another client may have it too


def test_a_transaction_that_fails_takes_the_bytes_with_it(folder, monkeypatch):
    client = held_client()

    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(Attachment, "save", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        upload(client)
    assert not lying(folder)


def test_a_client_that_is_gone_gets_no_file(folder):
    with pytest.raises(Conflict):
        attachments.attach(client_id=10**9, upload=SimpleUploadedFile("a.txt", b"words"), by=ManagerFactory())
    assert not lying(folder)


def test_a_name_changes_but_not_the_ending():
    kept = upload(held_client())
    attachments.update(attachment_id=kept.pk, name="Contract.exe", comment="signed")
    kept.refresh_from_db()
    assert (kept.name, kept.comment) == ("Contract.exe.txt", "signed")
    attachments.delete(attachment_id=kept.pk, by=kept.uploaded_by)
    with pytest.raises(Conflict):
        attachments.update(attachment_id=kept.pk, name="late", comment="")


def test_deleting_and_bringing_back_twice_is_once():
    user, kept = ManagerFactory(), upload(held_client())
    attachments.delete(attachment_id=kept.pk, by=user)
    first = Attachment.objects.get(pk=kept.pk).deleted_at
    attachments.delete(attachment_id=kept.pk, by=ManagerFactory())
    kept.refresh_from_db()
    assert (kept.deleted_at, kept.deleted_by) == (first, user)
    for _ in range(2):
        attachments.restore(attachment_id=kept.pk)
    kept.refresh_from_db()
    assert (kept.deleted_at, kept.deleted_by) == (None, None)


def test_files_deleted_a_month_ago_are_cleaned_away(folder):
    client = held_client()
    old, young, present = (upload(client, name=f"{name}.txt") for name in ("old", "young", "present"))
    now = clock.now()
    for kept, days in ((old, 31), (young, 29)):
        Attachment.objects.filter(pk=kept.pk).update(deleted_at=now - dt.timedelta(days=days))
    assert clean_files(now=now) == (1, 0)
    assert set(Attachment.objects.all()) == {young, present}
    assert {path.name for path in lying(folder)} == {Path(kept.file.name).name for kept in (young, present)}
    assert clean_files(now=now) == (0, 0)
    with pytest.raises(Conflict):
        attachments.restore(attachment_id=old.pk)


def test_bytes_without_a_row_are_cleaned_away_when_no_upload_can_be_under_way(folder):
    kept = upload(held_client())
    now = clock.now()
    stray = folder / "files" / "ab"
    stray.mkdir(parents=True, exist_ok=True)
    for name, hours in (("old", 25), ("young", 23)):
        (stray / name).write_bytes(b"x")
        moment = (now - dt.timedelta(hours=hours)).timestamp()
        os.utime(stray / name, (moment, moment))
    os.utime(folder / kept.file.name, (0, 0))
    assert clean_files(now=now) == (0, 1)
    assert (stray / "young").exists()
    assert (folder / kept.file.name).exists()


def test_there_is_nothing_to_clean_where_no_file_was_ever_kept(folder):
    assert clean_files() == (0, 0)


def test_merging_keeps_each_file_once(folder):
    boss, keep, drop = ManagerFactory(), held_client(), held_client()
    upload(keep, name="both.txt")
    upload(drop, name="both.txt")
    only = upload(drop, name="only.txt")
    merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=boss)
    assert sorted(keep.attachments.present().values_list("name", flat=True)) == ["both.txt", "only.txt"]
    only.refresh_from_db()
    assert (folder / only.file.name).read_bytes() == b"Ten pumps"


@pytest.mark.parametrize(
    ("private", "found"), [("static/files", True), ("static", True), ("files", False), ("static2", False)]
)
def test_private_files_never_lie_where_files_are_published(tmp_path, private, found):
    with override_settings(PRIVATE_FILES_DIR=str(tmp_path / private), STATIC_ROOT=str(tmp_path / "static")):
        assert [error.id for error in check_private_files(None)] == (["clients.E003"] if found else [])
