"""Pages of absences: the recipe for every action, what stands in the list, the deputy's pages, the admin."""

import datetime as dt

import pytest
from django.urls import reverse

from clients import absences
from clients.models import Absence, Holiday, Notice, Redating, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from interactions.models import EventStatus
from interactions.tests.factories import event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_march")]

D = dt.date.fromisoformat
TODAY = D("2026-03-16")
DAY = dt.timedelta(days=1)


@pytest.fixture
def in_march(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def north():
    return DepartmentFactory(name="North")


@pytest.fixture
def anna(north):
    return ManagerFactory(department=north, first_name="Anna", last_name="Ivanova")


@pytest.fixture
def petr(north):
    return ManagerFactory(department=north, first_name="Petr", last_name="Sokolov")


@pytest.fixture
def head(north):
    return head_of(north, first_name="Igor", last_name="Golovin")


def absence_of(manager, first=TODAY + DAY, last=TODAY + DAY * 5, status="requested", **more):
    return Absence.objects.create(manager=manager, starts_on=first, ends_on=last, status=status, **more)


def post(user, name, absence, **data):
    return browser(user).post(reverse(name, args=[getattr(absence, "pk", absence)]), data)


def page(user, query="", **headers):
    answer = browser(user).get(reverse("absence-list") + query, headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


# --- six tests for each action ----------------------------------------------------------------------------------------
#: name → (status before, begins today, who does it, status after)
ACTIONS = {
    "absence-approve": ("requested", False, "head", "approved"),
    "absence-decline": ("requested", False, "head", "declined"),
    "absence-cancel": ("requested", False, "anna", "cancelled"),
    "absence-end": ("approved", True, "anna", "approved"),
}


@pytest.fixture(params=ACTIONS)
def action(request, anna, petr, head):
    before, under_way, who, after = ACTIONS[request.param]
    first = TODAY - DAY * 3 if under_way else TODAY + DAY
    absence = absence_of(anna, first, status=before, deputy=petr)
    doer = {"anna": anna, "head": head}[who]
    colleague = ManagerFactory(role=Role.DIRECTOR, department=None)
    return request.param, absence, doer, colleague, after


def test_it_works(action):
    name, absence, doer, _colleague, after = action
    answer = post(doer, name, absence)
    assert (answer.status_code, answer.url) == (302, reverse("absence-list"))
    absence.refresh_from_db()
    assert absence.status == after
    assert absence.ends_on == (TODAY - DAY if name == "absence-end" else TODAY + DAY * 5)


def test_a_director_may_do_it_too(action):
    name, absence, _doer, director, after = action
    assert post(director, name, absence).status_code == 302
    absence.refresh_from_db()
    assert absence.status == after


def test_for_a_stranger_there_is_no_such_absence(action):
    name, absence, *_rest, _after = action
    for who in (ManagerFactory(), head_of(DepartmentFactory())):
        assert post(who, name, absence).status_code == 404


def test_the_deputy_may_only_read(action, petr):
    name, absence, *_rest = action
    assert post(petr, name, absence).status_code == 403
    before = absence.status
    absence.refresh_from_db()
    assert absence.status == before


def test_a_missing_one_is_not_found(action):
    name, _absence, doer, *_rest = action
    assert post(doer, name, 999999).status_code == 404


def test_nothing_is_done_by_looking(action):
    name, absence, doer, *_rest = action
    assert browser(doer).get(reverse(name, args=[absence.pk])).status_code == 405


def test_a_second_decision_is_refused(anna, head):
    absence = absence_of(anna)
    post(head, "absence-decline", absence)
    answer = browser(head).post(reverse("absence-approve", args=[absence.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    absence.refresh_from_db()
    assert absence.status == "declined"


@pytest.mark.parametrize("name", ["absence-approve", "absence-decline"])
def test_nobody_decides_on_his_own(name, head, anna):
    assert post(head, name, absence_of(head)).status_code == 403
    assert post(anna, name, absence_of(anna)).status_code == 403


# --- entering and changing --------------------------------------------------------------------------------------------
FORM = {"kind": "vacation", "starts_on": "2026-04-01", "ends_on": "2026-04-10", "reason": "the sea"}


def test_a_salesperson_asks(anna, petr, head):
    form = browser(anna).get(reverse("absence-create")).content.decode()
    assert 'name="manager"' not in form
    assert "Ask for it" in form
    answer = browser(anna).post(reverse("absence-create"), {**FORM, "deputy": petr.pk})
    assert answer.status_code == 302
    absence = Absence.objects.get()
    assert (absence.manager, absence.deputy, absence.status, absence.reason) == (anna, petr, "requested", "the sea")
    assert Notice.objects.get().recipient == head
    answer = browser(anna).post(reverse("absence-create"), {**FORM, "starts_on": "2026-04-05", "manager": petr.pk})
    assert answer.status_code == 422
    assert "There is an absence already: 1–10 Apr (waits for the head)." in answer.content.decode()


def test_a_head_enters_for_his_people_only(anna, petr, head):
    stranger = ManagerFactory()
    held = held_client(anna)
    form = browser(head).get(reverse("absence-create")).content.decode()
    assert "Anna Ivanova" in form
    answer = browser(head).post(reverse("absence-create"), {**FORM, "manager": stranger.pk})
    assert answer.status_code == 422
    answer = browser(head).post(reverse("absence-create"), {**FORM, "manager": anna.pk, "deputy": petr.pk})
    assert answer.status_code == 302
    assert Absence.objects.get().status == "approved"
    held.refresh_from_db()
    assert held.yellow_on == D("2026-04-26")
    assert set(Notice.objects.values_list("recipient", "kind")) == {
        (anna.pk, "absence.decided"),
        (petr.pk, "absence.deputy"),
    }


def test_changing(anna, petr, head):
    absence = absence_of(anna, status="approved")
    url = reverse("absence-update", args=[absence.pk])
    form = browser(anna).get(url).content.decode()
    assert "you may make it shorter" in form
    assert 'name="manager"' not in form
    longer = {**FORM, "starts_on": TODAY + DAY, "ends_on": TODAY + DAY * 9}
    answer = browser(anna).post(url, longer)
    assert answer.status_code == 422
    assert "ask for a new absence" in answer.content.decode()
    assert browser(head).post(url, longer).status_code == 302
    absence.refresh_from_db()
    assert absence.ends_on == TODAY + DAY * 9
    assert "you may make it shorter" not in browser(head).get(url).content.decode()
    absence_of(anna, TODAY + DAY * 20, TODAY + DAY * 21, status="approved", deputy=petr)
    assert browser(petr).get(reverse("absence-update", args=[Absence.objects.get(deputy=petr).pk])).status_code == 403
    assert browser(ManagerFactory()).get(url).status_code == 404


# --- the list ---------------------------------------------------------------------------------------------------------
def test_each_sees_his_own_and_a_head_his_peoples(anna, petr, head):
    absence_of(anna, reason="anna waits", deputy=petr)
    absence_of(petr, reason="petr approved", status="approved")
    absence_of(ManagerFactory(), reason="elsewhere", status="approved")
    for who, seen in (
        (anna, ["anna waits"]),
        (petr, ["anna waits", "petr approved"]),
        (head, ["anna waits", "petr approved"]),
        (ManagerFactory(role=Role.DIRECTOR, department=None), ["anna waits", "petr approved", "elsewhere"]),
        (ManagerFactory(), []),
    ):
        html = page(who, "?tab=all")
        assert [words for words in ("anna waits", "petr approved", "elsewhere") if words in html] == seen


def test_what_waits_stands_on_top_for_who_decides(anna, petr, head):
    absence_of(anna, reason="to the sea")
    html = page(head)
    assert "Waits for you" in html
    assert html.count("to the sea") == 1
    assert "Approve" in html
    for who in (anna, petr):
        html = page(who)
        assert "Waits for you" not in html
        assert "Approve" not in html
    assert 'id="absence-list"' in page(anna, **{"HX-Request": "true"})


def test_tabs_filters_and_order(anna, petr, head):
    absence_of(anna, TODAY - DAY * 9, TODAY - DAY, "approved", reason="over")
    absence_of(anna, TODAY + DAY * 20, TODAY + DAY * 30, "approved", reason="later")
    absence_of(petr, TODAY, TODAY + DAY, "approved", reason="now", kind="sick")
    absence_of(petr, TODAY + DAY * 7, TODAY + DAY * 8, "declined", reason="refused")

    def order(query):
        html = page(head, query)
        return sorted(
            (words for words in ("over", "later", "now", "refused") if f">{words}<" in html),
            key=lambda words: html.index(f">{words}<"),
        )

    assert order("") == ["now", "later"]
    assert order("?tab=over") == ["refused", "over"]
    assert order("?tab=all&sort=from") == ["over", "now", "refused", "later"]
    assert order("?tab=all&kind=sick") == ["now"]
    assert order(f"?tab=all&manager={anna.pk}&sort=-until") == ["later", "over"]


def test_the_list_offers_only_what_may_be_done(anna, head):
    director = ManagerFactory(role=Role.DIRECTOR, department=None)
    under_way = absence_of(anna, TODAY - DAY, TODAY + DAY, "approved")
    ahead = absence_of(anna, TODAY + DAY * 5, TODAY + DAY * 6, "approved")
    over = absence_of(anna, TODAY - DAY * 9, TODAY - DAY * 8, "approved")
    gone = absence_of(anna, TODAY - DAY * 9, TODAY - DAY * 8, "cancelled")
    for who in (anna, head, director):
        own = who == anna
        for absence, expected in (
            (under_way, {"end", "change"}),
            (ahead, {"change", "cancel"}),
            (over, set() if own else {"change", "cancel"}),
            (gone, set()),
        ):
            can = absences.can_be_done(absence, by=who, today=TODAY)
            assert {name for name in ("decide", "change", "cancel", "end") if getattr(can, name)} == expected
    waiting = absences.can_be_done(absence_of(anna, TODAY + DAY * 9, TODAY + DAY * 9), by=head, today=TODAY)
    assert waiting.decide
    assert waiting.cancel


def test_days_off_ahead_are_shown(anna):
    for day, name in (("2026-05-01", "Spring"), ("2026-05-04", "Spring"), ("2026-06-12", "Russia Day")):
        Holiday.objects.create(date=D(day), name=name)
    Holiday.objects.create(date=D("2026-01-01"), name="Long ago")
    html = " ".join(page(anna).split())
    assert "1–4 May" in html
    assert "12 Jun" in html
    assert html.count("the clocks stand still") == 1
    assert "Long ago" not in html


# --- both see tasks ---------------------------------------------------------------------------------------------------
def test_the_deputy_and_the_absent_both_have_the_plans_until_it_ends(anna, petr, time_machine):
    held = held_client(anna, name="Vostok Stroy")
    event(held, status=EventStatus.PLANNED, occurred_at=clock.now() + dt.timedelta(hours=1), subject="Call the buyer")
    absence_of(anna, TODAY, TODAY, "approved", deputy=petr)
    for who in (anna, petr):
        for name in ("my-day", "event-list"):
            assert "Call the buyer" in browser(who).get(reverse(name)).content.decode(), (who, name)
        assert browser(who).get(reverse("contact-register", args=[held.pk])).status_code == 200
    time_machine.move_to(clock.at(TODAY + DAY), tick=False)
    assert "Call the buyer" in browser(anna).get(reverse("my-day")).content.decode()
    assert "Call the buyer" not in browser(petr).get(reverse("my-day")).content.decode()
    assert browser(petr).get(reverse("contact-register", args=[held.pk])).status_code == 404


# --- notices ----------------------------------------------------------------------------------------------------------
def test_who_is_told_what(anna, petr, head, client):
    client.force_login(head)
    absence = absences.request_absence(
        manager=anna, by=anna, kind="vacation", starts_on=TODAY + DAY, ends_on=TODAY + DAY * 3, deputy=petr
    )
    assert list(Notice.objects.values_list("recipient", "kind")) == [(head.pk, "absence.asked")]
    assert "Anna Ivanova asks to be away 17–19 Mar" in client.get(reverse("notice-list")).content.decode()
    absences.approve(absence=absence, by=head)
    told = browser(petr).get(reverse("notice-list")).content.decode()
    assert "You stand in for Anna Ivanova 17–19 Mar" in told
    assert "is approved" in browser(anna).get(reverse("notice-list")).content.decode()
    absences.cancel(absence=absence, by=anna)
    told = browser(petr).get(reverse("notice-list")).content.decode()
    assert "You do not stand in for Anna Ivanova 17–19 Mar any more" in told


def test_a_heads_own_absence_is_for_the_head_above_or_the_directors(anna, head):
    director = ManagerFactory(role=Role.DIRECTOR, department=None)
    absences.request_absence(manager=head, by=head, kind="trip", starts_on=TODAY, ends_on=TODAY)
    assert Notice.objects.get().recipient == director


# --- admin ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def administrator():
    return browser(ManagerFactory(is_staff=True, department=None))


def test_admin_of_absences_moves_the_dates(administrator, anna, petr):
    held = held_client(anna)
    data = {**FORM, "manager": anna.pk, "deputy": petr.pk, "status": "approved"}
    assert administrator.post(reverse("admin:clients_absence_add"), data).status_code == 302
    held.refresh_from_db()
    assert held.yellow_on == D("2026-04-26")
    absence = Absence.objects.get()
    answer = administrator.post(reverse("admin:clients_absence_add"), data)
    assert answer.status_code == 200
    assert "There is an absence already" in answer.content.decode()
    change = reverse("admin:clients_absence_change", args=[absence.pk])
    assert administrator.post(change, {**data, "status": "cancelled"}).status_code == 302
    held.refresh_from_db()
    assert held.yellow_on == D("2026-04-16")
    assert administrator.post(change, data).status_code == 302
    answer = administrator.post(
        reverse("admin:clients_absence_changelist"),
        {"action": "delete_selected", "_selected_action": [absence.pk], "post": "yes"},
    )
    assert answer.status_code == 302
    held.refresh_from_db()
    assert held.yellow_on == D("2026-04-16")
    assert not Absence.objects.exists()


def test_admin_of_a_manager_shows_his_absences(administrator, anna):
    absence_of(anna, reason="x", status="approved")
    answer = administrator.get(reverse("admin:clients_manager_change", args=[anna.pk]))
    assert "vacation" in answer.content.decode()


def test_admin_of_holidays_fills_a_year_and_asks_for_new_dates(administrator):
    url = reverse("admin:clients_holiday_changelist")
    assert "Fill in" in administrator.get(url).content.decode()
    fill = reverse("admin:clients_holiday_fill")
    assert administrator.get(fill).status_code == 405
    assert administrator.post(fill, {"year": "2026"}).status_code == 302
    assert Holiday.objects.filter(date__year=2026).count() > 10
    assert Redating.objects.count() == 1
    for year in ("", "12", "20x6", "٢٠٢٦"):
        administrator.post(fill, {"year": year})
    assert set(Holiday.objects.values_list("date__year", flat=True)) == {2026}

    add = {"date": "2026-07-10", "name": "Birthday of the company", "origin": "company"}
    assert administrator.post(reverse("admin:clients_holiday_add"), add).status_code == 302
    assert Redating.objects.count() == 2
    day = Holiday.objects.get(date=D("2026-07-10"))
    change = reverse("admin:clients_holiday_change", args=[day.pk])
    administrator.post(change, {**add, "name": "Our birthday"})
    assert Redating.objects.count() == 2  # the name moves no date
    administrator.post(change, {**add, "date": "2026-07-13"})
    assert Redating.objects.count() == 3
    administrator.post(reverse("admin:clients_holiday_delete", args=[day.pk]), {"post": "yes"})
    assert Redating.objects.count() == 4
    rows = list(Holiday.objects.values_list("pk", flat=True)[:2])
    administrator.post(url, {"action": "delete_selected", "_selected_action": rows, "post": "yes"})
    assert Redating.objects.count() == 5


def test_salespeople_do_not_fill_holidays(anna):
    assert browser(anna).post(reverse("admin:clients_holiday_fill"), {"year": "2026"}).status_code == 302
    assert not Holiday.objects.exists()
