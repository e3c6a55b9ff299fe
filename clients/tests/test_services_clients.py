"""Clients' services: owners, clocks and zones change together; nothing is half-written."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from clients import services
from clients.models import Client, ContactPerson, ContactPoint, OwnershipPeriod, ZonePolicy
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    held_client,
)
from clients.tests.naive_zones import State, naive_state
from clients.zone_changes import ZoneChange, record, register
from clients.zoning import clients_of, lock_clients, redate, set_last_contact, set_zone_dates
from crm.web.errors import Conflict, DomainError
from exchange.models import ZoneTransition

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 6, 14)
DAY = dt.timedelta(days=1)


def state(client: Client) -> State:
    client.refresh_from_db()
    return State(
        client.last_contact_on, client.clock_date, client.yellow_on, client.red_on, client.detach_on, client.zone
    )


def periods(client: Client) -> list[tuple]:
    rows = OwnershipPeriod.objects.filter(client=client).order_by("pk")
    return list(rows.values_list("manager_id", "since", "until", "gained", "lost"))


def transitions(client: Client) -> list[tuple]:
    rows = ZoneTransition.objects.filter(client=client).order_by("pk")
    return list(rows.values_list("from_zone", "to_zone", "cause", "manager_id", "date"))


def create(**kwargs) -> Client:
    manager = kwargs.pop("manager", None) or ManagerFactory()
    points = kwargs.pop("points", ())
    return services.create_client(
        client=Client(**{"name": "Romashka", **kwargs}), by=manager, manager=manager, points=points, today=TODAY
    )


# --- creating and editing ---------------------------------------------------------------------------------------------
def test_a_new_client_starts_green_with_its_manager():
    client = create(points=[ContactPoint(value="8 916 123-45-67"), ContactPoint(kind="email", value="A@b.ru")])
    assert state(client) == naive_state([], TODAY, TODAY)
    assert periods(client) == [(client.manager_id, TODAY, None, "created", "")]
    assert transitions(client) == [("", "green", "assignment", client.manager_id, TODAY)]
    assert client.created_by == client.manager
    assert sorted(client.contact_points.values_list("normalized", flat=True)) == ["+79161234567", "a@b.ru"]


def test_a_new_client_without_a_manager_is_unassigned():
    client = services.create_client(client=Client(name="Romashka"), by=ManagerFactory(), manager=None, today=TODAY)
    assert state(client) == naive_state([], None, TODAY)
    assert list(Client.objects.unassigned()) == [client]
    assert periods(client) == transitions(client) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"inn": "7707083894"}, "inn"),
        ({"kpp": "1"}, "kpp"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"time_zone": "Moscow"}, "time_zone"),
        ({"birthday": dt.date(2999, 1, 1)}, "birthday"),
        ({"founded_year": 3000}, "founded_year"),
        ({"category": "D"}, "category"),
        ({"points": [ContactPoint(value="call me")]}, "value"),
    ],
)
def test_wrong_facts_are_refused_at_their_field_and_nothing_is_written(fields, field):
    with pytest.raises(ValidationError) as raised:
        create(**fields)
    assert field in raised.value.message_dict
    assert not Client.objects.exists()
    assert not OwnershipPeriod.objects.exists()
    assert not ContactPoint.objects.exists()


def test_the_same_phone_twice_is_refused_in_words_and_nothing_is_written():
    with pytest.raises(ValidationError):
        create(points=[ContactPoint(value="+79161234567"), ContactPoint(value="8 916 123-45-67")])
    assert not Client.objects.exists()


def test_a_second_client_with_the_same_inn_and_kpp_is_refused():
    create(inn="7707083893", kpp="770501001")
    create(inn="7707083893", kpp="770502001")
    with pytest.raises(ValidationError):
        create(inn="7707 083 893", kpp="770501001")
    assert Client.objects.count() == 2


def test_an_edit_does_not_touch_the_clock_of_a_contact_registered_meanwhile():
    client = held_client(assigned_on=dt.date(2024, 1, 1), today=TODAY)
    old = Client.objects.get(pk=client.pk)
    other = ManagerFactory()
    services.reassign(client_id=client.pk, manager=other, by=other, today=TODAY - DAY)
    set_last_contact(lock_clients([client.pk])[client.pk], TODAY, today=TODAY, cause="contact")
    old.name, old.city = "  Новое   имя ", "Тверь"
    old.manager, old.zone = ManagerFactory(), "red"
    updated = services.update_client(client=old, by=other, today=TODAY)
    assert (updated.name, updated.search_name, updated.manager) == ("Новое имя", "новое имя", other)
    assert state(client) == naive_state([TODAY], TODAY - DAY, TODAY)


def test_a_changed_category_may_mean_other_dates_and_another_colour():
    ZonePolicy.objects.create(category="A", yellow_months=1, red_months=2, detach_months=3)
    client = held_client(assigned_on=dt.date(2024, 4, 1), today=TODAY)
    assert client.zone == "yellow"
    client.category = "A"
    services.update_client(client=client, by=client.manager, today=TODAY)
    assert state(client) == naive_state([], dt.date(2024, 4, 1), TODAY, (1, 2, 3))
    assert client.zone == "red"
    assert transitions(client)[-1][:3] == ("yellow", "red", "policy")


def test_an_edit_is_in_the_history():
    client = create()
    client.city = "Tver"
    services.update_client(client=client, by=client.manager, today=TODAY)
    latest = client.history.first()
    assert (latest.history_type, latest.city) == ("~", "Tver")


# --- owners -----------------------------------------------------------------------------------------------------------
def test_handing_over_starts_the_clock_anew_and_keeps_the_owners():
    client = held_client(assigned_on=dt.date(2024, 1, 1), last_contact_on=dt.date(2024, 2, 1), today=TODAY)
    first, second, head = client.manager, ManagerFactory(), ManagerFactory()
    services.reassign(client_id=client.pk, manager=second, by=head, today=TODAY)
    assert state(client) == naive_state([dt.date(2024, 2, 1)], TODAY, TODAY)
    assert (client.manager, client.last_manager) == (second, first)
    assert periods(client) == [
        (first.pk, dt.date(2024, 1, 1), TODAY, "created", "reassigned"),
        (second.pk, TODAY, None, "assigned", ""),
    ]
    assert transitions(client)[-1] == ("yellow", "green", "assignment", second.pk, TODAY)
    assert client.history.first().manager_id == second.pk


def test_handing_over_to_the_same_an_inactive_or_from_nobody_is_refused():
    client = held_client(today=TODAY)
    before = state(client), periods(client)
    with pytest.raises(DomainError) as refused:
        services.reassign(client_id=client.pk, manager=client.manager, by=client.manager, today=TODAY)
    assert refused.value.field == "manager"
    with pytest.raises(DomainError):
        services.reassign(client_id=client.pk, manager=ManagerFactory(is_active=False), by=client.manager, today=TODAY)
    assert (state(client), periods(client)) == before
    for nobodys in (exchange_client(), UnassignedClientFactory()):
        with pytest.raises(Conflict):
            services.reassign(client_id=nobodys.pk, manager=client.manager, by=client.manager, today=TODAY)
    with pytest.raises(Conflict):
        services.reassign(client_id=0, manager=client.manager, by=client.manager, today=TODAY)


def test_attaching_what_somebody_holds_is_refused():
    client = held_client(today=TODAY)
    with pytest.raises(Conflict):
        services.attach(client_id=client.pk, manager=ManagerFactory(), by=None, gained="created", today=TODAY)
    with pytest.raises(DomainError):
        services.attach(
            client_id=UnassignedClientFactory().pk,
            manager=ManagerFactory(is_active=False),
            by=None,
            gained="created",
            today=TODAY,
        )
    assert OwnershipPeriod.objects.count() == 1


def test_an_old_contact_does_not_make_a_new_owner_late():
    client = exchange_client()
    Client.objects.filter(pk=client.pk).update(last_contact_on=dt.date(2020, 1, 1))
    services.attach(client_id=client.pk, manager=ManagerFactory(), by=None, gained="assigned", today=TODAY)
    assert state(client) == naive_state([dt.date(2020, 1, 1)], TODAY, TODAY)
    assert client.exchange_since is None


def test_a_client_nobody_holds_has_no_clock():
    with pytest.raises(ValueError, match="not held"):
        set_zone_dates(UnassignedClientFactory(), today=TODAY)


# --- policies ---------------------------------------------------------------------------------------------------------
def test_a_changed_policy_dates_its_clients_anew_in_batches(monkeypatch):
    monkeypatch.setattr("clients.zoning._BATCH", 2)
    department = DepartmentFactory()
    manager = ManagerFactory(department=department)
    contacts = [TODAY - DAY * number for number in (0, 20, 40, 70, 100)]
    mine = [held_client(manager, assigned_on=day, today=TODAY) for day in contacts]
    other = held_client(assigned_on=contacts[2], today=TODAY)
    before = state(other)
    ZonePolicy.objects.create(department=department, yellow_months=1, red_months=2, detach_months=3)
    nobodys = exchange_client()
    assert redate([client.pk for client in [*mine, nobodys]], today=TODAY) == 5
    for client, day in zip(mine, contacts, strict=True):
        assert state(client) == naive_state([], day, TODAY, (1, 2, 3))
    assert [client.zone for client in mine] == ["green", "green", "yellow", "red", "red"]
    assert state(other) == before
    log = ZoneTransition.objects.count()
    assert redate([client.pk for client in mine], today=TODAY) == 0
    assert ZoneTransition.objects.count() == log
    assert clients_of(manager) == [client.pk for client in mine]


def test_a_manager_in_another_department_brings_his_clients_under_its_policy():
    strict = DepartmentFactory()
    ZonePolicy.objects.create(department=strict, yellow_months=2, red_months=3, detach_months=4)
    part = DepartmentFactory(parent=strict)
    client = held_client(assigned_on=dt.date(2024, 5, 1), today=TODAY)
    assert client.zone == "yellow"
    client.manager.department = part
    client.manager.save()
    assert redate(clients_of(client.manager), today=TODAY) == 1
    assert state(client) == naive_state([], dt.date(2024, 5, 1), TODAY, (2, 3, 4))
    assert transitions(client)[-1][:3] == ("yellow", "green", "policy")


def test_a_moved_department_has_the_policy_of_its_new_place():
    strict, part = DepartmentFactory(), DepartmentFactory()
    ZonePolicy.objects.create(department=strict, yellow_months=2, red_months=3, detach_months=4)
    below = DepartmentFactory(parent=part)
    client = held_client(ManagerFactory(department=below), assigned_on=dt.date(2024, 5, 1), today=TODAY)
    part.parent = strict
    part.save()
    below.refresh_from_db()
    assert below.path == f"/{strict.pk}/{part.pk}/{below.pk}/"
    assert redate([client.pk], today=TODAY) == 1
    assert state(client) == naive_state([], dt.date(2024, 5, 1), TODAY, (2, 3, 4))


def test_a_department_cannot_be_part_of_its_own_part():
    top = DepartmentFactory()
    part = DepartmentFactory(parent=top)
    top.parent = part
    with pytest.raises(ValidationError) as raised:
        top.clean()
    assert "parent" in raised.value.message_dict


# --- persons ----------------------------------------------------------------------------------------------------------
def test_a_person_is_saved_with_phones_or_not_at_all():
    client = UnassignedClientFactory()
    person = ContactPerson(client=client, first_name="Pavel", last_name="Ёлкин")
    services.save_person(person=person, points=[ContactPoint(value="8 916 123 45 67")])
    assert person.search_name == "елкин pavel"
    point = person.contact_points.get()
    assert point.client == client
    for wrong in ("phone", "+7 916 123-45-67"):
        person.position = "CEO"
        with pytest.raises(ValidationError):
            services.save_person(person=person, points=[ContactPoint(value=wrong)])
        assert ContactPerson.objects.get().position == ""
    services.save_person(person=person, points=[ContactPoint(value="8 916 123 45 67")], removed=[point])
    assert person.contact_points.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"birthday": dt.date(2999, 1, 1)}, "birthday"),
        ({"has_consented": True, "consented_on": dt.date(2999, 1, 1)}, "consented_on"),
        ({"consented_on": dt.date(2020, 1, 1)}, "consented_on"),
        ({"first_name": ""}, "first_name"),
    ],
)
def test_wrong_facts_of_a_person_are_refused_at_their_field(fields, field):
    person = ContactPerson(**{"client": UnassignedClientFactory(), "first_name": "Pavel", **fields})
    with pytest.raises(ValidationError) as raised:
        services.save_person(person=person)
    assert field in raised.value.message_dict


def test_a_persons_time_zone_is_the_clients_unless_told():
    person = ContactPersonFactory(client=UnassignedClientFactory(time_zone="Asia/Omsk"))
    assert person.zone_name == "Asia/Omsk"
    person.time_zone = "Asia/Tokyo"
    assert person.zone_name == "Asia/Tokyo"


# --- recorders --------------------------------------------------------------------------------------------------------
def test_recorders_are_told_once_and_only_of_changes(monkeypatch):
    monkeypatch.setattr("clients.zone_changes._recorders", [])
    told = []
    recorder = told.append
    register(recorder)
    register(recorder)
    record([])
    change = ZoneChange(1, None, "", "green", "assignment", TODAY)
    record([change])
    assert told == [[change]]
