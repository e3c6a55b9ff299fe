"""A merge that is taken back: everything is as it was before, but what somebody has changed since."""

import datetime as dt
import random

import pytest

from clients.links import relate_clients
from clients.merge_notices import MERGED
from clients.merging import Side, forget_old, merge_clients, undo_merge
from clients.merging.facts import CUSTOM
from clients.models import (
    Client,
    ClientTag,
    CoManager,
    ContactPerson,
    ContactPoint,
    DuplicatePair,
    MergeRecord,
    Notice,
    OwnershipPeriod,
    RecentItem,
    Tag,
    ZonePolicy,
)
from clients.notices import kind_of
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
    upload,
)
from clients.tests.naive_zones import naive_state
from clients.tests.whole import assert_as_before, whole
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.models import ContactView, LeavingWarning, Protection
from exchange.rules.claiming import ClaimRules
from exchange.services import claim, return_client
from interactions.models import Event, EventParticipant, FileLink, HandOver, Inquiry
from interactions.tests.factories import event, kind, process
from interactions.tests.test_services_events import state

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 6, 14)
NOW = clock.at(TODAY)
LONG_AGO = dt.date(2023, 12, 20)
INN, OTHER_INN = "7707083893", "7728168971"


@pytest.fixture(autouse=True)
def _today(time_machine, settings, tmp_path) -> None:
    settings.PRIVATE_FILES_DIR = str(tmp_path)
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


def ago(days: int) -> dt.datetime:
    return clock.at(TODAY - dt.timedelta(days=days))


def pair(**facts) -> tuple[Client, Client]:
    keep = held_client(ManagerFactory(), assigned_on=LONG_AGO, today=TODAY, name="Vostok")
    return keep, held_client(ManagerFactory(), assigned_on=LONG_AGO, today=TODAY, **{"name": "OOO Vostok", **facts})


def merge(keep: Client, drop: Client, head, **kwargs) -> MergeRecord:
    merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=head, today=TODAY, **kwargs)
    return MergeRecord.objects.latest("pk")


def undo(record: MergeRecord, head, **kwargs) -> MergeRecord:
    return undo_merge(record_id=record.pk, by=head, **kwargs)


def furnish(client: Client, others: list[Client], luck: random.Random, head) -> None:
    """All that may hang on a client, some of it the same as at the other one."""
    some = lambda: luck.random() < 0.6  # noqa: E731
    for number in range(luck.randrange(3)):
        sale = process(client, now=ago(luck.randrange(3, 60)))
        call = event(client, now=ago(luck.randrange(3)), process=sale, subject=f"Call {number}")
        event(client, now=ago(0), continues=call)
        if some():
            HandOver.objects.create(client=client, moment=NOW, process=sale, from_manager=client.manager or head)
    for name in luck.sample(["Anna", "Boris", "Vera"], luck.randrange(4)):
        person = ContactPersonFactory(client=client, first_name=name, last_name="Petrova")
        for value in luck.sample(["+79161234567", "boris@example.ru"], luck.randrange(3)):
            ContactPointFactory(client=client, person=person, value=value, kind="email" if "@" in value else "phone")
        if last := Event.objects.filter(client=client).first():
            EventParticipant.objects.create(event=last, person=person)
    for value in luck.sample(["+74951234567", "+74950000001"], luck.randrange(3)):
        ContactPointFactory(client=client, value=value, is_primary=some())
    for word in luck.sample(["vip", "export"], luck.randrange(3)):
        ClientTag.objects.create(client=client, tag=Tag.objects.get_or_create(name=word)[0])
    for other in others:
        if some():
            relate_clients(source=client, target=other, kind="partner")
        if some():
            one, two = sorted((client.pk, other.pk))
            decided = {"status": "different", "decided_at": NOW} if some() else {}
            DuplicatePair.objects.get_or_create(one_id=one, other_id=two, defaults=decided)
    if some():
        file = upload(client, name="both.txt")
        if last := Event.objects.filter(client=client).first():
            FileLink.objects.create(attachment=file, event=last)
    if some():
        RecentItem.objects.create(manager=head, client=client)
        CoManager.objects.create(client=client, manager=head)
        Inquiry.objects.create(client=client, kind=kind("call_in"), taken_by=head)
        ContactView.objects.create(client=client, manager=head, date=TODAY)
    if client.manager and some():
        facts = {"client": client, "manager": client.manager}
        Protection.objects.create(**facts, reason="Tender", starts_on=TODAY, until=TODAY, given_by=head)
        LeavingWarning.objects.create(**facts, clock_date=LONG_AGO, leaves_on=TODAY, level=1, warned_on=TODAY)


def world(luck: random.Random, head) -> tuple[Client, Client]:
    facts = {"city": "Omsk", "notes": "Pays late", "inn": OTHER_INN, "kpp": "770801001", "category": "A"}
    ZonePolicy.objects.create(category="A", yellow_months=2, red_months=3, detach_months=9)
    keep, drop = pair(**{name: facts[name] for name in luck.sample(list(facts), luck.randrange(6))})
    match luck.randrange(4):
        case 0:
            drop = exchange_client(ManagerFactory(), since=ago(3), name="OOO Vostok")
        case 1:
            drop = UnassignedClientFactory(name="OOO Vostok", external_id="1C-7")
    Client.objects.filter(pk=keep.pk).update(city="Tomsk", notes="Calls on Mondays", custom={"gate": "5", "door": "1"})
    Client.objects.filter(pk=drop.pk).update(custom={"gate": "7", "yard": "2"})
    third = held_client()
    for client, others in ((keep, [drop, third]), (drop, [third])):
        client.refresh_from_db()
        furnish(client, others, luck, head) if client.manager else None
    return keep, drop


@pytest.mark.parametrize("seed", range(12))
def test_a_merge_taken_back_at_once_leaves_everything_as_it_was(head, seed):
    luck = random.Random(seed)
    keep, drop = world(luck, head)
    before = whole()
    names = ["name", "city", "inn", "notes", "category", CUSTOM + "gate", CUSTOM + "yard", CUSTOM + "door"]
    choices = {name: luck.choice(list(Side)) for name in luck.sample(names, luck.randrange(len(names)))}
    alike = ContactPerson.objects.filter(client=drop).values_list("first_name", "pk")
    ours = dict(ContactPerson.objects.filter(client=keep).values_list("first_name", "pk"))
    persons = [(ours[name], theirs) for name, theirs in alike if name in ours]
    record = merge(keep, drop, head, choices=choices, persons=persons)
    assert not Client.objects.filter(pk=drop.pk).exists()
    record = undo(record, head)
    assert record.undo["left"] == []
    assert_as_before(before, whole())


def test_each_clock_is_its_own_again(head):
    keep, drop = pair()
    event(keep, now=ago(20), occurred_at=ago(20))
    event(drop, now=ago(5), occurred_at=ago(5))
    undo(merge(keep, drop, head), head)
    assert state(keep) == naive_state([ago(20).date()], LONG_AGO, TODAY)
    assert state(drop) == naive_state([ago(5).date()], LONG_AGO, TODAY)


def test_a_contact_registered_since_stays_with_the_kept_one_and_in_a_sale_goes_with_the_sale(head, time_machine):
    keep, drop = pair()
    sale = process(drop, now=ago(9))
    record = merge(keep, drop, head)
    time_machine.move_to(NOW + dt.timedelta(days=2), tick=False)
    keep.refresh_from_db()
    free = event(keep, now=clock.now())
    time_machine.move_to(NOW + dt.timedelta(days=3), tick=False)
    sale.refresh_from_db()
    sold = event(keep, now=clock.now(), process=sale)
    then = event(keep, now=clock.now(), continues=sold)
    undo(record, head)
    for row in (free, sold, then, sale):
        row.refresh_from_db()
    assert [row.client_id for row in (free, sold, then, sale)] == [keep.pk, drop.pk, drop.pk, drop.pk]
    today = clock.today()
    assert state(keep) == naive_state([TODAY + dt.timedelta(days=2)], LONG_AGO, today)
    assert Client.objects.get(pk=drop.pk).last_contact_on == today


def test_what_was_tied_while_both_were_one_is_tied_no_more_and_names_stay(head):
    keep, drop = pair()
    theirs, person = event(drop, now=ago(9)), ContactPersonFactory(client=drop, first_name="Vera", last_name="Petrova")
    file = upload(drop, name="offer.txt")
    record = merge(keep, drop, head)
    sale = process(keep, now=NOW)
    own = event(keep, now=NOW, process=sale)
    Event.objects.filter(pk=own.pk).update(continues=theirs.pk, chain=theirs.pk)
    taking_part = EventParticipant.objects.create(event=own, person=person)
    FileLink.objects.create(attachment=file, process=sale)
    call = Inquiry.objects.create(client=keep, person=person, kind=kind("call_in"), taken_by=head)
    undo(record, head)
    for row in (own, taking_part, call):
        row.refresh_from_db()
    assert (own.client, own.continues, own.chain) == (keep, None, None)
    assert (taking_part.person, taking_part.name) == (None, "Petrova Vera")
    assert (call.client, call.person) == (keep, None)
    assert not FileLink.objects.exists()


def test_a_fact_somebody_changed_since_is_left_and_said(head):
    keep, drop = pair(website="https://pumps.example", notes="Pays late", address="Lenin St 5")
    record = merge(keep, drop, head)
    Client.objects.filter(pk=keep.pk).update(address="Lenin St 7")
    record = undo(record, head)
    keep.refresh_from_db()
    assert (keep.address, keep.notes, keep.website) == ("Lenin St 7", "", "")
    assert record.undo["left"] == ["Vostok: address"]
    assert Client.objects.get(pk=drop.pk).address == "Lenin St 5"


def test_rows_that_were_deleted_or_handed_on_since_are_left_alone(head):
    keep, drop = pair()
    gone, other = ContactPersonFactory(client=drop), held_client()
    moved = ContactPointFactory(client=drop, value="+74950000001")
    record = merge(keep, drop, head)
    gone.delete()
    ContactPoint.objects.filter(pk=moved.pk).update(client=other)
    undo(record, head)
    assert not ContactPerson.objects.filter(pk=gone.pk).exists()
    moved.refresh_from_db()
    assert moved.client == other


def test_a_phone_entered_since_goes_with_its_person(head):
    keep, drop = pair()
    person = ContactPersonFactory(client=drop)
    record = merge(keep, drop, head)
    person.refresh_from_db()
    point = ContactPointFactory(client=keep, person=person, value="+79161234567")
    undo(record, head)
    point.refresh_from_db()
    assert point.client_id == drop.pk


def test_an_inn_that_another_client_has_by_now_is_not_given_twice(head):
    keep, drop = pair(inn=OTHER_INN, kpp="770801001")
    record = merge(keep, drop, head, choices={"inn": Side.KEEP})
    held_client(inn=OTHER_INN, kpp="770801001")
    record = undo(record, head)
    assert Client.objects.get(pk=drop.pk).inn == ""
    assert record.undo["left"] == ["OOO Vostok: INN"]


def test_who_left_the_company_meanwhile_gets_no_client_back(head):
    keep, drop = pair()
    record = merge(keep, drop, head)
    drop.manager.is_active = False
    drop.manager.save()
    record = undo(record, head)
    back = Client.objects.get(pk=drop.pk)
    assert (back.manager_id, back.zone, back.detach_on) == (None, "", None)
    assert not OwnershipPeriod.objects.filter(client=back, until=None).exists()
    assert record.undo["left"] == ["OOO Vostok: lead manager"]


def test_a_row_whose_target_is_gone_is_counted(head):
    keep, drop = pair()
    tag = Tag.objects.create(name="vip")
    for client in (keep, drop):
        ClientTag.objects.create(client=client, tag=tag)
    record = merge(keep, drop, head)
    tag.delete()
    record = undo(record, head)
    assert record.undo["left"] == [f"{ClientTag._meta.verbose_name_plural}: 1"]


def test_the_return_stands_in_the_change_log(head):
    keep, drop = pair(notes="Pays late")
    call = event(drop, now=NOW)
    undo(merge(keep, drop, head), head)
    for row in (Client.objects.get(pk=drop.pk), Client.objects.get(pk=keep.pk), call):
        latest = type(row).history.filter(id=row.pk).first()
        assert latest.history_user == head
        assert latest.history_change_reason.startswith(f"merge taken back: #{drop.pk}")


def test_a_stay_on_the_exchange_comes_back(head):
    keep, drop = pair()
    return_client(client_id=drop.pk, by=drop.manager, reason=None, now=NOW)
    record = merge(keep, drop, head)
    undo(record, head)
    back = Client.objects.get(pk=drop.pk)
    assert back.is_on_exchange
    claim(client_id=back.pk, by=keep.manager, now=NOW + dt.timedelta(hours=1), rules=ClaimRules())


def test_once_only_and_within_its_days(head):
    record = merge(*pair(), head)
    with pytest.raises(DomainError):
        undo(record, head, now=NOW + dt.timedelta(days=7, seconds=1))
    undo(record, head, now=NOW + dt.timedelta(days=7))
    with pytest.raises(Conflict):
        undo(record, head)


def test_of_two_merges_the_later_one_is_taken_back_first(head):
    keep, drop = pair()
    third = held_client(name="Third", assigned_on=LONG_AGO, today=TODAY)
    before = whole()
    first = merge(keep, drop, head)
    second = merge(third, keep, head)
    with pytest.raises(Conflict, match="Third"):
        undo(first, head)
    undo(second, head)
    undo(first, head)
    assert_as_before(before, whole())


def test_what_is_kept_of_people_is_forgotten_when_its_days_are_over(head):
    record = merge(*pair(), head)
    assert forget_old(now=NOW + dt.timedelta(days=7)) == 0
    assert forget_old(now=NOW + dt.timedelta(days=8)) == 1
    record.refresh_from_db()
    assert record.undo == {}
    assert forget_old(now=NOW + dt.timedelta(days=8)) == 0


def test_a_merge_whose_kept_client_was_deleted_is_not_taken_back(head):
    keep, drop = pair()
    record = merge(keep, drop, head)
    Client.objects.filter(pk=keep.pk).delete()
    with pytest.raises(Conflict):
        undo(record, head)


def test_who_loses_a_client_by_it_is_told_and_told_when_it_is_back(head):
    keep, drop = pair()
    undo(merge(keep, drop, head), head)
    told = Notice.objects.filter(kind=MERGED).order_by("pk")
    assert [(notice.recipient, notice.url) for notice in told] == [
        (drop.manager, keep.get_absolute_url()),
        (drop.manager, drop.get_absolute_url()),
    ]
    gone, back = (kind_of(notice).words(notice) for notice in told)
    assert str(keep.manager) in gone
    assert "OOO Vostok" in back


def test_who_merges_his_own_two_clients_is_told_nothing(head):
    keep, drop = pair()
    merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=drop.manager)
    assert not Notice.objects.filter(kind=MERGED).exists()
