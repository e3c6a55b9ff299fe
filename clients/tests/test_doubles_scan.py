"""The scan of the whole base: it finds what looking at every pair finds, goes on where it stopped, forgets nothing."""

import random
from itertools import combinations

import pytest

from clients.doubles import rules, scan
from clients.doubles.decisions import declare_different
from clients.doubles.rules import Row
from clients.models import Client, ContactPoint, DuplicateKey, DuplicatePair, DuplicateScan
from clients.tests.factories import ContactPointFactory, ManagerFactory, UnassignedClientFactory
from crm import clock
from crm.web.errors import Conflict

pytestmark = pytest.mark.django_db

WORDS = ["Vostok", "Vostokk", "Stroy", "Zapad", "Pumps", "Trade", "ООО", "Sibir", "Sibirr"]
INNS = ["", "", "", "7707083893", "7728168971"]
PHONES = ["+79161234567", "+74951234567", "+74950000001"]


def crowd(number: int, seed: int = 1) -> list[Client]:
    luck = random.Random(seed)
    clients, taken = [], set()
    for _ in range(number):
        inn, kpp = luck.choice(INNS), luck.choice(["", "770701001", "540101001"])
        if (inn, kpp) in taken:
            inn = ""
        taken.add((inn, kpp))
        name = " ".join(luck.sample(WORDS, 2))
        clients.append(UnassignedClientFactory(name=name, inn=inn, kpp=kpp, city=luck.choice(["Omsk", "Tomsk", ""])))
        if luck.random() < 0.4:
            ContactPointFactory(client=clients[-1], value=luck.choice(PHONES))
    return clients


def every_pair() -> dict[tuple[int, int], int]:
    """What looking at each two says."""
    rows = [Row(*row) for row in Client.objects.order_by("pk").values_list("pk", "name", "inn", "kpp", "city")]
    points = {
        row.pk: set(ContactPoint.objects.filter(client=row.pk).values_list("normalized", flat=True)) for row in rows
    }
    found = {}
    for one, other in combinations(rows, 2):
        shared = ["phone"] if points[one.pk] & points[other.pk] else []
        verdict = rules.verdict(one, other, shared, alike=rules.names_alike(one.words, other.words))
        if verdict:
            found[one.pk, other.pk] = verdict.score
    return found


def pairs(status: str = "open") -> dict[tuple[int, int], int]:
    return {(pair.one_id, pair.other_id): pair.score for pair in DuplicatePair.objects.filter(status=status)}


def run() -> DuplicateScan:
    started = scan.request_scan(by=ManagerFactory())
    scan.carry_on(started.pk)
    started.refresh_from_db()
    return started


@pytest.mark.parametrize("chunk", [3, 7, 500])
def test_it_finds_what_looking_at_every_pair_finds(monkeypatch, chunk):
    monkeypatch.setattr(scan, "CHUNK", chunk)
    crowd(60)
    done = run()
    expected = every_pair()
    assert len(expected) > 20
    assert pairs() == expected
    assert (done.status, done.done, done.total, done.found) == ("done", 60, 60, len(expected))
    assert not DuplicateKey.objects.exists()


def test_a_scan_that_was_killed_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(scan, "CHUNK", 10)
    crowd(40)
    started = scan.request_scan(by=ManagerFactory())
    whole_note = scan._note
    killed = []

    def note(found):
        if len(killed) < 1 and DuplicateScan.objects.get().done == 20:
            killed.append(1)
            raise KeyboardInterrupt
        return whole_note(found)

    monkeypatch.setattr(scan, "_note", note)
    with pytest.raises(KeyboardInterrupt):
        scan.carry_on(started.pk)
    assert DuplicateScan.objects.get().done == 20
    assert scan.carry_on_lost() == 0  # it may still be alive
    DuplicateScan.objects.update(heard_at=clock.now() - 2 * scan.SILENCE)
    assert scan.carry_on_lost() == 1
    assert pairs() == every_pair()


def test_what_people_said_holds_and_what_looks_alike_no_more_is_dropped():
    one, other, third = (UnassignedClientFactory(name="Vostok Stroy") for _ in range(3))
    assert run().found == 3
    declare_different(one_id=other.pk, other_id=one.pk, by=ManagerFactory())
    Client.objects.filter(pk=third.pk).update(name="Quite Another", search_name="quite another")
    assert run().found == 0
    assert pairs() == {}
    assert list(pairs("different")) == [(one.pk, other.pk)]


def test_a_pair_that_is_seen_again_is_told_anew():
    one, other = UnassignedClientFactory(name="Vostok Stroy"), UnassignedClientFactory(name="Vostok Stroy")
    run()
    for client in (one, other):
        ContactPointFactory(client=client, value=PHONES[0])
    run()
    assert DuplicatePair.objects.get().reasons == ["phone", "name"]


def test_the_archived_are_passed_over():
    one, _other = UnassignedClientFactory(name="Vostok Stroy"), UnassignedClientFactory(name="Vostok Stroy")
    Client.objects.filter(pk=one.pk).update(archived_at=clock.now())
    assert (run().done, pairs()) == (1, {})


def test_what_nearly_everybody_shares_says_nothing(monkeypatch):
    monkeypatch.setattr(scan, "COMMON", 4)
    for number in range(6):
        ContactPointFactory(client=UnassignedClientFactory(name=f"{'abcdef'[number] * 6} firm"), value=PHONES[0])
    run()
    assert pairs() == {}


def test_one_scan_at_a_time():
    run()
    scan.request_scan(by=ManagerFactory())
    with pytest.raises(Conflict):
        scan.request_scan(by=ManagerFactory())


def test_the_queries_of_a_chunk_do_not_grow_with_it(django_assert_max_num_queries):
    crowd(80)
    started = scan.request_scan(by=ManagerFactory())
    with django_assert_max_num_queries(22):
        scan._do_chunk(started.pk)
