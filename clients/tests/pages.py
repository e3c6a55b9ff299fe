"""A small sales department for tests of pages."""

from dataclasses import dataclass

import pytest
from django.test import Client as Browser

from clients.models import Absence, Client, Manager, Role
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    head_of,
    held_client,
)
from crm import clock

INN, OTHER_INN = "7707083893", "7728168971"
PHONE, EMAIL = "+79161234567", "office@vostok.example"
NOTES = "Prefers letters on Mondays"


@dataclass
class Company:
    """Anna leads the client, Vera stands in for her, Boris co-manages; Petr is a colleague; the heads, the director."""

    client: Client
    anna: Manager
    petr: Manager
    vera: Manager
    boris: Manager
    head: Manager
    other_head: Manager
    director: Manager


def browser(user: Manager) -> Browser:
    """Signed in as ``user``."""
    signed_in = Browser()
    signed_in.force_login(user)
    return signed_in


@pytest.fixture
def company(db) -> Company:
    north, south = DepartmentFactory(name="North"), DepartmentFactory(name="South")
    anna = ManagerFactory(first_name="Anna", last_name="Ivanova", department=north)
    petr = ManagerFactory(first_name="Petr", last_name="Sokolov", department=south)
    vera = ManagerFactory(first_name="Vera", last_name="Kuznetsova", department=south)
    boris = ManagerFactory(first_name="Boris", last_name="Novikov", department=south)
    client = held_client(
        anna,
        name="Vostok Stroy",
        city="Vladivostok",
        inn=INN,
        kpp="770701001",
        notes=NOTES,
        website="https://v.example",
    )
    person = ContactPersonFactory(client=client, first_name="Pavel", last_name="Zotov")
    ContactPointFactory(client=client, value=EMAIL, kind="email")
    ContactPointFactory(client=client, person=person, value=PHONE)
    client.co_managements.create(manager=boris)
    Absence.objects.create(manager=anna, deputy=vera, starts_on=clock.today(), ends_on=clock.today())
    return Company(
        client,
        anna,
        petr,
        vera,
        boris,
        head_of(north, first_name="Igor", last_name="Golovin"),
        head_of(south, first_name="Lev", last_name="Yugov"),
        ManagerFactory(role=Role.DIRECTOR, department=None, first_name="Olga", last_name="Orlova"),
    )
