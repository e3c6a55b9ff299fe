"""Birthdays and occasions: the page, the letter, and who may write it."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import ContactPerson, ContactPoint, Industry, LetterTemplate, Occasion
from clients.tests.factories import ContactPersonFactory, ContactPointFactory, held_client
from clients.tests.pages import EMAIL, Company, browser
from crm import clock
from interactions import client_letters
from interactions.models import ClientLetter, Event
from interactions.tests.factories import event
from interactions.views import occasions as views
from interactions.views.occasions import MAILTO_LENGTH, mailto

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 13)
LIST = "/occasions/"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def pavel(_noon, company: Company) -> ContactPerson:
    """Whose fiftieth birthday is tomorrow."""
    person = company.client.persons.get()
    person.birthday, person.middle_name = dt.date(1976, 5, 14), "Ilyich"
    person.save()
    ContactPointFactory(client=company.client, person=person, kind="email", value="pavel@vostok.example")
    return person


def letter_url(person: ContactPerson) -> str:
    return f"{reverse('letter-write', args=[person.client_id])}?person={person.pk}"


def typed(person: ContactPerson, **kwargs) -> dict:
    point = ContactPoint.objects.get(person=person, kind="email")
    return {"to": point.pk, "subject": "Happy birthday", "text": "Dear Pavel"} | kwargs


# --- the page ---------------------------------------------------------------------------------------------------------
def test_who_has_a_birthday_in_the_coming_days(company, pavel):
    page = browser(company.anna).get(LIST).content.decode()
    assert "Zotov Pavel Ilyich" in page
    assert "50 years" in page
    assert reverse("letter-write", args=[company.client.pk]) in page
    assert "tel:+79161234567" in page
    time = browser(company.anna).get(LIST + "?days=30")
    assert time.context["period"] == 30
    assert browser(company.anna).get(LIST + "?days=1000").context["period"] == 7


def test_whose_days_one_sees(company, pavel):
    for who, query, sees in (
        (company.anna, "", True),
        (company.vera, "", True),  # stands in
        (company.boris, "", True),  # co-manages
        (company.petr, "?whose=all", False),
        (company.petr, "?whose=department", False),
        (company.head, "", True),
        (company.head, "?whose=mine", False),
        (company.other_head, "", False),
        (company.director, "", True),
    ):
        assert ("Zotov Pavel" in browser(who).get(LIST + query).content.decode()) is sees, (str(who), query)


def test_of_very_many_the_nearest_are_shown(company, pavel, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    client = held_client(company.anna, name="Alpha")
    for number, day in enumerate([dt.date(1980, 5, 19), dt.date(1980, 5, 13), dt.date(1980, 5, 11)]):
        ContactPersonFactory(client=client, last_name=f"Guest{number}", birthday=day)
    type(client).objects.filter(pk=client.pk).update(
        birthday=dt.date(2000, 5, 15), birthday_md=515, last_contact_on=None
    )
    answer = browser(company.anna).get(LIST)
    shown = [
        str(row.day.person or row.day.client) for _date, _occasions, rows in answer.context["days"] for row in rows
    ]
    assert [name.split()[0] for name in shown] == ["Guest2", "Guest1", "Zotov"]
    assert "only the nearest" in answer.content.decode()
    monkeypatch.setattr(views, "MOST", 4)
    assert "only the nearest" not in browser(company.anna).get(LIST).content.decode()


def test_missed_days_stay_until_somebody_was_in_touch(company, pavel):
    anna = browser(company.anna)
    ContactPerson.objects.filter(pk=pavel.pk).update(birthday=dt.date(1976, 5, 10), birthday_md=510)
    client = pavel.client
    type(client).objects.filter(pk=client.pk).update(assigned_on=TODAY - dt.timedelta(days=60))
    assert "Zotov Pavel" in anna.get(LIST).content.decode(), "Sunday's birthday is seen on Wednesday"
    event(client, by=company.anna)
    assert "Zotov Pavel" not in anna.get(LIST).content.decode()


def test_an_empty_page_leads_on(company):
    assert "To the clients" in browser(company.petr).get(LIST).content.decode()


def test_occasion_of_an_industry_names_its_clients_only(company, pavel):
    trade = Industry.objects.create(name="Energy")
    power = Occasion.objects.create(name="Power Engineer's Day", month=5, day=15, industry=trade)
    url, anna = reverse("occasion-clients", args=[power.pk]), browser(company.anna)
    assert url not in anna.get(LIST).content.decode()
    assert "Vostok Stroy" not in anna.get(url).content.decode()
    type(company.client).objects.filter(pk=company.client.pk).update(industry=trade)
    assert url in anna.get(LIST).content.decode()
    assert "Zotov Pavel" in anna.get(url).content.decode()
    assert "Zotov Pavel" not in browser(company.petr).get(url).content.decode()


def test_queries_do_not_grow_with_the_rows(company, pavel, django_assert_max_num_queries):
    anna = browser(company.anna)
    for number in range(12):
        client = held_client(company.anna, today=TODAY)
        person = ContactPersonFactory(client=client, birthday=dt.date(1980, 5, 14))
        ContactPointFactory(client=client, person=person, value=f"+791600000{number:02}")
    anna.get(LIST)
    with django_assert_max_num_queries(18):
        assert anna.get(LIST).content.decode().count("data-key=") > 12


def test_my_day_says_whose_birthday_is_near(company, pavel):
    assert "Zotov Pavel" in browser(company.anna).get("/").content.decode()
    ClientLetter.objects.create(
        client=company.client, address="a@b.example", subject="A", text="A", by=company.anna,
        key=f"birthday-{pavel.pk}-2026",
    )  # fmt: skip
    assert 'id="occasions-title"' not in browser(company.anna).get("/").content.decode()


# --- the letter -------------------------------------------------------------------------------------------------------
def test_the_letter_is_prepared(company, pavel):
    page = browser(company.anna).get(letter_url(pavel))
    form = page.context["form"]
    assert form.initial["subject"] == "Happy birthday, Pavel!"
    assert form.initial["text"].startswith("Dear Pavel,")
    assert "Anna Ivanova" in form.initial["text"]
    content = page.content.decode()
    assert "pavel@vostok.example" in content
    assert EMAIL not in content, "a person's letter does not go to the office"
    assert "has not agreed to the processing" in content
    pavel.has_consented = True
    pavel.save()
    assert "has not agreed to the processing" not in browser(company.anna).get(letter_url(pavel)).content.decode()


def test_it_is_sent(company, pavel, mailoutbox, time_machine):
    answer = browser(company.anna).post(letter_url(pavel), typed(pavel), follow=True)
    assert "counts as a contact when it has left" in answer.content.decode()
    letter = ClientLetter.objects.get()
    assert (letter.by, letter.person, letter.key) == (company.anna, pavel, f"birthday-{pavel.pk}-2026")
    assert not mailoutbox
    assert not Event.objects.exists()
    time_machine.move_to(clock.now() + client_letters.GRACE, tick=False)
    client_letters.send_due()
    assert [message.to for message in mailoutbox] == [["pavel@vostok.example"]]
    assert Event.objects.get().client == company.client
    assert "Anna I. wrote" in browser(company.head).get(LIST).content.decode()


def test_who_comes_second_is_told_and_loses_nothing(company, pavel):
    browser(company.anna).post(letter_url(pavel), typed(pavel))
    page = browser(company.boris).get(letter_url(pavel)).content.decode()
    assert "Anna Ivanova has written already" in page
    answer = browser(company.boris).post(letter_url(pavel), typed(pavel, text="My own words"))
    assert answer.status_code == 422
    assert "Anna Ivanova has written this letter already." in answer.content.decode()
    assert "My own words" in answer.content.decode()
    assert ClientLetter.objects.count() == 1


def test_second_thoughts_are_the_writers_own(company, pavel):
    browser(company.anna).post(letter_url(pavel), typed(pavel))
    url = reverse("letter-cancel", args=[ClientLetter.objects.get().pk])
    assert browser(company.petr).post(url).status_code == 404
    assert browser(company.boris).post(url).status_code == 403
    assert browser(company.anna).get(url).status_code == 405
    assert ClientLetter.objects.exists()
    browser(company.anna).post(url)
    assert not ClientLetter.objects.exists()


@pytest.mark.parametrize("bad", [{"subject": ""}, {"text": ""}, {"text": "x" * 10001}, {"to": "0"}, {"to": ""}])
def test_nothing_typed_is_lost(company, pavel, bad):
    answer = browser(company.anna).post(letter_url(pavel), typed(pavel, **{"text": "My own words"} | bad))
    assert answer.status_code == 422
    assert "text" in bad or "My own words" in answer.content.decode()
    assert not ClientLetter.objects.exists()


def test_the_address_of_another_person_is_refused(company, pavel):
    office = ContactPoint.objects.get(value=EMAIL)
    assert browser(company.anna).post(letter_url(pavel), typed(pavel, to=office.pk)).status_code == 422


def test_another_letter_may_be_taken_until_one_has_written(company, pavel):
    other = LetterTemplate.objects.get(name="Birthday, formal")
    anna, first = browser(company.anna), browser(company.anna).get(letter_url(pavel)).context["form"].initial
    prepared = typed(pavel, subject=first["subject"], text=first["text"].replace("\n", "\r\n"), template=other.pk)
    taken = anna.post(letter_url(pavel), prepared | {"fill": "1"})
    assert taken.status_code == 200
    assert "our whole team congratulates you" in taken.content.decode()
    own = anna.post(letter_url(pavel), prepared | {"fill": "1", "text": "My own words"})
    assert own.status_code == 422
    assert "My own words" in own.content.decode()
    assert "You have changed the text." in own.content.decode()
    assert not ClientLetter.objects.exists()


def test_without_an_address_the_letter_is_copied(company, pavel):
    ContactPoint.objects.filter(person=pavel, kind="email").delete()
    page = browser(company.anna).get(letter_url(pavel)).content.decode()
    assert "There is no e-mail address here" in page
    assert "data-letter-copy" in page
    assert "mailto:" not in page
    answer = browser(company.anna).post(letter_url(pavel), {"subject": "A", "text": "My own words"})
    assert answer.status_code == 422
    assert "My own words" in answer.content.decode()
    assert not ClientLetter.objects.exists()


def test_who_may_write(company, pavel):
    for who, status in ((company.anna, 200), (company.vera, 200), (company.boris, 200), (company.head, 200),
                        (company.director, 200), (company.petr, 404), (company.other_head, 404)):  # fmt: skip
        assert browser(who).get(letter_url(pavel)).status_code == status, who
    for who in (company.petr, company.other_head):
        assert browser(who).post(letter_url(pavel), typed(pavel)).status_code == 403
    assert not ClientLetter.objects.exists()


def test_there_is_no_letter_without_a_day(company, pavel):
    anna, url = browser(company.anna), reverse("letter-write", args=[company.client.pk])
    other = ContactPersonFactory(client=held_client(company.anna, today=TODAY), birthday=dt.date(1980, 5, 14))
    for query in (
        "",
        f"?person={other.pk}",
        "?person=x",
        "?occasion=0",
        f"?person={ContactPersonFactory(client=company.client).pk}",
    ):
        assert anna.get(url + query).status_code == 404, query


def test_a_long_text_is_not_put_into_a_link():
    assert mailto("a@b.example", "Hello & bye", "One\nTwo") == (
        "mailto:a@b.example?subject=Hello%20%26%20bye&body=One%0D%0ATwo"
    )
    assert mailto("a@b.example", "Hello", "ж" * MAILTO_LENGTH) == "mailto:a@b.example?subject=Hello"
