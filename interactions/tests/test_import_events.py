"""What a row of a file of events becomes, and how it moves the clients' clocks."""

import datetime as dt

import pytest
from django.utils import timezone

from clients.importing import registry
from clients.models import ImportJob, Manager
from clients.tests.factories import ContactPersonFactory, ManagerFactory, exchange_client, held_client
from clients.tests.imports import Remembered, outcomes, put, undo, words
from clients.tests.pages import INN, Company
from clients.tests.pages import company as company
from crm import clock
from exchange.models import DryOrder, ZoneTransition
from interactions import services
from interactions.models import Approval, Event, EventStatus
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db


def days_ago(days: int) -> dt.date:
    return clock.today() - dt.timedelta(days=days)


def test_a_row_with_everything_becomes_an_event(company: Company) -> None:
    person = ContactPersonFactory(client=company.client, first_name="Pavel", last_name="Orlov")
    row = {
        "client_inn": INN,
        "code": "000001",
        "date": days_ago(2).strftime("%d.%m.%y 10:30"),
        "kind": "Телефонный звонок",
        "status": "выполнено",
        "subject": "Цены",
        "text": "Первая\nвторая",
        "result": "Подумают",
        "minutes": "20",
        "responsible": "Ivanova Anna",
        "person": "Pavel Orlov; Somebody Else",
    }
    (plan,) = put("events", [row], company.anna)
    assert (plan.outcome, plan.findings) == ("created", [])
    made = Event.objects.get(pk=plan.target)
    assert (made.client, made.kind.code, made.status) == (company.client, "call_out", "done")
    assert timezone.localtime(made.occurred_at).strftime("%H:%M") == "10:30"
    assert made.ends_at == made.occurred_at + dt.timedelta(minutes=20)
    assert (made.subject, made.text, made.result) == ("Цены", "Первая\nвторая", "Подумают")
    assert (made.responsible, made.author, made.external_id) == (company.anna, company.anna, "import:000001")
    assert [(row.person, row.name) for row in made.participants.order_by("pk")] == [
        (person, ""),
        (None, "Somebody Else"),
    ]
    assert made.history.get().history_user == company.anna


def test_contacts_move_the_clock_to_the_latest_of_all(company: Company) -> None:
    client = held_client(company.anna, name="Long idle", assigned_on=days_ago(100))
    assert client.zone == "yellow"
    rows = [
        {"client": "Long idle", "date": days_ago(ago).isoformat(), "kind": kind}
        for ago, kind in ((40, "meeting"), (10, "call"), (30, "call"), (1, "note"))
    ]
    plans = put("events", rows, company.head)
    assert outcomes(plans) == ["created"] * 4
    client.refresh_from_db()
    assert (client.last_contact_on, client.clock_date, client.zone) == (days_ago(10), days_ago(10), "green")
    assert ZoneTransition.objects.filter(client=client, to_zone="green", cause="contact").count() == 1
    assert Event.objects.last_contact_of(client.pk) == client.last_contact_on
    undo(plans, "events", company.head)
    client.refresh_from_db()
    assert (client.last_contact_on, client.clock_date, client.zone) == (None, days_ago(100), "yellow")
    assert not Event.objects.filter(client=client).exists()


def test_a_head_is_believed_and_a_salespersons_old_contacts_wait_for_him(company: Company) -> None:
    rows = [{"client_inn": INN, "date": days_ago(ago).isoformat(), "kind": "call"} for ago in (1, 30)]
    plans = put("events", rows, company.anna)
    recent, old = (Event.objects.get(pk=plan.target) for plan in plans)
    assert (recent.approval, recent.counted_on) == ("", days_ago(1))
    assert (old.approval, old.counted_on) == (Approval.PENDING, None)
    rows = [{"client_inn": INN, "date": days_ago(ago).isoformat(), "kind": "meeting"} for ago in (1, 30)]
    old = Event.objects.get(pk=put("events", rows, company.head)[1].target)
    assert (old.approval, old.counted_on) == (Approval.APPROVED, days_ago(30))


def test_the_future_is_planned_and_never_done(company: Company) -> None:
    tomorrow = (clock.today() + dt.timedelta(days=1)).strftime("%d.%m.%Y 09:00")
    rows = [
        {"client_inn": INN, "date": tomorrow, "kind": "call"},
        {"client_inn": INN, "date": tomorrow, "kind": "meeting", "status": "done"},
        {"client_inn": INN, "date": clock.today().isoformat(), "kind": "visit"},
        {"client_inn": INN, "date": days_ago(3).isoformat(), "kind": "task", "status": "planned"},
        {"client_inn": INN, "date": days_ago(3).isoformat(), "kind": "call", "status": "cancelled"},
    ]
    plans = put("events", rows, company.anna)
    assert outcomes(plans) == ["created", "refused", "created", "created", "created"]
    planned, today, overdue, cancelled = (Event.objects.get(pk=plan.target) for plan in plans if plan.target)
    assert planned.status == EventStatus.PLANNED
    assert planned.remind_at == planned.occurred_at - dt.timedelta(minutes=company.anna.reminder_minutes or 0)
    assert (today.status, today.counted_on) == (EventStatus.DONE, clock.today())
    assert today.occurred_at <= clock.now()
    assert (overdue.status, overdue.counted_on) == (EventStatus.PLANNED, None)
    assert (cancelled.status, cancelled.counted_on, cancelled.approval) == (EventStatus.CANCELLED, None, "")


@pytest.mark.parametrize(
    "row",
    [
        {"client_inn": INN, "kind": "call"},
        {"client_inn": INN, "date": "31.02.2024", "kind": "call"},
        {"client_inn": INN, "date": "2024-03-01"},
        {"client_inn": INN, "date": "2024-03-01", "kind": "Teleportation"},
        {"client_inn": INN, "date": "2024-03-01", "kind": "Sale won"},
        {"client_inn": INN, "date": "2024-03-01", "kind": "call", "status": "perhaps"},
        {"client_inn": INN, "date": "2024-03-01", "kind": "call", "responsible": "Nobody"},
        {"client_inn": INN, "date": "2024-03-01", "kind": "call", "responsible": "Petr Sokolov"},
        {"client": "Nobody", "date": "2024-03-01", "kind": "call"},
        {"date": "2024-03-01", "kind": "call"},
    ],
)
def test_what_cannot_be_told_is_refused(company: Company, row: dict[str, str]) -> None:
    (plan,) = put("events", [row], company.anna, wrong="leave")
    assert plan.outcome == "refused"
    assert words(plan)
    assert not Event.objects.exists()


def test_a_kind_may_be_chosen_for_rows_that_name_none(company: Company) -> None:
    from interactions.tests.factories import kind

    (plan,) = put("events", [{"client_inn": INN, "date": "2024-03-01"}], company.anna, kind=kind("meeting"))
    assert Event.objects.get(pk=plan.target).kind.code == "meeting"


def test_who_left_may_be_responsible_for_what_was_not_for_plans(company: Company) -> None:
    gone = ManagerFactory(first_name="Gone", last_name="Away", is_active=False, department=company.anna.department)
    rows = [
        {"client_inn": INN, "date": days_ago(50).isoformat(), "kind": "call", "responsible": "Gone Away"},
        {"client_inn": INN, "date": (clock.today() + dt.timedelta(days=2)).isoformat(), "kind": "call",
         "responsible": "Gone Away"},
    ]  # fmt: skip
    plans = put("events", rows, company.head)
    assert outcomes(plans) == ["created", "refused"]
    assert Event.objects.get(pk=plans[0].target).responsible == gone


def test_nobody_enters_events_with_colleagues_clients(company: Company) -> None:
    exchange_client(name="Waiting")
    rows = [
        {"client_inn": INN, "date": days_ago(1).isoformat(), "kind": "call"},
        {"client": "Waiting", "date": days_ago(1).isoformat(), "kind": "call"},
    ]
    assert outcomes(put("events", rows, company.petr)) == ["refused", "refused"]
    planned = {"client": "Waiting", "date": (clock.today() + dt.timedelta(days=2)).isoformat(), "kind": "call"}
    assert outcomes(put("events", [planned], company.director)) == ["created"], "directors may plan there"


def test_the_same_file_twice_brings_everything_once(company: Company) -> None:
    rows = [
        {"client_inn": INN, "date": days_ago(5).strftime("%d.%m.%Y 10:00"), "kind": "call", "subject": "Prices"},
        {"client_inn": INN, "date": days_ago(4).isoformat(), "kind": "call", "code": "7"},
    ]
    assert outcomes(put("events", rows, company.anna)) == ["created", "created"]
    assert outcomes(put("events", rows, company.anna)) == ["same", "same"]
    assert Event.objects.count() == 2
    other = held_client(company.anna, name="Other")
    moved = {**rows[1], "client": other.name, "client_inn": ""}
    assert outcomes(put("events", [moved], company.anna)) == ["refused"]
    for is_dry in (True, False):
        remembered = Remembered()
        row = {**rows[0], "subject": "Twice in one file"}
        got = [
            put("events", [row], company.anna, identities=remembered, first=line, is_dry=is_dry)[0] for line in (2, 3)
        ]
        assert outcomes(got) == ["created", "skipped"]


def test_what_was_registered_by_hand_is_here_already(company: Company) -> None:
    by_hand = event(company.client, by=company.anna, subject="Prices", occurred_at=clock.at(days_ago(1), 10))
    row = {"client_inn": INN, "date": days_ago(1).strftime("%d.%m.%Y 10:00"), "kind": "call", "subject": "Prices"}
    (plan,) = put("events", [row], company.anna)
    assert (plan.outcome, plan.target) == ("same", by_hand.pk)


def test_events_people_worked_with_stay(company: Company) -> None:
    tomorrow = (clock.today() + dt.timedelta(days=1)).isoformat()
    rows = [{"client_inn": INN, "date": tomorrow, "kind": "call", "subject": subject} for subject in ("A", "B", "C")]
    plans = put("events", rows, company.anna)
    finished, continued, _untouched = (Event.objects.get(pk=plan.target) for plan in plans)
    services.finish_event(event=finished, by=company.anna)
    event(company.client, by=company.anna, continues=continued)
    assert [bool(answer) for answer in undo(plans, "events", company.anna)] == [True, True, False]
    assert sorted(Event.objects.filter(subject__in="ABC").values_list("subject", flat=True)) == ["A", "B"]


def test_a_chunk_asks_as_often_whatever_its_rows(company: Company, django_assert_max_num_queries) -> None:
    for n in range(20):
        held_client(company.anna, name=f"Client {n}", assigned_on=days_ago(100))
    counted = []
    for size in (5, 60):
        rows = [
            {
                "client": f"Client {n % 20}",
                "date": days_ago(7).strftime(f"%d.%m.%Y 1{n % 10}:{size:02}"),
                "kind": "call",
                "person": "Somebody",
            }
            for n in range(size)
        ]
        with django_assert_max_num_queries(10_000) as captured:
            put("events", rows, company.head, is_dry=True)
        counted.append(len(captured) - size)  # the test keeps each row by a query of its own
    assert counted[1] - counted[0] < 10, counted


# --- the night --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "counts", "orders"),
    [
        ("clients", {"created": 1}, 1),
        ("events", {"updated": 1}, 1),
        ("events", {"undone": 1}, 1),
        ("clients", {"refused": 5, "same": 3}, 0),
        ("persons", {"created": 1}, 0),
    ],
)
def test_the_night_after_an_import_only_asks(kind: str, counts: dict[str, int], orders: int) -> None:
    by: Manager = ManagerFactory()
    job = ImportJob(owner=by, kind=kind, name="file.csv", counts=counts)
    registry.announce(job)
    registry.announce(job)
    assert DryOrder.objects.filter(ordered_by=by, lifted_at=None).count() == orders, "one order at a time"
