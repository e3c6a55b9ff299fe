"""Whom to congratulate, and the prepared letters."""

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients import occasion_notices, occasions, prepared_letters
from clients.models import (
    CoManager,
    ContactPerson,
    Industry,
    LetterTemplate,
    Manager,
    Notice,
    Occasion,
    Role,
)
from clients.occasions import Use, celebration, clients_in, coming, occasions_ahead, scope_in_force, scopes_of
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 12, 29)


@pytest.fixture(autouse=True)
def _days_before_new_year(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


def person(manager: Manager, birthday: str, **kwargs) -> ContactPerson:
    return ContactPersonFactory(
        client=held_client(manager, today=TODAY), birthday=dt.date.fromisoformat(birthday), **kwargs
    )


def ahead(user: Manager, scope: str = "mine", days: int = 7) -> list[occasions.Celebration]:
    return coming(clients_in(user, scope), TODAY, days)


# --- whose ------------------------------------------------------------------------------------------------------------
def test_whose_days_a_person_may_look_at():
    department = DepartmentFactory()
    seller, head = ManagerFactory(department=department), head_of(department)
    director, admin = ManagerFactory(role=Role.DIRECTOR), ManagerFactory(is_staff=True)
    assert [scopes_of(one) for one in (seller, head, director, admin)] == [
        ["mine"],
        ["mine", "department"],
        ["mine", "all"],
        ["mine", "all"],
    ]
    assert scope_in_force(seller, "all") == scope_in_force(seller, "department") == "mine"
    assert scope_in_force(head, "mine") == "mine"
    assert scope_in_force(head, "") == "department"


def test_only_what_one_works_on_and_never_the_exchange():
    department = DepartmentFactory()
    seller, head, stranger = ManagerFactory(department=department), head_of(department), ManagerFactory()
    hers = person(seller, "1980-12-30")
    foreign = person(stranger, "1980-12-30")
    ContactPersonFactory(client=exchange_client(seller), birthday=dt.date(1980, 12, 30))
    helped = person(stranger, "1980-12-31")
    CoManager.objects.create(client=helped.client, manager=seller)
    director = ManagerFactory(role=Role.DIRECTOR)
    assert [day.person for day in ahead(seller)] == [hers, helped]
    assert [day.person for day in ahead(head, "department")] == [hers]
    assert {day.person for day in ahead(director, "all")} == {hers, foreign, helped}


# --- what is ahead ----------------------------------------------------------------------------------------------------
def test_days_come_in_their_order_across_the_new_year(django_assert_num_queries):
    seller = ManagerFactory()
    january, today = person(seller, "1986-01-02"), person(seller, "1990-12-29")
    person(seller, "1990-01-05")  # the eighth day
    person(seller, "1990-12-28")  # yesterday
    person(seller, "1990-12-30", is_active=False)
    company = held_client(seller, birthday=dt.date(2016, 12, 31), name="Vostok", today=TODAY)
    old = held_client(seller, birthday=dt.date(2016, 12, 31), founded_year=1991, name="Zapad", today=TODAY)
    human = held_client(seller, kind="person", birthday=dt.date(1970, 1, 1), today=TODAY)
    clients = clients_in(seller, "mine")
    with django_assert_num_queries(2):
        found = coming(clients, TODAY, 7)
    assert [(day.use, day.on.isoformat(), day.client, day.person, day.years) for day in found] == [
        (Use.BIRTHDAY, "2026-12-29", today.client, today, 36),
        (Use.FOUNDING, "2026-12-31", company, None, 10),
        (Use.FOUNDING, "2026-12-31", old, None, 35),
        (Use.BIRTHDAY, "2027-01-01", human, None, 57),
        (Use.BIRTHDAY, "2027-01-02", january.client, january, 41),
    ]
    assert [day.is_round for day in found] == [False, True, True, False, False]
    assert [day.key for day in found] == [
        f"birthday-{today.pk}-2026",
        f"founding-c{company.pk}-2026",
        f"founding-c{old.pk}-2026",
        f"birthday-c{human.pk}-2027",
        f"birthday-{january.pk}-2027",
    ]


def test_occasions_of_the_year_and_of_an_industry():
    seller = ManagerFactory()
    trade = Industry.objects.create(name="Energy")
    held_client(seller, today=TODAY)
    energetic = held_client(seller, industry=trade, today=TODAY)
    power = Occasion.objects.create(name="Power Engineer's Day", month=12, day=30, industry=trade)
    Occasion.objects.create(name="Nobody's Day", month=12, day=30, industry=Industry.objects.create(name="Fishing"))
    Occasion.objects.create(name="Off", month=12, day=30, is_active=False)
    found = occasions_ahead(clients_in(seller, "mine"), TODAY, 7)
    assert [(each.on.isoformat(), each.occasion.name, each.clients) for each in found] == [
        ("2026-12-30", "Power Engineer's Day", 1),
        ("2027-01-01", "New Year", 2),
    ]
    day = celebration(energetic, TODAY, occasion=power)
    assert day is not None
    assert (day.use, day.key) == (Use.OCCASION, f"occasion-{power.pk}-c{energetic.pk}-2026")
    assert celebration(held_client(seller, today=TODAY), TODAY, occasion=power) is None


def test_the_day_of_somebody_without_one():
    client = held_client(today=TODAY)
    assert celebration(client, TODAY) is None
    assert celebration(client, TODAY, person=ContactPersonFactory(client=client)) is None


def test_an_address_is_the_persons_own():
    seller = ManagerFactory()
    born = person(seller, "1980-12-30")
    mine = ContactPointFactory(client=born.client, person=born, kind="email", value="b@example.com")
    ContactPointFactory(client=born.client, kind="email", value="office@example.com")
    main = ContactPointFactory(client=born.client, person=born, kind="email", value="a@example.com", is_primary=True)
    ContactPointFactory(client=born.client, person=born)
    (day,) = ahead(seller)
    assert occasions.addresses(day, seller) == [main, mine]


# --- letters ----------------------------------------------------------------------------------------------------------
def test_a_letter_has_the_names_in_their_places():
    seller = ManagerFactory(first_name="Anna", last_name="Petrova", phone="+7 495 000-00-00")
    born = person(seller, "1976-12-30", first_name="Pavel", middle_name="Ilyich", last_name="{years}")
    (day,) = ahead(seller)
    template = LetterTemplate(
        subject="{first_name},\n{occasion}",
        text="{polite_name} / {full_name} / {client} {years} \n{manager}\n{phone}\n{x}",
    )
    subject, text = prepared_letters.written(template, day, seller)
    assert subject == "Pavel, Birthday"
    assert text == f"Pavel Ilyich / {{years}} Pavel Ilyich / {born.client} 50\nAnna Petrova\n+7 495 000-00-00\n{{x}}"


def test_templates_of_this_very_occasion_and_of_the_companys_language_come_first(settings):
    settings.LANGUAGE_CODE = "ru"
    client = held_client(today=TODAY)
    year = celebration(client, TODAY, occasion=Occasion.objects.get(name="New Year"))
    assert year is not None
    assert [each.name for each in prepared_letters.templates_for(year)] == [
        "С Новым годом",
        "Праздник",
        "New Year",
        "Occasion",
    ]


def test_what_is_shipped_has_no_mistyped_places_and_a_letter_for_everything():
    assert Occasion.objects.count() == 4
    for template in LetterTemplate.objects.all():
        assert not prepared_letters.mistyped(template.subject + template.text), template
        template.full_clean()
    for language in ("en", "ru"):
        assert set(LetterTemplate.objects.filter(language=language).values_list("use", flat=True)) == set(Use.values)


# --- told in the morning ----------------------------------------------------------------------------------------------
def test_lead_managers_are_told_once_of_todays_days(django_assert_max_num_queries):
    anna, boris = ManagerFactory(), ManagerFactory()
    for _ in range(2):
        person(anna, "1980-12-29")
    person(boris, "1980-12-30")
    held_client(anna, birthday=dt.date(2000, 12, 29), today=TODAY)
    ContactPersonFactory(client=exchange_client(anna), birthday=dt.date(1980, 12, 29))
    with django_assert_max_num_queries(7):
        assert occasion_notices.tell_birthdays() == 1
    assert occasion_notices.tell_birthdays() == 0
    notice = Notice.objects.get()
    assert (notice.recipient, notice.data, notice.url) == (anna, {"count": 3}, reverse("occasion-list"))


# --- Django admin -----------------------------------------------------------------------------------------------------
@pytest.fixture
def admin(client: Browser) -> Browser:
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    return client


def test_an_administrator_sees_the_letter_as_it_reads(admin):
    template = LetterTemplate.objects.get(name="Birthday")
    page = admin.get(reverse("admin:clients_lettertemplate_change", args=[template.pk])).content.decode()
    assert "Happy birthday, Maria!" in page
    assert "{polite_name}" in page
    for each in LetterTemplate.objects.all():
        assert admin.get(reverse("admin:clients_lettertemplate_change", args=[each.pk])).status_code == 200


def test_places_nobody_knows_are_refused(admin):
    typed = {"name": "A", "use": "birthday", "language": "en", "position": "1", "is_active": "on"}
    url = reverse("admin:clients_lettertemplate_add")
    page = admin.post(url, typed | {"subject": "{frist_name}", "text": "{first_name} {Client} {}"}).content.decode()
    assert "There is no such place for a name: {frist_name}." in page
    assert "There is no such place for a name: {Client}, {}." in page
    assert not LetterTemplate.objects.filter(name="A").exists()
    admin.post(url, typed | {"subject": "Hello", "text": "{first_name}"})
    assert LetterTemplate.objects.filter(name="A").exists()


def test_a_day_that_does_not_exist_is_refused(admin):
    url = reverse("admin:clients_occasion_add")
    page = admin.post(url, {"name": "X", "month": "2", "day": "30", "position": "1"}).content.decode()
    assert "This month has no such day." in page
