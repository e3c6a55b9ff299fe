"""Factories of the clients app. They go through the services where a row has rules (a held client has a clock)."""

import datetime as dt
from typing import Any

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from factory.django import DjangoModelFactory

from clients import attachments
from clients.models import (
    Attachment,
    Client,
    ContactPerson,
    ContactPoint,
    Department,
    Manager,
    OwnershipPeriod,
    Region,
    Role,
)
from clients.services import attach
from clients.zoning import lock_clients, set_last_contact
from crm import clock


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Department
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Department {n}")


class ManagerFactory(DjangoModelFactory):
    class Meta:
        model = Manager
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"manager{n}")
    first_name = factory.Sequence(lambda n: f"Anna{n}")
    last_name = factory.Sequence(lambda n: f"Ivanova{n}")
    department = factory.SubFactory(DepartmentFactory)
    password = factory.PostGenerationMethodCall("set_password", "demo")

    @factory.post_generation
    def _save_password(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create:
            self.save()


def head_of(department: Department, **kwargs: Any) -> Manager:
    """A head who heads ``department``."""
    head = ManagerFactory(role=Role.HEAD, department=department, **kwargs)
    department.head = head
    department.save()
    return head


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ["name"]

    name = "North"


class UnassignedClientFactory(DjangoModelFactory):
    """A client that never had a manager."""

    class Meta:
        model = Client

    name = factory.Sequence(lambda n: f"Client {n}")
    city = "Omsk"


class ContactPersonFactory(DjangoModelFactory):
    class Meta:
        model = ContactPerson

    client = factory.SubFactory(UnassignedClientFactory)
    first_name = "Pavel"
    last_name = factory.Sequence(lambda n: f"Sidorov{n}")


class ContactPointFactory(DjangoModelFactory):
    class Meta:
        model = ContactPoint

    client = factory.SubFactory(UnassignedClientFactory)
    value = factory.Sequence(lambda n: f"+7916{n:07d}")


def held_client(
    manager: Manager | None = None,
    *,
    assigned_on: dt.date | None = None,
    last_contact_on: dt.date | None = None,
    today: dt.date | None = None,
    **kwargs: Any,
) -> Client:
    """A client held by ``manager`` since ``assigned_on`` (today), last contacted on ``last_contact_on``, as of
    ``today``.

    Its published zone is that of ``today``.
    """
    today = today or clock.today()
    client = UnassignedClientFactory(**kwargs)
    manager = manager or ManagerFactory()
    attach(
        client_id=client.pk, manager=manager, by=None, gained=OwnershipPeriod.Gained.CREATED, today=assigned_on or today
    )
    with transaction.atomic():
        set_last_contact(lock_clients([client.pk])[client.pk], last_contact_on, today=today, cause="correction")
    client.refresh_from_db()
    return client


def exchange_client(last_manager: Manager | None = None, *, since: dt.datetime | None = None, **kwargs: Any) -> Client:
    """A client on the exchange that ``last_manager`` held before; it came three days ago, so that it may be claimed."""
    client = UnassignedClientFactory(**kwargs)
    Client.objects.filter(pk=client.pk).update(
        exchange_since=since or clock.now() - dt.timedelta(days=3), last_manager=last_manager or ManagerFactory()
    )
    client.refresh_from_db()
    return client


def upload(
    client: Client,
    content: bytes = b"Ten pumps",
    *,
    name: str = "offer.txt",
    by: Manager | None = None,
    comment: str = "",
) -> Attachment:
    """A file of a client."""
    sent = SimpleUploadedFile("upload.txt", content)
    by = by or client.manager or ManagerFactory()
    return attachments.attach(client_id=client.pk, upload=sent, by=by, name=name, comment=comment)
