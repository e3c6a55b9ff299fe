"""Absences: who may do what, what is refused, and that the clients' dates follow in the same transaction."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from clients import absences
from clients.models import Absence, Client, Holiday, Redating, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from crm.web.errors import Conflict, DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_march")]

D = dt.date.fromisoformat
TODAY = D("2026-03-16")
#: Yellow, red and exchange of a client that came today, without anybody being away.
BARE = (D("2026-04-16"), D("2026-08-16"), D("2026-09-17"))
DAY = dt.timedelta(days=1)


@pytest.fixture
def in_march(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def anna():
    return ManagerFactory(department=DepartmentFactory(name="North"))


@pytest.fixture
def petr(anna):
    return ManagerFactory(department=anna.department)


@pytest.fixture
def head(anna):
    return head_of(anna.department)


def ask(manager, by, first="2026-04-01", last="2026-04-10", **more):
    return absences.request_absence(
        manager=manager, by=by, **{"kind": "vacation", "starts_on": D(first), "ends_on": D(last), **more}
    )


def change(absence, by, first="2026-04-01", last="2026-04-10", **more):
    return absences.change_absence(
        absence=absence, by=by, **{"kind": "vacation", "starts_on": D(first), "ends_on": D(last), **more}
    )


def dates(client):
    client.refresh_from_db()
    return client.yellow_on, client.red_on, client.detach_on


def moved(days):
    return tuple(date + DAY * days for date in BARE)


# --- who decides ------------------------------------------------------------------------------------------------------
def test_a_salesperson_asks_and_the_head_approves(anna, petr, head):
    client = held_client(anna)
    absence = ask(anna, anna, deputy=petr)
    assert (absence.status, absence.requested_by, absence.decided_by) == ("requested", anna, None)
    assert dates(client) == BARE

    absence = absences.approve(absence=absence, by=head)
    assert (absence.status, absence.decided_by, absence.decided_at) == ("approved", head, clock.now())
    assert dates(client) == moved(10)
    assert not Redating.objects.exists()


def test_the_head_declines_and_nothing_happens(anna, head):
    client = held_client(anna)
    absence = absences.decline(absence=ask(anna, anna), by=head)
    assert (absence.status, absence.decided_by) == ("declined", head)
    assert dates(client) == BARE
    for verb in (absences.approve, absences.decline, absences.cancel):
        with pytest.raises(Conflict, match="declined"):
            verb(absence=absence, by=head)
    with pytest.raises(Conflict, match="declined"):
        change(absence, head)


def test_a_head_enters_for_his_people_at_once(anna, head):
    client = held_client(anna)
    assert ask(anna, head).status == "approved"
    assert dates(client) == moved(10)


def test_a_head_does_not_approve_his_own(anna, head):
    absence = ask(head, head)
    assert absence.status == "requested"
    with pytest.raises(DomainError, match="somebody else"):
        absences.approve(absence=absence, by=head)
    director = ManagerFactory(role=Role.DIRECTOR, department=None)
    assert absences.approve(absence=absence, by=director).status == "approved"


def test_the_head_of_the_department_above_decides(anna, head):
    above = DepartmentFactory()
    upper = head_of(above)
    anna.department.parent = above
    anna.department.save()
    assert absences.may_decide(upper, head)
    assert absences.may_decide(upper, anna)
    assert not absences.may_decide(head, upper)


@pytest.mark.parametrize("attributes", [{"role": Role.DIRECTOR}, {"is_staff": True}])
def test_directors_and_administrators_decide_on_everybody_and_themselves(anna, attributes):
    boss = ManagerFactory(department=None, **attributes)
    assert ask(boss, boss).status == "approved"
    assert ask(anna, boss).status == "approved"


def test_strangers_do_nothing(anna, petr):
    stranger, other_head = ManagerFactory(), head_of(DepartmentFactory())
    absence = ask(anna, anna)
    for who in (petr, stranger, other_head):
        with pytest.raises(DomainError, match="only your own"):
            ask(anna, who, "2026-06-01", "2026-06-02")
        for verb in (absences.approve, absences.decline, absences.cancel):
            with pytest.raises(DomainError):
                verb(absence=absence, by=who)
        with pytest.raises(DomainError, match="not yours"):
            change(absence, who)
    with pytest.raises(DomainError, match="somebody else"):
        absences.approve(absence=absence, by=anna)
    absence.refresh_from_db()
    assert absence.status == "requested"


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-04-10", "2026-04-12"),
        ("2026-03-20", "2026-04-01"),
        ("2026-04-03", "2026-04-04"),
        ("2026-03-01", "2026-05-01"),
    ],
)
def test_two_absences_of_one_manager_share_no_day(anna, petr, head, first, last):
    taken = ask(anna, anna)
    with pytest.raises(DomainError, match="already: 1–10 Apr") as error:
        ask(anna, head, first, last)
    assert error.value.field == "starts_on"
    ask(petr, head, first, last)
    absences.cancel(absence=taken, by=anna)
    ask(anna, head, first, last)


def test_absences_side_by_side_are_two(anna, head):
    ask(anna, head)
    ask(anna, head, "2026-04-11", "2026-04-12")
    with pytest.raises(DomainError, match="already"):
        change(Absence.objects.get(starts_on=D("2026-04-11")), head, "2026-04-10", "2026-04-12")


def test_a_deputy_must_be_there(anna, petr, head):
    with pytest.raises(ValidationError) as error:
        ask(anna, head, deputy=anna)
    assert "deputy" in error.value.message_dict
    gone = ManagerFactory(is_active=False)
    with pytest.raises(DomainError, match="does not work here") as refused:
        ask(anna, head, deputy=gone)
    assert refused.value.field == "deputy"

    ask(petr, head, "2026-03-30", "2026-04-04")
    ask(anna, head, deputy=petr)  # he is there for the rest of it
    waiting = ask(petr, petr, "2026-04-05", "2026-04-12")
    change(Absence.objects.get(manager=anna), head, deputy=petr)
    absences.approve(absence=waiting, by=head)
    with pytest.raises(DomainError, match="away on these days") as refused:
        change(Absence.objects.get(manager=anna), head, deputy=petr)
    assert refused.value.field == "deputy"


def test_days_in_the_wrong_order_and_years_on_end_are_refused(anna, head):
    gone = ManagerFactory(is_active=False, department=anna.department)
    with pytest.raises(ValidationError) as error:
        ask(anna, head, "2026-04-10", "2026-04-09")
    assert "ends_on" in error.value.message_dict
    with pytest.raises(DomainError, match="at most") as refused:
        ask(anna, head, "2026-04-10", "2036-04-09")
    assert refused.value.field == "ends_on"
    with pytest.raises(DomainError, match="does not work here"):
        ask(gone, head)
    assert not Absence.objects.exists()


def test_what_is_refused_when_it_is_approved_stays_waiting(anna, petr, head):
    absence = ask(anna, anna, deputy=petr)
    petr.is_active = False
    petr.save()
    with pytest.raises(DomainError, match="does not work here"):
        absences.approve(absence=absence, by=head)
    absence.refresh_from_db()
    assert (absence.status, absence.decided_by) == ("requested", None)


# --- changing, ending, taking back ------------------------------------------------------------------------------------
def test_sick_leave_is_entered_afterwards_and_turns_a_yellow_client_green(anna, head):
    client = held_client(anna, assigned_on=D("2026-02-10"), today=TODAY)
    assert client.zone == "yellow"
    ask(anna, head, "2026-03-02", "2026-03-13", kind="sick")
    assert dates(client)[0] == D("2026-03-22")
    assert client.zone == "green"


def test_the_dates_follow_every_change(anna, head):
    client = held_client(anna)
    absence = ask(anna, head)
    change(absence, head, "2026-04-01", "2026-04-20")
    assert dates(client) == (D("2026-05-06"), D("2026-09-05"), D("2026-10-07"))
    change(absence, head, "2026-04-17", "2026-04-20")
    assert dates(client) == (BARE[0], *moved(4)[1:])
    absences.cancel(absence=absence, by=head)
    assert dates(client) == BARE


def test_while_it_waits_the_manager_changes_anything(anna, petr):
    absence = change(ask(anna, anna), anna, "2026-05-01", "2026-05-20", deputy=petr, kind="trip", reason="Omsk")
    assert (absence.status, absence.kind, absence.deputy, absence.reason) == ("requested", "trip", petr, "Omsk")


def test_an_approved_one_he_makes_only_shorter(anna, petr, head):
    client = held_client(anna)
    absence = ask(anna, head)
    for first, last, field in (("2026-03-31", "2026-04-10", "starts_on"), ("2026-04-01", "2026-04-11", "ends_on")):
        with pytest.raises(DomainError, match="ask for a new") as error:
            change(absence, anna, first, last)
        assert error.value.field == field
    change(absence, anna, "2026-04-02", "2026-04-08", deputy=petr)
    assert dates(client) == moved(7)
    assert Absence.objects.get().status == "approved"


def test_who_comes_back_earlier_is_there_from_today_on(anna, petr, head):
    client = held_client(anna, assigned_on=D("2026-03-01"), today=TODAY)
    absence = ask(anna, head, "2026-03-10", "2026-03-20", deputy=petr)
    assert dates(client)[0] == D("2026-04-12")
    absence = absences.end_absence(absence=absence, by=anna)
    assert (absence.status, absence.ends_on) == ("approved", D("2026-03-15"))
    assert dates(client)[0] == D("2026-04-07")
    assert not Absence.objects.in_force().exists()
    with pytest.raises(Conflict, match="not under way"):
        absences.end_absence(absence=absence, by=anna)


def test_an_absence_that_began_today_never_was(anna, head):
    absence = absences.end_absence(absence=ask(anna, head, "2026-03-16", "2026-03-20"), by=head)
    assert absence.status == "cancelled"
    with pytest.raises(Conflict, match="under way"):
        absences.end_absence(absence=ask(anna, head), by=head)
    with pytest.raises(DomainError, match="not yours"):
        absences.end_absence(absence=ask(anna, head, "2026-03-16", "2026-03-20"), by=ManagerFactory())


def test_he_cancels_what_has_not_begun_and_the_head_what_is_over(anna, head):
    absences.cancel(absence=ask(anna, head), by=anna)
    begun = ask(anna, head, "2026-03-16", "2026-03-20")
    with pytest.raises(DomainError, match="has begun"):
        absences.cancel(absence=begun, by=anna)
    assert absences.cancel(absence=begun, by=head).decided_by == head


# --- many clients, administrators -------------------------------------------------------------------------------------
def test_many_clients_get_their_dates_by_a_job(anna, head, monkeypatch, django_capture_on_commit_callbacks):
    clients = [held_client(anna) for _ in range(3)]
    monkeypatch.setattr(absences, "FEW_CLIENTS", 2)
    with django_capture_on_commit_callbacks() as callbacks:
        ask(anna, head)
    assert len(callbacks) == 1
    job = Redating.objects.get()
    assert (job.reason, job.manager, job.total) == ("absence", anna, 3)
    assert dates(clients[0]) == BARE


def test_a_client_that_came_meanwhile_gets_its_dates_too(anna, head, django_capture_on_commit_callbacks):
    held_client(anna)
    with django_capture_on_commit_callbacks(execute=True):
        ask(anna, head)
        late = held_client(anna)
        Client.objects.filter(pk=late.pk).update(yellow_on=BARE[0], red_on=BARE[1], detach_on=BARE[2])
    assert dates(late) == moved(10)


def test_an_administrator_writes_what_he_likes_and_the_dates_follow(anna, petr):
    admin = ManagerFactory(is_staff=True, department=None)
    one, other = held_client(anna), held_client(petr)
    absence = Absence(manager=anna, kind="trip", starts_on=D("2026-04-01"), ends_on=D("2026-04-10"), status="approved")
    absences.store(absence=absence, by=admin)
    assert (absence.requested_by, absence.decided_by) == (admin, admin)
    assert (dates(one), dates(other)) == (moved(10), BARE)
    absence.manager = petr
    absences.store(absence=absence, by=admin)
    assert (dates(one), dates(other)) == (BARE, moved(10))
    second = Absence(manager=petr, starts_on=D("2026-04-02"), ends_on=D("2026-04-02"))
    with pytest.raises(DomainError, match="already"):
        absences.store(absence=second, by=admin)
    absences.remove(absences=Absence.objects.select_related("manager"))
    assert (dates(one), dates(other)) == (BARE, BARE)


# --- rights -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["requested", "declined", "cancelled"])
def test_only_an_approved_absence_gives_rights(anna, petr, status):
    client = held_client(anna)
    stranger = ManagerFactory()
    Absence.objects.create(manager=anna, deputy=stranger, starts_on=TODAY, ends_on=TODAY, status=status)
    assert stranger.deputised_managers == []
    assert not Client.objects.visible_to(stranger).filter(pk=client.pk).exists()
    assert not Client.objects.editable_by(stranger).filter(pk=client.pk).exists()


def test_the_deputy_works_on_the_clients_and_it_ends_by_itself(anna, petr, head, time_machine):
    client = held_client(anna)
    ask(anna, head, "2026-03-17", "2026-03-18", deputy=petr)

    def works(day):
        time_machine.move_to(clock.at(day), tick=False)
        again = type(petr).objects.get(pk=petr.pk)
        editable = Client.objects.editable_by(again).filter(pk=client.pk).exists()
        assert editable == Client.objects.visible_to(again).filter(pk=client.pk).exists()
        assert not Client.objects.transferable_by(again).filter(pk=client.pk).exists()
        return editable

    assert [works(TODAY + DAY * number) for number in range(4)] == [False, True, True, False]
    assert Client.objects.editable_by(anna).filter(pk=client.pk).exists()
    client.refresh_from_db()
    assert client.manager == anna


def test_holidays_and_absences_count_each_day_once(anna, head):
    client = held_client(anna)
    Holiday.objects.bulk_create([Holiday(date=D(f"2026-04-{day:02}"), name="Days off") for day in range(8, 13)])
    ask(anna, head)
    assert dates(client) == moved(12)
