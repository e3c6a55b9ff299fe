"""What is typed wrongly into a form is said at its field, and nothing of the rest is lost; on both databases."""

import pytest
from django.urls import reverse

from clients.models import Client, ContactPoint
from clients.tests.factories import ManagerFactory, held_client
from crm.tests.test_bad_input import LONG, ROWS
from interactions.models import Event, EventKind
from interactions.tests.factories import kind

pytestmark = pytest.mark.django_db


def _form(**changed):
    return {**ROWS, "kind": "company", "name": "Vostok", "country": "RU", **changed}


@pytest.fixture
def seller(client):
    seller = ManagerFactory()
    client.force_login(seller)
    return seller


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inn", "7707083890"),
        ("kpp", "12"),
        ("birthday", "2017-02-31"),
        ("annual_revenue", "a lot"),
        ("name", LONG),
        ("notes", LONG),
        ("points-0-value", "call me"),
        ("points-0-value", LONG),
        ("website", "javascript:alert(1)"),
    ],
)
def test_the_message_stands_at_the_field_and_nothing_is_lost(client, seller, field, value):
    response = client.post(reverse("client-create"), _form(**{"city": "Kazan", "manager": seller.pk, field: value}))
    form = response.context["form"]
    assert response.status_code == 422
    assert not Client.objects.exists()
    here = form.points.forms[0] if field.startswith("points") else form
    name = field.rpartition("-")[2]
    assert name in here.errors
    assert str(here[name].value()) == value
    assert form["city"].value() == "Kazan"
    assert 'aria-invalid="true"' in response.content.decode()


def test_a_script_for_a_name_is_only_a_name(client, seller):
    name = "<script>alert(1)</script>\"'"
    theirs = held_client(seller, name=name)
    ContactPoint.objects.create(client=theirs, kind="email", value="a@b.example", comment=name)
    for url in (theirs.get_absolute_url(), reverse("client-list"), reverse("search") + "?q=script", reverse("my-day")):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page, url
    assert "&lt;script&gt;" in client.get(theirs.get_absolute_url()).content.decode()
    done = {"kind": kind("call_out").pk}
    register = reverse("contact-register", args=[theirs.pk])
    assert (
        "<script>alert" not in client.post(register, done, follow=True).content.decode()
    )  # the toast names the client
    assert "<script>alert" not in client.get(reverse("event-list")).content.decode()


def test_a_contact_is_not_registered_in_the_future(client, seller):
    theirs = held_client(seller)
    data = {"kind": kind("call_out").pk, "text": "Long talk", "occurred_at": "2999-01-01T10:00"}
    response = client.post(reverse("contact-register", args=[theirs.pk]), data)
    assert response.status_code == 422
    assert response.context["form"].errors["occurred_at"]
    assert "Long talk" in response.content.decode()
    assert not Event.objects.exists()


def test_an_event_does_not_end_before_it_starts(client, seller):
    theirs = held_client(seller)
    data = {"kind": kind("meeting").pk, "status": "done", "text": "Long talk", "responsible": seller.pk}
    data |= {"occurred_at": "2026-01-02T10:00", "ends_at": "2026-01-02T09:00"}
    response = client.post(f"{reverse('event-create')}?client={theirs.pk}", data)
    assert response.status_code == 422
    assert response.context["form"].errors["ends_at"]
    assert "Long talk" in response.content.decode()


def test_a_kind_of_the_program_cannot_be_registered_by_hand(client, seller):
    theirs = held_client(seller)
    system = EventKind.objects.filter(is_system=True).first()
    response = client.post(reverse("contact-register", args=[theirs.pk]), {"kind": system.pk})
    assert (response.status_code, Event.objects.count()) == (422, 0)


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "django_language", "theme", "messages"])
def test_broken_cookies_are_passed_over(client, cookie):
    client.force_login(ManagerFactory())
    for value in ("../../etc", "<script>", "x" * 3000, "\\000", "ru-RU-xx"):
        client.cookies[cookie] = value
        assert client.get("/").status_code in (200, 302), value
