"""No page prints a phone or an address of a client nobody holds before its reader has asked for them.

Everything that can be opened is opened, for every role: the contacts of one client on the exchange (its own and its
person's) are looked for in what comes back, however they are written.
"""

import copy
import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from clients.columns import client_columns, person_columns
from clients.tests.factories import ContactPointFactory, exchange_client
from crm import clock
from crm.testing.shared import made_once
from crm.tests.test_routes import ROUTES, World
from crm.web.exports import XLSX
from exchange.contact_views import look
from exchange.models import ContactView
from interactions.columns import event_columns, process_columns
from interactions.inquiry_columns import inquiry_columns
from interactions.models import Event, EventStatus, SalesProcess
from interactions.tests.factories import event, inquiry, process

pytestmark = pytest.mark.django_db

PHONE, PERSONS_PHONE = "+79167654321", "+74232345678"
EMAIL, PERSONS_EMAIL = "office@volga-trade.example", "zotov@volga-trade.example"
SECRETS = ("9167654321", "4232345678", EMAIL, PERSONS_EMAIL)
HTMX = {"HX-Request": "true"}
#: Lists with everything they could show.
WIDE = {
    "client": client_columns,
    "person": person_columns,
    "event": event_columns,
    "process": lambda: process_columns(is_open=True),
}
ROLES = ("stranger", "owner", "head", "director", "admin")


class Market(World):
    """The world of the routes; everything in it that can be is the client's on the exchange."""

    def __init__(self) -> None:
        super().__init__()
        owner, director = self.people["owner"], self.people["director"]
        self.hidden = exchange_client(owner, name="Volga Trade", city="Samara", inn="7707083893")
        person = self.person
        person.pk = None
        person.client, person.last_name = self.hidden, "Zotov"
        person.save()
        for value, whose, sort in (
            (PHONE, None, "phone"),
            (EMAIL, None, "email"),
            (PERSONS_PHONE, person, "phone"),
            (PERSONS_EMAIL, person, "email"),
        ):
            ContactPointFactory(client=self.hidden, person=whose, value=value, kind=sort, comment=f"direct {value}")
        self.talk = event(self.hidden, by=owner)
        self.talk.participants.create(person=person)
        self.plan = event(self.hidden, by=director, status=EventStatus.PLANNED, occurred_at=clock.now())
        self.sale = process(self.hidden, by=director)
        self.call = inquiry(self.hidden, typed=PHONE)
        # The client of the exchange was with a co-manager too, who may still work on it.
        self.hidden.co_managements.create(manager=self.people["stranger"])

    def addresses(self) -> Iterator[str]:
        """Whatever can be read: each route with the hidden client, and with what hangs on it, in the place of what it
        asks for."""
        things = {"client": self.hidden, "twin": self.hidden, "waiting": self.hidden, "person": self.person}
        things |= {"event": self.talk, "planned": self.plan, "process": self.sale}
        things["inquiry"] = self.call
        for name, route in ROUTES.items():
            if route.get is None:
                continue
            thing = things.get(route.on) or (getattr(self, route.on) if route.on else None)
            kwargs = {"pk": thing.pk} if thing else {}
            kwargs |= {key: (things.get(of) or getattr(self, of)).pk for key, of in route.more.items()}
            yield reverse(name, kwargs=kwargs) + (f"?{route.query}={self.hidden.pk}" if route.query else "")
        yield reverse("my-day") + f"?client={self.hidden.pk}"
        yield reverse("client-list") + "?whose=all&q=volga"
        for name, columns in WIDE.items():
            every = f"whose=all&who=all&cols={','.join(column.key for column in columns())}"
            yield reverse(f"{name}-list") + f"?{every}"
            yield reverse(f"{name}-export") + f"?{every}"
        every = f"status=all&cols={','.join(column.key for column in inquiry_columns())}"
        yield from (f"{reverse(name)}?{every}" for name in ("inquiry-list", "inquiry-export"))
        yield reverse("inquiry-create") + f"?client={self.hidden.pk}"
        yield reverse("contact-pick") + "?lines&q="
        yield reverse("client-merge-confirm", args=[self.twin.pk, self.hidden.pk])
        for words in ("volga", "zotov", "916765", "4321", "765432", "5678", "office@", "zotov@volga", "samara", "7707"):
            yield reverse("search") + f"?q={words}"
            yield reverse("client-suggest") + f"?q={words}"
            yield reverse("event-create") + f"?q={words}"
            yield reverse("palette") + f"?q={words}"
            yield reverse("contact-pick") + f"?q={words}"
            yield reverse("inquiry-create") + f"?q={words}"
            yield reverse("inquiry-list") + f"?status=all&q={words}"


_made_once = made_once(Market)


@pytest.fixture
def world(_made_once, db) -> Market:
    return copy.deepcopy(_made_once)


def read(answer) -> str:
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer["Content-Type"] == XLSX:
        with ZipFile(BytesIO(text)) as book:
            text = b"\n".join(book.read(name) for name in book.namelist())
    return text.decode()


def found_in(text: str) -> list[str]:
    """Which of the secrets stand in a page, however a number is grouped."""
    bare = re.sub(r"(&nbsp;|[\s() \u2010-\u2015-])+", "", text)
    return [secret for secret in SECRETS if secret.replace("-", "") in bare]


def test_the_detector_sees_a_number_however_it_is_written():
    for written in ("+7 916 765-43-21", "8 (916) 765\u201143\u201121", "tel:+79167654321", EMAIL):
        assert len(found_in(f"<td>{written}</td>")) == 1, written


@pytest.mark.once
@pytest.mark.parametrize("role", ROLES)
def test_no_page_prints_hidden_contacts_before_they_are_asked_for(client, world, role):
    client.force_login(world.people[role])
    opened = 0
    for url in world.addresses():
        for headers in ({}, HTMX):
            answer = client.get(url, headers=headers)
            assert found_in(read(answer)) == [], f"{url} as {role}"
            opened += answer.status_code == 200
    assert opened > 100
    assert not ContactView.objects.exists()


@pytest.mark.parametrize("role", ROLES)
def test_after_asking_the_card_prints_them_all(client, world, role):
    client.force_login(world.people[role])
    card = reverse("client-detail", args=[world.hidden.pk])
    client.post(reverse("contact-view", args=[world.hidden.pk]))
    assert found_in(read(client.get(card))) == list(SECRETS)
    assert found_in(read(client.get(reverse("search") + "?q=4321"))) == [SECRETS[0]]


def test_what_is_planned_with_a_client_on_the_exchange_shows_no_number_on_my_day(client, world):
    director = world.people["director"]
    client.force_login(director)
    page = read(client.get(reverse("my-day")))
    assert "Volga Trade" in page
    assert found_in(page) == []
    look(client_id=world.hidden.pk, by=director)
    assert found_in(read(client.get(reverse("my-day")))) != []


def test_the_check_for_duplicates_knows_the_number_and_tells_no_other(client, world):
    client.force_login(world.people["stranger"])
    text = read(client.post(reverse("client-duplicates"), {"name": "Volga Trade", "points-0-value": PHONE}))
    assert "same phone" in text
    assert found_in(text) == []


def test_forms_that_are_refused_print_nothing(client, world):
    client.force_login(world.people["director"])
    rows = {"points-TOTAL_FORMS": "3", "points-INITIAL_FORMS": "2"}
    rows |= {f"points-{n}-id": str(point.pk) for n, point in enumerate(world.hidden.contact_points.filter(person=None))}
    for url in (
        reverse("client-update", args=[world.hidden.pk]),
        reverse("person-update", args=[world.person.pk]),
    ):
        answer = client.post(url, rows)
        assert answer.status_code == 422
        assert found_in(read(answer)) == []


# --- search -----------------------------------------------------------------------------------------------------------
def hits(client, words):
    answer = client.get(reverse("search"), {"q": words}, headers=HTMX)
    return {hit.client.name: hit.matches for hit in answer.context["hits"]}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("8 916 765 43 21", "8 916 765 43 21"),
        ("+79167654321", "+79167654321"),
        ("234 56 78", "234 56 78 · Zotov"),
        (PERSONS_EMAIL, PERSONS_EMAIL + " · Zotov"),
    ],
)
def test_a_number_that_is_known_finds_the_client_and_shows_what_was_typed(client, world, typed, shown):
    client.force_login(world.people["owner"])
    assert [match.replace(" Pavel", "") for match in hits(client, typed)["Volga Trade"]] == [shown]


@pytest.mark.parametrize("typed", ["4321", "654321", "+7916765", "916765432", "5678", "office@volga", "zotov@"])
def test_a_part_of_a_hidden_contact_finds_nothing_before_the_look(client, world, typed):
    owner = world.people["owner"]
    client.force_login(owner)
    assert "Volga Trade" not in hits(client, typed)
    look(client_id=world.hidden.pk, by=owner)
    assert "Volga Trade" in hits(client, typed)


def test_choosing_a_client_for_an_event_is_no_way_to_guess(client, world):
    director = world.people["director"]
    client.force_login(director)
    found = lambda words: "Volga Trade" in read(client.get(reverse("event-create"), {"q": words}, headers=HTMX))  # noqa: E731
    assert found("volga")
    assert not found("654321")
    look(client_id=world.hidden.pk, by=director)
    assert found("654321")


# --- Django admin -----------------------------------------------------------------------------------------------------
def test_the_admin_prints_them_only_after_the_look_on_the_card(client, world):
    boss = world.people["admin"]
    client.force_login(boss)
    of = {"client": world.hidden, "contactperson": world.person}
    pages = [
        reverse(f"admin:clients_{model}_{page}", args=[row.pk])
        for model, row in of.items()
        for page in ("change", "history")
    ]
    pages.append(reverse("admin:clients_contactperson_delete", args=[world.person.pk]))
    pages += [
        reverse("admin:clients_client_changelist") + "?q=volga",
        reverse("admin:clients_contactperson_changelist"),
    ]
    for url in pages:
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert found_in(read(answer)) == [], url
    chosen = {"action": "delete_selected", "_selected_action": [world.person.pk]}
    assert found_in(read(client.post(reverse("admin:clients_contactperson_changelist"), chosen))) == []
    look(client_id=world.hidden.pk, by=boss)
    assert found_in(read(client.get(pages[0]))) == [SECRETS[0], SECRETS[2]]
    assert found_in(read(client.get(pages[2]))) == [SECRETS[1], SECRETS[3]]


def test_the_world_is_as_it_is_meant(world):
    assert Event.objects.filter(client=world.hidden).count() >= 2
    assert SalesProcess.objects.filter(client=world.hidden).count() == 1
    assert world.person.client == world.hidden
    assert world.hidden.contact_points.count() == 4
