"""The pages of events: list, page, create, edit, finish, cancel, delete, approve, agreements."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.tests.factories import ContactPersonFactory, exchange_client, held_client
from clients.tests.pages import browser
from crm import clock
from interactions.models import Event, EventStatus
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
WORKERS = ["anna", "vera", "boris", "head", "director"]
STRANGERS = ["petr", "other_head"]


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def days(n):
    return clock.now() + dt.timedelta(days=n)


@pytest.fixture
def planned(company):
    return event(company.client, status=EventStatus.PLANNED, occurred_at=days(1), subject="Ask about the budget")


@pytest.fixture
def done(company):
    return event(company.client, subject="Talked", text="All is well")


def path(name, of, query=""):
    return reverse(f"event-{name}", args=[of.pk]) + query


def full(**changes):
    return {
        "kind": kind().pk,
        "status": "done",
        "occurred_at": local(days(-1)),
        "subject": "Subject",
        "text": "Text",
        **changes,
    }


# --- who may what -----------------------------------------------------------------------------------------------------
ACTIONS = [("finish", {}), ("cancel", {}), ("delete", {})]


@pytest.mark.parametrize("who", WORKERS)
@pytest.mark.parametrize(("action", "data"), ACTIONS)
def test_who_works_on_the_client_acts(company, planned, who, action, data):
    response = browser(getattr(company, who)).post(path(action, planned), data)
    assert response.status_code == 302
    found = Event.objects.filter(pk=planned.pk).values_list("status", flat=True).first()
    assert found == {"finish": "done", "cancel": "cancelled", "delete": None}[action]


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_finds_nothing(company, planned, who):
    page = browser(getattr(company, who))
    for name in ("detail", "update", "finish"):
        assert page.get(path(name, planned)).status_code == 404
    for name in ("update", "finish", "cancel", "delete", "approve"):
        assert page.post(path(name, planned)).status_code == 404
    planned.refresh_from_db()
    assert planned.status == "planned"


def test_on_the_exchange_events_are_read_only(company, planned):
    waiting = exchange_client()
    Event.objects.filter(pk=planned.pk).update(client=waiting)
    page = browser(company.petr)
    assert page.get(path("detail", planned)).status_code == 200
    for name in ("update", "finish", "cancel", "delete", "approve"):
        assert page.post(path(name, planned)).status_code == 403


def test_missing_events_are_404(company):
    page = browser(company.anna)
    for name in ("detail", "update", "finish"):
        assert page.get(reverse(f"event-{name}", args=[999999])).status_code == 404


@pytest.mark.parametrize("name", ["event-cancel", "event-delete", "event-approve", "agreement-settle"])
def test_actions_are_posts(company, name):
    assert browser(company.anna).get(reverse(name, args=[1])).status_code == 405


def test_anonymous_people_are_sent_to_the_sign_in_page(client, done):
    for url in (path("detail", done), reverse("event-list"), reverse("my-day")):
        assert client.get(url).url.startswith("/login/")


# --- finish, cancel, delete -------------------------------------------------------------------------------------------
def test_finishing_turns_green_and_plans_the_next(company):
    client = held_client(company.anna, assigned_on=clock.today() - dt.timedelta(days=100))
    old = event(client, status=EventStatus.PLANNED, occurred_at=days(-5), subject="Budget", now=days(-20))
    data = {"result": "They have it", "next_kind": kind("meeting").pk, "next_at": local(days(4))}
    answer = browser(company.anna).post(path("finish", old), data, headers=HTMX)
    assert answer.headers["HX-Trigger"] == "drawer-close, list-refresh"
    assert "is green" in answer.content.decode()
    old.refresh_from_db()
    client.refresh_from_db()
    # Planned five days ago and done now: it is a contact of today, nobody has to approve it.
    assert (old.status, old.result, old.counted_on) == ("done", "They have it", clock.today())
    assert client.zone == "green"
    assert Event.objects.planned().get(client=client).continues == old


def test_finishing_in_the_future_or_with_a_next_step_in_the_past_writes_nothing(company, planned):
    page = browser(company.anna)
    for data, field in (
        ({"occurred_at": local(days(2))}, "occurred_at"),
        ({"next_at": "2020-01-01T10:00"}, "next_at"),
        ({"next_subject": "Call"}, "next_at"),
        ({"result": "x" * 100_000}, "result"),
    ):
        response = page.post(path("finish", planned), data)
        assert response.status_code == 422
        assert field in response.context["form"].errors
    planned.refresh_from_db()
    assert planned.status == "planned"
    assert Event.objects.count() == 1


def test_the_second_click_is_told(company, planned):
    page = browser(company.anna)
    page.post(path("finish", planned))
    assert page.post(path("finish", planned)).status_code == 422
    page.post(path("cancel", planned))
    answer = page.post(path("cancel", planned), headers=HTMX)
    assert answer.status_code == 409
    assert "already cancelled" in answer.content.decode()


def test_deleting_a_contact_gives_the_old_colour_back(company):
    client = held_client(company.anna, assigned_on=clock.today() - dt.timedelta(days=100))
    made = event(client)
    answer = browser(company.anna).post(path("delete", made), {"next": path("detail", made)})
    assert answer.url == reverse("client-detail", args=[client.pk])
    client.refresh_from_db()
    assert client.zone == "yellow"


def test_steps_of_a_sale_are_not_edited_here(company):
    process(company.client)
    step = Event.objects.get(kind__code="process_started")
    page = browser(company.anna)
    assert page.get(path("detail", step)).status_code == 200
    assert page.get(path("update", step)).status_code == 403
    for name in ("update", "finish", "cancel", "delete"):
        assert page.post(path(name, step)).status_code == 403


# --- create and edit --------------------------------------------------------------------------------------------------
def new_url(**query):
    return reverse("event-create") + "?" + "&".join(f"{key}={value}" for key, value in query.items())


def test_without_a_client_one_is_searched_and_chosen(company):
    page = browser(company.anna)
    text = page.get(reverse("event-create")).content.decode()
    assert "Vostok Stroy" in text
    contact = reverse("contact-register", args=[company.client.pk])
    for words in ("vostok", "ВОСТОК vostok"[7:], "7707083893", "8 (916) 123-45-67", "Zotov"):
        assert page.get(reverse("event-create"), {"q": words}).url == contact
    assert "event/new" not in page.get(reverse("event-create"), {"q": "nobody"}).content.decode()
    partial = page.get(reverse("event-create"), {"q": "vostok"}, headers=HTMX).content.decode()
    assert "<html" not in partial
    assert contact in partial


def test_a_colleagues_client_is_not_offered(company):
    text = browser(company.petr).get(reverse("event-create"), {"q": "vostok"}).content.decode()
    assert "Vostok Stroy" not in text


@pytest.mark.parametrize("who", WORKERS)
def test_create_in_full(company, who):
    user = getattr(company, who)
    page, client = browser(user), company.client
    assert page.get(new_url(client=client.pk)).status_code == 200
    person = client.persons.get()
    rows = {"rows-TOTAL_FORMS": 2, "rows-INITIAL_FORMS": 0, "rows-0-side": "we", "rows-0-text": "Send the drawings"}
    rows |= {"rows-1-side": "we", "rows-1-text": "", "rows-0-status": "open", "rows-1-status": "open"}
    data = full(responsible=user.pk, persons=[person.pk], names="Mr Gromov, Ms Lvova", **rows)
    answer = page.post(new_url(client=client.pk), data)
    made = Event.objects.get()
    assert answer.url == made.get_absolute_url()
    assert {str(row) for row in made.participants.all()} == {str(person), "Mr Gromov", "Ms Lvova"}
    assert [row.text for row in made.agreements.all()] == ["Send the drawings"]
    text = page.get(answer.url).content.decode()
    assert "Send the drawings" in text
    assert "Ms Lvova" in text


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_may_not_create(company, who):
    page = browser(getattr(company, who))
    assert page.get(new_url(client=company.client.pk)).status_code == 404
    assert page.post(new_url(client=company.client.pk), full()).status_code == 403
    assert page.get(new_url(client=exchange_client().pk)).status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "query", [{"client": "abc"}, {"client": "9" * 30}, {"client": 0}, {"continues": 77}, {"process": 77}]
)
def test_nonsense_in_the_address_is_404_or_a_choice(company, query):
    assert browser(company.anna).get(new_url(**query)).status_code in (200, 404)


def test_continue_keeps_the_thread(company, done):
    page = browser(company.anna)
    url = new_url(continues=done.pk, status="planned")
    assert page.get(url).status_code == 200
    page.post(url, full(status="planned", occurred_at=local(days(3)), responsible=company.anna.pk, subject="Again"))
    again = Event.objects.get(subject="Again")
    assert again.continues == done
    text = page.get(path("detail", done)).content.decode()
    assert "The thread" in text
    assert "Again" in text


BAD = [
    ({"occurred_at": "future"}, "occurred_at", "cannot lie in the future"),
    ({"occurred_at": ""}, "occurred_at", "required"),
    ({"occurred_at": "0001-01-01T00:00"}, "occurred_at", "Look at the year"),
    ({"occurred_at": "9999-12-31T23:59"}, "occurred_at", "Look at the year"),
    ({"ends_at": "2000-01-01T10:00"}, "ends_at", "The end is before the start"),
    ({"kind": "system"}, "kind", "valid choice"),
    ({"status": "cancelled"}, "status", "not one of the available choices"),
    ({"status": "lost"}, "status", "not one of the available choices"),
    ({"process": "foreign"}, "process", "valid choice"),
    ({"persons": "foreign"}, "persons", "not one of the available choices"),
    ({"responsible": "stranger"}, "responsible", "valid choice"),
    ({"text": "x" * 100_000}, "text", "at most 20000"),
    ({"subject": "x" * 300}, "subject", "at most 255"),
]


@pytest.mark.parametrize(("bad", "field", "words"), BAD, ids=[f"{f}-{n}" for n, (_b, f, _w) in enumerate(BAD)])
def test_bad_input_is_told_at_the_field(company, bad, field, words):
    real = {
        "future": local(days(2)),
        "system": kind("process_won").pk,
        "foreign": (process(held_client()) if field == "process" else ContactPersonFactory()).pk,
        "stranger": company.petr.pk,
    }
    bad = {key: real.get(value, value) for key, value in bad.items()}
    before = Event.objects.count()
    data = {**full(responsible=company.anna.pk, text="Typed words"), **bad}
    response = browser(company.anna).post(new_url(client=company.client.pk), data)
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field])
    assert Event.objects.count() == before


def test_a_bad_agreement_keeps_what_was_typed(company):
    rows = {
        "rows-TOTAL_FORMS": 1,
        "rows-INITIAL_FORMS": 0,
        "rows-0-side": "we",
        "rows-0-text": "",
        "rows-0-due_on": "31.02.2017",
    }
    data = full(responsible=company.anna.pk, **rows)
    response = browser(company.anna).post(new_url(client=company.client.pk), data)
    assert response.status_code == 422
    assert not Event.objects.exists()
    assert "Enter a valid date" in response.content.decode()


@pytest.mark.parametrize("who", WORKERS)
def test_edit(company, done, who):
    page = browser(getattr(company, who))
    assert page.get(path("update", done)).status_code == 200
    data = full(responsible=company.anna.pk, subject="Better words", occurred_at=local(days(-2)))
    assert page.post(path("update", done), data).status_code == 302
    done.refresh_from_db()
    company.client.refresh_from_db()
    assert done.subject == "Better words"
    assert company.client.last_contact_on == clock.local_date(days(-2))


def test_edit_keeps_agreements_one_does_not_touch_and_removes_the_marked(company, done):
    kept, gone = (done.agreements.create(text=text) for text in ("Keep", "Remove"))
    rows = {"rows-TOTAL_FORMS": 2, "rows-INITIAL_FORMS": 2}
    for n, row in enumerate((kept, gone)):
        rows |= {f"rows-{n}-id": row.pk, f"rows-{n}-side": "we", f"rows-{n}-text": row.text, f"rows-{n}-status": "open"}
    rows["rows-1-DELETE"] = "on"
    browser(company.anna).post(path("update", done), full(responsible=company.anna.pk, **rows))
    assert list(done.agreements.all()) == [kept]


def test_times_are_typed_and_shown_where_the_reader_is(company):
    company.anna.time_zone = "Asia/Vladivostok"
    company.anna.save()
    page = browser(company.anna)
    moment = days(-1).astimezone(dt.UTC).replace(hour=1, minute=30, second=0, microsecond=0)
    typed = (moment + dt.timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    page.post(new_url(client=company.client.pk), full(responsible=company.anna.pk, occurred_at=typed))
    made = Event.objects.get()
    assert made.occurred_at == moment
    assert "11:30" in page.get(made.get_absolute_url()).content.decode()
    assert f'value="{typed}"' in page.get(path("update", made)).content.decode()


# --- approval ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def backdated(company):
    return event(company.client, occurred_at=days(-9), subject="Forgotten")


def test_the_head_approves_and_it_counts(company, backdated):
    page = browser(company.head)
    assert "Approve" in page.get(path("detail", backdated)).content.decode()
    assert "Forgotten" in page.get(reverse("approval-list")).content.decode()
    assert page.post(path("approve", backdated), {"decision": "approve"}).status_code == 302
    backdated.refresh_from_db()
    company.client.refresh_from_db()
    assert backdated.counted_on == clock.local_date(days(-9))
    assert company.client.last_contact_on == clock.local_date(days(-9))
    answer = page.post(path("approve", backdated), {"decision": "reject"}, headers=HTMX)
    assert answer.status_code == 409


def test_the_head_rejects_and_it_does_not_count(company, backdated):
    browser(company.head).post(path("approve", backdated), {"decision": "reject"})
    backdated.refresh_from_db()
    assert (backdated.approval, backdated.counted_on) == ("rejected", None)


@pytest.mark.parametrize("who", ["anna", "vera", "boris"])
def test_nobody_approves_his_own(company, backdated, who):
    page = browser(getattr(company, who))
    assert 'value="approve"' not in page.get(path("detail", backdated)).content.decode()
    assert page.post(path("approve", backdated), {"decision": "approve"}).status_code == 403


def test_a_head_of_another_department_who_co_manages_decides_nothing(company, backdated):
    company.client.co_managements.create(manager=company.other_head)
    page = browser(company.other_head)
    assert page.get(path("detail", backdated)).status_code == 200
    assert page.post(path("approve", backdated), {"decision": "approve"}).status_code == 403


def test_an_unknown_decision_is_404(company, backdated):
    assert browser(company.head).post(path("approve", backdated), {"decision": "maybe"}).status_code == 404


# --- agreements -------------------------------------------------------------------------------------------------------
def test_agreements_are_settled(company, done):
    promise = done.agreements.create(text="Send it")
    url = reverse("agreement-settle", args=[promise.pk])
    assert browser(company.petr).post(url, {"status": "kept"}).status_code == 404
    assert browser(company.vera).post(url, {"status": "kept"}).status_code == 302
    promise.refresh_from_db()
    assert promise.status == "kept"
    assert browser(company.anna).post(url, {"status": "nonsense"}, headers=HTMX).status_code == 422
    promise.refresh_from_db()
    assert promise.status == "kept"


# --- list -------------------------------------------------------------------------------------------------------------
def listed(user, **query):
    return [str(row) for row in browser(user).get(reverse("event-list"), query).context["page"]]


def test_the_list_is_mine_first_and_filters(company, planned, done):
    event(company.client, by=company.head, subject="By the head", code="meeting")
    event(held_client(company.petr), subject="Of a colleague")
    late = event(company.client, status=EventStatus.PLANNED, occurred_at=days(-2), subject="Late", now=days(-5))
    assert set(listed(company.anna)) == {"Ask about the budget", "Talked", "Late"}
    assert listed(company.anna, status="planned") == ["Late", "Ask about the budget"]
    assert listed(company.anna, status="overdue") == [str(late)]
    assert listed(company.anna, status="done") == ["Talked"]
    assert set(listed(company.anna, who="all")) == {"Ask about the budget", "Talked", "Late", "By the head"}
    assert listed(company.head, who=company.anna.pk, q="talk") == ["Talked"]
    assert listed(company.anna, who="all", kind=kind("meeting").pk) == ["By the head"]
    assert listed(company.anna, q="vostok", status="done") == ["Talked"]
    assert set(listed(company.vera, client=company.client.pk)) >= {"Talked", "By the head"}
    assert listed(company.petr, client=company.client.pk) == []
    tomorrow = timezone.localtime(days(1)).date().isoformat()
    assert listed(company.anna, since=tomorrow, until=tomorrow) == ["Ask about the budget"]


def test_of_too_many_people_for_a_select_a_name_is_typed(company, monkeypatch):
    event(company.client, by=company.anna, subject="Of Anna")
    event(company.client, by=company.head, subject="Of the head")
    event(held_client(company.petr), subject="Of a colleague")
    page, form = browser(company.head), lambda answer: answer.context["filter"].form
    offered = form(page.get(reverse("event-list")))
    assert "named" not in offered.fields
    monkeypatch.setattr("clients.filter_choices.MANAGERS_AT_ONCE", 0)
    answer = page.get(reverse("event-list"))
    assert [key for key, _name in form(answer).fields["who"].choices] == ["", "all"]
    assert 'name="named"' in answer.content.decode()
    assert listed(company.head, named=company.anna.last_name[:4]) == ["Of Anna"]
    assert listed(company.head, named=company.petr.last_name) == []  # his figures are not the head's to read
    assert listed(company.head, who=company.anna.pk) == ["Of Anna"]


@pytest.mark.parametrize(
    "query",
    [
        "since=31.02.2017",
        "since=0001-01-01&until=9999-12-31",
        "kind=x",
        "who=77777",
        "page=zz",
        "sort=-pk",
        "client=abc",
        "status=nonsense",
    ],
)
def test_nonsense_in_the_filters_is_no_error(company, done, query):
    assert browser(company.anna).get(f"{reverse('event-list')}?{query}").status_code == 200


def test_htmx_gets_the_partial(company, done):
    text = browser(company.anna).get(reverse("event-list"), headers=HTMX).content.decode()
    assert "<html" not in text
    assert 'id="event-list"' in text


@pytest.mark.parametrize("name", ["event-list", "my-day", "process-list"])
def test_pages_cost_the_same_whatever_they_hold(company, name):
    page = browser(company.head)

    def queries():
        cache.clear()
        with CaptureQueriesContext(connection) as seen:
            assert page.get(reverse(name), {"who": "all"}).status_code == 200
        return len(seen)

    def some(n):
        for i in range(n):
            client = held_client(company.head, name=f"No {i}", assigned_on=clock.today() - dt.timedelta(days=28))
            event(client, by=company.head, status=EventStatus.PLANNED, occurred_at=days(0))
            process(client, by=company.head)
            event(held_client(company.anna), occurred_at=days(-9))

    # Of more than six the page also asks how many there are.
    some(7)
    few = queries()
    some(5)
    assert queries() == few
    # Session, user, the rail's badge and the department come on top of the page's own.
    assert few <= {"event-list": 15, "my-day": 33, "process-list": 21}[name]


@pytest.mark.parametrize("who", ["anna", "head"])
def test_the_tab_of_what_waits_leads_to_the_queue(company, who):
    page = browser(getattr(company, who)).get(reverse("event-list"))
    assert reverse("approval-list") in [url for url, _words, _here in page.context["tabs"]]


def test_kinds_that_the_list_never_shows_are_no_choice(company):
    kinds = browser(company.anna).get(reverse("event-list")).context["filter"].form.fields["kind"].queryset
    assert not kinds.filter(is_system=True).exists()
