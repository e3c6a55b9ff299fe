"""What approving a back-dated contact would do, said beforehand and then done."""

import datetime as dt

import pytest

from clients.models import Role
from clients.tests.factories import ManagerFactory, exchange_client, held_client
from crm import clock
from interactions import recounting, selectors, services
from interactions.models import Approval, Event
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 6, 14)
NOW = clock.at(TODAY)


@pytest.fixture(autouse=True)
def _today(time_machine) -> None:
    time_machine.move_to(NOW, tick=False)


def waiting(client, ago: int) -> Event:
    late = event(client, occurred_at=clock.at(TODAY - dt.timedelta(days=ago)), now=NOW)
    assert late.approval == Approval.PENDING
    return Event.objects.select_related("client__manager__department", "kind").get(pk=late.pk)


@pytest.mark.parametrize(
    ("assigned", "ago", "helps", "words"),
    [
        (dt.date(2023, 12, 20), 10, True, "would turn the client green"),
        (dt.date(2023, 12, 20), 40, True, "would turn the client yellow"),
        (dt.date(2023, 12, 15), 170, True, "keeps its colour, leaves in 14 days"),
        (dt.date(2023, 12, 1), 170, True, "would keep the client red, but not let it go"),
        (dt.date(2023, 10, 1), 190, True, "changes the dates, but it leaves all the same"),
        (dt.date(2024, 6, 10), 10, False, "changes nothing: the manager got the client later"),
        (dt.date(2024, 6, 4), 10, False, "changes nothing: the manager got the client later"),
    ],
)
def test_what_approving_would_do(assigned, ago, helps, words):
    client = held_client(assigned_on=assigned, today=TODAY)
    late = waiting(client, ago)
    effect = selectors.effect_of(late, today=TODAY)
    assert (effect.helps, effect.words) == (helps, words)
    before = client.detach_on
    services.decide_backdating(event=late, by=ManagerFactory(role=Role.HEAD), approve=True, now=NOW)
    client.refresh_from_db()
    assert (client.detach_on != before) is helps
    if "green" in words or "yellow" in words:
        assert client.zone in words


def test_a_later_contact_makes_it_needless():
    client = held_client(assigned_on=dt.date(2023, 12, 20), today=TODAY)
    late = waiting(client, 10)
    event(client, now=NOW)
    late.client.refresh_from_db()
    assert selectors.effect_of(late, today=TODAY).words == "changes nothing: a later contact counts"


def test_on_the_exchange_it_changes_no_colour():
    late = waiting(held_client(assigned_on=dt.date(2023, 12, 20), today=TODAY), 10)
    late.client = exchange_client()
    assert selectors.effect_of(late, today=TODAY).helps is False


def test_how_late_it_was_registered_is_counted_in_the_companys_days():
    late = waiting(held_client(assigned_on=dt.date(2023, 12, 20), today=TODAY), 10)
    [row] = selectors.queue_rows([late], today=TODAY)
    assert (row.late, row.effect.helps) == (10, True)


def test_a_kind_that_counts_no_longer_asks_nobody():
    late = waiting(held_client(assigned_on=dt.date(2023, 12, 20), today=TODAY), 10)
    call = kind("call_out")
    call.counts_as_contact = False
    call.save()
    assert late not in Event.objects.waiting_approval()


def test_the_hint_names_the_number_and_is_for_those_who_must_ask():
    seller, head = ManagerFactory(), ManagerFactory(role=Role.HEAD)
    assert selectors.backdating_hint(seller) == "More than 3 days back: it counts when the head approves."
    assert selectors.backdating_hint(head) == ""


def test_a_plan_finished_late_is_as_late_as_it_was_finished():
    client = held_client(assigned_on=dt.date(2023, 12, 20), today=TODAY)
    early, day = clock.at(TODAY - dt.timedelta(days=30)), clock.at(TODAY - dt.timedelta(days=10))
    plan = event(client, status="planned", occurred_at=day, now=early)
    done = services.finish_event(event=plan, by=client.manager, occurred_at=day, now=NOW)
    [row] = selectors.queue_rows([done], today=TODAY)
    assert (done.approval, row.registered_on, row.late) == (Approval.PENDING, TODAY, 10)


def test_imported_history_is_believed_when_its_kind_is_switched():
    client = held_client(assigned_on=dt.date(2023, 12, 20), today=TODAY)
    old = event(client, now=clock.at(TODAY - dt.timedelta(days=20)))
    Event.objects.filter(pk=old.pk).update(external_id="sales:1", created_at=NOW)
    call = kind("call_out")
    for counts in (False, True):
        call.counts_as_contact = counts
        call.save()
        recounting.recount_kind(call, today=TODAY)
    old.refresh_from_db()
    assert (old.approval, old.counted_on) == (Approval.NOT_NEEDED, TODAY - dt.timedelta(days=20))


def test_how_much_hangs_on_a_kind_counts_what_is_done():
    client = held_client(today=TODAY)
    for _ in range(2):
        event(client, now=NOW)
    event(client, status="planned", now=NOW)
    event(held_client(today=TODAY), now=NOW)
    assert recounting.kind_use(kind("call_out")) == recounting.KindUse(events=3, clients=2)
