"""The pages of departures: deciding, looking, doing, what became of it, taking it back; Django admin refuses."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Absence, Client, CoManager, Department, Manager, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from exchange import departures
from exchange.claim_rulebook import CLAIM_CAP
from exchange.departures import HAND, RELEASE, Choice, Way, depart, plan
from exchange.models import Departure
from exchange.services import assign_from_exchange
from exchange.tests.night_world import tune
from interactions.models import EventStatus
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory(name="North"), first_name="Igor", last_name="Golovin")


@pytest.fixture
def anna(head):
    return ManagerFactory(department=head.department, first_name="Anna", last_name="Ivanova")


@pytest.fixture
def boris(head):
    return ManagerFactory(department=head.department, first_name="Boris", last_name="Novikov")


@pytest.fixture
def vera(head):
    return ManagerFactory(department=head.department, first_name="Vera", last_name="Kuznetsova")


@pytest.fixture
def admin():
    return ManagerFactory(is_staff=True, is_superuser=True, first_name="Ada")


def clients_of(manager, number, **kwargs):
    kwargs.setdefault("assigned_on", TODAY - DAY * 40)
    return [held_client(manager, today=TODAY, **kwargs) for _ in range(number)]


def url(manager):
    return reverse("departure-create", args=[manager.pk])


def post(by, manager, step, **data):
    return browser(by).post(url(manager), {"step": step, **data})


def fingerprint(page):
    return re.search(r'name="plan"\s+value="([0-9a-f]{16})"', page.content.decode()).group(1)


def confirm(by, manager, **data):
    """Through the look to the deed, as a person would."""
    look = post(by, manager, "preview", **data)
    assert look.status_code == 200, look.context["form"].errors
    return post(by, manager, "confirm", plan=fingerprint(look), **data)


def done(anna, head, to=None, **kwargs):
    way = Way(HAND, to.pk) if to else Way(RELEASE)
    return depart(manager=anna, items=plan(anna, Choice(default=way), by=head).items, by=head, **kwargs)


def owners(manager):
    return set(Client.objects.held_by(manager).values_list("pk", flat=True))


# --- the six of deciding ----------------------------------------------------------------------------------------------
def test_a_head_hands_over_and_the_sign_in_is_off(head, anna, boris):
    clients = clients_of(anna, 2)
    answer = confirm(head, anna, how="hand", to=f"m{boris.pk}", comment="Moves to Omsk", deactivate="on")
    departure = Departure.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("departure-detail", args=[departure.pk])
    assert owners(boris) == {client.pk for client in clients}
    assert (departure.manager, departure.decided_by, departure.comment) == (anna, head, "Moves to Omsk")
    assert not Manager.objects.get(pk=anna.pk).is_active


def test_a_director_may_too_and_keeps_the_sign_in(head, anna):
    director = ManagerFactory(role=Role.DIRECTOR, department=None)
    (client,) = clients_of(anna, 1)
    assert confirm(director, anna, how="release").status_code == 302
    client.refresh_from_db()
    assert client.is_on_exchange
    assert Manager.objects.get(pk=anna.pk).is_active


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not(head, anna, boris, method):
    clients_of(anna, 1)
    other_head = head_of(DepartmentFactory(name="South"))
    director = ManagerFactory(role=Role.DIRECTOR, department=None)
    for who, status in ((boris, 403), (anna, 403), (other_head, 404)):
        assert getattr(browser(who), method)(url(anna)).status_code == status, who
    # Nobody decides on his own clients.
    for who in (head, director):
        assert getattr(browser(who), method)(url(who)).status_code == 403
    assert browser(head).get(reverse("departure-create", args=[987654])).status_code == 404
    assert not Departure.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "how"),
        ({"how": "hand"}, "to"),
        ({"how": "hand", "to": "m987654"}, "to"),
        ({"how": "hand", "to": "release"}, None),
        ({"how": "spread"}, "among"),
        ({"how": "spread", "among": "99999999999999999999"}, "among"),
        ({"how": "release", "zone_yellow": "spread"}, "among"),
        ({"how": "release", "comment": "x" * 301}, "comment"),
        ({"how": "elsewhere"}, "how"),
        ({"how": "release", "exceptions": "1:m987654"}, None),
    ],
)
@pytest.mark.parametrize("step", ["preview", "confirm", ""])
def test_bad_input_is_said_at_its_field_and_nothing_is_lost(head, anna, data, field, step):
    (client,) = clients_of(anna, 1)
    if "exceptions" in data:
        data = {**data, "exceptions": f"{client.pk}:m987654"}
    if data.get("to") == "release":
        field = "to"
    page = post(head, anna, step, **{"comment": "Found another job", **data})
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert (field in errors) if field else page.context["form"].non_field_errors()
    assert data.get("comment", "Found another job") in page.content.decode()
    assert not Departure.objects.exists()
    assert owners(anna) == {client.pk}


def test_what_changed_since_the_look_is_looked_at_again(head, anna, boris):
    clients_of(anna, 1)
    data = {"how": "hand", "to": f"m{boris.pk}", "deactivate": "on"}
    seen = fingerprint(post(head, anna, "preview", **data))
    clients_of(anna, 1)
    page = post(head, anna, "confirm", plan=seen, **data)
    assert page.status_code == 409
    assert "Something has changed since you looked" in page.content.decode()
    assert not Departure.objects.exists()
    assert post(head, anna, "confirm", plan=fingerprint(page), **data).status_code == 302
    assert len(owners(boris)) == 2


def test_a_confirmation_without_a_look_is_none(head, anna, boris):
    clients_of(anna, 1)
    assert post(head, anna, "confirm", how="hand", to=f"m{boris.pk}").status_code == 409
    assert not Departure.objects.exists()


def test_a_departure_that_is_under_way_is_shown_instead(head, anna, boris, monkeypatch):
    clients_of(anna, 1)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = done(anna, head, boris)
    for answer in (browser(head).get(url(anna)), post(head, anna, "confirm", how="release")):
        assert answer.status_code == 302
        assert answer["Location"] == reverse("departure-detail", args=[departure.pk])


# --- what the page shows ----------------------------------------------------------------------------------------------
def test_the_page_says_what_he_holds(head, anna, boris, monkeypatch):
    (client,) = clients_of(anna, 1)
    clients_of(anna, 1, assigned_on=TODAY)
    clients_of(anna, 1, assigned_on=TODAY - DAY * 300)
    process(client, amount=1500)
    event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + DAY)
    monkeypatch.setattr("exchange.departure_selectors._SHOWN", 1)
    process(client, amount=9000, title="Twenty pumps")
    page = browser(head).get(url(anna))
    found = page.context["portfolio"]
    (sale,), (planned,) = page.context["sales"].rows, page.context["plans"].rows
    assert (sale.title, page.context["sales"].more, planned.client, page.context["plans"].more) == (
        "Twenty pumps", 1, client, 0,
    )  # fmt: skip
    assert (found.clients, found.green, found.yellow, found.red) == (3, 2, 0, 1)
    assert (found.sales, found.amount, found.plans) == (2, 10500, 1)
    assert page.context["form"].initial["among"] == [boris.pk]


def test_what_else_hangs_on_him_is_said(head, anna, boris, admin):
    absence = Absence.objects.create(manager=boris, deputy=anna, starts_on=TODAY + DAY, ends_on=TODAY + DAY * 5)
    over = Absence.objects.create(manager=boris, deputy=anna, starts_on=TODAY - DAY * 5, ends_on=TODAY - DAY)
    (helped,) = clients_of(boris, 1, name="Vostok Stroy")
    CoManager.objects.create(client=helped, manager=anna)
    event(helped, by=anna, status=EventStatus.PLANNED, occurred_at=clock.now() + DAY)
    process(helped, responsible=anna)
    low = Department.objects.create(name="Deep North", parent=head.department, head=anna)
    Manager.objects.filter(pk=anna.pk).update(role=Role.HEAD)
    page = browser(head).get(url(anna)).content.decode()
    assert reverse("absence-update", args=[absence.pk]) in page
    assert reverse("absence-update", args=[over.pk]) not in page
    assert helped.get_absolute_url() in page
    assert f"/events/?who={anna.pk}&amp;status=planned" in page
    assert "Deep North" in page
    assert f"/sales/?who={anna.pk}" in page
    department = reverse("admin:clients_department_change", args=[low.pk])
    assert department not in page
    assert department in browser(admin).get(url(anna)).content.decode()


def test_who_is_away_is_no_choice_for_what_is_spread(head, anna, boris, vera):
    clients_of(anna, 2)
    Absence.objects.create(manager=vera, starts_on=TODAY, ends_on=TODAY + DAY * 3)
    page = browser(head).get(url(anna))
    assert vera.pk not in [value for value, _words in page.context["form"].fields["among"].choices]
    # One who fell ill between the page and the answer gets none either.
    confirm(head, anna, how="spread", among=[boris.pk, vera.pk])
    assert len(owners(boris)) == 2


def test_single_decisions_are_kept_from_page_to_page(head, anna, boris, vera):
    first, second, third = clients_of(anna, 3)
    way = {"how": "hand", "to": f"m{boris.pk}", "comment": "So long"}
    page = post(head, anna, "mark", mark=f"m{vera.pk}", client=[first.pk, second.pk], **way)
    assert page.status_code == 200
    assert not page.context["form"].errors
    sent = page.context["form"]["exceptions"].value()
    assert sent == f"{first.pk}:m{vera.pk} {second.pk}:m{vera.pk}"
    assert "So long" in page.content.decode()
    page = post(head, anna, "mark", mark="", client=[second.pk, "x"], exceptions=sent, **way)
    assert page.context["form"]["exceptions"].value() == f"{first.pk}:m{vera.pk}"
    page = post(head, anna, "list-2", exceptions=sent, **way)
    assert page.context["form"]["exceptions"].value() == sent
    assert post(head, anna, "forget", exceptions=sent, **way).context["form"]["exceptions"].value() == ""
    confirm(head, anna, exceptions=f"{first.pk}:m{vera.pk} {third.pk}:release nonsense", **way)
    assert owners(vera) == {first.pk}
    assert owners(boris) == {second.pk}
    third.refresh_from_db()
    assert third.is_on_exchange


def test_another_way_for_a_colour(head, anna, boris):
    (green,) = clients_of(anna, 1, assigned_on=TODAY)
    (red,) = clients_of(anna, 1, assigned_on=TODAY - DAY * 160)
    confirm(head, anna, how="hand", to=f"m{boris.pk}", zone_red="release")
    assert owners(boris) == {green.pk}
    red.refresh_from_db()
    assert red.is_on_exchange


def test_looking_for_a_client(head, anna):
    clients_of(anna, 1, name="Vostok Stroy")
    clients_of(anna, 1, name="Zapad")
    page = post(head, anna, "find", find="ВОСТОК")
    assert [row[0].name for row in page.context["rows"]] == []
    page = post(head, anna, "find", find="vostok")
    assert [row[0].name for row in page.context["rows"]] == ["Vostok Stroy"]


def test_the_look_says_who_gets_how_many_and_who_has_too_many(head, anna, boris, vera):
    tune(CLAIM_CAP, 2)
    clients_of(boris, 1)
    clients_of(anna, 3)
    page = post(head, anna, "preview", how="spread", among=[boris.pk, vera.pk]).content.decode()
    assert "above 2" not in page
    page = post(head, anna, "preview", how="hand", to=f"m{boris.pk}", deactivate="on").content.decode()
    assert "above 2" in page
    assert "is switched off at once" in page
    assert len(owners(anna)) == 3


def test_a_long_list_is_looked_at_page_by_page(head, anna, boris, monkeypatch):
    monkeypatch.setattr("exchange.views.departures._LIST", 2)
    clients_of(anna, 5)
    data = {"how": "hand", "to": f"m{boris.pk}"}
    seen = []
    for step in ("preview", "preview-2", "preview-3"):
        page = post(head, anna, step, **data)
        seen += [item.client.pk for item in page.context["rows"]]
        assert f'value="m{boris.pk}"' in page.content.decode()
    assert sorted(seen) == sorted(owners(anna))
    assert post(head, anna, "preview-99", **data).context["start"] == 5
    first = browser(head).get(url(anna))
    assert len(first.context["rows"]) == 2
    assert len(post(head, anna, "list-3", **data).context["rows"]) == 1
    # Changing it again loses nothing.
    page = post(head, anna, "edit", comment="Bye", **data)
    assert page.context["form"]["to"].value() == f"m{boris.pk}"
    assert page.context["form"]["comment"].value() == "Bye"


def test_a_head_cannot_switch_off_who_stands_above_him(head, boris):
    above = ManagerFactory(department=head.department, is_staff=True)
    clients_of(above, 1)
    page = browser(head).get(url(above))
    assert "deactivate" not in page.context["form"].fields
    confirm(head, above, how="hand", to=f"m{boris.pk}", deactivate="on")
    assert Manager.objects.get(pk=above.pk).is_active
    assert len(owners(boris)) == 1


def test_somebody_without_clients_is_switched_off_here_too(head, anna):
    answer = confirm(head, anna, how="release", deactivate="on")
    assert answer.status_code == 302
    assert not Manager.objects.get(pk=anna.pk).is_active
    assert b"Nothing is left to decide" in browser(head).get(url(anna)).content
    assert post(head, anna, "confirm", how="release").status_code in (409, 422)


def test_who_is_signed_in_is_signed_out(head, anna, boris):
    """Django asks for ``is_active`` at every request: the open session ends with the departure, and comes back."""
    session = browser(anna)
    assert session.get("/").status_code == 200
    departure = done(anna, head)
    answer = session.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
    departures.undo(departure=departure, by=head)
    assert session.get("/").status_code == 200


# --- what became of it ------------------------------------------------------------------------------------------------
def test_the_list_shows_whom_one_answers_for(head, anna, boris, admin):
    clients_of(anna, 1)
    departure = done(anna, head, boris)
    other_head = head_of(DepartmentFactory(name="South"))
    here = reverse("departure-detail", args=[departure.pk])
    for who, status, seen in ((head, 200, True), (admin, 200, True), (other_head, 200, False), (boris, 403, False)):
        answer = browser(who).get(reverse("departure-list"))
        assert answer.status_code == status
        assert (here in answer.content.decode()) is seen
    for who, status in ((head, 200), (admin, 200), (other_head, 404), (boris, 403)):
        assert browser(who).get(here).status_code == status


def test_choosing_who_leaves(head, anna):
    page = browser(head).get(reverse("departure-list"))
    assert anna in page.context["people"]
    assert head not in page.context["people"]
    answer = browser(head).get(reverse("departure-list"), {"leaver": anna.pk})
    assert answer["Location"] == url(anna)
    assert browser(head).get(reverse("departure-list"), {"leaver": "x"}).status_code == 200


def test_each_client_says_what_became_of_it(head, anna, boris, vera):
    handed, released = clients_of(anna, 2)
    items = plan(anna, Choice(default=Way(HAND, boris.pk), clients={released.pk: Way(RELEASE)}), by=head).items
    departure = depart(manager=anna, items=items, by=head)
    assign_from_exchange(client_id=released.pk, manager=vera, by=head, reason="Knows them")
    here = reverse("departure-detail", args=[departure.pk])
    page = browser(head).get(here)
    assert [item.client_id for item in page.context["page"]] in ([handed.pk, released.pk], [released.pk, handed.pk])
    assert page.context["may_undo"]
    answer = browser(head).post(reverse("departure-undo", args=[departure.pk]), follow=True)
    words = answer.content.decode()
    assert "1 client is back. 1 stays where it is." in words
    assert f"It is with {vera} meanwhile." in words
    assert not answer.context["may_undo"]
    assert owners(anna) == {handed.pk}


def test_while_it_is_under_way_the_page_asks_for_itself(head, anna, boris, monkeypatch):
    clients_of(anna, 3)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = done(anna, head, boris)
    here = reverse("departure-detail", args=[departure.pk])
    partial = browser(head).get(here, headers=HTMX)
    assert partial.context["progress"] == (0, 3)
    assert b'hx-trigger="every 2s"' in partial.content
    assert b"<html" not in partial.content
    departures.carry_on(departure.pk)
    assert b"every 2s" not in browser(head).get(here, headers=HTMX).content
    browser(head).post(reverse("departure-undo", args=[departure.pk]))
    assert browser(head).get(here).context["progress"] == (0, 3)
    departures.carry_on(departure.pk)
    assert browser(head).get(here).context["progress"] is None
    assert len(owners(anna)) == 3


def test_clients_that_stay_with_who_is_gone_are_said_with_the_way_on(head, anna, boris, monkeypatch):
    clients_of(anna, 1)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = done(anna, head, boris)
    Manager.objects.filter(pk=boris.pk).update(is_active=False)
    departures.carry_on(departure.pk)
    page = browser(head).get(reverse("departure-detail", args=[departure.pk]))
    assert page.context["still_held"] == 1
    assert url(anna) in page.content.decode()


def test_no_page_asks_more_of_the_database_for_more_rows(head, anna, boris, vera, admin, monkeypatch):
    def grow():
        for client in clients_of(anna, 3):
            process(client)
            event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + DAY)
            CoManager.objects.create(client=held_client(boris), manager=anna)
        colleague = ManagerFactory(department=head.department)
        Absence.objects.create(manager=colleague, deputy=anna, starts_on=TODAY, ends_on=TODAY + DAY)
        clients_of(colleague, 2)
        departures.carry_on(done(colleague, admin, boris).pk)
        gone = ManagerFactory(department=head.department, is_active=False)
        clients_of(vera, 1)
        Client.objects.filter(manager=vera).update(manager=gone)

    def costs():
        way = {"how": "spread", "among": [boris.pk, vera.pk]}
        detail = reverse("departure-detail", args=[Departure.objects.latest("pk").pk])
        signed_in = browser(head)
        acts = {
            "list": lambda: signed_in.get(reverse("departure-list")),
            "form": lambda: signed_in.get(url(anna)),
            "look": lambda: signed_in.post(url(anna), {"step": "preview", **way}),
            "detail": lambda: signed_in.get(detail),
        }
        found = {}
        for name, act in acts.items():
            cache.clear()
            with CaptureQueriesContext(connection) as queries:
                assert act().status_code == 200
            found[name] = len(queries)
        return found

    grow()
    before = costs()
    grow()
    grow()
    assert costs() == before
    assert max(before.values()) <= 32, before


# --- the six of taking back -------------------------------------------------------------------------------------------
def test_taking_back(head, anna, boris, admin, time_machine):
    clients = clients_of(anna, 2)
    departure = done(anna, head, boris)
    back = reverse("departure-undo", args=[departure.pk])
    other_head = head_of(DepartmentFactory(name="South"))
    assert browser(head).get(back).status_code == 405
    assert browser(boris).post(back).status_code == 403
    assert browser(other_head).post(back).status_code == 404
    assert browser(admin).post(reverse("departure-undo", args=[987654])).status_code == 404
    time_machine.move_to(clock.at(TODAY + DAY * 8), tick=False)
    assert browser(head).post(back, headers=HTMX).status_code == 422
    time_machine.move_to(clock.at(TODAY + DAY * 7), tick=False)
    assert len(owners(boris)) == 2
    assert browser(admin).post(back).status_code == 302
    assert owners(anna) == {client.pk for client in clients}
    assert browser(head).post(back, headers=HTMX).status_code == 409


def test_who_comes_back_cannot_take_his_own_departure_back(head, anna, admin):
    """A head who was switched off is one of nobody's people to himself."""
    boss = head_of(DepartmentFactory(name="East"))
    clients_of(boss, 1)
    departure = done(boss, admin, deactivate=False)
    assert browser(boss).post(reverse("departure-undo", args=[departure.pk])).status_code == 404


# --- nobody is forgotten ----------------------------------------------------------------------------------------------
def test_clients_of_people_who_are_gone_are_shouted_about(head, anna, boris, admin, capsys):
    other_head = head_of(DepartmentFactory(name="South"))
    clients_of(anna, 2)
    assert browser(head).get(reverse("departure-list")).context["strays"] == []
    Manager.objects.filter(pk=anna.pk).update(is_active=False)
    cache.clear()
    (person,) = browser(head).get(reverse("departure-list")).context["strays"]
    assert (person, person.held) == (anna, 2)
    assert browser(other_head).get(reverse("departure-list")).context["strays"] == []
    assert "2 clients are held by people who do not work here" in browser(admin).get("/").content.decode()
    assert "who do not work here" not in browser(head).get("/").content.decode()
    call_command("check", databases=["default"])
    assert "exchange.W002" in capsys.readouterr().err
    confirm(head, anna, how="hand", to=f"m{boris.pk}")
    cache.clear()
    assert "who do not work here" not in browser(admin).get("/").content.decode()
    call_command("check", databases=["default"])
    assert "exchange.W002" not in capsys.readouterr().err


def test_a_departure_under_way_alarms_nobody(head, anna, boris, admin, monkeypatch):
    clients_of(anna, 1)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    done(anna, head, boris)
    cache.clear()
    assert browser(head).get(reverse("departure-list")).context["strays"] == []
    assert "does not work here" not in browser(admin).get("/").content.decode()


# --- Django admin -----------------------------------------------------------------------------------------------------
def admin_form(who, manager):
    """The form of a manager as the browser would send it back."""
    page = who.get(reverse("admin:clients_manager_change", args=[manager.pk]))
    assert page.status_code == 200
    sent = {}
    for name, value in page.context["adminform"].form.initial.items():
        if value not in (None, False, "") and not isinstance(value, list):
            sent[name] = "on" if value is True else value
    for moment in ("last_login", "date_joined"):
        if value := sent.pop(moment, None):
            sent |= {f"{moment}_0": value.date().isoformat(), f"{moment}_1": value.time().isoformat("seconds")}
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return {name: getattr(value, "pk", value) for name, value in sent.items()}


def test_admin_does_not_switch_off_who_holds_clients(anna, admin):
    clients_of(anna, 2)
    ada = browser(admin)
    form = admin_form(ada, anna)
    assert form["is_active"] == "on"
    assert url(anna) in ada.get(reverse("admin:clients_manager_change", args=[anna.pk])).content.decode()
    del form["is_active"]
    answer = ada.post(reverse("admin:clients_manager_change", args=[anna.pk]), form)
    assert answer.status_code == 200
    assert "He holds 2 clients" in answer.content.decode()
    assert list(answer.context["adminform"].form.errors) == ["is_active"]
    assert Manager.objects.get(pk=anna.pk).is_active


def test_admin_changes_everything_else_of_who_holds_clients(anna, admin):
    clients_of(anna, 1)
    ada = browser(admin)
    change = reverse("admin:clients_manager_change", args=[anna.pk])
    answer = ada.post(change, {**admin_form(ada, anna), "phone": "+7 495 000-00-00"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    # And of who is gone already.
    Manager.objects.filter(pk=anna.pk).update(is_active=False)
    form = admin_form(ada, anna)
    assert "is_active" not in form
    assert ada.post(change, {**form, "phone": "+7 495 111-11-11"}).status_code == 302


def test_admin_switches_off_who_holds_none(anna, admin):
    ada = browser(admin)
    form = admin_form(ada, anna)
    del form["is_active"]
    assert ada.post(reverse("admin:clients_manager_change", args=[anna.pk]), form).status_code == 302
    assert not Manager.objects.get(pk=anna.pk).is_active


@pytest.mark.parametrize("bulk", [False, True])
def test_admin_does_not_delete_who_holds_clients(anna, admin, bulk):
    clients_of(anna, 1)
    ada = browser(admin)
    if bulk:
        where, data = "admin:clients_manager_changelist", {"action": "delete_selected", "_selected_action": [anna.pk]}
        answer = ada.post(reverse(where), {**data})
        again = ada.post(reverse(where), {**data, "post": "yes"})
    else:
        where = reverse("admin:clients_manager_delete", args=[anna.pk])
        answer, again = ada.get(where), ada.post(where, {"post": "yes"})
    assert url(anna) in answer.content.decode()
    assert url(anna) in again.content.decode()
    assert Manager.objects.filter(pk=anna.pk).exists()
    assert len(owners(anna)) == 1
