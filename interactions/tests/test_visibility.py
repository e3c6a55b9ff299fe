"""Who may see and do what: the table of the product, decided by the querysets, alike for all that hangs on a client."""

import datetime as dt

import pytest

from clients.models import Absence, Client, CoManager, ContactPerson, ContactPoint, Manager, Role
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
from crm import clock
from interactions.models import Event, SalesProcess
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
#: May he read it in full / work on it / give it away? Every client is known (name, city, zone, manager) to everybody.
READ, WORK, GIVE = "read", "work", "give"
EVERYTHING, WORKS, READS, NOTHING = {READ, WORK, GIVE}, {READ, WORK}, {READ}, set()

ALL_SORTS = [
    "himself", "a colleague", "the sub-department", "another department", "nobody, on the exchange", "nobody, never",
]  # fmt: skip

#: What the person may do with the client of …
TABLE = {
    "salesperson": {
        "himself": EVERYTHING,
        "whom he stands in for": WORKS,
        "whom he stands in for from today": WORKS,
        "whom he stands in for until today": WORKS,
        "whom he stood in for": NOTHING,
        "whom he will stand in for": NOTHING,
        "who stands in for him": NOTHING,
        "a colleague, co-managed": WORKS,
        "a colleague": NOTHING,
        "his head": NOTHING,
        "the sub-department": NOTHING,
        "another department": NOTHING,
        "somebody without a department": NOTHING,
        "nobody, on the exchange": READS,
        "nobody, never": NOTHING,
    },
    "head": {
        "himself": EVERYTHING,  # the department's people are the head's
        "whom he stands in for": EVERYTHING,
        "a colleague, co-managed": EVERYTHING,
        "a colleague": EVERYTHING,
        "his head": EVERYTHING,
        "the sub-department": EVERYTHING,
        "the department above": NOTHING,
        "another department": NOTHING,
        "somebody without a department": NOTHING,
        "nobody, on the exchange": READS,
        "nobody, never": NOTHING,
    },
    "head of the sub-department": {
        "himself": NOTHING,
        "the sub-department": EVERYTHING,
        "another department": NOTHING,
        "nobody, on the exchange": READS,
    },
    "head of nothing": {"himself": NOTHING, "the sub-department": NOTHING, "nobody, on the exchange": READS},
    "salesperson named as head": {"another department": NOTHING, "a third department": NOTHING},
    "director": dict.fromkeys(ALL_SORTS, EVERYTHING),
    "administrator": dict.fromkeys(ALL_SORTS, EVERYTHING),
    "superuser": {"a colleague": EVERYTHING, "nobody, never": EVERYTHING},
}  # fmt: skip


class Company:
    """The people of the table, and a client of each sort with a phone, a person, an event and a sale."""

    def __init__(self) -> None:
        today = clock.today()
        above = DepartmentFactory()
        department = DepartmentFactory(parent=above)
        below, other = DepartmentFactory(parent=department), DepartmentFactory()
        third = DepartmentFactory()
        # Ids 1 and 10: the path of one must not begin with the path of the other.
        self.seller = ManagerFactory(department=department)
        self.people = {
            "salesperson": self.seller,
            "head": head_of(department),
            "head of the sub-department": head_of(below),
            "head of nothing": ManagerFactory(role=Role.HEAD, department=other),
            "salesperson named as head": ManagerFactory(department=other),
            "director": ManagerFactory(role=Role.DIRECTOR, department=None),
            "administrator": ManagerFactory(is_staff=True, department=None),
            "superuser": ManagerFactory(is_superuser=True, department=None),
        }
        third.head = self.people["salesperson named as head"]
        third.save()
        colleague = ManagerFactory(department=department)
        absences = {
            "whom he stands in for": (-3, 3),
            "whom he stands in for from today": (0, 3),
            "whom he stands in for until today": (-3, 0),
            "whom he stood in for": (-9, -1),
            "whom he will stand in for": (1, 9),
        }
        owners: dict[str, Manager] = {
            "himself": self.seller,
            "who stands in for him": ManagerFactory(department=other),
            "a colleague, co-managed": colleague,
            "a colleague": colleague,
            "his head": self.people["head"],
            "the sub-department": ManagerFactory(department=below),
            "the department above": ManagerFactory(department=above),
            "another department": ManagerFactory(department=other),
            "a third department": ManagerFactory(department=third),
            "somebody without a department": ManagerFactory(department=None),
        }
        for of, (first, last) in absences.items():
            owners[of] = ManagerFactory(department=department)
            Absence.objects.create(
                manager=owners[of], deputy=self.seller, starts_on=today + DAY * first, ends_on=today + DAY * last
            )
        Absence.objects.create(
            manager=self.seller, deputy=owners["who stands in for him"], starts_on=today + DAY, ends_on=today + DAY
        )
        self.clients = {of: held_client(owner) for of, owner in owners.items()}
        self.clients["nobody, on the exchange"] = exchange_client(owners["another department"])
        self.clients["nobody, never"] = UnassignedClientFactory()
        CoManager.objects.create(client=self.clients["a colleague, co-managed"], manager=self.seller)
        for client in self.clients.values():
            by = client.manager or colleague
            ContactPointFactory(client=client, person=ContactPersonFactory(client=client))
            event(client, by=by)
            process(client, by=by)


@pytest.mark.parametrize("person", TABLE)
def test_the_table(person):
    company = Company()
    # Read anew: what a person may see is remembered for a request.
    who = Manager.objects.get(pk=company.people[person].pk)
    may = {
        READ: set(Client.objects.visible_to(who)),
        WORK: set(Client.objects.editable_by(who)),
        GIVE: set(Client.objects.transferable_by(who)),
    }
    found = {of: {right for right, rows in may.items() if company.clients[of] in rows} for of in TABLE[person]}
    assert found == TABLE[person]
    assert set(Client.objects.known_to(who)) == set(company.clients.values())
    for model in (Event, SalesProcess, ContactPerson, ContactPoint):
        assert set(model.objects.values_list("client", flat=True)) == {row.pk for row in company.clients.values()}
        for right, rows in ((READ, model.objects.visible_to(who)), (WORK, model.objects.editable_by(who))):
            assert set(rows.values_list("client", flat=True)) == {client.pk for client in may[right]}, (model, right)


def test_a_co_managed_client_is_listed_once():
    company = Company()
    own = company.clients["himself"]
    for manager in (company.seller, company.people["head"]):
        CoManager.objects.get_or_create(client=own, manager=manager)
    for rows in (Client.objects.visible_to(company.seller), Client.objects.editable_by(company.seller)):
        assert list(rows.values_list("pk", flat=True)).count(own.pk) == 1
    events = Event.objects.visible_to(company.seller).filter(client=own)
    assert events.distinct().count() == len(events) > 0


def test_departments_are_told_apart_by_whole_numbers():
    """The path /1/ is the beginning of /1/7/ but not of /10/."""
    department = DepartmentFactory()
    head = head_of(department)
    fake = DepartmentFactory()
    type(fake).objects.filter(pk=fake.pk).update(path=f"/{department.pk}0/")
    client = held_client(ManagerFactory(department=fake))
    assert not Client.objects.visible_to(Manager.objects.get(pk=head.pk)).filter(pk=client.pk).exists()


def test_who_does_not_work_here_any_more_knows_nobody():
    client, gone = held_client(), ManagerFactory(is_active=False)
    assert not Client.objects.known_to(gone).filter(pk=client.pk).exists()


def test_people_and_departments_of_a_head():
    company = Company()
    head = Manager.objects.get(pk=company.people["head"].pk)
    department, below = head.department, company.clients["the sub-department"].manager.department
    departments = type(department).objects
    assert set(departments.visible_to(head)) == {department, below}
    assert set(departments.visible_to(company.people["head of the sub-department"])) == {below}
    assert not departments.visible_to(company.seller).exists()
    assert departments.visible_to(company.people["director"]).count() == departments.count()
    gone = ManagerFactory(department=below, is_active=False)
    assert set(Manager.objects.assignable_by(head)) == set(
        Manager.objects.filter(department__in=[department, below], is_active=True)
    )
    assert gone not in Manager.objects.assignable_by(company.people["director"])
    assert not Manager.objects.assignable_by(company.seller).exists()
    assert set(Manager.objects.reported_to(company.seller)) == {company.seller}
    assert company.seller in Manager.objects.reported_to(head)
    assert company.clients["another department"].manager not in Manager.objects.reported_to(head)
