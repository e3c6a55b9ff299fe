"""Thousands of dirty rows through the whole machinery: every row ends in or explained, and can be taken back."""

from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clients.importing import error_file, jobs, passes, registry
from clients.models import Client, ContactPoint, ImportJob, ImportRow, Manager, OwnershipPeriod
from clients.tests.dirty import HEADERS, Dirt, DirtyRow, Fate, inn
from clients.tests.factories import ManagerFactory, held_client

pytestmark = pytest.mark.django_db
ROWS = 2000
IN = ("created", "updated", "same")


def imported(dirt: Dirt, rows: list[DirtyRow], by: Manager) -> ImportJob:
    """The file sent, understood, checked and imported."""
    upload = SimpleUploadedFile("клиенты.csv", dirt.header() + b"".join(row.raw for row in rows), "text/csv")
    kind = registry.find("clients")
    assert kind is not None
    job = jobs.send(kind=kind, upload=upload, by=by)
    assert (job.reading["encoding"], job.reading["delimiter"]) == ("cp1251", ";")
    assert len(job.mapping) == len(HEADERS), "every column of 1C's is understood by itself"
    options = {"duplicates": ["complete"], "wrong": ["refuse"], "manager": [str(by.pk)]}
    jobs.check(job=job, mapping=job.mapping, options=options)
    passes.carry_on(job.pk)
    job.refresh_from_db()
    assert job.status == "checked"
    jobs.run(job=job)
    passes.carry_on(job.pk)
    job.refresh_from_db()
    assert job.status == "done"
    return job


def test_every_dirty_row_is_in_or_explained_and_can_be_taken_back() -> None:
    anna, petr = ManagerFactory(), ManagerFactory()
    mine = [held_client(anna, inn=inn(1_000_000 + n), employees=None) for n in range(20)]
    theirs = [held_client(petr, inn=inn(2_000_000 + n)) for n in range(5)]
    facts_before = list(Client.objects.order_by("pk").values())
    dirt = Dirt(1, here=[client.inn for client in mine], theirs=[client.inn for client in theirs])
    rows = list(dirt.rows(ROWS))
    assert len({row.what for row in rows}) >= 24, "there is dirt of every sort"

    job = imported(dirt, rows, anna)

    # Every row has one answer; the answer is the right one; the dry run promised what was done.
    answers = {answer.line: answer for answer in job.rows.filter(is_dry=False)}
    assert list(answers) == list(range(2, ROWS + 2))
    assert job.total == ROWS
    assert job.promised == job.counts
    assert job.counts == Counter(answer.outcome for answer in answers.values())
    wrong = []
    for line, row in enumerate(rows, start=2):
        answer = answers[line]
        is_in = answer.outcome in IN
        if row.fate is not Fate.ANY and is_in != (row.fate is Fate.IN):
            wrong.append((line, row.what, answer.outcome, answer.findings))
        if is_in:
            assert answer.target
        else:
            assert error_file.what_is_wrong(answer), (line, row.what)
            assert answer.cells or row.what == "half a row"
    assert wrong == []
    targets = [answer.target for answer in answers.values() if answer.outcome == "created"]
    clients = Client.objects.filter(pk__in=targets)
    assert clients.count() == len(set(targets)) == job.counts["created"]
    assert clients.filter(manager=anna, zone="green", search_name__gt="").count() == len(targets)
    assert OwnershipPeriod.objects.filter(client__in=targets, gained="imported").count() == len(targets)
    assert {answers[2 + n].outcome for n, row in enumerate(rows) if row.what == "one of mine"} == {"updated"}
    assert list(Client.objects.filter(manager=petr).values_list("pk", flat=True)) == [each.pk for each in theirs]

    # The file of errors has every row that is left out, once.
    for outcome in ("refused", "skipped"):
        lines = list(error_file.lines(job, outcome, is_dry=False))
        assert len(lines) == 1 + job.counts[outcome]

    # Sent again, it brings nothing.
    again = imported(dirt, rows[:300], anna)
    assert again.counts.get("created", 0) == again.counts.get("updated", 0) == 0, again.counts

    jobs.undo(job=job)
    passes.carry_on(job.pk)
    job.refresh_from_db()
    assert (job.status, job.counts.get("stay", 0)) == ("undone", 0)
    assert job.counts["undone"] == job.counts["created"] + job.counts["updated"]
    assert not Client.objects.filter(pk__in=targets).exists()
    assert not ContactPoint.objects.filter(client__in=[each.pk for each in mine]).exists()
    assert [_facts(row) for row in Client.objects.order_by("pk").values()] == [_facts(row) for row in facts_before]


def test_the_same_seed_makes_the_same_file() -> None:
    first, second = ([row.raw for row in Dirt(7).rows(300, megabytes=0)] for _time in range(2))
    assert first == second
    assert first != [row.raw for row in Dirt(8).rows(300, megabytes=0)]


def test_answers_of_a_dry_run_are_gone_when_the_import_is_done() -> None:
    dirt = Dirt(2)
    job = imported(dirt, list(dirt.rows(60, megabytes=0)), ManagerFactory())
    assert not ImportRow.objects.filter(job=job, is_dry=True).exists()


def _facts(row: dict) -> dict:
    return {name: value for name, value in row.items() if name != "updated_at"}
