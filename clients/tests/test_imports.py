"""Imports from sending to taking back: what the engine promises whatever the rows become."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from django.db import OperationalError

from clients.file_cleaning import clean_files
from clients.importing import error_file, jobs, passes, registry
from clients.importing.reading import Reading
from clients.models import ImportIdentity, ImportJob, ImportMapping, ImportRow, Region
from clients.storage import private_files
from clients.tests.factories import ManagerFactory
from clients.tests.importing import RegionImport, csv_file, xlsx_file
from crm import clock
from crm.web.errors import Conflict, DomainError

pytestmark = pytest.mark.django_db
KIND = RegionImport()
HEAD = "Наименование;Порядок\n"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setitem(registry._kinds, KIND.key, KIND)
    return KIND


@pytest.fixture
def seller():
    return ManagerFactory()


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(passes, "CHUNK", 3)


def sent(by, text, **kwargs):
    return jobs.send(kind=KIND, upload=csv_file(text, **kwargs), by=by)


def checked(by, text, **options):
    job = sent(by, text)
    return jobs.check(job=job, mapping=job.mapping, options=options)


def imported(by, text, **options):
    return jobs.run(job=checked(by, text, **options))


def answers(job, *, dry=False):
    rows = job.rows.filter(is_dry=dry).order_by("line")
    return {row.line: (row.outcome, " ".join(said["words"] for said in row.findings)) for row in rows}


def regions():
    return dict(Region.objects.filter(name__startswith="R").values_list("name", "position"))


# --- sending ----------------------------------------------------------------------------------------------------------
def test_a_file_is_understood_as_far_as_it_can_be(seller):
    job = sent(seller, "Отчёт\n\nРегион;Порядок;Что-то\nR1;1;x\n;;\nR2;2;y\n", encoding="cp1251")
    assert (job.status, job.total, job.headers) == ("mapping", 2, ["Регион", "Порядок", "Что-то"])
    assert job.reading == {"format": "csv", "encoding": "cp1251", "delimiter": ";", "sheet": "", "header": 3}
    assert job.mapping == {"0": "name", "1": "order"}


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 \x00\x01\x02\x03\x04" * 9, HEAD.encode(), b"PK\x03\x04nonsense"])
def test_what_is_no_table_is_refused_and_leaves_nothing(seller, content):
    before = kept_files()
    with pytest.raises(DomainError) as refused:
        sent(seller, content)
    assert refused.value.field == "file"
    assert not ImportJob.objects.exists()
    assert kept_files() == before


def kept_files():
    return sorted(Path(private_files().path("imports")).rglob("*/*"))


def test_a_file_too_large_is_refused(seller, settings):
    settings.MAX_FILE_SIZE = 20
    with pytest.raises(DomainError):
        sent(seller, HEAD + "R1;1\n" * 20)


def test_it_is_read_again_in_another_way(seller):
    job = sent(seller, "a\nНаименование,Порядок\nR1,1\n")
    job = jobs.read_again(job=job, how=Reading("csv", "utf-8-sig", ";", header=2))
    assert job.headers == ["Наименование,Порядок"]
    assert job.mapping == {}


def test_what_was_said_of_columns_is_remembered_for_the_same_headings(seller):
    job = sent(seller, "Name;Weird\nR1;1\n")
    jobs.check(job=job, mapping={"0": "name", "1": "order"}, options={"completes": ["on"]})
    again = sent(seller, "weird;NAME:\n2;R2\n")
    assert again.mapping == {"1": "name"}  # other headings: another order is another file
    again = sent(seller, "NAME;Weird \nR2;2\n")
    assert (again.mapping, again.options) == ({"0": "name", "1": "order"}, {"completes": ["on"]})
    assert ImportMapping.objects.count() == 1
    assert sent(ManagerFactory(), "Name;Weird\nR1;1\n").mapping == {"0": "name"}


# --- checking ---------------------------------------------------------------------------------------------------------
def test_a_check_writes_nothing_and_says_what_would_be(seller):
    Region.objects.create(name="R1", position=5)
    job = checked(seller, HEAD + "R1;7\nR2;2\n;3\nR3;many\nR2;9\n", completes=["on"])
    assert job.status == "checked"
    assert regions() == {"R1": 5}
    assert answers(job, dry=True) == {
        2: ("updated", ""),
        3: ("created", ""),
        4: ("refused", "A region has a name."),
        5: ("refused", "This is no number."),
        6: ("skipped", "As row 3."),
    }
    assert job.counts == job.promised == {"updated": 1, "created": 1, "refused": 2, "skipped": 1}
    assert not ImportIdentity.objects.exists()
    will = job.rows.get(line=3).kept["will"]
    assert will == {"name": "R2", "order": "2"}
    assert job.rows.get(line=3).target is None


def test_rows_of_different_chunks_find_each_other(seller, small_chunks):
    job = checked(seller, HEAD + "".join(f"R{number % 5};1\n" for number in range(12)))
    assert job.counts == {"created": 5, "skipped": 7}
    assert jobs.run(job=job).counts == job.promised


@pytest.mark.parametrize("mapping", [{}, {"1": "order"}, {"0": "name", "1": "name"}])
def test_columns_that_do_not_do_are_refused(seller, mapping):
    job = sent(seller, HEAD + "R1;1\n")
    with pytest.raises(DomainError):
        jobs.check(job=job, mapping=mapping, options={})
    job.refresh_from_db()
    assert job.status == "mapping"


def test_nothing_is_imported_unchecked(seller):
    with pytest.raises(Conflict):
        jobs.run(job=sent(seller, HEAD + "R1;1\n"))
    assert not regions()


# --- importing --------------------------------------------------------------------------------------------------------
def test_every_row_is_in_or_explained(seller, small_chunks):
    lines = ["R1;1", "BOOM;1", "R2;2", 'R3;"3', "R4;4;extra;", "R5", "R\x006;6", "RULE;1", "R7;" + "x" * 40_000, "R8;8"]
    job = imported(seller, HEAD + "\n".join(lines) + "\n")
    told = answers(job)
    assert sorted(told) == list(range(2, 12))
    assert {line: outcome for line, (outcome, _words) in told.items()} == {
        2: "created", 3: "refused", 4: "created", 5: "created", 6: "refused", 7: "created", 8: "created",
        9: "refused", 10: "refused", 11: "created",
    }  # fmt: skip
    assert told[9][1] == "A rule says no."
    assert all(words for outcome, words in told.values() if outcome == "refused")
    assert set(regions()) == {"R1", "R2", "R3", "R5", "R6", "R8"}
    assert Counter(outcome for outcome, _words in told.values()) == Counter(job.counts)
    assert job.finished_at
    assert not job.rows.filter(is_dry=True).exists()


def test_what_breaks_takes_only_its_own_row(seller, caplog):
    job = imported(seller, HEAD + "".join(f"R{number};1\n" for number in range(20)) + "BOOM;1\n")
    assert job.counts == {"created": 20, "refused": 1}
    assert "boom" in caplog.text


def test_a_database_that_is_gone_is_no_fault_of_a_row(seller, monkeypatch, small_chunks):
    job = checked(seller, HEAD + "".join(f"R{number};1\n" for number in range(8)))
    write = RegionImport.write

    def failing(self, plans, ctx):
        if any(plan.row.line == 6 for plan in plans):
            raise OperationalError("gone")
        write(self, plans, ctx)

    monkeypatch.setattr(RegionImport, "write", failing)
    job = jobs.run(job=job)
    assert (job.status, job.cursor) == ("running", 3)
    assert len(regions()) == 3

    monkeypatch.setattr(RegionImport, "write", write)
    assert passes.carry_on_all() == 0  # heard of just now
    ImportJob.objects.update(heard_at=clock.now() - dt.timedelta(minutes=5))
    assert passes.is_stuck(ImportJob.objects.get(), clock.now())
    assert passes.carry_on_all() == 1
    job.refresh_from_db()
    assert (job.status, job.counts) == ("done", {"created": 8})
    assert sorted(answers(job)) == list(range(2, 10))


def test_two_workers_share_a_job(seller, small_chunks):
    job = checked(seller, HEAD + "".join(f"R{number};1\n" for number in range(10)))
    ImportJob.objects.filter(pk=job.pk).update(status="running", cursor=0, counts={})
    with passes._Source() as one, passes._Source() as other:
        for source in (one, other, other, one, one):
            passes._chunk(job.pk, source)
    job.refresh_from_db()
    assert (job.status, job.counts, len(regions())) == ("done", {"created": 10}, 10)


def test_who_has_lost_his_right_imports_no_more(seller, small_chunks):
    job = checked(seller, HEAD + "R1;1\n")
    type(seller).objects.filter(pk=seller.pk).update(is_active=False)
    job = jobs.run(job=job)
    assert job.counts == {"refused": 1}
    assert not regions()


def test_a_file_that_is_gone_is_said_to_be_gone(seller):
    job = checked(seller, HEAD + "R1;1\n")
    job.file.storage.delete(job.file.name)
    job = jobs.run(job=job)
    assert job.status == "failed"
    assert job.error


def test_what_was_imported_before_the_file_was_gone_can_be_taken_back(seller, small_chunks):
    job = checked(seller, HEAD + "".join(f"R{number};1\n" for number in range(8)))
    ImportJob.objects.filter(pk=job.pk).update(status="running", cursor=0, counts={})
    with passes._Source() as source:
        passes._chunk(job.pk, source)
    job.file.storage.delete(job.file.name)
    passes.carry_on(job.pk)
    job.refresh_from_db()
    assert (job.status, job.counts, len(regions())) == ("done", {"created": 3}, 3)
    assert job.error
    jobs.undo(job=job)
    assert not regions()


def test_many_rows_are_done_in_the_background(seller, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    asked = []
    monkeypatch.setattr("clients.tasks.carry_on_import.delay_on_commit", asked.append)
    job = checked(seller, HEAD + "R1;1\nR2;2\nR3;3\n")
    assert (job.status, asked) == ("checking", [job.pk])
    passes.carry_on(job.pk)
    job.refresh_from_db()
    assert job.status == "checked"


def test_workbooks_are_imported_too(seller):
    job = sent(seller, xlsx_file([["Регион", "Порядок"], ["R1", 1], ["R2", 2.0]]))
    job = jobs.run(job=jobs.check(job=job, mapping=job.mapping, options={}))
    assert regions() == {"R1": 1, "R2": 2}


# --- what was refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_the_file_of_errors_is_mended_and_sent_again(seller, encoding):
    job = sent(seller, HEAD + "R1;1\nR2;два\n=R3;три\n", encoding=encoding)
    job = jobs.run(job=jobs.check(job=job, mapping=job.mapping, options={}))
    content = b"".join(error_file.lines(job, "refused", is_dry=False))
    text = content.decode(job.reading["encoding"])
    assert text.splitlines() == [
        "Наименование;Порядок;What is wrong",
        "R2;два;Порядок: This is no number.",
        "'=R3;три;Порядок: This is no number.",
    ]
    mended = csv_file(text.replace("два", "2").replace("три", "3"), encoding=job.reading["encoding"])
    again = jobs.send(kind=KIND, upload=mended, by=seller, mends=job)
    assert again.mapping == {"0": "name", "1": "order"}
    jobs.run(job=jobs.check(job=again, mapping=again.mapping, options=again.options))
    assert regions() == {"R1": 1, "R2": 2}
    assert Region.objects.filter(name="=R3").exists()
    assert error_file.file_name(job) == "regions-errors.csv"


def test_letters_that_do_not_fit_make_the_file_of_errors_utf_8(seller):
    job = sent(seller, ("имя;1\n" + HEAD + "Ёлка;x\n").encode("cp1251") + "日本;x\n".encode())
    job = jobs.check(job=job, mapping=job.mapping, options={})
    assert job.reading["encoding"] == "cp1251"
    assert "日本" in b"".join(error_file.lines(job, "refused", is_dry=True)).decode("utf-8-sig")


# --- taking it back ---------------------------------------------------------------------------------------------------
def test_what_nobody_changed_since_is_taken_back(seller, small_chunks):
    Region.objects.create(name="R0", position=5)
    job = imported(
        seller, HEAD + "R0;7\n" + "".join(f"R{number};{number}\n" for number in range(1, 8)), completes=["on"]
    )
    Region.objects.filter(name="R3").update(position=99)
    job = jobs.undo(job=job)
    assert job.status == "undone"
    assert regions() == {"R0": 5, "R3": 99}
    assert (job.counts["undone"], job.counts["stay"]) == (7, 1)
    assert job.rows.get(undone=False).findings[-1]["words"] == "It was changed since."
    with pytest.raises(Conflict):
        jobs.undo(job=job)


def test_after_a_week_it_stays(seller):
    job = imported(seller, HEAD + "R1;1\n")
    ImportJob.objects.update(finished_at=clock.now() - dt.timedelta(days=8))
    job.refresh_from_db()
    assert not jobs.may_undo(job, clock.now())
    with pytest.raises(DomainError):
        jobs.undo(job=job)
    assert regions()


# --- the rest ---------------------------------------------------------------------------------------------------------
def test_listeners_hear_of_the_end(seller, monkeypatch):
    heard = []
    monkeypatch.setattr(registry, "_listeners", [lambda job: heard.append(job.status)])
    jobs.undo(job=imported(seller, HEAD + "R1;1\n"))
    assert heard == ["done", "undone"]


def test_a_file_that_was_not_imported_can_be_forgotten(seller, django_capture_on_commit_callbacks):
    job = checked(seller, HEAD + "R1;1\n")
    name, storage = job.file.name, job.file.storage
    with django_capture_on_commit_callbacks(execute=True):
        jobs.discard(job=job)
    assert not ImportJob.objects.exists()
    assert not storage.exists(name)
    with pytest.raises(Conflict):
        jobs.discard(job=imported(seller, HEAD + "R1;1\n"))


def test_old_files_and_cells_are_cleaned_away(seller, django_capture_on_commit_callbacks):
    waiting, done = checked(seller, HEAD + "R1;1\n"), imported(seller, HEAD + "R2;2\n")
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.clean() == 0
        assert jobs.clean(now=clock.now() + dt.timedelta(days=31)) == 2
    done.refresh_from_db()
    assert not ImportJob.objects.filter(pk=waiting.pk).exists()
    assert (done.file.name, ImportRow.objects.count()) == ("", 0)
    assert jobs.clean(now=clock.now() + dt.timedelta(days=31)) == 0


def test_a_file_without_a_row_is_cleaned_away(seller):
    job = checked(seller, HEAD + "R1;1\n")
    name, storage = job.file.name, job.file.storage
    clean_files(now=clock.now() + dt.timedelta(days=2))
    assert storage.exists(name)
    ImportJob.objects.all().delete()
    clean_files()
    assert storage.exists(name)
    clean_files(now=clock.now() + dt.timedelta(days=2))
    assert not storage.exists(name)
