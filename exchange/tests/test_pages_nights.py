"""The pages of the nights: what one reads there, an administrator's word, undoing; as people do it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Manager, OwnershipPeriod, Role, RuleSetting
from clients.services import reassign
from clients.tests.crowd import Crowd
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from crm.web.errors import Conflict
from exchange import tasks
from exchange.models import (
    Decision,
    DetachHold,
    Detachment,
    HoldKind,
    NightlyRun,
    ParkedClient,
    Proposal,
    Protection,
    ZoneTransition,
)
from exchange.night import deciding, run_night
from exchange.night_selectors import parts, undo_terms
from exchange.rules.claiming import ClaimRules
from exchange.services import claim, return_client
from exchange.tests.nights import DAY, TODAY, due_client, quiet_night, warn
from exchange.undo import refusal, undo
from interactions.models import EventStatus
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _this_morning(time_machine):
    time_machine.move_to(clock.at(TODAY, 9), tick=False)


class Company:
    """North with a part of its own, and South; a seller in each, their heads, a director, an administrator."""

    def __init__(self):
        self.north, self.south = DepartmentFactory(name="North"), DepartmentFactory(name="South")
        self.coast = DepartmentFactory(name="Coast", parent=self.north)
        self.anna = ManagerFactory(first_name="Anna", last_name="Ivanova", department=self.north)
        self.cora = ManagerFactory(first_name="Cora", last_name="Berg", department=self.coast)
        self.petr = ManagerFactory(first_name="Petr", last_name="Sokolov", department=self.south)
        self.head, self.other_head = head_of(self.north), head_of(self.south)
        self.director = ManagerFactory(role=Role.DIRECTOR, department=None)
        self.admin = ManagerFactory(is_staff=True, first_name="Ada", last_name="Root")

    def due(self, each=1):
        return [due_client(manager) for manager in (self.anna, self.cora, self.petr) for _ in range(each)]


@pytest.fixture
def company():
    return Company()


@pytest.fixture
def asking(company):
    """The first night: three clients would leave, nobody did."""
    company.clients = company.due()
    company.run = run_night(TODAY)
    assert (company.run.decision, company.run.proposed) == (Decision.ASKED, 3)
    return company


@pytest.fixture
def taken(company):
    """A night that took three clients."""
    quiet_night()
    company.clients = company.due()
    company.run = run_night(TODAY)
    assert (company.run.decision, company.run.detached) == (Decision.NONE, 3)
    return company


def page(user, name, *args, **query):
    answer = browser(user).get(reverse(name, args=args), query)
    return answer.status_code, (b"".join(answer) if answer.streaming else answer.content).decode()


def post(user, name, *args, **data):
    return browser(user).post(reverse(name, args=args), data)


def words(answer):
    """The toasts of an answer."""
    return " ".join(str(message) for message in answer.wsgi_request._messages)


# --- the monitor ------------------------------------------------------------------------------------------------------
def test_the_monitor_shows_what_every_night_did(asking):
    _, text = page(asking.head, "night-list")
    for shown in ("13 May", "waits for an administrator", reverse("night-detail", args=[asking.run.pk])):
        assert shown in text
    post(asking.admin, "night-reject", asking.run.pk)
    _, text = page(asking.head, "night-list")
    assert "rejected" in text
    assert asking.admin.short_name in text


def test_nights_that_are_missing_are_rows_too(company):
    for day in (TODAY - DAY * 9, TODAY - DAY * 8, TODAY - DAY * 5, TODAY - DAY * 3):
        quiet_night(day)
    status, text = page(company.head, "night-list")
    assert status == 200
    assert "9 May: no night" in " ".join(text.split())
    assert "6 May – 7 May: no night, 2 times" in text
    assert "11 May – 13 May: no night, 3 times" in text  # after the last one, until now


def test_a_night_that_was_made_good_says_when(company):
    quiet_night(TODAY - DAY * 2)
    quiet_night(TODAY - DAY, started_at=clock.at(TODAY, 8), finished_at=clock.at(TODAY, 8, 1))
    _, text = page(company.head, "night-list")
    assert "caught up Today" in text


def test_the_monitor_is_for_heads_and_above(company):
    run = quiet_night()
    for name, args in (("night-list", ()), ("night-detail", (run.pk,)), ("night-export", (run.pk,))):
        assert page(company.anna, name, *args)[0] == 403
        for reader in (company.head, company.director, company.admin):
            assert page(reader, name, *args)[0] == 200
    assert page(company.head, "night-detail", 987654)[0] == 404


def test_an_installation_without_a_night_says_what_comes(company):
    _, text = page(company.head, "night-list")
    assert "no night yet" in text.lower()


def test_the_badge_says_that_a_night_waits(asking):
    badge = f'data-nav-badge="{reverse("night-list")}">1<'
    assert badge in page(asking.head, "client-list")[1]
    assert badge not in page(asking.anna, "client-list")[1]
    deciding.reject(run_id=asking.run.pk, by=asking.admin)
    assert badge not in page(asking.head, "client-list")[1]


# --- one night --------------------------------------------------------------------------------------------------------
def test_a_head_sees_the_clients_of_his_departments_only(asking):
    anna, cora, petr = asking.clients
    for reader, seen, hidden in (
        (asking.head, (anna, cora), (petr,)),
        (asking.other_head, (petr,), (anna, cora)),
        (asking.director, (anna, cora, petr), ()),
        (asking.admin, (anna, cora, petr), ()),
    ):
        for name in ("night-detail", "night-export"):
            _, text = page(reader, name, asking.run.pk)
            assert all(client.name in text for client in seen), (reader, name)
            assert not any(client.name in text for client in hidden), (reader, name)


def test_who_does_not_decide_reads_who_does(asking):
    for reader in (asking.head, asking.director):
        _, text = page(reader, "night-detail", asking.run.pk)
        assert "An administrator decides" in text
        assert reverse("night-confirm", args=[asking.run.pk]) not in text
    _, text = page(asking.admin, "night-detail", asking.run.pk)
    assert "Let 3 clients leave" in text
    assert reverse("night-confirm", args=[asking.run.pk]) in text


def test_who_was_saved_since_is_not_counted_among_the_leaving(asking):
    event(asking.clients[0], now=clock.now())
    _, text = page(asking.admin, "night-detail", asking.run.pk)
    assert "Let 2 clients leave" in text
    assert "saved since" in text


def test_the_lists_of_a_night(company):
    quiet_night()
    leaves, protected, unwarned = due_client(company.anna), due_client(company.anna), held_client(
        company.anna, assigned_on=TODAY - DAY * 200, today=TODAY - DAY
    )  # fmt: skip
    Protection.objects.create(
        client=protected, manager=company.anna, reason="Waits for the budget", starts_on=TODAY, until=TODAY + DAY * 9,
        given_by=company.head,
    )  # fmt: skip
    run = run_night(TODAY)
    ParkedClient.objects.create(run=run, client=due_client(company.petr), step="detach", error="secret of South")
    lists = {
        tab: page(company.head, "night-detail", run.pk, tab=tab)[1] for tab in ("left", "kept", "warned", "parked")
    }
    assert leaves.name in lists["left"]
    assert "on the exchange" in lists["left"]
    assert "Waits for the budget" in lists["kept"]
    assert "warned too late" in lists["kept"]
    assert unwarned.name in lists["warned"]
    assert leaves.name not in lists["warned"]
    assert "a client of another department" in lists["parked"]
    assert "secret of South" not in lists["parked"]
    assert "secret of South" in page(company.admin, "night-detail", run.pk, tab="parked")[1]
    for tab in lists:
        rows = page(company.head, "night-export", run.pk, tab=tab)[1].splitlines()
        assert len(rows) == {"left": 2, "kept": 3, "warned": 3, "parked": 2}[tab], tab
        assert "secret of South" not in "".join(rows)


def test_a_hold_is_listed_every_night_it_holds_and_not_a_night_longer(company):
    quiet_night()
    protected, saved = due_client(company.anna, name="Protected Ltd"), due_client(company.anna, name="Saved Ltd")
    for client in (protected, saved):
        Protection.objects.create(
            client=client,
            manager=company.anna,
            reason="Wait",
            starts_on=TODAY,
            until=TODAY + DAY,
            given_by=company.head,
        )  # fmt: skip
    first = run_night(TODAY)
    event(saved, now=clock.now())
    second = run_night(TODAY + DAY, moment=clock.at(TODAY + DAY, 1))
    kept = [
        sorted(DetachHold.objects.that_kept_on(run).values_list("client__name", flat=True)) for run in (first, second)
    ]
    # The contact of the day is counted on that day: of the night before it one cannot tell any more.
    assert kept == [["Protected Ltd", "Saved Ltd"], ["Protected Ltd"]]


@pytest.mark.parametrize("query", [{"tab": "x"}, {"department": "x"}, {"department": "9" * 30}, {"page": "-1"}])
def test_nonsense_in_the_address_is_survived(asking, query):
    assert page(asking.head, "night-detail", asking.run.pk, **query)[0] == 200


def test_a_department_narrows_the_list_and_another_ones_does_not(asking):
    anna, cora, petr = asking.clients
    _, text = page(asking.director, "night-detail", asking.run.pk, department=asking.coast.pk)
    assert cora.name in text
    assert anna.name not in text
    _, text = page(asking.head, "night-detail", asking.run.pk, department=asking.south.pk)
    assert anna.name in text  # he may not name a department of others: the filter is not there
    assert petr.name not in text


@pytest.mark.parametrize("tab", ["left", "kept", "warned", "parked"])
def test_the_number_of_queries_does_not_grow_with_the_clients(company, tab, django_assert_num_queries):
    quiet_night()
    runs = []
    for day, number in ((TODAY, 2), (TODAY + DAY, 6)):
        for _ in range(number):
            for manager in (company.anna, company.cora):
                due_client(manager, today=day)
                held_client(manager, assigned_on=day - DAY * 200, today=day - DAY)
        runs.append(run_night(day, moment=clock.at(day, 1)))
        for client in company.anna.clients.all()[:number]:
            ParkedClient.objects.create(run=runs[-1], client=client, step="detach", error="x")
    reader = browser(company.head)
    urls = [reverse("night-detail", args=[run.pk]) + f"?tab={tab}" for run in runs]
    reader.get(urls[0])
    with CaptureQueriesContext(connection) as few:
        reader.get(urls[0])
    with django_assert_num_queries(len(few)):
        reader.get(urls[1])


# --- confirm and reject: works, is too late, not allowed, missing, GET, twice -----------------------------------------
def test_an_administrator_confirms_and_the_job_takes_them(asking, monkeypatch, time_machine):
    started = []
    monkeypatch.setattr(tasks.take_confirmed, "delay_on_commit", started.append)
    answer = post(asking.admin, "night-confirm", asking.run.pk)
    assert answer["Location"] == reverse("night-detail", args=[asking.run.pk])
    assert started == [asking.run.pk]
    _, text = page(asking.head, "night-detail", asking.run.pk)
    assert "0 of 3 clients" in text
    assert page(asking.head, "night-progress", asking.run.pk)[0] == 200
    time_machine.shift(60)
    tasks.take_confirmed(asking.run.pk)
    assert Detachment.objects.filter(run=asking.run).count() == 3
    _, text = page(asking.head, "night-detail", asking.run.pk)
    assert "of 3 clients" not in text
    done = browser(asking.head).get(reverse("night-progress", args=[asking.run.pk]), headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == reverse("night-detail", args=[asking.run.pk])


def test_the_job_run_twice_takes_nobody_twice(asking):
    deciding.confirm(run_id=asking.run.pk, by=asking.admin)
    for _ in range(2):
        tasks.take_confirmed(asking.run.pk)
    asking.run.refresh_from_db()
    assert Detachment.objects.count() == asking.run.detached == 3
    assert ZoneTransition.objects.filter(to_zone="").count() == 3


def test_a_contact_before_the_jobs_turn_keeps_the_client(asking):
    deciding.confirm(run_id=asking.run.pk, by=asking.admin)
    event(asking.clients[0], now=clock.now())
    tasks.take_confirmed(asking.run.pk)
    asking.clients[0].refresh_from_db()
    assert asking.clients[0].manager == asking.anna
    assert Detachment.objects.count() == 2
    assert Proposal.objects.get(client=asking.clients[0]).status == Proposal.Status.STAYED


def test_rejected_nobody_leaves_and_the_next_night_asks_anew(asking):
    answer = post(asking.admin, "night-reject", asking.run.pk)
    assert answer.status_code == 302
    asking.run.refresh_from_db()
    assert (asking.run.decision, asking.run.decided_by) == (Decision.REJECTED, asking.admin)
    tasks.take_confirmed(asking.run.pk)
    assert not Detachment.objects.exists()
    assert "stayed: rejected" in page(asking.head, "night-detail", asking.run.pk)[1]
    later = run_night(TODAY + DAY, moment=clock.at(TODAY + DAY, 1))
    assert (later.decision, later.proposed) == (Decision.ASKED, 3)


@pytest.mark.parametrize("name", ["night-confirm", "night-reject"])
def test_only_an_administrator_decides(asking, name):
    for person in (asking.anna, asking.head, asking.director):
        assert post(person, name, asking.run.pk).status_code == 403
    assert browser(asking.admin).get(reverse(name, args=[asking.run.pk])).status_code == 405
    assert post(asking.admin, name, 987654).status_code == 404
    asking.run.refresh_from_db()
    assert asking.run.decision == Decision.ASKED


@pytest.mark.parametrize("name", ["night-confirm", "night-reject"])
def test_who_decides_second_reads_who_was_first(asking, name):
    deciding.reject(run_id=asking.run.pk, by=asking.admin)
    other = ManagerFactory(is_staff=True)
    answer = browser(other).post(reverse(name, args=[asking.run.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Ada Root has decided already." in answer.content.decode()
    asking.run.refresh_from_db()
    assert (asking.run.decision, asking.run.decided_by) == (Decision.REJECTED, asking.admin)


def test_a_night_that_was_overtaken_is_not_decided(asking):
    later = run_night(TODAY + DAY, moment=clock.at(TODAY + DAY, 1))
    with pytest.raises(Conflict, match="later night"):
        deciding.confirm(run_id=asking.run.pk, by=asking.admin)
    assert later.decision == Decision.ASKED
    assert "overtaken by a later night" in page(asking.head, "night-detail", asking.run.pk)[1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_at_once_one_decides(asking, monkeypatch):
    monkeypatch.setattr(tasks.take_confirmed, "delay_on_commit", lambda pk: None)
    people = [ManagerFactory(is_staff=True) for _ in range(6)]
    acts = [deciding.confirm, deciding.reject] * 3
    with Crowd(6) as crowd:
        answers = crowd.all_at_once(
            [lambda act=act, who=who: act(run_id=asking.run.pk, by=who) for act, who in zip(acts, people)]
        )
    won = [answer for answer in answers if isinstance(answer, NightlyRun)]
    assert len(won) == 1
    assert all("has decided already" in str(answer) for answer in answers if isinstance(answer, Conflict))
    assert sum(isinstance(answer, Conflict) for answer in answers) == 5
    asking.run.refresh_from_db()
    assert (asking.run.decision, asking.run.decided_by) == (won[0].decision, won[0].decided_by)


# --- undo: a run ------------------------------------------------------------------------------------------------------
def state(client):
    """What must be as it was."""
    client.refresh_from_db()
    return (
        client.manager, client.assigned_on, client.last_contact_on, client.clock_date, client.yellow_on,
        client.red_on, client.detach_on, client.zone, client.exchange_since, client.last_manager,
        list(OwnershipPeriod.objects.filter(client=client).values_list("manager", "since", "until", "gained", "lost")),
        list(client.events.order_by("pk").values_list("status", "responsible", "occurred_at")),
    )  # fmt: skip


def test_after_an_undo_all_is_as_it_was(company):
    quiet_night()
    before_anna = ManagerFactory(department=company.south)
    client = held_client(before_anna, assigned_on=TODAY - DAY * 400, today=TODAY - DAY * 400)
    reassign(client_id=client.pk, manager=company.anna, by=company.head, today=TODAY - DAY * 200)
    client.refresh_from_db()
    warn(client, TODAY - DAY * 20)
    event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + DAY * 90, subject="Far away")
    run_night_of_yesterday = ZoneTransition.objects.count()
    zone = client.zone
    before = state(client)
    run = run_night(TODAY)
    assert Detachment.objects.filter(run=run, client=client).exists()
    answer = post(company.head, "night-undo", run.pk, department="")
    assert answer["Location"] == reverse("night-detail", args=[run.pk])
    after = state(client)
    # The colour is that of today, whatever the last night had published.
    assert [*after[:7], *after[8:]] == [*before[:7], *before[8:]]
    assert after[7] == "red"
    row = Detachment.objects.get(client=client)
    assert (row.undone_by, row.undone_at) == (company.head, clock.now())
    steps = list(
        ZoneTransition.objects.filter(client=client).order_by("pk").values_list("from_zone", "to_zone", "cause")
    )
    assert steps[-2:] == [(zone, "", "night"), ("", "red", "undo")]
    assert ZoneTransition.objects.count() == run_night_of_yesterday + 2


def test_a_director_undoes_the_whole_run(taken):
    answer = post(taken.director, "night-undo", taken.run.pk)
    assert "3 clients were given back." in words(answer)
    for client, manager in zip(taken.clients, (taken.anna, taken.cora, taken.petr)):
        client.refresh_from_db()
        assert client.manager == manager


def test_a_head_undoes_his_part_and_nothing_else(taken):
    answer = post(taken.head, "night-undo", taken.run.pk)
    assert "2 clients were given back." in words(answer)
    owners = [Manager.objects.filter(clients=client).first() for client in taken.clients]
    assert owners == [taken.anna, taken.cora, None]


def test_a_department_is_undone_with_what_is_below_it(taken):
    status, text = page(taken.director, "night-undo", taken.run.pk)
    assert status == 200
    for option in ("All of them (3)", "North (2)", "Coast (1)", "South (1)"):
        assert option in text
    post(taken.director, "night-undo", taken.run.pk, department=taken.coast.pk)
    assert list(Detachment.objects.exclude(undone_at=None).values_list("client", flat=True)) == [taken.clients[1].pk]
    post(taken.director, "night-undo", taken.run.pk, department=taken.north.pk)
    assert Detachment.objects.exclude(undone_at=None).count() == 2


def test_another_heads_department_is_no_choice(taken):
    answer = post(taken.head, "night-undo", taken.run.pk, department=taken.south.pk)
    assert answer.status_code == 422
    assert not Detachment.objects.exclude(undone_at=None).exists()
    assert "South" not in page(taken.head, "night-undo", taken.run.pk)[1]


def test_a_salesperson_undoes_nothing(taken):
    row = Detachment.objects.get(client=taken.clients[0])
    assert post(taken.anna, "night-undo", taken.run.pk).status_code == 403
    assert post(taken.anna, "detachment-undo", row.pk).status_code == 403
    assert page(taken.anna, "night-undo", taken.run.pk)[0] == 403
    assert not Detachment.objects.exclude(undone_at=None).exists()


def test_undoing_what_is_not_there_is_not_found(taken):
    assert post(taken.admin, "night-undo", 987654).status_code == 404
    assert post(taken.admin, "detachment-undo", 987654).status_code == 404
    row = Detachment.objects.first()
    assert browser(taken.admin).get(reverse("detachment-undo", args=[row.pk])).status_code == 405


def test_undone_twice_it_says_so(taken):
    post(taken.director, "night-undo", taken.run.pk)
    answer = post(taken.director, "night-undo", taken.run.pk)
    assert answer.status_code == 422
    assert "nobody to give back" in answer.content.decode()
    assert DetachHold.objects.filter(kind=HoldKind.UNDO).count() == 3


def test_a_claimed_client_stays_with_its_claimer_and_the_answer_says_so(taken):
    claimed = taken.clients[0]
    claim(client_id=claimed.pk, by=taken.petr, rules=ClaimRules())
    answer = post(taken.director, "night-undo", taken.run.pk)
    said = words(answer)
    assert "2 clients were given back." in said
    assert f"{claimed.name} – Petr Sokolov has claimed it meanwhile." in said
    claimed.refresh_from_db()
    assert claimed.manager == taken.petr
    assert "claimed: Petr Sokolov" in page(taken.director, "night-detail", taken.run.pk)[1]


def test_too_late_there_is_nothing_to_undo(taken, time_machine):
    time_machine.move_to(clock.at(TODAY + DAY * 7, 23), tick=False)
    assert parts(taken.run, taken.director, undo_terms())[0].undoable == 3
    time_machine.move_to(clock.at(TODAY + DAY * 8, 1), tick=False)
    assert parts(taken.run, taken.director, undo_terms())[0].undoable == 0
    assert post(taken.director, "night-undo", taken.run.pk).status_code == 422
    row = Detachment.objects.first()
    post(taken.director, "detachment-undo", row.pk)
    assert not Detachment.objects.exclude(undone_at=None).exists()


def test_switched_off_nobody_undoes(taken):
    RuleSetting.objects.create(key="undo.days", is_on=False, value=7)
    assert post(taken.director, "night-undo", taken.run.pk).status_code == 422
    row = Detachment.objects.first()
    assert browser(taken.director).post(
        reverse("detachment-undo", args=[row.pk]), headers={"HX-Request": "true"}
    ).status_code == 422  # fmt: skip
    assert "Undo is switched off" in page(taken.director, "night-undo", taken.run.pk)[1]
    assert "Give back" not in page(taken.director, "night-detail", taken.run.pk)[1]


def test_a_head_answers_for_a_manager_who_moved_to_him(taken):
    """Who undoes gives the client to a manager: it is decided by where he works today, not by where he did."""
    Manager.objects.filter(pk=taken.anna.pk).update(department=taken.south)
    row = Detachment.objects.get(client=taken.clients[0])
    assert post(taken.head, "detachment-undo", row.pk).status_code == 404
    assert post(taken.other_head, "detachment-undo", row.pk).status_code == 302
    row.refresh_from_db()
    assert row.undone_by == taken.other_head


def test_what_sql_calls_undoable_is_what_undo_does(taken):
    """Each way of not being undoable, by both."""
    extra = [due_client(taken.petr) for _ in range(4)]
    run = run_night(TODAY + DAY, moment=clock.at(TODAY + DAY, 1))
    claimed, undone, again, gone = extra
    claim(client_id=claimed.pk, by=taken.anna, now=clock.at(TODAY + DAY, 10), rules=ClaimRules())
    undo(
        detachments=Detachment.objects.filter(client=undone),
        by=taken.head,
        now=clock.at(TODAY + DAY, 10),
    )
    type(again).objects.filter(pk=again.pk).update(exchange_since=clock.at(TODAY + DAY, 12))
    Detachment.objects.filter(client=gone).update(manager=ManagerFactory(is_active=False))
    now = clock.at(TODAY + DAY * 8, 9)  # of yesterday's night it is too late, of today's not
    rows = Detachment.objects.select_related("client__manager", "manager")
    by_sql = set(rows.undoable(days=7, today=clock.local_date(now)).values_list("pk", flat=True))
    by_words = {row.pk for row in rows if refusal(row, row.client, row.manager, 7, now) is None}
    assert by_sql == by_words == set()
    now = clock.at(TODAY + DAY * 2, 9)
    by_sql = set(rows.undoable(days=7, today=clock.local_date(now)).values_list("pk", flat=True))
    by_words = {row.pk for row in rows if refusal(row, row.client, row.manager, 7, now) is None}
    assert by_sql == by_words == set(Detachment.objects.filter(run=taken.run).values_list("pk", flat=True))
    assert run.detached == 4


def test_many_are_given_back_by_a_job(taken, monkeypatch):
    started = []
    monkeypatch.setattr("exchange.night_selectors.UNDO_AT_ONCE", 1)
    monkeypatch.setattr(tasks.undo_night, "delay_on_commit", lambda *args: started.append(args))
    answer = post(taken.head, "night-undo", taken.run.pk)
    assert "2 clients are being given back." in words(answer)
    assert answer["Location"] == reverse("night-detail", args=[taken.run.pk]) + "?undoing=1"
    assert started == [(taken.run.pk, taken.head.pk, None)]
    _, text = page(taken.head, "night-detail", taken.run.pk, undoing=1)
    assert "0 of 2 clients" in text
    for _ in range(2):  # a job may be given out twice
        tasks.undo_night(*started[0])
    assert Detachment.objects.exclude(undone_at=None).count() == 2
    _, text = page(taken.head, "night-detail", taken.run.pk, undoing=1)
    assert "of 2 clients" not in text


# --- undo: one client -------------------------------------------------------------------------------------------------
def test_one_client_is_given_back_from_its_row(taken):
    row = Detachment.objects.get(client=taken.clients[0])
    assert reverse("detachment-undo", args=[row.pk]) in page(taken.head, "night-detail", taken.run.pk)[1]
    answer = post(taken.head, "detachment-undo", row.pk)
    assert answer["Location"] == reverse("night-detail", args=[taken.run.pk])
    assert f"{row.client.name} is with Anna Ivanova again." in words(answer)
    _, text = page(taken.head, "night-detail", taken.run.pk)
    assert f"given back by {taken.head}" in text
    assert reverse("detachment-undo", args=[row.pk]) not in text


def test_another_heads_client_is_not_found(taken):
    row = Detachment.objects.get(client=taken.clients[0])
    assert post(taken.other_head, "detachment-undo", row.pk).status_code == 404
    row.refresh_from_db()
    assert row.undone_at is None


def test_given_back_twice_it_says_so(taken):
    row = Detachment.objects.get(client=taken.clients[0])
    post(taken.head, "detachment-undo", row.pk)
    answer = browser(taken.head).post(reverse("detachment-undo", args=[row.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "given back already" in answer.content.decode()


def test_the_card_offers_to_give_back_to_who_may(taken):
    client = taken.clients[0]
    url = reverse("detachment-undo", args=[Detachment.objects.get(client=client).pk])
    for reader in (taken.head, taken.director, taken.admin):
        text = page(reader, "client-detail", client.pk)[1]
        assert url in text
        assert "Give back to Anna Ivanova" in text
    for reader in (taken.anna, taken.petr, taken.other_head):
        assert url not in page(reader, "client-detail", client.pk)[1]


def test_what_was_returned_by_hand_is_not_undone(company):
    client = held_client(company.anna)
    row = return_client(client_id=client.pk, by=company.anna, reason=None)
    assert "Give back" not in page(company.head, "client-detail", client.pk)[1]
    assert post(company.head, "detachment-undo", row.pk).status_code == 404


def test_after_an_undo_there_is_grace_and_then_it_leaves_unless_contacted(taken, time_machine):
    left, saved = taken.clients[0], taken.clients[1]
    post(taken.head, "night-undo", taken.run.pk)
    last_of_grace = TODAY + DAY * 6  # seven days with today
    for number in range(1, 8):
        day = TODAY + DAY * number
        time_machine.move_to(clock.at(day, 1), tick=False)
        run = run_night(day)
        held = {client.pk for client in taken.anna.clients.all()} | {client.pk for client in taken.cora.clients.all()}
        if day <= last_of_grace:
            assert {left.pk, saved.pk} <= held, day
        if number == 3:
            event(saved, now=clock.now())
    assert left.pk not in held
    assert saved.pk in held
    assert Detachment.objects.filter(run=run, client=left).exists()
