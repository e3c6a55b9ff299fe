"""Names that were typed become contact persons; what begins in an event keeps its way back."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients.models import Client, ContactPerson
from clients.tests.factories import ContactPersonFactory, held_client
from clients.tests.pages import browser
from crm.web.errors import Conflict
from interactions import participants
from interactions.models import Event, EventParticipant, EventStatus, ProcessKind, SalesProcess
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
STRANGERS = ["petr", "other_head"]
NO_POINTS = {"points-TOTAL_FORMS": 0, "points-INITIAL_FORMS": 0}


def typed(of, name="Pavel Sidorov"):
    return EventParticipant.objects.create(event=of, name=name)


def who(of):
    return [str(row) for row in of.participants.order_by("pk")]


# --- linking ----------------------------------------------------------------------------------------------------------
def test_a_name_is_linked_in_every_event_of_the_client():
    client = held_client()
    person = ContactPersonFactory(client=client, first_name="Pavel", last_name="Sidorov")
    first, second, other = event(client), event(client), event(held_client(client.manager))
    name = typed(first)
    typed(second, "  pavel   SIDOROV ")
    typed(second, "Somebody else")
    typed(other)
    assert participants.link(participant=name, person=person) == 2
    assert (who(first), who(second), who(other)) == (
        ["Sidorov Pavel"],
        ["Sidorov Pavel", "Somebody else"],
        ["Pavel Sidorov"],
    )
    assert set(EventParticipant.objects.filter(person=person).values_list("name", flat=True)) == {""}


def test_only_here_if_asked():
    client = held_client()
    person = ContactPersonFactory(client=client)
    first, second = event(client), event(client)
    name = typed(first)
    typed(second)
    assert participants.link(participant=name, person=person, everywhere=False) == 1
    assert who(second) == ["Pavel Sidorov"]


def test_a_person_takes_part_once():
    client = held_client()
    person, talk = ContactPersonFactory(client=client), event(client)
    EventParticipant.objects.create(event=talk, person=person)
    name = typed(talk)
    typed(talk)
    participants.link(participant=name, person=person)
    assert who(talk) == [str(person)]


def test_another_clients_person_is_refused():
    talk = event()
    with pytest.raises(ValidationError):
        participants.link(participant=typed(talk), person=ContactPersonFactory())
    assert who(talk) == ["Pavel Sidorov"]


def test_what_is_linked_already_is_not_linked_anew():
    client = held_client()
    name = typed(event(client))
    participants.link(participant=name, person=ContactPersonFactory(client=client))
    with pytest.raises(Conflict):
        participants.link(participant=name, person=ContactPersonFactory(client=client))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Иванов Иван Иванович", ("Иванов", "Иван", "Иванович")),
        ("John Smith", ("Smith", "John", "")),
        ("Olga", ("", "Olga", "")),
        ("+7 916", ("", "+7 916", "")),
    ],
)
def test_a_typed_name_is_taken_apart(name, parts):
    person = participants.new_person(held_client(), name)
    assert (person.last_name, person.first_name, person.middle_name) == parts


def test_the_likeliest_person_is_offered_first():
    client = held_client()
    ContactPersonFactory(client=client, first_name="Anna", last_name="Belova")
    meant = ContactPersonFactory(client=client, first_name="Pavel", last_name="Sidorov")
    name = typed(event(client), "Pavel Sidorow")
    persons = participants.offered(name)
    assert (persons[0], participants.likely(name, persons)) == (meant, meant)
    assert participants.likely(typed(name.event, "Boris"), persons) is None


# --- pages ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def talk(company):
    return event(company.client, subject="Exhibition", text="Met at the stand")


def path(name, of):
    return reverse(name, args=[of.pk])


def test_the_page_of_an_event_offers_to_link_a_name(company, talk):
    name, person = typed(talk), ContactPersonFactory(client=company.client, first_name="Pavel", last_name="Sidorov")
    typed(event(company.client))
    anna, link = browser(company.anna), path("participant-link", name)
    assert link in anna.get(talk.get_absolute_url()).content.decode()
    form = anna.get(link).context["form"]
    assert (form["person"].value(), form["everywhere"].value()) == (person.pk, True)
    answer = anna.post(link, {"person": person.pk, "everywhere": "on"}, follow=True)
    assert "in 2 events" in answer.content.decode()
    assert link not in answer.content.decode()
    assert anna.get(link).status_code == 404


def test_a_new_person_for_a_name(company, talk):
    name, other = typed(talk, "Иванов Иван Иванович"), event(company.client)
    typed(other, "Иванов Иван Иванович")
    anna, url = browser(company.anna), f"{path('event-person', talk)}?participant={name.pk}"
    form = anna.get(url).context["form"]
    assert (form["last_name"].value(), form["first_name"].value()) == ("Иванов", "Иван")
    data = {"last_name": "Иванов", "first_name": "Иван", **NO_POINTS}
    assert anna.post(url, data)["Location"] == talk.get_absolute_url()
    person = ContactPerson.objects.get(last_name="Иванов")
    assert set(person.events.all()) == {talk, other}


def test_a_new_person_takes_part(company, talk):
    data = {"first_name": "Olga", **NO_POINTS}
    anna = browser(company.anna)
    assert anna.post(path("event-person", talk), {}).status_code == 422
    anna.post(path("event-person", talk), data)
    assert who(talk) == ["Olga"]
    assert talk.participants.get().person.client == company.client


def test_a_name_of_another_event_is_not_taken(company, talk):
    name = typed(event(company.client))
    url = f"{path('event-person', talk)}?participant={name.pk}"
    assert browser(company.anna).get(url).status_code == 404


def test_a_sale_out_of_an_event(company, talk):
    anna = browser(company.anna)
    form = anna.get(path("event-sale", talk)).context["form"]
    assert form["title"].value() == "Exhibition"
    data = {name: form[name].value() for name in ("title", "kind", "responsible", "started_on")}
    data |= {"kind": ProcessKind.objects.get(name="Sale").pk, "started_on": data["started_on"].isoformat()}
    assert anna.post(path("event-sale", talk), data).status_code == 302
    talk.refresh_from_db()
    assert talk.process == SalesProcess.objects.get(title="Exhibition")
    assert anna.post(path("event-sale", talk), {**data, "title": "Second"}).status_code == 302
    talk.refresh_from_db()
    assert talk.process.title == "Exhibition"


@pytest.mark.parametrize(("along", "goes"), [({}, False), ({"take_along": "on"}, True)])
def test_a_client_out_of_an_event(company, talk, along, goes):
    typed(talk, "Rosa Ltd")
    anna = browser(company.anna)
    form = anna.get(path("event-client", talk)).context["form"]
    assert form["name"].value() == "Rosa Ltd"
    assert talk.get_absolute_url() in form["notes"].value()
    data = {"name": "Rosa Ltd", "kind": "company", "country": "RU", "manager": company.anna.pk, **NO_POINTS, **along}
    answer = anna.post(path("event-client", talk), data)
    assert answer.status_code == 302, answer.context["form"].errors
    created = Client.objects.get(name="Rosa Ltd")
    talk.refresh_from_db()
    assert created.manager == company.anna
    assert (talk.client == created) is goes
    company.client.refresh_from_db()
    assert (company.client.last_contact_on is None) is goes


def test_a_task_out_of_an_event_continues_it(company, talk):
    page = browser(company.anna).get(f"{reverse('event-create')}?continues={talk.pk}&status=planned")
    assert page.context["form"]["subject"].value() == "Exhibition"
    assert page.context["form"].instance.continues == talk
    assert page.context["form"].instance.status == EventStatus.PLANNED


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("name", ["event-sale", "event-client", "event-person"])
def test_strangers_do_not_know_of_it(company, talk, stranger, name):
    someone = browser(getattr(company, stranger))
    assert someone.get(path(name, talk)).status_code == 404
    assert someone.post(path(name, talk), {"name": "X", "first_name": "X", "title": "X"}).status_code == 404
    assert not ContactPerson.objects.filter(first_name="X").exists()
    assert Event.objects.get(pk=talk.pk).process is None


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_link_nobody(company, talk, stranger):
    name, person = typed(talk), ContactPersonFactory(client=company.client)
    url = path("participant-link", name)
    assert browser(getattr(company, stranger)).post(url, {"person": person.pk}).status_code == 404
    assert who(talk) == ["Pavel Sidorov"]
