"""The list of possible duplicates, telling two apart, the scan's page, and taking a merge back."""

import pytest
from django.urls import reverse

from clients import duplicates
from clients.doubles import scan
from clients.doubles.decisions import declare_different
from clients.merging import merge_clients
from clients.models import BulkJob, Client, ContactPerson, CustomField, DuplicatePair, DuplicateScan, MergeRecord
from clients.tests.factories import ContactPersonFactory, ManagerFactory, held_client
from clients.tests.pages import browser
from crm import clock

pytestmark = pytest.mark.django_db
LIST = reverse("duplicate-list")


@pytest.fixture
def twin(company):
    return held_client(company.anna, name="Vostok-Stroy OOO", city="Omsk")


@pytest.fixture
def pair(company, twin):
    return DuplicatePair.objects.create(one=company.client, other=twin, reasons=["phone", "name"], score=88)


def of_pair(name: str, pair: DuplicatePair) -> str:
    return reverse(name, args=[pair.one_id, pair.other_id])


def merged(company, twin) -> MergeRecord:
    merge_clients(keep_id=company.client.pk, drop_id=twin.pk, by=company.head)
    return MergeRecord.objects.get()


def test_the_head_sees_the_pairs_both_of_which_he_may_merge(company, pair):
    stranger = held_client(company.petr, name="Secret Foods")
    DuplicatePair.objects.create(one=company.client, other=stranger, reasons=["name"], score=60)
    text = browser(company.head).get(LIST).content.decode()
    assert "Vostok-Stroy OOO" in text
    assert "88 %" in text
    assert "Secret Foods" not in text
    assert "Secret Foods" in browser(company.director).get(LIST).content.decode()
    assert browser(company.other_head).get(LIST).context["page"].count == 0
    assert browser(company.anna).get(LIST).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("?q=stroy", 1), ("?q=zapad", 0), ("?reason=phone", 1), ("?reason=inn", 0), ("?status=different", 0)],
)
def test_filters(company, pair, query, found):
    assert browser(company.head).get(LIST + query).context["page"].count == found


def test_filter_by_manager(company, pair):
    page = browser(company.head)
    assert page.get(f"{LIST}?manager={company.anna.pk}").context["page"].count == 1
    assert page.get(f"{LIST}?manager={company.head.pk}").context["page"].count == 0


def test_not_a_duplicate_is_remembered_everywhere_and_taken_back(company, pair, twin):
    page = browser(company.head)
    suggested = reverse("client-merge", args=[company.client.pk])
    assert "Vostok-Stroy OOO" in page.get(suggested).content.decode()
    answer = page.post(of_pair("clients-different", pair))
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == ("different", company.head)
    assert page.get(LIST).context["page"].count == 0
    assert page.get(LIST + "?status=different").context["page"].count == 1
    assert "Vostok-Stroy OOO" not in page.get(suggested).content.decode()
    assert not duplicates.find(name="Vostok Stroy", exclude_pk=company.client.pk)
    assert "Somebody said that these are two clients" in page.get(pair.get_absolute_url()).content.decode()
    page.post(of_pair("clients-alike", pair))
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by, pair.decided_at) == ("open", None, None)


def test_two_that_no_scan_found_are_told_apart_too(company, twin):
    page = browser(company.head)
    page.post(reverse("clients-different", args=[twin.pk, company.client.pk]))
    pair = DuplicatePair.objects.get()
    assert (pair.one, pair.other, pair.status) == (company.client, twin, "different")


@pytest.mark.parametrize("who", ["anna", "petr", "other_head"])
@pytest.mark.parametrize("name", ["clients-different", "clients-alike"])
def test_others_decide_nothing(company, pair, who, name):
    assert browser(getattr(company, who)).post(of_pair(name, pair)).status_code == 403
    pair.refresh_from_db()
    assert pair.status == "open"


def test_in_the_list_the_row_goes_without_leaving_the_page(company, pair):
    answer = browser(company.head).post(of_pair("clients-different", pair), headers={"HX-Request": "true"})
    assert "list-refresh" in answer["HX-Trigger"]


def test_many_at_once_and_back(company, pair):
    page = browser(company.head)
    third = held_client(company.anna, name="Vostok Stroi")
    second = DuplicatePair.objects.create(one=company.client, other=third, reasons=["name"], score=60)
    declare_different(one_id=second.one_id, other_id=second.other_id, by=company.director)
    page.post(LIST, {"action": "duplicate-different", "rows": [pair.pk, second.pk]})
    job = BulkJob.objects.get()
    page.post(job.get_absolute_url(), {})
    job.refresh_from_db()
    assert (job.changed, job.total) == (1, 2)
    page.post(reverse("bulk-undo", args=[job.pk]))
    assert list(DuplicatePair.objects.order_by("pk").values_list("status", flat=True)) == ["open", "different"]


# --- the scan ---------------------------------------------------------------------------------------------------------
def test_the_scan_is_begun_watched_and_found_again(company, django_capture_on_commit_callbacks):
    page = browser(company.head)
    held_client(company.anna, name="OOO Stroy Vostok", city="Vladivostok")
    page.post(reverse("duplicate-scan-start"))
    running = DuplicateScan.objects.get()
    assert running.status == "running"
    text = page.get(LIST).content.decode()
    assert 'hx-trigger="every 2s"' in text
    assert page.post(reverse("duplicate-scan-start"), headers={"HX-Request": "true"}).status_code == 409
    scan.carry_on(running.pk)
    answer = page.get(reverse("duplicate-scan"), headers={"HX-Request": "true"})
    assert answer["HX-Trigger"] == "list-refresh"
    assert "every 2s" not in answer.content.decode()
    assert page.get(LIST).context["page"].count == 1


def test_a_scan_is_stopped(company):
    page = browser(company.head)
    page.post(reverse("duplicate-scan-start"))
    page.post(reverse("duplicate-scan-stop"))
    running = DuplicateScan.objects.get()
    scan.carry_on(running.pk)
    running.refresh_from_db()
    assert (running.status, running.done) == ("stopped", 0)
    page.post(reverse("duplicate-scan-start"))
    assert DuplicateScan.objects.count() == 2


# --- merging with choices ---------------------------------------------------------------------------------------------
def test_each_fact_is_chosen_and_persons_are_made_one(company, twin):
    CustomField.objects.create(key="gate", label="Gate", type="text")
    Client.objects.filter(pk=company.client.pk).update(custom={"gate": "5"}, profile="Pumps", website="")
    Client.objects.filter(pk=twin.pk).update(custom={"gate": "7"}, profile="Valves", website="https://a.example")
    ours = ContactPersonFactory(client=company.client, first_name="Ivan", last_name="Petrov")
    theirs = ContactPersonFactory(client=twin, first_name="Ivan", last_name="Petrov", position="Director")
    page, url = browser(company.head), reverse("client-merge-confirm", args=[company.client.pk, twin.pk])
    form = page.get(url).context["form"]
    assert form.fields["fact_profile"].initial == "both"
    assert form.fields["persons"].initial == [f"{ours.pk}-{theirs.pk}"]
    answer = page.post(
        url,
        {
            "keep": company.client.pk,
            "fact_city": twin.pk,
            "fact_name": twin.pk,
            "fact_profile": "both",
            "fact_website": company.client.pk,
            "fact_custom_gate": twin.pk,
            "persons": [f"{ours.pk}-{theirs.pk}"],
            "next": LIST,
        },
    )
    assert answer["Location"] == LIST
    kept = Client.objects.get(pk=company.client.pk)
    assert (kept.city, kept.name, kept.profile) == ("Omsk", "Vostok-Stroy OOO", "Pumps\n\nValves")
    assert (kept.website, kept.custom) == ("", {"gate": "7"})
    person = ContactPerson.objects.get(client=kept, last_name="Petrov")
    assert (person.pk, person.position) == (ours.pk, "Director")


def test_choices_mean_the_same_whichever_stays(company, twin):
    data = {"keep": twin.pk, "fact_city": company.client.pk, "fact_name": twin.pk}
    browser(company.head).post(reverse("client-merge-confirm", args=[company.client.pk, twin.pk]), data)
    kept = Client.objects.get(pk=twin.pk)
    assert (kept.city, kept.name) == ("Vladivostok", "Vostok-Stroy OOO")


@pytest.mark.parametrize("wrong", [{"fact_city": "999999"}, {"fact_city": "both"}, {"persons": ["1-2"]}])
def test_what_is_not_offered_is_not_taken(company, twin, wrong):
    url = reverse("client-merge-confirm", args=[company.client.pk, twin.pk])
    ContactPersonFactory(client=company.client, first_name="Ivan", last_name="Petrov")
    ContactPersonFactory(client=twin, first_name="Ivan", last_name="Petrov")
    assert browser(company.head).post(url, {"keep": company.client.pk, **wrong}).status_code == 422
    assert Client.objects.filter(pk=twin.pk).exists()


# --- taking it back ---------------------------------------------------------------------------------------------------
def test_the_head_takes_a_merge_back(company, twin):
    record, page = merged(company, twin), browser(company.head)
    text = page.get(reverse("merge-list")).content.decode()
    undo = reverse("merge-undo", args=[record.pk])
    assert "Vostok-Stroy OOO" in text
    assert undo in text
    answer = page.post(undo)
    assert answer["Location"] == reverse("client-detail", args=[twin.pk])
    assert Client.objects.get(pk=twin.pk).manager == company.anna
    assert undo not in page.get(reverse("merge-list")).content.decode()
    assert page.post(undo, headers={"HX-Request": "true"}).status_code == 409


def test_the_toast_offers_to_take_it_back(company, twin):
    url = reverse("client-merge-confirm", args=[company.client.pk, twin.pk])
    page = browser(company.head)
    page.post(url, {"keep": company.client.pk})
    text = page.get(company.client.get_absolute_url()).content.decode()
    assert reverse("merge-undo", args=[MergeRecord.objects.get().pk]) in text


@pytest.mark.parametrize(("who", "status"), [("anna", 403), ("other_head", 404), ("head", 302), ("director", 302)])
def test_who_takes_a_merge_back(company, twin, who, status):
    record = merged(company, twin)
    page = browser(getattr(company, who))
    assert page.post(reverse("merge-undo", args=[record.pk])).status_code == status
    assert Client.objects.filter(pk=twin.pk).exists() is (status == 302)


def test_a_client_of_another_department_is_brought_back_by_who_decides_there(company):
    theirs = held_client(company.petr, name="Vostok-Stroy OOO")
    merge_clients(keep_id=company.client.pk, drop_id=theirs.pk, by=company.director)
    record = MergeRecord.objects.get()
    undo = reverse("merge-undo", args=[record.pk])
    assert undo not in browser(company.head).get(reverse("merge-list")).content.decode()
    assert browser(company.head).post(undo).status_code == 403
    assert browser(company.director).post(undo).status_code == 302


def test_whose_days_are_over_is_said(company, twin, time_machine):
    record = merged(company, twin)
    time_machine.move_to(clock.now() + clock.dt.timedelta(days=8))
    page = browser(company.head)
    assert reverse("merge-undo", args=[record.pk]) not in page.get(reverse("merge-list")).content.decode()
    answer = page.post(reverse("merge-undo", args=[record.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 422


def test_the_list_of_merges_shows_only_what_one_decides_on(company, twin):
    merged(company, twin)
    assert "Vostok-Stroy OOO" not in browser(company.other_head).get(reverse("merge-list")).content.decode()
    assert browser(ManagerFactory()).get(reverse("merge-list")).status_code == 403
