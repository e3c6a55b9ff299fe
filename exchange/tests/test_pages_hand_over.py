"""The hand-over box and the owner history of the card: who sees them, and what they say."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients import services as clients
from clients.models import Absence, Client, CoManager, ContactPoint, OwnershipPeriod
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from clients.tests.pages import browser
from clients.zoning import lock_clients, set_last_contact
from crm import clock
from exchange.hand_over import brief, is_new_to_its_manager
from exchange.models import ReturnReason
from exchange.services import return_client
from exchange.undo import undo
from interactions.models import Agreement, EventStatus, LossReason
from interactions.sales import close_process
from interactions.services import Participants, set_participants
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 5, 13)
NOW = clock.at(TODAY)
DAY = dt.timedelta(days=1)
BOX = "brief-title"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def department():
    return DepartmentFactory()


@pytest.fixture
def old(department):
    return ManagerFactory(first_name="Boris", last_name="Orlov", department=department)


@pytest.fixture
def new(department):
    return ManagerFactory(first_name="Vera", last_name="Petrova", department=department)


def card(who, client):
    answer = browser(who).get(client.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def box(who, client):
    """The words of the box; empty when it is not there."""
    text = card(who, client)
    if BOX not in text:
        return ""
    return " ".join(text[text.index(BOX) : text.index("</section>", text.index(BOX))].split())


def returned(old, *, days=40, **kwargs):
    """A client of ``old`` that he talked with and gave back."""
    client = held_client(old, assigned_on=TODAY - 200 * DAY, **kwargs)
    event(client, now=NOW - days * DAY, result="They think it over\nand call back")
    return client


def give_back(client, by, **kwargs):
    return return_client(client_id=client.pk, by=by, **{"reason": ReturnReason.objects.first(), **kwargs})


def take(client, manager, **kwargs):
    kwargs = {"by": manager, "gained": OwnershipPeriod.Gained.CLAIMED, **kwargs}
    clients.attach(client_id=client.pk, manager=manager, **kwargs)
    client.refresh_from_db()


# --- who sees it ------------------------------------------------------------------------------------------------------
def test_everybody_reads_it_on_the_exchange(old, new):
    client = returned(old)
    assert box(old, client) == ""
    give_back(client, old)
    for who in (new, ManagerFactory(), head_of(DepartmentFactory())):
        assert "Before you claim it" in box(who, client)
        assert "They think it over" in box(who, client)


def test_off_the_exchange_those_read_it_who_work_on_the_client(old, new, department):
    client = returned(old)
    give_back(client, old)
    take(client, new)
    deputy, helper = ManagerFactory(), ManagerFactory()
    Absence.objects.create(manager=new, deputy=deputy, starts_on=TODAY, ends_on=TODAY)
    CoManager.objects.create(client=client, manager=helper)
    for who in (new, deputy, helper, head_of(department)):
        assert "from Boris Orlov, on 13 May" in box(who, client)
    for who in (old, ManagerFactory()):
        text = card(who, client)
        assert BOX not in text
        assert "They think it over" not in text


def test_it_is_there_after_a_reassignment_and_not_on_ones_own_client(old, new):
    client = returned(old)
    assert BOX not in card(old, client)
    clients.reassign(client_id=client.pk, manager=new, by=old)
    assert "Hand-over" in box(new, client)


@pytest.mark.parametrize(
    ("days", "contact", "is_new"),
    [(0, None, True), (30, 29, True), (31, 30, False), (31, 31, False), (31, 32, True), (300, None, True)],
)
def test_new_are_thirty_days_and_as_long_as_nobody_has_talked(old, new, days, contact, is_new):
    """``days`` with the manager, last counted contact ``contact`` days ago."""
    client = held_client(old, assigned_on=TODAY - 400 * DAY)
    clients.reassign(client_id=client.pk, manager=new, by=old, today=TODAY - days * DAY)
    if contact is not None:
        with transaction.atomic():
            locked = lock_clients([client.pk])[client.pk]
            set_last_contact(locked, TODAY - contact * DAY, today=TODAY, cause="correction")
    client.refresh_from_db()
    assert is_new_to_its_manager(client, TODAY) is is_new


def test_who_got_his_own_client_back_needs_no_box(old):
    client = held_client(old, assigned_on=TODAY - 100 * DAY)
    give_back(client, old)
    take(client, old)
    assert not is_new_to_its_manager(client, TODAY)


def test_where_nothing_is_known_there_is_no_box(new):
    assert BOX not in card(new, exchange_client())
    assert BOX not in card(new, held_client(new))


# --- what it says -----------------------------------------------------------------------------------------------------
def test_the_last_talk_is_the_latest_counted_one_and_no_step_of_a_sale(old, new):
    client = returned(old, days=40)
    meeting = event(client, code="meeting", now=NOW - 20 * DAY, text="  \nSaw the warehouse\nand more")
    pavel = ContactPersonFactory(client=client, first_name="Pavel", last_name="Sidorov")
    set_participants(meeting, Participants(persons=[pavel], managers=[new], names=["the driver"]))
    event(client, code="call_failed", now=NOW - 5 * DAY, text="Nobody answered")
    process(client, now=NOW - 4 * DAY)
    event(client, status=EventStatus.PLANNED, occurred_at=NOW + DAY, text="Not yet")
    give_back(client, old)
    words = box(new, client)
    assert meeting.get_absolute_url() in words
    assert "Boris Orlov with Sidorov Pavel, the driver" in words
    assert "Saw the warehouse" in words
    for other in ("and more", "Nobody answered", "Not yet"):
        assert other not in words


def test_where_nobody_talked_it_says_so(old, new):
    client = held_client(old, assigned_on=TODAY - 200 * DAY)
    give_back(client, old)
    assert "none is known" in box(new, client)


def with_contacts(client, *, by, of):
    """Counted contacts: person → days ago."""
    for person, days in of:
        set_participants(event(client, by=by, now=NOW - days * DAY), Participants(persons=[person]))


@pytest.mark.parametrize("long", [False, True])
def test_the_best_contact_took_part_most_often_in_two_years(old, new, long):
    client = held_client(old, assigned_on=TODAY - 1000 * DAY)
    often, late, once, before, gone = (
        ContactPersonFactory(client=client, first_name=name, last_name="") for name in ("Of", "La", "On", "Be", "Go")
    )
    gone.is_active = False
    gone.save()
    contacts = [(often, 30), (often, 40), (late, 20), (late, 50), (once, 1)]
    contacts += [(before, days) for days in (740, 750, 760)] + [(gone, days) for days in (5, 6, 7)]
    with_contacts(client, by=old, of=contacts)
    # Not counted, not asked.
    for _ in range(4):
        set_participants(event(client, code="call_failed", now=NOW - DAY), Participants(persons=[once]))
    if long:
        for days in range(55):
            event(client, code="call_failed", now=NOW - DAY * (days % 9), subject=str(days))
    found = brief(Client.objects.get(pk=client.pk), TODAY)
    assert found is None
    give_back(client, old)
    found = brief(Client.objects.get(pk=client.pk), TODAY)
    assert (found.best.person, found.best.contacts) == (late, 2)
    with_contacts(client, by=old, of=[(often, 300)])
    found = brief(Client.objects.get(pk=client.pk), TODAY)
    assert (found.best.person, found.best.contacts) == (often, 3)
    assert "in 3 contacts of the last two years" in box(new, client)


def test_else_the_best_contact_is_the_one_that_is_marked(old, new):
    client = returned(old)
    ContactPersonFactory(client=client, last_name="Aaron")
    give_back(client, old)
    assert "Aaron" not in box(new, client)
    main, decides = ContactPersonFactory(client=client), ContactPersonFactory(client=client)
    ContactPointFactory(client=client, person=main, is_primary=True)
    assert f"<strong>{main}</strong>" in box(new, client)
    decides.is_decision_maker = True
    decides.save()
    assert f"<strong>{decides}</strong>" in box(new, client)


def test_the_phone_is_there_for_who_has_the_client_and_never_on_the_exchange(old, new):
    client = returned(old)
    person = ContactPersonFactory(client=client, is_decision_maker=True)
    other, main = (ContactPointFactory(client=client, person=person) for _ in range(2))
    ContactPoint.objects.filter(pk=main.pk).update(is_primary=True)
    mail = ContactPointFactory(client=client, person=person, kind=ContactPoint.Kind.EMAIL, value="p@example.com")
    give_back(client, old)
    words = box(new, client)
    assert str(person) in words
    for secret in (main.display, main.normalized, other.display, mail.value, "tel:"):
        assert secret not in words
    take(client, new)
    words = box(new, client)
    assert main.display in words
    assert other.display not in words


def test_open_agreements_of_both_sides(old, new):
    client = returned(old)
    talk = client.events.get()
    facts = {"event": talk}
    Agreement.objects.create(text="Send the offer", due_on=TODAY - DAY, **facts)
    Agreement.objects.create(text="Call the warehouse", due_on=TODAY + DAY, **facts)
    Agreement.objects.create(text="Name the budget", side="they", **facts)
    Agreement.objects.create(text="Kept long ago", status="kept", **facts)
    give_back(client, old)
    words = box(new, client)
    assert '2 promises of ours, 1 of theirs · <span class="sv-overdue">1 is late</span>' in words
    assert "we promised: Send the offer, Yesterday" in words
    # The others stand right beside, in the list of agreements.
    for other in ("Call the warehouse", "Name the budget"):
        assert other not in words
        assert other in card(new, client)


def test_past_sales_and_why_they_were_lost(old, new):
    client = returned(old)
    price, rival = LossReason.objects.all()[:2]
    for reason in (price, price, rival):
        close_process(process=process(client), won=False, by=old, loss_reason=reason)
    close_process(process=process(client, amount=120000), won=True, by=old)
    process(client)
    give_back(client, old)
    words = box(new, client)
    assert "1 won (120,000" in words
    assert f"3 lost: {price} ×2, {rival}" in words
    assert "1 still open" in words


def test_owners_so_far_and_how_they_lost_it(old, new):
    head = head_of(old.department)
    first = ManagerFactory(first_name="First", last_name="Owner")
    client = UnassignedClientFactory()
    take(client, first, gained=OwnershipPeriod.Gained.CREATED, today=TODAY - 300 * DAY)
    clients.reassign(client_id=client.pk, manager=old, by=head, today=TODAY - 200 * DAY)
    reason = ReturnReason.objects.first()
    give_back(client, old, comment="Wants a discount")
    # Why it is here now stands right beside.
    words = box(new, client)
    assert 'Boris Orlov <span class="sv-muted">25 Oct 2025 – Today · returned</span>' in words
    assert 'First <span class="sv-muted">17 Jul 2025 – 25 Oct 2025 · handed over</span>' in words.replace("Owner ", "")
    take(client, new)
    assert f"returned: {reason}: “Wants a discount”" in box(new, client)
    for _ in range(2):
        give_back(client, client.manager)
        take(client, ManagerFactory())
    give_back(client, client.manager)
    assert "and 2 more" in box(new, client)


def test_returned_plans_are_planned_again_by_who_has_the_client(old, new):
    client = returned(old)
    plans = [
        event(client, status=EventStatus.PLANNED, occurred_at=NOW + days * DAY, subject=subject)
        for days, subject in ((-3, "Ask for the logo"), (4, "Show the pumps"))
    ]
    give_back(client, old)
    words = box(ManagerFactory(), client)
    assert "Ask for the logo" in words
    assert "Boris Orlov" in words
    assert "Plan again" not in words
    take(client, new)
    words = box(new, client)
    urls = [f"{reverse('event-create')}?continues={plan.pk}&amp;status=planned" for plan in plans]
    assert all(url in words for url in urls)
    page = browser(new)
    form = page.get(urls[0].replace("&amp;", "&"))
    assert form.status_code == 200
    assert form.context["form"].instance.subject == "Ask for the logo"
    again = event(client, status=EventStatus.PLANNED, occurred_at=NOW + DAY, continues=plans[0], subject="Ask again")
    assert again.continues == plans[0]
    words = box(new, client)
    assert urls[0] not in words
    assert urls[1] in words
    assert "planned again" in words


@pytest.mark.parametrize("long", [False, True])
def test_only_plans_of_the_last_arrival_that_was_not_undone(old, new, long):
    client = returned(old)
    if long:
        for number in range(55):
            event(client, now=NOW - 20 * DAY, subject=str(number))
    facts = {"status": EventStatus.PLANNED, "occurred_at": NOW + DAY}
    event(client, subject="Of long ago", **facts)
    give_back(client, old, now=NOW - 9 * DAY)
    take(client, old)
    event(client, subject="Of now", **facts)
    by_hand = event(client, subject="By hand", **facts)
    by_hand.status, by_hand.remind_at = EventStatus.CANCELLED, None
    by_hand.save()
    detachment = give_back(client, old)
    plans = [plan.event.subject for plan in brief(Client.objects.get(pk=client.pk), TODAY).plans]
    assert plans == ["Of now"]
    undo(detachments=[detachment], by=head_of(old.department), now=NOW)
    clients.reassign(client_id=client.pk, manager=new, by=old)
    found = brief(Client.objects.get(pk=client.pk), TODAY)
    assert [plan.event.subject for plan in found.plans] == ["Of long ago"]


def test_names_are_text_and_never_markup(old, new):
    client = returned(old)
    event(client, now=NOW - DAY, subject="<b>x</b>", result="<script>alert(1)</script>")
    event(client, status=EventStatus.PLANNED, occurred_at=NOW + DAY, subject="<img src=x>")
    give_back(client, old, comment="<i>no</i>")
    words = box(new, client)
    for markup in ("<script>", "<img", "<i>", "<b>"):
        assert markup not in words


def test_the_box_costs_nothing_and_three_queries_where_the_history_is_long(old, new):
    def cost(fill):
        client = returned(old)
        persons = [ContactPersonFactory(client=client) for _ in range(3)]
        for number in range(fill):
            talk = event(client, now=NOW - (number + 1) * DAY)
            set_participants(talk, Participants(persons=persons))
            Agreement.objects.create(event=talk, text="x")
            close_process(process=process(client), won=False, by=old, loss_reason=LossReason.objects.first())
            event(client, status=EventStatus.PLANNED, occurred_at=NOW + number * DAY)
        give_back(client, old)
        take(client, new)
        page = browser(new)
        page.get(client.get_absolute_url())
        with CaptureQueriesContext(connection) as with_box:
            assert BOX in page.get(client.get_absolute_url()).content.decode()
        OwnershipPeriod.objects.filter(client=client, until__isnull=False).delete()
        Client.objects.filter(pk=client.pk).update(last_manager=None)
        with CaptureQueriesContext(connection) as without:
            assert BOX not in page.get(client.get_absolute_url()).content.decode()
        return len(with_box) - len(without)

    assert [cost(1), cost(3), cost(20)] == [0, 0, 3]


# --- the owner history ------------------------------------------------------------------------------------------------
def history(who, client):
    text = card(who, client)
    start = text.index('id="owners-title"')
    return " ".join(text[start : text.index("</section>", start)].split())


def test_the_owner_history_says_when_how_why_and_by_whom(old, new, department):
    head = head_of(department, first_name="Igor", last_name="Golovin")
    client = UnassignedClientFactory()
    take(client, old, gained=OwnershipPeriod.Gained.CREATED, today=TODAY - 300 * DAY)
    clients.reassign(client_id=client.pk, manager=new, by=head, today=TODAY - 200 * DAY)
    reason = ReturnReason.objects.first()
    give_back(client, new, now=NOW - 150 * DAY, comment="No budget")
    take(client, old, today=TODAY - 140 * DAY)
    give_back(client, head, reason=None, now=NOW - 130 * DAY, comment="Too far away")
    take(client, new, by=head, gained=OwnershipPeriod.Gained.ASSIGNED, today=TODAY - 120 * DAY)
    words = history(new, client)
    for line in (
        "17 Jul 2025 – 25 Oct 2025 · created → handed over (Igor Golovin)",
        "25 Oct 2025 – 14 Dec 2025 · assigned (Igor Golovin) → returned</span>",
        f"{reason}: “No budget”",
        "24 Dec 2025 – 3 Jan · claimed → released by the head (Igor Golovin)",
        "“Too far away”",
        "13 Jan – now · assigned (Igor Golovin)",
    ):
        assert line in words, line


@pytest.mark.parametrize(
    ("lost", "line"),
    [("idle", "left alone too long</span>"), ("untouched", "claimed and not contacted</span>")],
)
def test_nobody_is_named_where_the_program_took_it(old, new, lost, line):
    client = held_client(old, assigned_on=TODAY - 100 * DAY)
    OwnershipPeriod.objects.filter(client=client).update(
        until=TODAY - DAY, lost=lost, given_by=new, changed_by=new, gained="assigned"
    )
    Client.objects.filter(pk=client.pk).update(manager=None, assigned_on=None, exchange_since=NOW, clock_date=None,
                                               yellow_on=None, red_on=None, detach_on=None, zone="")  # fmt: skip
    assert f"assigned (Vera Petrova) → {line}" in history(new, client)


def test_who_left_and_who_gave_his_clients_away(old, new):
    head = head_of(old.department, first_name="Igor", last_name="Golovin")
    client = held_client(old, assigned_on=TODAY - 100 * DAY)
    clients.reassign(client_id=client.pk, manager=new, by=head, lost=OwnershipPeriod.Lost.LEFT)
    assert "created → the manager left (Igor Golovin)" in history(new, client)


def test_given_back_stands_there_too(old):
    head = head_of(old.department, first_name="Igor", last_name="Golovin")
    client = held_client(old, assigned_on=TODAY - 100 * DAY)
    detachment = give_back(client, old, now=NOW - 2 * DAY, comment="A mistake")
    undo(detachments=[detachment], by=head, now=NOW)
    words = history(old, client)
    assert "away on 11 May, given back on 13 May by Igor Golovin" in words
    assert "A mistake" not in words
