"""The exchange and the night with many people at once, on PostgreSQL."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from clients import services as clients
from clients.models import Client, OwnershipPeriod
from clients.tests.crowd import PATIENCE, Crowd, Holder, blocked, wait_until
from clients.tests.factories import ManagerFactory, exchange_client, held_client
from crm import clock
from exchange import services
from exchange.claims import ClaimRefused
from exchange.models import Claim, Detachment, NightlyRun, ZoneSnapshot, ZoneTransition
from exchange.services import AlreadyTaken
from exchange.tests.bare import run_due_nights, run_night
from exchange.tests.naive_night import bulk_clients, counts, random_clocks
from interactions.tests.factories import event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

D = dt.date.fromisoformat
TODAY = D("2024-07-16")
NOW = clock.at(TODAY, 10, 42)
DAY = dt.timedelta(days=1)


def test_fifty_claims_of_one_client_have_one_winner():
    client = exchange_client(since=NOW - 3 * DAY)
    people = [ManagerFactory() for _ in range(50)]
    with Crowd(50) as crowd:
        answers = crowd.all_at_once(
            [lambda person=person: services.claim(client_id=client.pk, by=person, now=NOW) for person in people]
        )
    won = [answer for answer in answers if isinstance(answer, Claim)]
    lost = [answer for answer in answers if isinstance(answer, AlreadyTaken)]
    assert (len(won), len(lost)) == (1, 49)
    winner = won[0].manager
    (words,) = {str(answer) for answer in lost}
    assert words.startswith(f"Already taken by {winner} at ")
    assert "10:42" in words
    assert Claim.objects.get() == won[0]
    client.refresh_from_db()
    assert (client.manager, client.clock_date, client.zone) == (winner, TODAY, "green")
    assert OwnershipPeriod.objects.get(client=client).manager == winner
    assert ZoneTransition.objects.get(client=client).manager == winner


def test_one_person_in_many_windows_claims_no_more_than_a_day_allows():
    """The ledger is counted under the claimer's lock: different clients do not make his claims pass each other."""
    waiting, person = [exchange_client(since=NOW - 3 * DAY).pk for _ in range(20)], ManagerFactory()
    with Crowd(20) as crowd:
        answers = crowd.all_at_once([lambda pk=pk: services.claim(client_id=pk, by=person, now=NOW) for pk in waiting])
    assert sum(isinstance(answer, Claim) for answer in answers) == Claim.objects.count() == 5
    refused = [answer for answer in answers if isinstance(answer, ClaimRefused)]
    assert [[each.rule for each in answer.refusals] for answer in refused] == [["daily"]] * 15


def test_claims_of_few_clients_by_many_never_double():
    waiting = [exchange_client(since=NOW - 3 * DAY).pk for _ in range(5)]
    people = [ManagerFactory() for _ in range(15)]
    chance = random.Random(1)
    acts: list[Callable[[], Any]] = []
    for person in people:
        mine = chance.sample(waiting, 3)
        acts.append(lambda person=person, mine=mine: [_claimed(pk, person) for pk in mine])
    with Crowd(len(acts)) as crowd:
        answers = crowd.all_at_once(acts)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    claimed = list(Claim.objects.values_list("client_id", flat=True))
    assert sum(sum(answer) for answer in answers) == len(claimed) == len(set(claimed))
    for claim in Claim.objects.select_related("client"):
        assert claim.client.manager_id == claim.manager_id


def _claimed(pk: int, person: Any) -> bool:
    try:
        services.claim(client_id=pk, by=person, now=NOW)
    except AlreadyTaken:
        return False
    return True


def test_a_claim_and_a_heads_assignment_at_once_have_one_winner():
    client, seller, head = exchange_client(since=NOW - 3 * DAY), ManagerFactory(), ManagerFactory()
    with Crowd(2) as crowd:
        claiming = Holder(crowd, lambda: services.claim(client_id=client.pk, by=seller, now=NOW))
        assigning = crowd.start(
            lambda: services.assign_from_exchange(client_id=client.pk, manager=head, by=head, now=NOW)
        )
        wait_until(lambda: blocked() == 1, "the head waits for the claim")
        claiming.commit()
        with pytest.raises(AlreadyTaken, match=str(seller)):
            assigning.result(PATIENCE)
    assert Claim.objects.get().manager == seller


# --- the night and the day --------------------------------------------------------------------------------------------
def due_client(**kwargs: Any) -> Client:
    client = held_client(assigned_on=D("2024-01-15"), today=D("2024-01-15"), **kwargs)
    assert client.detach_on == TODAY
    return client


def test_a_contact_committed_while_the_night_waits_for_its_client_wins():
    saved, other = due_client(), due_client()
    with Crowd(2) as crowd:
        contact = Holder(crowd, lambda: event(saved, by=saved.manager, now=clock.at(TODAY, 0, 30)))
        night = crowd.start(lambda: run_night(TODAY))
        wait_until(lambda: blocked() == 1, "the night waits for the contact")
        contact.commit()
        run = night.result(PATIENCE)
    saved.refresh_from_db()
    other.refresh_from_db()
    assert (saved.manager is None, saved.zone, saved.clock_date) == (False, "green", TODAY)
    assert (other.manager, other.zone) == (None, "")
    assert (run.detached, run.held, run.green, run.on_exchange) == (1, 1, 1, 1)
    assert not Detachment.objects.filter(client=saved).exists()
    assert OwnershipPeriod.objects.get(client=saved).until is None
    log = ZoneTransition.objects.filter(client=saved).order_by("pk").values_list("from_zone", "to_zone")
    assert list(log) == [("", "green")]


def test_a_contact_that_waits_for_the_night_comes_too_late():
    """The other way round: the night has the row first; the contact stays history, the client stays on the exchange."""
    client = due_client()
    manager = client.manager
    with Crowd(2) as crowd:
        night = Holder(crowd, lambda: run_night(TODAY))
        contact = crowd.start(lambda: event(client, by=manager, now=clock.at(TODAY, 0, 30)))
        wait_until(lambda: blocked() == 1, "the contact waits for the night")
        night.commit()
        contact.result(PATIENCE)
    client.refresh_from_db()
    assert (client.manager, client.zone, client.last_contact_on) == (None, "", TODAY)
    assert Detachment.objects.filter(client=client).count() == 1


def test_a_contact_while_the_night_waits_keeps_the_colour_green():
    client = held_client(assigned_on=D("2024-06-16"), today=D("2024-06-16"))
    run_night(TODAY - DAY)
    with Crowd(2) as crowd:
        contact = Holder(crowd, lambda: event(client, by=client.manager, now=clock.at(TODAY, 0, 30)))
        night = crowd.start(lambda: run_night(TODAY))
        wait_until(lambda: blocked() == 1, "the night waits for the contact")
        contact.commit()
        run = night.result(PATIENCE)
    client.refresh_from_db()
    assert (client.zone, run.turned_yellow, run.green) == ("green", 0, 1)
    assert not ZoneTransition.objects.filter(client=client, to_zone="yellow").exists()


def test_a_hand_over_while_the_night_waits_wins():
    client, second = due_client(), ManagerFactory()
    with Crowd(2) as crowd:
        handing = Holder(
            crowd, lambda: clients.reassign(client_id=client.pk, manager=second, by=client.manager, today=TODAY)
        )
        night = crowd.start(lambda: run_night(TODAY))
        wait_until(lambda: blocked() == 1, "the night waits for the hand-over")
        handing.commit()
        assert night.result(PATIENCE).detached == 0
    client.refresh_from_db()
    assert (client.manager, client.zone) == (second, "green")


def test_a_return_while_the_night_waits_is_not_doubled():
    client = due_client()
    with Crowd(2) as crowd:
        giving = Holder(
            crowd, lambda: services.return_client(client_id=client.pk, by=client.manager, reason=None, now=NOW)
        )
        night = crowd.start(lambda: run_night(TODAY))
        wait_until(lambda: blocked() == 1, "the night waits for the return")
        giving.commit()
        assert night.result(PATIENCE).detached == 0
    assert Detachment.objects.get().reason == "returned"


def test_the_second_of_two_nights_at_once_waits_and_changes_nothing():
    people = [ManagerFactory() for _ in range(3)]
    world = bulk_clients(people, random_clocks(random.Random(1), 60, D("2024-07-01"), 230), D("2024-07-01"))
    with Crowd(4) as crowd:
        answers = crowd.all_at_once([lambda: run_night(TODAY, chunk=3)] * 4)
    assert [type(answer) for answer in answers] == [NightlyRun] * 4
    for client in world:
        client.night(TODAY)
    run = NightlyRun.objects.get()
    assert (run.held, run.green, run.yellow, run.red, run.on_exchange) == counts(world)
    changed = [client for client in world if client.log]
    assert ZoneTransition.objects.count() == len(changed)
    assert run.detached == Detachment.objects.count() == sum(len(client.left_on) for client in world) > 0
    assert run.turned_yellow + run.turned_red + run.detached == len(changed)
    assert ZoneSnapshot.objects.exclude(manager=None).count() == 3


def test_two_runs_at_once_over_missed_nights_leave_each_night_once():
    """The second waits for the last missed night, and does not trip over one that the first has just published."""
    people = [ManagerFactory() for _ in range(3)]
    world = bulk_clients(people, random_clocks(random.Random(2), 40, D("2024-07-01"), 230), D("2024-07-01"))
    run_night(D("2024-07-01"))
    with Crowd(3) as crowd:
        answers = crowd.all_at_once([lambda: run_due_nights(D("2024-07-06"))] * 3)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sorted(len(answer) for answer in answers) == [1, 1, 5]
    for number in range(6):
        for client in world:
            client.night(D("2024-07-01") + DAY * number)
    assert NightlyRun.objects.done().count() == 6
    assert dict(Client.objects.values_list("pk", "zone")) == {client.pk: client.zone for client in world}
    assert ZoneTransition.objects.count() == sum(len(client.log) for client in world)


def test_a_night_whose_connection_died_leaves_no_lock_behind():
    def half_a_night() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [0x6E676874])

    with Crowd(1) as crowd:
        crowd.start(half_a_night).result(PATIENCE)
        assert crowd.start(lambda: run_night(TODAY)).result(PATIENCE).status == "done"
