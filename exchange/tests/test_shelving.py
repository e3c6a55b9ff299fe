"""Quarantine and archive: what may be set aside, for how long, by whom; who gets the client clears both."""

import datetime as dt

import pytest

from clients.models import Client, Role, RuleSetting
from clients.services import attach, update_client
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import services, shelving, undo
from exchange.models import Detachment, Shelving
from exchange.night_selectors import undo_terms

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
DAY = dt.timedelta(days=1)
TODAY = D("2026-05-13")
NOW = clock.at(TODAY)
LONG_AGO = NOW - DAY * 40


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


@pytest.fixture
def seller(head):
    return ManagerFactory(department=head.department)


@pytest.fixture
def waiting(seller):
    """A client of the exchange that the head's man held last."""
    return exchange_client(seller, since=LONG_AGO, name="Vostok")


def set_aside(client, by, days=30, **kwargs):
    kwargs = {"until": TODAY + DAY * days, "reason": "Asked not to be called", **kwargs}
    return shelving.quarantine(client_id=client.pk, by=by, **kwargs)


def put_away(client, by, reason="Closed down"):
    return shelving.archive(client_id=client.pk, by=by, reason=reason)


def fresh(client):
    return Client.objects.get(pk=client.pk)


def state(client):
    return Client.objects.values("manager", "exchange_since", "quarantine_until", "archived_at").get(pk=client.pk)


# --- what each verb does ----------------------------------------------------------------------------------------------
def test_a_quarantine_marks_the_client_and_leaves_its_row_and_its_change_log(waiting, head):
    row = set_aside(waiting, head, reason="  Asked not\nto be called ")
    assert (row.client, row.action, row.until) == (waiting, "quarantine", TODAY + DAY * 30)
    assert (row.reason, row.made_by, row.date, row.made_at) == ("Asked not to be called", head, TODAY, NOW)
    found = fresh(waiting)
    assert found.quarantine_until == TODAY + DAY * 30
    assert (found.exchange_since, found.is_on_exchange) == (LONG_AGO, True)
    assert list(Client.objects.quarantined(TODAY + DAY * 30)) == [found]
    assert not Client.objects.quarantined(TODAY + DAY * 31).exists()
    changed = found.history.first()
    assert (changed.quarantine_until, changed.history_user) == (TODAY + DAY * 30, head)


def test_another_day_replaces_the_first(waiting, head):
    set_aside(waiting, head, 30)
    set_aside(waiting, head, 10, reason="Only until the audit is over")
    assert fresh(waiting).quarantine_until == TODAY + DAY * 10
    assert Shelving.objects.count() == 2
    assert shelving.latest([fresh(waiting)], TODAY)[waiting.pk].reason == "Only until the audit is over"


def test_a_lift_opens_the_client_again(waiting, head):
    set_aside(waiting, head)
    row = shelving.lift(client_id=waiting.pk, by=head)
    assert (row.action, row.until, row.made_by) == ("lift", None, head)
    assert fresh(waiting).quarantine_until is None
    assert shelving.latest([fresh(waiting)], TODAY) == {}
    with pytest.raises(Conflict, match="may be contacted already"):
        shelving.lift(client_id=waiting.pk, by=head)


def test_a_quarantine_that_is_over_cannot_be_lifted(waiting, head, time_machine):
    set_aside(waiting, head, 1)
    time_machine.move_to(NOW + DAY, tick=False)
    assert fresh(waiting).is_quarantined(clock.today())
    time_machine.move_to(NOW + DAY * 2, tick=False)
    with pytest.raises(Conflict, match="may be contacted already"):
        shelving.lift(client_id=waiting.pk, by=head)
    assert shelving.mark_of(fresh(waiting), clock.today()) == ""


def test_an_archived_client_is_off_the_exchange_but_its_history_stays_open(waiting, head):
    row = put_away(waiting, head)
    assert (row.action, row.reason, row.made_by) == ("archive", "Closed down", head)
    found = fresh(waiting)
    assert (found.archived_at, found.exchange_since, found.is_on_exchange) == (NOW, LONG_AGO, False)
    assert not Client.objects.on_exchange().exists()
    assert Client.objects.visible_to(ManagerFactory()).get() == found
    assert found.history.first().archived_at == NOW


def test_what_is_brought_back_arrives_on_the_exchange_anew(waiting, head):
    put_away(waiting, head)
    row = shelving.restore(client_id=waiting.pk, by=head, now=NOW + DAY)
    assert (row.action, row.made_at, row.date) == ("restore", NOW + DAY, TODAY + DAY)
    found = fresh(waiting)
    assert (found.archived_at, found.exchange_since, found.is_on_exchange) == (None, NOW + DAY, True)
    with pytest.raises(Conflict, match="not in the archive"):
        shelving.restore(client_id=waiting.pk, by=head)


def test_a_quarantine_goes_on_when_the_client_is_brought_back(waiting, head):
    set_aside(waiting, head)
    put_away(waiting, head)
    assert shelving.mark_of(fresh(waiting), TODAY) == "archive"
    shelving.restore(client_id=waiting.pk, by=head)
    other = exchange_client(waiting.last_manager, since=LONG_AGO)
    put_away(other, head)
    found = shelving.latest([fresh(waiting), fresh(other)], TODAY)
    assert {pk: row.action for pk, row in found.items()} == {waiting.pk: "quarantine", other.pk: "archive"}
    assert fresh(waiting).is_quarantined(TODAY + DAY * 30)
    assert shelving.latest([fresh(waiting)], TODAY)[waiting.pk].action == "quarantine"


def test_who_never_was_on_the_exchange_is_unassigned_again():
    director, client = ManagerFactory(role=Role.DIRECTOR), UnassignedClientFactory()
    put_away(client, director)
    assert not Client.objects.unassigned().exists()
    shelving.restore(client_id=client.pk, by=director)
    assert Client.objects.unassigned().get() == client
    assert fresh(client).exchange_since is None


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["", "   ", "\n"])
@pytest.mark.parametrize("verb", [set_aside, put_away])
def test_a_reason_is_needed(verb, reason, waiting, head):
    before = state(waiting)
    with pytest.raises(DomainError, match="Say why") as refused:
        verb(waiting, head, reason=reason)
    assert refused.value.field == "reason"
    assert state(waiting) == before
    assert not Shelving.objects.exists()


@pytest.mark.parametrize(("days", "words"), [(-1, "after today"), (0, "after today"), (366, "At most until")])
def test_the_day_is_ahead_and_not_too_far(days, words, waiting, head):
    with pytest.raises(DomainError, match=words) as refused:
        set_aside(waiting, head, days)
    assert refused.value.field == "until"
    assert fresh(waiting).quarantine_until is None


def test_the_longest_quarantine_is_a_rule(waiting, head):
    set_aside(waiting, head, 365)
    rule = RuleSetting.objects.create(key="market.quarantine_days", is_on=True, value=10)
    set_aside(waiting, head, 10)
    with pytest.raises(DomainError, match="May 23, 2026"):
        set_aside(waiting, head, 11)
    rule.is_on = False
    rule.save()
    set_aside(waiting, head, 3000)
    assert fresh(waiting).quarantine_until == TODAY + DAY * 3000


@pytest.mark.parametrize("verb", [set_aside, put_away])
def test_a_client_with_a_manager_is_not_set_aside(verb, head, seller):
    held = held_client(seller)
    with pytest.raises(Conflict, match=str(seller)):
        verb(held, head)
    for undoing in (shelving.lift, shelving.restore):
        with pytest.raises(Conflict, match=str(seller)):
            undoing(client_id=held.pk, by=head)
    assert not Shelving.objects.exists()


def test_only_the_exchange_has_quarantine(waiting, head):
    with pytest.raises(Conflict, match="not on the exchange"):
        set_aside(UnassignedClientFactory(), ManagerFactory(role=Role.DIRECTOR))
    put_away(waiting, head)
    with pytest.raises(Conflict, match="archived"):
        set_aside(waiting, head)
    with pytest.raises(Conflict, match="archived"):
        shelving.lift(client_id=waiting.pk, by=head)
    with pytest.raises(Conflict, match="archived already"):
        put_away(waiting, head)
    assert Shelving.objects.count() == 1


def test_what_is_gone_is_said(head):
    for verb in (shelving.lift, shelving.restore):
        with pytest.raises(Conflict, match="does not exist"):
            verb(client_id=987654321, by=head)


# --- claims and owners ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", [set_aside, put_away])
def test_what_is_set_aside_cannot_be_claimed_or_assigned(verb, waiting, head):
    verb(waiting, head)
    stranger = ManagerFactory()
    with pytest.raises(DomainError):
        services.claim(client_id=waiting.pk, by=stranger)
    with pytest.raises(DomainError):
        services.assign_from_exchange(client_id=waiting.pk, manager=stranger, by=head)
    assert fresh(waiting).manager is None


def test_once_lifted_it_can_be_claimed(waiting, head):
    set_aside(waiting, head)
    shelving.lift(client_id=waiting.pk, by=head)
    stranger = ManagerFactory()
    services.claim(client_id=waiting.pk, by=stranger)
    assert fresh(waiting).manager == stranger


def test_the_day_after_its_last_day_it_can_be_claimed_by_itself(waiting, head, time_machine):
    set_aside(waiting, head, 5)
    stranger = ManagerFactory()
    time_machine.move_to(NOW + DAY * 5, tick=False)
    with pytest.raises(DomainError):
        services.claim(client_id=waiting.pk, by=stranger)
    time_machine.move_to(NOW + DAY * 6, tick=False)
    services.claim(client_id=waiting.pk, by=stranger)
    assert (fresh(waiting).manager, fresh(waiting).quarantine_until) == (stranger, None)


def test_undoing_the_night_gives_it_back_and_clears_the_mark(head, seller):
    client = held_client(seller, assigned_on=TODAY - DAY * 300)
    arrival = services.return_client(client_id=client.pk, by=head, reason=None)
    Detachment.objects.update(reason="idle")
    set_aside(client, head)
    undo.undo_one(detachment=arrival, by=head)
    assert undo_terms().days is not None
    found = fresh(client)
    assert (found.manager, found.quarantine_until, found.archived_at) == (seller, None, None)


def test_what_was_archived_since_is_not_given_back_with_its_night(head, seller):
    client = held_client(seller, assigned_on=TODAY - DAY * 300)
    arrival = services.return_client(client_id=client.pk, by=head, reason=None)
    put_away(client, head)
    assert not Detachment.objects.undoable(days=7, today=TODAY).exists()
    with pytest.raises(Conflict, match="archived"):
        undo.undo_one(detachment=arrival, by=head)


def test_whoever_gets_it_clears_both(waiting, seller, head):
    set_aside(waiting, head)
    put_away(waiting, head)
    attach(client_id=waiting.pk, manager=seller, by=head, gained="assigned")
    assert state(waiting) == {
        "manager": seller.pk, "exchange_since": None, "quarantine_until": None, "archived_at": None
    }  # fmt: skip


def test_an_old_form_takes_no_mark_away_and_brings_none_back(waiting, head):
    """Who edits the facts of a client has read it before it was set aside, or before it was claimed."""
    director = ManagerFactory(role=Role.DIRECTOR)
    old = fresh(waiting)
    set_aside(waiting, head)
    marked = fresh(waiting)
    update_client(client=old, by=director)
    assert fresh(waiting).quarantine_until == TODAY + DAY * 30
    shelving.lift(client_id=waiting.pk, by=head)
    services.claim(client_id=waiting.pk, by=ManagerFactory())
    update_client(client=marked, by=director)
    assert fresh(waiting).quarantine_until is None


# --- who --------------------------------------------------------------------------------------------------------------
def test_who_decides(waiting, head, seller):
    elsewhere = head_of(DepartmentFactory())
    director = ManagerFactory(role=Role.DIRECTOR)
    admin = ManagerFactory(is_staff=True)
    above = head_of(DepartmentFactory())
    head.department.parent = above.department
    head.department.save()
    unassigned, held = UnassignedClientFactory(), held_client(seller)
    everybody = {head: {waiting}, above: {waiting}, director: {waiting, unassigned}, admin: {waiting, unassigned}}
    for who in (head, above, director, admin, elsewhere, seller, ManagerFactory()):
        assert set(shelving.shelvable_by(who)) == everybody.get(who, set()), who
        for client in (waiting, unassigned):
            assert shelving.decides_on(who, client) == (client in everybody.get(who, ())), (who, client)
    assert held not in shelving.shelvable_by(director)


# --- many at once -----------------------------------------------------------------------------------------------------
def test_many_are_answered_one_by_one(waiting, head, seller):
    second = exchange_client(seller, since=LONG_AGO)
    foreign, held, archived = exchange_client(), held_client(seller), exchange_client(seller)
    put_away(archived, head)
    ids = [held.pk, waiting.pk, foreign.pk, second.pk, archived.pk, waiting.pk, 987654321]
    answers = shelving.quarantine_many(ids, until=TODAY + DAY, reason="Season is over", by=head)
    assert [(each.client_id, each.ok) for each in answers] == [
        (held.pk, False), (waiting.pk, True), (foreign.pk, False), (second.pk, True), (archived.pk, False),
        (987654321, False),
    ]  # fmt: skip
    assert [str(each.words) for each in answers] == [
        "It has a lead manager now.",
        "Do not contact until 14 May.",
        "The head of its last manager decides on it.",
        "Do not contact until 14 May.",
        "It is archived: bring it back first.",
        "The head of its last manager decides on it.",
    ]
    assert Client.objects.quarantined(TODAY + DAY).count() == 2
    answers = shelving.archive_many([second.pk, archived.pk, foreign.pk], reason="A double", by=head)
    assert [(each.ok, str(each.words)) for each in answers] == [
        (True, "Archived."), (False, "It is archived already."), (False, "The head of its last manager decides on it.")
    ]  # fmt: skip
    assert Client.objects.archived().count() == 2


def test_a_day_that_is_refused_is_refused_for_each(waiting, head):
    [answer] = shelving.quarantine_many([waiting.pk], until=TODAY, reason="Today", by=head)
    assert (answer.ok, str(answer.words)) == (False, "Choose a day after today.")
