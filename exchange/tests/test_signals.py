"""Finding signals: examples of each kind, and random histories against what was written down while they happened."""

import datetime as dt
import random
from collections import defaultdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Absence, Client, Notice, Role
from clients.services import reassign
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from exchange import tasks
from exchange.claim_rulebook import SIGNAL_BURST, SIGNAL_LAST_DAYS, SIGNAL_RESCUES
from exchange.models import Signal, SignalLook
from exchange.signals import finding, look, look_quietly
from exchange.tests.night_world import tune
from interactions.models import Agreement, Event, EventStatus
from interactions.sales import change_process
from interactions.services import (
    cancel_event,
    change_event,
    decide_backdating,
    delete_event,
    finish_event,
    set_agreements,
)
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
TODAY = D("2026-03-10")
KIND = Signal.Kind


class Office:
    """A seller with a head, and a clock that is set by hand."""

    def __init__(self, time_machine):
        self.time_machine = time_machine
        self.department = DepartmentFactory()
        self.head = head_of(self.department)
        self.seller = ManagerFactory(department=self.department)
        self.at(TODAY)

    def at(self, day, hour=12, minute=0):
        self.moment = clock.at(day, hour, minute)
        self.time_machine.move_to(self.moment, tick=False)
        return self.moment

    def leaving(self, days, manager=None, **kwargs):
        """A client that leaves by its dates so many days after TODAY; red."""
        client = held_client(manager or self.seller, assigned_on=TODAY - 190 * DAY, today=TODAY, **kwargs)
        bare = client.detach_on
        client = held_client(
            manager or self.seller, assigned_on=TODAY - 190 * DAY + (TODAY + days * DAY - bare), today=TODAY, **kwargs
        )
        assert client.detach_on == TODAY + days * DAY
        return client

    def night(self, days=1):
        """Look in the small hours of so many days after TODAY."""
        self.at(TODAY + days * DAY, 1)
        return look()


@pytest.fixture
def office(time_machine):
    return Office(time_machine)


def kinds():
    return sorted(Signal.objects.values_list("kind", flat=True))


# --- one line in the last days ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "text", "found"),
    [(7, "called", 1), (1, "", 1), (0, "called", 1), (8, "called", 0), (60, "called", 0), (3, "x" * 40, 0),
     (3, "x" * 39, 1)],
)  # fmt: skip
def test_one_line_in_the_last_days(office, days, text, found):
    client = office.leaving(days)
    call = event(client, text=text, now=office.moment)
    assert office.night() == found
    for signal in Signal.objects.all():
        assert (signal.kind, signal.manager, signal.client, signal.date) == (
            KIND.LAST_MINUTE, office.seller, client, TODAY
        )  # fmt: skip
        assert signal.leaves_on == TODAY + days * DAY
        assert list(signal.events.all()) == [call]


def test_a_client_that_something_held_beyond_its_dates_is_in_its_last_days_too(office):
    event(office.leaving(0), text="called", now=office.at(TODAY + 20 * DAY))
    assert office.night(21) == 1
    assert Signal.objects.get().leaves_on == TODAY


def test_text_and_result_are_read_together(office):
    event(office.leaving(3), text="x" * 20, result="y" * 20, now=office.moment)
    assert office.night() == 0


def test_an_agreement_is_more_than_a_line(office):
    call = event(office.leaving(3), text="called", now=office.moment)
    set_agreements(call, [Agreement(text="Send the offer")])
    assert office.night() == 0


def test_a_real_talk_on_the_same_day_answers_the_question(office):
    client = office.leaving(3)
    event(client, text="called", now=office.moment)
    event(client, text="They want twenty pumps by May, the director signs", now=office.at(TODAY, 17))
    assert office.night() == 0


def test_a_step_of_a_sale_is_no_line(office):
    process(office.leaving(3), now=office.moment)
    assert office.night() == 0


def test_a_sale_whose_start_got_another_date_is_a_line(office):
    client = office.leaving(3)
    sale = process(client, now=office.at(TODAY - 190 * DAY), started_on=TODAY - 190 * DAY)
    client.refresh_from_db()
    assert client.detach_on <= TODAY + 3 * DAY
    Client.objects.filter(pk=client.pk).update(zone="red")  # what the nights have done
    office.at(client.detach_on - DAY)
    sale.started_on = client.detach_on - DAY
    change_process(process=sale, by=office.seller)
    office.at(client.detach_on, 1)
    assert look() == 1
    signal = Signal.objects.get()
    assert signal.kind == KIND.LAST_MINUTE
    assert signal.events.get().kind.code == "process_started"


def test_a_contact_that_got_another_date_is_a_line_of_that_day(office):
    """What it kept the client from is computed from the date it had before: the one before that is months older."""
    client = office.leaving(3)
    call = event(client, text="called", now=office.at(TODAY))
    client.refresh_from_db()
    Client.objects.filter(pk=client.pk).update(zone="red")  # what the nights have done
    leaves_on = client.detach_on
    call.occurred_at = office.at(leaves_on - 20 * DAY)
    change_event(event=call, by=office.seller)
    office.at(leaves_on - 19 * DAY, 1)
    assert look() == 0
    client.refresh_from_db()
    Client.objects.filter(pk=client.pk).update(zone="red")
    leaves_on = client.detach_on
    call.occurred_at = office.at(leaves_on - 2 * DAY)
    change_event(event=call, by=office.seller)
    office.at(leaves_on - DAY, 1)
    assert look() == 1
    assert Signal.objects.get().leaves_on == leaves_on


def test_a_plan_ticked_off_is_a_line_of_who_ticked_it_off(office):
    client = office.leaving(3)
    plan = event(client, status=EventStatus.PLANNED, occurred_at=office.moment + 60 * MINUTE, now=None)
    finish_event(event=plan, by=office.seller, now=office.at(TODAY, 14), result="ok")
    assert office.night() == 1


def test_what_the_head_let_count_is_not_asked_again(office):
    client = office.leaving(3)
    call = event(client, occurred_at=office.moment - 5 * DAY, text="called", now=None)
    assert call.approval == "pending"
    decide_backdating(event=call, by=office.head, approve=True, now=office.at(TODAY, 15))
    client.refresh_from_db()
    assert client.zone == "green"
    assert office.night() == 0


def test_a_contact_that_was_taken_back_keeps_nobody(office):
    client = office.leaving(3, last_contact_on=None)
    call = event(client, text="called", now=office.moment)
    cancel_event(event=call, by=office.seller, now=office.at(TODAY, 13))
    assert office.night() == 0


def test_imported_events_are_history(office):
    client = office.leaving(3)
    call = event(client, text="called", now=office.moment)
    Event.objects.filter(pk=call.pk).update(external_id="x-1")
    assert office.night() == 0


def test_days_on_which_the_clock_stood_still_move_the_last_days(office):
    """Ten days of vacation: the client that looks as if it left in three days leaves in thirteen."""
    client = office.leaving(3)
    Absence.objects.create(
        manager=office.seller, starts_on=TODAY - 40 * DAY, ends_on=TODAY - 31 * DAY, status="approved"
    )
    event(client, text="called", now=office.moment)
    assert office.night() == 0


def test_it_is_about_who_made_the_contact(office):
    deputy = ManagerFactory(department=office.department)
    event(office.leaving(3), by=deputy, text="called", now=office.moment)
    office.night()
    assert Signal.objects.get().manager == deputy


# --- many clients within minutes --------------------------------------------------------------------------------------
def calls(office, number, *, start, step=0.5, day=TODAY, by=None, hour=17, **kwargs):
    by = by or office.seller
    made = []
    for each in range(number):
        moment = clock.at(day, hour) + (start + each * step) * MINUTE
        office.time_machine.move_to(moment, tick=False)
        made.append(event(held_client(by, today=day, assigned_on=day), by=by, now=moment, **kwargs))
    return made


def test_many_clients_within_minutes(office):
    made = calls(office, 12, start=52)
    assert office.night() == 1
    signal = Signal.objects.get()
    assert (signal.kind, signal.manager, signal.client, signal.number) == (KIND.BURST, office.seller, None, 12)
    assert (signal.first_at, signal.last_at) == (made[0].created_at, made[-1].created_at)
    assert set(signal.events.all()) == set(made)
    assert signal.date == TODAY


def test_nine_are_no_burst_and_ten_an_hour_neither(office):
    calls(office, 9, start=0)
    calls(office, 12, start=0, step=5, hour=9)
    assert office.night() == 0


def test_one_client_ten_times_is_no_burst(office):
    client = held_client(office.seller)
    for minute in range(12):
        event(client, now=office.at(TODAY, 10, minute // 2))
    assert office.night() == 0


def test_imported_and_uncounted_contacts_touch_nobody(office):
    made = calls(office, 12, start=0)
    for number, each in enumerate(made[:4]):
        Event.objects.filter(pk=each.pk).update(external_id=f"x-{number}")
    assert office.night() == 0


def test_calls_planned_within_minutes_and_made_in_turn_are_a_day_s_work(office):
    moment = office.at(TODAY, 9)
    plans = [
        event(
            held_client(office.seller), status=EventStatus.PLANNED, now=moment,
            occurred_at=clock.at(TODAY, 10 + number // 2, number % 2 * 30),
        )
        for number in range(12)
    ]  # fmt: skip
    for plan in plans:
        office.time_machine.move_to(plan.occurred_at, tick=False)
        finish_event(event=plan, by=office.seller, now=plan.occurred_at)
    assert office.night() == 0


def test_plans_ticked_off_within_minutes_are_a_burst(office):
    moment = office.at(TODAY - 3 * DAY, 9)
    plans = [
        event(held_client(office.seller), status=EventStatus.PLANNED, now=moment, occurred_at=moment + 60 * MINUTE)
        for _ in range(11)
    ]
    for number, plan in enumerate(plans):
        finish_event(event=plan, by=office.seller, now=office.at(TODAY, 17, number // 2))
    assert office.night() == 1
    assert Signal.objects.get().number == 11


def test_a_head_who_decides_on_many_dates_makes_no_burst(office):
    late = calls(office, 11, start=0, occurred_at=clock.at(TODAY - 9 * DAY))
    assert {each.approval for each in late} == {"pending"}
    for number, each in enumerate(late):
        decide_backdating(event=each, by=office.head, approve=True, now=office.at(TODAY, 18, number // 3))
    assert office.night() == 0


def test_a_burst_over_midnight_is_one(office):
    calls(office, 12, start=50, hour=23, step=0.5)  # 23:50 to 23:55:30
    calls(office, 12, start=0, hour=0, step=0.4, day=TODAY + DAY)
    assert office.night(1) == 1
    signal = Signal.objects.get()
    assert signal.number == 12
    Signal.objects.update(seen_at=clock.now())
    assert office.night(2) == 0
    signal.refresh_from_db()
    assert (signal.number, signal.events.count()) == (24, 24)


def test_a_burst_of_which_the_first_contact_is_gone_is_the_same(office):
    made = calls(office, 14, start=0)
    office.night()
    delete_event(event=made[0])
    SignalLook.objects.all().delete()
    assert office.night() == 0
    assert Signal.objects.count() == 1


# --- rescued again and again from one side ----------------------------------------------------------------------------
def rescue(office, client, months, **kwargs):
    """A contact that turns the client green, so many months of 32 days after TODAY."""
    day = TODAY + months * 33 * DAY
    office.at(day, 8)
    Client.objects.filter(pk=client.pk).update(zone="yellow")  # what the night has done
    return event(client, now=office.at(day), **{"text": "A long and thorough talk about nothing at all", **kwargs})


def test_three_rescues_from_one_side(office):
    client = held_client(office.seller, assigned_on=TODAY - 40 * DAY)
    made = [rescue(office, client, month) for month in range(3)]
    assert look(TODAY + 67 * DAY) == 1
    signal = Signal.objects.get()
    assert (signal.kind, signal.manager, signal.client, signal.number) == (KIND.ONE_SIDED, office.seller, client, 3)
    assert set(signal.events.all()) == set(made)
    rescue(office, client, 3)
    assert look(TODAY + 100 * DAY) == 1
    assert Signal.objects.first().number == 4


@pytest.mark.parametrize("code", ["call_in", "letter_in", "meeting", "visit", "presentation", "purchase"])
def test_one_answer_breaks_the_row(office, code):
    client = held_client(office.seller, assigned_on=TODAY - 40 * DAY)
    rescue(office, client, 0)
    rescue(office, client, 1)
    event(client, code=code, now=office.at(TODAY + 34 * DAY))
    rescue(office, client, 2)
    assert look(TODAY + 67 * DAY) == 0
    rescue(office, client, 3)
    rescue(office, client, 4)
    assert look(TODAY + 133 * DAY) == 1


def test_their_promise_and_a_step_of_a_sale_are_answers_our_promise_is_none(office):
    first, second, third = (held_client(office.seller, assigned_on=TODAY - 40 * DAY) for _ in range(3))
    for month in range(3):
        for client in (first, second, third):
            call = rescue(office, client, month)
            if month == 1 and client == first:
                set_agreements(call, [Agreement(text="They pay", side=Agreement.Side.THEY)])
            if month == 1 and client == third:
                set_agreements(call, [Agreement(text="We call", side=Agreement.Side.WE)])
        if month == 1:
            process(second, now=office.moment)
    assert look(TODAY + 67 * DAY) == 1
    assert Signal.objects.get().client == third


def test_the_row_ends_with_the_manager(office):
    other = ManagerFactory(department=office.department)
    client = held_client(office.seller, assigned_on=TODAY - 40 * DAY)
    rescue(office, client, 0)
    rescue(office, client, 1)
    reassign(client_id=client.pk, manager=other, by=office.head)
    reassign(client_id=client.pk, manager=office.seller, by=office.head)
    client.refresh_from_db()
    rescue(office, client, 2)
    assert look(TODAY + 67 * DAY) == 0


def test_a_start_of_a_sale_that_gets_another_date_is_no_answer(office):
    client = held_client(office.seller, assigned_on=TODAY - 40 * DAY)
    sale = process(client, now=office.at(TODAY - 39 * DAY), started_on=TODAY - 39 * DAY)
    rescue(office, client, 0)
    rescue(office, client, 1)
    office.at(TODAY + 66 * DAY, 8)
    Client.objects.filter(pk=client.pk).update(zone="yellow")
    sale.started_on = TODAY + 66 * DAY
    change_process(process=sale, by=office.seller, now=office.at(TODAY + 66 * DAY))
    assert look(TODAY + 67 * DAY) == 1
    assert Signal.objects.get().kind == KIND.ONE_SIDED


# --- the search -------------------------------------------------------------------------------------------------------
def test_a_second_search_finds_nothing_new_and_changes_nothing(office):
    event(office.leaving(3), text="called", now=office.moment)
    calls(office, 12, start=0)
    assert office.night() == 2
    before = list(Signal.objects.order_by("pk").values())
    assert office.night() == 0
    SignalLook.objects.all().delete()
    assert office.night() == 0
    assert list(Signal.objects.order_by("pk").values()) == before
    assert office.night(2) == 0


def test_what_was_missed_is_found_later(office):
    event(office.leaving(3), text="called", now=office.moment)
    office.night(0)
    assert office.night(5) == 1
    assert SignalLook.objects.first().date == TODAY + 4 * DAY


def test_today_is_not_looked_at_before_it_is_over(office):
    event(office.leaving(3), text="called", now=office.moment)
    office.at(TODAY, 23)
    assert look() == 0
    assert office.night() == 1


def test_rules_switched_off_find_nothing(office):
    for key in (SIGNAL_LAST_DAYS, SIGNAL_BURST, SIGNAL_RESCUES):
        tune(key, None)
    event(office.leaving(3), text="called", now=office.moment)
    calls(office, 12, start=0)
    assert office.night() == 0


def test_the_head_is_told_once_a_night_with_a_number_and_no_name(office):
    client = office.leaving(3, name="Romashka")
    event(client, text="called", now=office.moment)
    calls(office, 12, start=0)
    office.night()
    look_quietly()
    notice = Notice.objects.get(kind="exchange.signals")
    assert (notice.recipient, notice.data) == (office.head, {"count": 2})


def test_a_head_s_own_contacts_are_told_to_the_directors(office):
    director = ManagerFactory(role=Role.DIRECTOR, department=None)
    event(office.leaving(3, manager=office.head), text="called", now=office.moment)
    office.night()
    assert Notice.objects.get(kind="exchange.signals").recipient == director


def test_a_failed_search_stops_no_night_and_is_made_good(office, monkeypatch):
    event(office.leaving(3), text="called", now=office.moment)

    def fails(*args, **kwargs):
        raise RuntimeError("no")

    monkeypatch.setattr(tasks, "ensure_public_holidays", lambda day: None)
    with monkeypatch.context() as patched:
        patched.setattr(finding, "find", fails)
        office.at(TODAY + DAY, 1)
        assert tasks.nightly_run() == [str(TODAY + DAY)]
        patched.setattr(finding, "tell", fails)
        assert look_quietly() == 0
    assert not SignalLook.objects.exists()
    office.at(TODAY + 2 * DAY, 1)
    tasks.nightly_run()
    assert kinds() == [KIND.LAST_MINUTE]


def test_a_day_that_fails_holds_up_no_other_and_is_looked_at_again(office, monkeypatch):
    event(office.leaving(3), text="called", now=office.moment)
    office.night(0)
    event(office.leaving(4), text="called", now=office.at(TODAY + DAY))
    real = finding.find

    def fails_on_the_first(day, rules):
        if day == TODAY:
            raise RuntimeError("no")
        return real(day, rules)

    with monkeypatch.context() as patched:
        patched.setattr(finding, "find", fails_on_the_first)
        assert office.night(2) == 1
    assert SignalLook.objects.first().date == TODAY - DAY
    assert office.night(3) == 1
    assert SignalLook.objects.first().date == TODAY + 2 * DAY


def test_a_signal_whose_contacts_are_gone_goes_unless_it_was_looked_at(office):
    made = [event(office.leaving(3), text="called", now=office.moment) for _ in range(2)]
    office.night()
    second = Signal.objects.order_by("pk")[1]
    Signal.objects.filter(pk=second.pk).update(seen_at=clock.now())
    for each in made:
        cancel_event(event=each, by=office.seller)
    assert not Signal.objects.standing().exists()
    office.night(2)
    assert list(Signal.objects.all()) == [second]


def test_the_search_costs_the_same_for_ten_clients_as_for_one(office):
    def cost(clients):
        Signal.objects.all().delete()
        SignalLook.objects.all().delete()
        SignalLook.objects.create(date=TODAY - DAY)
        for _ in range(clients):
            event(office.leaving(20), text="called", now=office.at(TODAY))
        office.at(TODAY + DAY, 1)
        with CaptureQueriesContext(connection) as queries:
            assert look() == 0
        return len(queries)

    few = cost(1)
    assert cost(8) == few


# --- random histories -------------------------------------------------------------------------------------------------
class Diary:
    """Acts as people do, and writes down at each act what the program said of the client before it."""

    def __init__(self, office, seed):
        self.office, self.random = office, random.Random(seed)
        self.sellers = [office.seller, ManagerFactory(department=office.department)]
        self.clients = [
            held_client(
                self.random.choice(self.sellers), today=TODAY - DAY,
                assigned_on=TODAY - self.random.randint(170, 186) * DAY,
            )
            for _ in range(12)
        ]  # fmt: skip
        #: (client, day) → when it would have left, of the first contact that kept it on that day
        self.kept = {}
        self.touched = defaultdict(list)
        self.plans = []

    def day(self, day):
        for hour in sorted(self.random.sample(range(9, 19), 5)):
            self.act(self.office.at(day, hour, self.random.randint(0, 59)), day)

    def act(self, moment, day):
        client = Client.objects.get(pk=self.random.choice(self.clients).pk)
        by = self.random.choice(self.sellers)
        text = self.random.choice(["called", "", "x" * 39, "x" * 40, "A long and thorough talk about nothing at all"])
        what = self.random.choice(["call", "call", "call", "late", "letter", "sale", "plan", "tick", "burst"])
        before = (client.zone, client.detach_on)
        if what == "call":
            event(client, by=by, text=text, now=moment)
        elif what == "late":
            event(client, by=by, text=text, occurred_at=moment - self.random.randint(0, 3) * DAY, now=moment)
        elif what == "letter":
            event(client, by=by, code="call_failed", now=moment)
        elif what == "sale":
            process(client, by=by, now=moment)
        elif what == "plan":
            self.plans.append(
                (event(client, by=by, status=EventStatus.PLANNED, occurred_at=moment + DAY, now=moment), client, by)
            )
            return
        elif what == "tick":
            if not self.plans:
                return
            plan, client, by = self.plans.pop()
            client = Client.objects.get(pk=client.pk)
            before = (client.zone, client.detach_on)
            finish_event(event=plan, by=by, result=text, now=moment)
        else:
            return
        client.refresh_from_db()
        if client.zone == "green" and before[0] != "green":
            self.kept[client.pk, day] = before[1]

    def expected(self):
        """By looking at everything that is there: the contacts of each day on which somebody was kept."""
        found = set()
        for (client, day), leaves_on in self.kept.items():
            last = Event.objects.counted().filter(
                client=client, counted_on__lte=day, created_at__lt=clock.day_start(day + DAY)
            )
            contact_on = max(each.counted_on for each in last)
            made = [each for each in last if each.counted_on == contact_on]
            thin = all(not each.kind.is_system and len(each.text + each.result) < 40 for each in made)
            if day >= leaves_on - 7 * DAY and thin:
                found.add((client, day, leaves_on))
        return found


@pytest.mark.parametrize("seed", range(6))
def test_random_histories(office, seed):
    diary = Diary(office, seed)
    for number in range(25):
        diary.day(TODAY + number * DAY)
        if number % 3 == 2 or seed % 2:  # some nights are missed
            office.at(TODAY + (number + 1) * DAY, 1)
            look()
    office.at(TODAY + 26 * DAY, 1)
    look()
    found = Signal.objects.filter(kind=KIND.LAST_MINUTE).values_list("client", "date", "leaves_on")
    assert set(found) == diary.expected()
    assert set(found)
