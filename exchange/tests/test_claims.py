"""Claiming by the rules, through the services: the ledger, the cap, the cool-down, the first contact, the pause."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from clients.models import Absence, Client, Notice, OwnershipPeriod, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import claims, failing, services, shelving
from exchange.claims import ClaimRefused
from exchange.models import Claim, ClaimPause, Detachment, FirstTouch, NightlyRun
from exchange.protections import protect
from exchange.rules.claiming import ClaimRules
from exchange.tests.night_world import DAY, TODAY, Nights, on, tune, worked_before
from exchange.undo import undo_one
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
NOW = clock.at(TODAY, 10, 42)


@pytest.fixture
def nights(time_machine):
    time_machine.move_to(NOW, tick=False)
    worked_before()
    return Nights(time_machine)


@pytest.fixture(autouse=True)
def _today(nights):
    """Everything happens on TODAY."""


def waiting(days: float = 5, **kwargs) -> Client:
    return exchange_client(since=NOW - dt.timedelta(days=days), **kwargs)


def refused(act) -> list[str]:
    with pytest.raises(ClaimRefused) as error:
        act()
    return [each.rule for each in error.value.refusals]


def claim(client, seller, **kwargs) -> Claim:
    return services.claim(client_id=client.pk, by=seller, **kwargs)


def give_back(client, seller, **kwargs) -> Detachment:
    return services.return_client(client_id=client.pk, by=seller, reason=None, **kwargs)


@pytest.mark.parametrize("deed", ["claim", "assign", "return", "quarantine", "lift"])
def test_a_deed_has_the_moment_at_which_its_client_was_locked(deed, monkeypatch, time_machine):
    """Who waited for another's deed comes after it in the history, not before."""
    set_aside = TODAY + DAY * 3 if deed == "lift" else None
    seller, director = ManagerFactory(), ManagerFactory(role=Role.DIRECTOR)
    client = held_client(seller) if deed == "return" else waiting(quarantine_until=set_aside)
    locked = NOW + dt.timedelta(seconds=7)

    def after_a_while(ids):
        time_machine.move_to(locked, tick=False)
        return lock_clients(ids)

    monkeypatch.setattr(services, "lock_clients", after_a_while)
    monkeypatch.setattr(shelving, "lock_clients", after_a_while)
    match deed:
        case "claim":
            found = claim(client, seller).claimed_at
        case "assign":
            found = services.assign_from_exchange(client_id=client.pk, manager=seller, by=director).claimed_at
        case "return":
            found = give_back(client, seller).detached_at
        case "quarantine":
            day = TODAY + DAY * 3
            found = shelving.quarantine(client_id=client.pk, until=day, reason="Moving house", by=director).made_at
        case _:
            found = shelving.lift(client_id=client.pk, by=director).made_at
    assert found == locked


def test_who_just_arrived_is_seen_and_not_claimed():
    client, seller = waiting(0.5), ManagerFactory()
    assert refused(lambda: claim(client, seller)) == ["delay"]
    assert Client.objects.visible_to(seller).filter(pk=client.pk).exists()
    state = claims.states([client], seller)[client.pk]
    assert (state.claimable, state.opens) == (False, "22:42")
    assert "22:42" in state.reason
    assert not Claim.objects.exists()


def test_claim_and_drop_does_not_get_round_the_limit_of_a_day():
    seller = ManagerFactory()
    for _number in range(5):
        client = waiting()
        claim(client, seller)
        give_back(client, seller)
    assert claims.budget(seller).left == 0
    assert refused(lambda: claim(waiting(), seller)) == ["daily"]
    assert refused(lambda: claim(waiting(), seller, now=NOW + dt.timedelta(hours=13))) == ["daily"]
    assert claim(waiting(), seller, now=NOW + dt.timedelta(hours=14)).date == TODAY + DAY


def test_the_ledger_keeps_what_is_deleted():
    seller, client = ManagerFactory(), waiting()
    made = claim(client, seller)
    with pytest.raises(TypeError):
        made.delete()
    Client.objects.filter(pk=client.pk).update(exchange_since=None)
    OwnershipPeriod.objects.filter(client=client).delete()
    client.delete()
    made.refresh_from_db()
    assert (made.client, made.manager, made.date) == (None, seller, TODAY)
    assert claims.budget(seller).claimed_today == 1


def test_what_a_head_assigns_counts_against_nobodys_day_but_against_the_cap():
    department = DepartmentFactory()
    head, seller = head_of(department), ManagerFactory(department=department)
    tune("claim.cap", 2)
    for _number in range(2):
        services.assign_from_exchange(client_id=waiting().pk, manager=seller, by=head)
    assert claims.budget(seller) == claims.Budget(2, 2, 0, 5, None, True)
    assert refused(lambda: claim(waiting(), seller)) == ["cap"]
    assert not FirstTouch.objects.exists()


def test_a_head_overrules_with_a_reason_that_is_kept_but_not_for_himself():
    department = DepartmentFactory()
    head, seller = head_of(department), ManagerFactory(department=department)
    client = held_client(seller, assigned_on=TODAY - 50 * DAY)
    services.return_client(client_id=client.pk, by=head, reason=None)

    def assign(manager, reason=""):
        return services.assign_from_exchange(client_id=client.pk, manager=manager, by=head, reason=reason)

    with pytest.raises(ClaimRefused) as error:
        assign(seller)
    assert error.value.field == "reason"
    assert [each.rule for each in error.value.refusals] == ["cooldown"]
    made = assign(seller, "  The director of the client\nasked for him ")
    assert (made.overrides, made.override_reason) == ("cooldown", "The director of the client asked for him")
    assert made.assigned_by == head
    other = waiting(0.5)
    # To himself it is a claim like everybody's, whatever reason he writes.
    with pytest.raises(ClaimRefused):
        services.assign_from_exchange(client_id=other.pk, manager=head, by=head, reason="mine")
    assert services.assign_from_exchange(client_id=other.pk, manager=seller, by=head).overrides == ""


def test_an_override_without_a_reason_is_refused_by_the_database():
    made = claim(waiting(), ManagerFactory())
    for facts in ({"overrides": "cap"}, {"override_reason": "because"}, {"overrides": "cap", "override_reason": "so"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=made.pk).update(**facts)


def test_nobody_gets_a_quarantined_client_not_even_from_the_head():
    head, client = head_of(DepartmentFactory()), waiting()
    Client.objects.filter(pk=client.pk).update(quarantine_until=TODAY)
    seller = ManagerFactory(department=head.department)
    assert refused(lambda: claim(client, seller)) == ["quarantine"]
    act = lambda: services.assign_from_exchange(client_id=client.pk, manager=seller, by=head, reason="now")  # noqa: E731
    assert refused(act) == ["quarantine"]
    assert claim(client, seller, now=NOW + DAY).manager == seller


def test_a_colleague_launders_no_cool_down():
    anna, boris = ManagerFactory(), ManagerFactory()
    client = held_client(anna, assigned_on=TODAY - 50 * DAY)
    give_back(client, anna)
    claim(client, boris, now=NOW + DAY)
    give_back(client, boris, now=NOW + DAY)
    for days in (2, 14):
        assert refused(lambda days=days: claim(client, anna, now=NOW + days * DAY)) == ["cooldown"]
    # She gave it back herself: 14 days after it came for the last time.
    assert claim(client, anna, now=NOW + 15 * DAY).manager == anna


def test_who_was_released_waits_longer_than_who_gave_back():
    department = DepartmentFactory()
    head, seller = head_of(department), ManagerFactory(department=department)
    client = held_client(seller, assigned_on=TODAY - 50 * DAY)
    services.return_client(client_id=client.pk, by=head, reason=None)
    assert refused(lambda: claim(client, seller, now=NOW + 29 * DAY)) == ["cooldown"]
    assert claim(client, seller, now=NOW + 30 * DAY)


def test_people_without_a_department_and_who_left_claim_nothing():
    client = waiting()
    for stranger in (ManagerFactory(department=None), ManagerFactory(is_active=False)):
        assert refused(lambda stranger=stranger: claim(client, stranger)) == ["works"]


def test_a_claimed_client_without_a_contact_goes_back(nights):
    head = head_of(DepartmentFactory())
    seller, client = ManagerFactory(department=head.department), waiting()
    made = claim(client, seller)
    duty = FirstTouch.objects.get()
    assert (duty.due_on, duty.manager, duty.claim) == (on(7), seller, made)
    nights(7)
    client.refresh_from_db()
    assert client.manager == seller
    run = nights(8)
    client.refresh_from_db()
    duty.refresh_from_db()
    assert (client.manager, client.last_manager, duty.outcome, duty.settled_on) == (None, seller, "failed", on(8))
    arrival = Detachment.objects.get()
    assert (arrival.reason, arrival.failed_claim, arrival.run, arrival.date) == ("untouched", made, run, on(8))
    period = OwnershipPeriod.objects.get(client=client)
    assert (period.until, period.lost) == (on(8), "untouched")
    told = Notice.objects.filter(kind__in=["exchange.failed", "exchange.failed_head"]).order_by("kind")
    assert [(notice.recipient, notice.data["clients"]) for notice in told] == [
        (seller, [[client.pk]]),
        (head, [[client.pk]]),
    ]
    assert not Notice.objects.filter(kind="exchange.left").exists()
    # Done again, nothing more happens.
    nights(8)
    assert Detachment.objects.count() == 1


def test_who_has_to_call_is_reminded_two_days_before_and_on_the_last_day(nights):
    seller, client = ManagerFactory(), waiting()
    claim(client, seller)
    nights.until(1, 7)
    told = Notice.objects.filter(kind="exchange.owed").order_by("date")
    assert [(notice.recipient, notice.date) for notice in told] == [(seller, on(5)), (seller, on(7))]


@pytest.mark.parametrize(
    ("days", "hour", "code", "stays"),
    [(0, 11, "call_out", True), (7, 23, "call_out", True), (3, 11, "call_failed", False), (0, 10, "call_out", False)],
)
def test_only_a_counted_contact_after_the_claim_keeps_it(nights, days, hour, code, stays):
    seller, client = ManagerFactory(), waiting()
    claim(client, seller)
    moment = nights.at(on(days), hour)
    event(client, code=code, by=seller, now=moment, occurred_at=moment)
    nights(8)
    client.refresh_from_db()
    assert (client.manager == seller) is stays
    assert FirstTouch.objects.get().outcome == ("kept" if stays else "failed")


def test_days_of_an_absence_do_not_count(nights):
    seller, client = ManagerFactory(), waiting()
    claim(client, seller)
    Absence.objects.create(manager=seller, starts_on=on(2), ends_on=on(5), status=Absence.Status.APPROVED)
    nights(8)
    duty = FirstTouch.objects.get()
    assert (duty.outcome, duty.due_on) == ("", on(11))
    nights(11)
    assert FirstTouch.objects.get().outcome == ""
    nights(12)
    assert FirstTouch.objects.get().outcome == "failed"


def test_a_protection_keeps_it_until_it_ends(nights):
    head = head_of(DepartmentFactory())
    seller, client = ManagerFactory(department=head.department), waiting()
    claim(client, seller)
    protect(client_id=client.pk, until=on(9), reason="tender", by=head, today=TODAY)
    nights(8)
    nights(9)
    client.refresh_from_db()
    assert client.manager == seller
    nights(10)
    client.refresh_from_db()
    assert client.manager is None


def test_switched_off_nothing_is_owed(nights):
    seller, client, other = ManagerFactory(), waiting(), waiting()
    claim(client, seller)
    tune("claim.touch_days", None)
    claim(other, seller)
    assert FirstTouch.objects.count() == 1
    nights(8)
    client.refresh_from_db()
    assert (client.manager, FirstTouch.objects.get().outcome) == (seller, "ended")


def test_handed_on_the_duty_ends(nights):
    head = head_of(DepartmentFactory())
    seller, other = ManagerFactory(department=head.department), ManagerFactory(department=head.department)
    client = waiting()
    claim(client, seller)
    from clients import services as clients

    clients.reassign(client_id=client.pk, manager=other, by=head, today=TODAY)
    nights(8)
    client.refresh_from_db()
    assert (client.manager, FirstTouch.objects.get().outcome) == (other, "ended")


def test_three_failures_pause_and_the_head_lifts(nights):
    head = head_of(DepartmentFactory())
    seller = ManagerFactory(department=head.department)
    for _number in range(3):
        claim(waiting(), seller)
    nights(8)
    pause = ClaimPause.objects.get()
    assert (pause.manager, pause.starts_on, pause.until, pause.failures) == (seller, on(8), on(21), 3)
    [notice] = Notice.objects.filter(kind="exchange.failed")
    assert notice.data["paused_until"] == on(21).isoformat()
    late = nights.at(on(21), 12)
    assert refused(lambda: claim(waiting(-19), seller, now=late)) == ["pause"]
    assert claims.budget(seller).left == 0
    failing.lift_pause(pause=pause, by=head)
    assert claim(waiting(-19), seller, now=late)
    with pytest.raises(Conflict):
        failing.lift_pause(pause=pause, by=head)


def test_a_failure_that_was_undone_is_none(nights):
    head = head_of(DepartmentFactory())
    seller = ManagerFactory(department=head.department)
    for _number in range(2):
        claim(waiting(), seller)
    nights(8)
    arrival = Detachment.objects.first()
    undo_one(detachment=arrival, by=head)
    client = arrival.client
    client.refresh_from_db()
    assert client.manager == seller
    for _number in range(2):
        claim(waiting(-8), seller, now=nights.at(on(10), 12))
    nights(16)
    # Given back by the head, it is not taken again for the same claim.
    client.refresh_from_db()
    assert client.manager == seller
    nights(18)
    assert failing.failed_claims(seller).count() == 3
    assert ClaimPause.objects.count() == 1


def test_giving_back_without_a_contact_is_a_failure_from_the_next_day_on(nights):
    seller = ManagerFactory()
    same_day, later, called = waiting(), waiting(), waiting()
    for client in (same_day, later, called):
        claim(client, seller)
    assert give_back(same_day, seller).failed_claim is None
    nights.at(on(1), 9)
    event(called, by=seller, now=clock.at(on(1), 9), occurred_at=clock.at(on(1), 9))
    assert give_back(later, seller).failed_claim == later.claims.get()
    assert give_back(called, seller).failed_claim is None
    assert failing.failed_claims(seller).count() == 1


def test_a_manager_gives_back_ten_within_seven_days_the_head_more(nights):
    head = head_of(DepartmentFactory())
    seller = ManagerFactory(department=head.department)
    mine = [held_client(seller, assigned_on=TODAY - 50 * DAY) for _number in range(12)]
    for client in mine[:10]:
        give_back(client, seller)
    with pytest.raises(DomainError, match="10 clients"):
        give_back(mine[10], seller)
    services.return_client(client_id=mine[10].pk, by=head, reason=None)
    nights.at(on(7), 11)
    assert give_back(mine[11], seller)


def test_many_at_once_get_an_answer_each():
    seller, other = ManagerFactory(), ManagerFactory()
    good, fresh, gone = waiting(), waiting(0.5), waiting()
    claim(gone, other)
    answers = services.claim_many(client_ids=[good.pk, fresh.pk, gone.pk, 10**9, good.pk], by=seller)
    assert [(answer.client_id, answer.ok) for answer in answers] == [
        (good.pk, True), (fresh.pk, False), (gone.pk, False), (10**9, False),
    ]  # fmt: skip
    assert "22:42" in answers[1].words
    assert str(other) in answers[2].words
    many = services.claim_many(client_ids=[waiting().pk for _number in range(6)], by=seller)
    assert [answer.ok for answer in many] == [True] * 4 + [False] * 2


def test_spread_goes_to_the_present_with_the_fewest_and_minds_the_rules():
    department = DepartmentFactory()
    head = head_of(department)
    anna, boris, carl, dora = (ManagerFactory(department=department) for _number in range(4))
    for _number in range(3):
        held_client(boris, assigned_on=TODAY)
    Absence.objects.create(manager=carl, starts_on=TODAY, ends_on=TODAY, status=Absence.Status.APPROVED)
    ClaimPause.objects.create(manager=dora, starts_on=TODAY, until=TODAY, failures=3)
    lots = [waiting() for _number in range(5)]
    answers = services.spread(client_ids=[each.pk for each in lots], among=[anna, boris, carl, dora, head], by=head)
    assert all(answer.ok for answer in answers)
    assert {person: Client.objects.held_by(person).count() for person in (anna, boris, carl, dora, head)} == {
        anna: 4, boris: 4, carl: 0, dora: 0, head: 0,
    }  # fmt: skip
    with pytest.raises(DomainError, match="None of them"):
        services.spread(client_ids=[waiting().pk], among=[carl], by=head)


def test_without_rules_everything_is_free():
    seller, client = ManagerFactory(role=Role.SALESPERSON), waiting(0)
    claim(client, seller, rules=ClaimRules())
    give_back(client, seller, rules=ClaimRules(), now=NOW + dt.timedelta(minutes=1))
    claim(client, seller, rules=ClaimRules(), now=NOW + dt.timedelta(minutes=1))
    assert not FirstTouch.objects.exists()


def test_the_night_counts_whom_it_took_back(nights):
    claim(waiting(), ManagerFactory())
    run = nights(8)
    assert (run.detached, NightlyRun.objects.get(pk=run.pk).on_exchange) == (1, 1)
