"""Pages of bulk actions: marking on the list, the job's page, the list of jobs, undo."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from clients.models import BulkJob, Client, ExportLog
from clients.services import reassign
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from interactions.models import Event

pytestmark = pytest.mark.django_db

LIST = "/clients/"


@pytest.fixture
def seller(client):
    person = ManagerFactory(may_export=False)
    client.force_login(person)
    return person


def mark(client: Any, rows: list[Any], action: str = "client-tag", url: str = LIST, **data: Any) -> Any:
    return client.post(url, {"action": action, "rows": [row.pk for row in rows], **data})


def job_of(response: Any) -> BulkJob:
    assert response.status_code == 302, response
    return BulkJob.objects.get(pk=response["Location"].strip("/").split("/")[-1])


def said(client: Any, url: str = "/jobs/bulk/") -> str:
    return client.get(url).content.decode()


# --- marking ----------------------------------------------------------------------------------------------------------
def test_the_bar_stands_above_the_rows_and_each_row_has_its_box(client, seller):
    mine = held_client(seller)
    page = client.get(LIST).content.decode()
    assert 'id="bulk-form"' in page
    assert f'name="rows" value="{mine.pk}"' in page.replace("\n", " ") or f'value="{mine.pk}"' in page
    assert 'form="bulk-form"' in page
    assert 'value="client-reassign"' not in page


def test_an_empty_list_has_no_bar(client, seller):
    assert 'id="bulk-form"' not in client.get(LIST).content.decode()


def test_marked_rows_are_frozen_and_only_those_one_may_see(client, seller):
    mine, foreign, gone = held_client(seller), held_client(), exchange_client()
    job = job_of(mark(client, [mine, foreign, gone]))
    assert (job.ids, job.owner, job.action, job.page) == ([mine.pk, gone.pk], seller, "client-tag", "client-list")


def test_all_that_match_are_those_of_the_filter_in_its_order(client, seller):
    names = ["Beta works", "Alpha works", "Gamma works"]
    rows = {name: held_client(seller, name=name) for name in names}
    held_client(seller, name="Another")
    held_client(name="Foreign works")
    url = f"{LIST}?q=works&sort=-name"
    total = client.get(url).context["page"].count
    job = job_of(mark(client, [], url=url, all="1"))
    assert job.ids == [rows[name].pk for name in ("Gamma works", "Beta works", "Alpha works")]
    assert job.total == total == 3


def test_a_filter_that_cannot_be_understood_freezes_nothing(client, seller):
    held_client(seller)
    assert mark(client, [], url=f"{LIST}?silent_since=rubbish", all="1").status_code == 302
    assert not BulkJob.objects.exists()


def test_what_comes_later_is_not_touched(client, seller):
    held_client(seller, name="Alpha works")
    job = job_of(mark(client, [], url=f"{LIST}?q=works", all="1"))
    late = held_client(seller, name="Beta works")
    client.post(job.get_absolute_url(), {"names": "vip"})
    job.refresh_from_db()
    assert (job.total, job.changed, late.tags.count()) == (1, 1, 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"action": "client-tag"}, "Mark the rows first."),
        ({"action": "no-such"}, "Choose what to do"),
        ({"rows": ["1"]}, "Choose what to do"),
        ({"action": "client-tag", "rows": ["x", "9" * 30, "-1", ""]}, "Mark the rows first."),
        ({"action": "client-reassign", "rows": ["1"]}, "Choose what to do"),  # heads only
        ({"action": "event-cancel", "rows": ["1"]}, "Choose what to do"),  # of another list
    ],
)
def test_nonsense_is_said_and_nothing_is_frozen(client, seller, data, words):
    response = client.post(LIST, data, follow=True)
    assert words in response.content.decode()
    assert not BulkJob.objects.exists()


def test_too_many_are_refused_with_words(client, seller, monkeypatch):
    monkeypatch.setattr("clients.bulk.jobs.MOST", 2)
    for _ in range(3):
        held_client(seller)
    response = client.post(LIST, {"action": "client-tag", "all": "1"}, follow=True)
    assert "At most 2 rows at once" in response.content.decode()
    assert not BulkJob.objects.exists()


# --- the job's page ---------------------------------------------------------------------------------------------------
def test_it_says_how_many_and_how_many_not(client, seller):
    job = job_of(mark(client, [held_client(seller), held_client(seller), exchange_client()]))
    page = client.get(job.get_absolute_url()).content.decode()
    assert "This will be done to 3 clients." in page
    assert "Of them 1 cannot be changed by you" in page
    assert 'name="names"' in page


def test_done_it_goes_back_to_the_list_with_undo(client, seller):
    mine = held_client(seller, name="Alpha works")
    job = job_of(mark(client, [mine], url=f"{LIST}?q=works"))
    done = client.post(job.get_absolute_url(), {"names": "vip, new"}, follow=True)
    assert done.request["QUERY_STRING"] == "q=works"
    page = done.content.decode()
    assert "Done: 1 of 1." in page
    assert reverse("bulk-undo", args=[job.pk]) in page
    assert mine.tags.count() == 2
    undone = client.post(reverse("bulk-undo", args=[job.pk]), {"next": LIST}, follow=True)
    assert "1 of 1 is as it was." in undone.content.decode()
    assert mine.tags.count() == 0


def test_where_a_row_was_left_the_page_says_why(client, seller):
    mine, lost = held_client(seller), held_client(seller, name="Lost works")
    job = job_of(mark(client, [mine, lost]))
    reassign(client_id=lost.pk, manager=ManagerFactory(), by=seller)
    done = client.post(job.get_absolute_url(), {"names": "vip"}, follow=True)
    assert done.request["PATH_INFO"] == job.get_absolute_url()
    page = done.content.decode()
    assert "You may not change it." in page
    assert "Lost works" not in page  # he may not see it any more
    assert "no longer yours to see" in page


def test_a_mistake_is_said_at_its_field_and_nothing_is_done(client, seller):
    mine = held_client(seller)
    job = job_of(mark(client, [mine]))
    for wrong in ({"names": " , "}, {}, {"names": "x" * 60}, {"names": "a\0b"}):
        response = client.post(job.get_absolute_url(), wrong)
        assert response.status_code == 422, wrong
        job.refresh_from_db()
        assert (job.status, mine.tags.count()) == ("asked", 0)


def test_a_second_window_does_not_do_it_again(client, seller):
    mine = held_client(seller)
    job = job_of(mark(client, [mine]))
    client.post(job.get_absolute_url(), {"names": "vip"})
    for names in ("other", ""):
        again = client.post(job.get_absolute_url(), {"names": names}, follow=True)
        assert "This was begun already." in again.content.decode()
    assert [tag.name for tag in mine.tags.all()] == ["vip"]


@pytest.mark.parametrize("name", ["bulk-job", "bulk-undo"])
def test_a_job_is_its_owners_alone(client, seller, name):
    job = job_of(mark(client, [held_client(seller)]))
    url = reverse(name, args=[job.pk])
    for other in (ManagerFactory(), ManagerFactory(is_staff=True, is_superuser=True)):
        client.force_login(other)
        assert client.post(url, {"names": "vip"}).status_code == 404
        assert client.get(reverse("bulk-job", args=[job.pk])).status_code == 404
        assert "Add tags" not in said(client)
    client.logout()
    assert client.post(url).status_code == 302
    job.refresh_from_db()
    assert job.status == "asked"


def test_while_it_runs_the_page_asks_again_and_then_stops(client, seller):
    job = job_of(mark(client, [held_client(seller)]))
    BulkJob.objects.filter(pk=job.pk).update(status="running", heard_at=clock.now())
    page = client.get(job.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "0 of 1 looked at" in page
    BulkJob.objects.filter(pk=job.pk).update(heard_at=clock.now() - dt.timedelta(hours=1))
    assert "Nothing was heard of it" in said(client, job.get_absolute_url())
    BulkJob.objects.filter(pk=job.pk).update(status="done", done=1, finished_at=clock.now())
    assert "hx-trigger" not in client.get(job.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()


def test_the_list_of_jobs_shows_what_was_done_not_what_was_only_asked(client, seller):
    mine = held_client(seller)
    job = job_of(mark(client, [mine]))
    assert "Nothing was done to many rows yet" in said(client)
    client.post(job.get_absolute_url(), {"names": "vip"})
    page = said(client)
    assert "Add tags" in page
    assert job.get_absolute_url() in page


def test_too_late_to_take_it_back(client, seller):
    job = job_of(mark(client, [held_client(seller)]))
    client.post(job.get_absolute_url(), {"names": "vip"})
    BulkJob.objects.filter(pk=job.pk).update(finished_at=clock.now() - dt.timedelta(days=8))
    client.get(LIST)  # where the toast offered it
    assert reverse("bulk-undo", args=[job.pk]) not in said(client, job.get_absolute_url())
    refused = client.post(reverse("bulk-undo", args=[job.pk]), follow=True)
    assert "The time to take it back is over." in refused.content.decode()


# --- handing over and exporting ---------------------------------------------------------------------------------------
def test_a_head_hands_over_from_the_list(client):
    head = head_of(DepartmentFactory())
    giver, receiver = (ManagerFactory(department=head.department) for _ in range(2))
    stranger = ManagerFactory()
    rows = [held_client(giver) for _ in range(3)]
    client.force_login(head)
    job = job_of(mark(client, rows, "client-reassign"))
    page = client.get(job.get_absolute_url()).content.decode()
    assert str(receiver) in page
    assert str(stranger) not in page
    assert client.post(job.get_absolute_url(), {"manager": stranger.pk}).status_code == 422
    client.post(job.get_absolute_url(), {"manager": receiver.pk})
    assert Client.objects.held_by(receiver).count() == 3
    assert f"<dd>{receiver}</dd>" in said(client, job.get_absolute_url())
    client.post(reverse("bulk-undo", args=[job.pk]))
    assert Client.objects.held_by(giver).count() == 3


def test_a_salesperson_cannot_force_a_hand_over(client, seller):
    mine, receiver = held_client(seller), ManagerFactory(department=seller.department)
    job = job_of(mark(client, [mine]))
    BulkJob.objects.filter(pk=job.pk).update(action="client-reassign")
    client.post(job.get_absolute_url(), {"manager": receiver.pk})
    mine.refresh_from_db()
    assert mine.manager == seller


def test_an_export_is_no_job_to_be_begun(client):
    boss = ManagerFactory(may_export=True)
    client.force_login(boss)
    mark(client, [held_client(boss)], "client-export")
    job = BulkJob.objects.get()
    assert client.get(job.get_absolute_url()).status_code == 404
    assert client.post(job.get_absolute_url()).status_code == 404
    job.refresh_from_db()
    assert (job.status, job.answers) == ("asked", [])


def test_marked_rows_are_exported_by_the_lists_own_export(client):
    boss = head_of(DepartmentFactory())
    client.force_login(boss)
    first, _second, third = (held_client(boss, name=f"Firm {n}") for n in "ABC")
    response = mark(client, [first, third], "client-export", url=f"{LIST}?whose=mine&sort=name")
    assert response["Location"].startswith(reverse("client-export"))
    sent = client.get(response["Location"])
    text = b"".join(sent.streaming_content).decode()
    assert "Firm A" in text
    assert "Firm C" in text
    assert "Firm B" not in text
    assert ExportLog.objects.get().rows == 2


def test_a_file_of_somebody_elses_marks_is_not_given(client):
    boss, other = head_of(DepartmentFactory()), head_of(DepartmentFactory())
    client.force_login(boss)
    url = mark(client, [held_client(boss)], "client-export")["Location"]
    client.force_login(other)
    assert client.get(url).status_code == 404
    client.force_login(ManagerFactory(may_export=False))
    assert client.get(url).status_code == 403


def test_what_was_lost_since_is_not_in_the_file(client):
    boss = head_of(DepartmentFactory())
    client.force_login(boss)
    kept, lost = held_client(boss, name="Kept firm"), held_client(boss, name="Lost firm")
    url = mark(client, [kept, lost], "client-export")["Location"]
    reassign(client_id=lost.pk, manager=ManagerFactory(), by=boss)
    text = b"".join(client.get(url).streaming_content).decode()
    assert "Kept firm" in text
    assert "Lost firm" not in text


def test_planning_from_the_list(client, seller):
    rows = [held_client(seller) for _ in range(2)]
    job = job_of(mark(client, rows, "client-plan"))
    kind = client.get(job.get_absolute_url()).context["form"].fields["kind"].queryset.first()
    day = clock.today() + dt.timedelta(days=5)
    asked = {"kind": kind.pk, "day": day.isoformat(), "time": "10:00", "whose": "lead"}
    client.post(job.get_absolute_url(), asked)
    assert Event.objects.planned().filter(client__in=rows, responsible=seller).count() == 2
    page = said(client, job.get_absolute_url())
    assert "<dd>the lead manager of each client</dd>" in page
    assert f"<dd>{kind}</dd>" in page


def test_tags_of_persons(client, seller):
    person, foreign = ContactPersonFactory(client=held_client(seller)), ContactPersonFactory(client=held_client())
    job = job_of(mark(client, [person, foreign], "person-tag", url="/persons/"))
    assert job.ids == [person.pk]
    client.post(job.get_absolute_url(), {"names": "decides"})
    assert [tag.name for tag in person.tags.all()] == ["decides"]
