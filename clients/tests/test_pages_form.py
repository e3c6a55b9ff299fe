"""Creating and editing a client: nothing typed is lost, doubles are asked about, bad input is told at its field."""

import pytest
from django.urls import reverse

from clients.models import Client, ContactPoint
from clients.tests.factories import exchange_client, held_client
from clients.tests.pages import EMAIL, INN, NOTES, OTHER_INN, browser

pytestmark = pytest.mark.django_db
CREATE = "client-create"


def points(*values, initial=0, **more):
    data = {"points-TOTAL_FORMS": str(max(len(values), 1)), "points-INITIAL_FORMS": str(initial)}
    data |= {f"points-{n}-value": value for n, value in enumerate(values)}
    return {**data, **more}


def typed(user, **more):
    return {"kind": "company", "name": "Zapad", "manager": str(user.pk), **points("8 495 765-43-21"), **more}


def create(user, **more):
    return browser(user).post(reverse(CREATE), typed(user, **more))


def update(user, client, **more):
    data = {"kind": client.kind, "name": client.name, "inn": client.inn, "kpp": client.kpp, **points(), **more}
    return browser(user).post(reverse("client-update", args=[client.pk]), data)


# --- create -----------------------------------------------------------------------------------------------------------
def test_a_salesperson_creates_his_client_and_it_starts_green(company):
    response = create(company.petr, city="Omsk", inn="77 28 16 89 71")
    client = Client.objects.get(name="Zapad")
    assert response.status_code == 302
    assert response["Location"] == client.get_absolute_url()
    assert (client.manager, client.zone, client.inn, client.created_by) == (
        company.petr,
        "green",
        OTHER_INN,
        company.petr,
    )
    assert client.contact_points.get().normalized == "+74957654321"


def test_phones_and_emails_are_told_apart_by_the_at(company):
    create(company.petr, **points("8 495 765-43-21", "New@Zapad.example"))
    client = Client.objects.get(name="Zapad")
    assert set(client.contact_points.values_list("kind", "normalized")) == {
        ("phone", "+74957654321"),
        ("email", "new@zapad.example"),
    }


@pytest.mark.parametrize(
    ("who", "whom", "allowed"),
    [
        ("petr", "anna", False),
        ("anna", "petr", False),
        ("head", "anna", True),
        ("head", "petr", False),
        ("director", "petr", True),
    ],
)
def test_only_those_one_may_give_to_can_be_chosen(company, who, whom, allowed):
    user, manager = getattr(company, who), getattr(company, whom)
    response = create(user, manager=str(manager.pk))
    assert Client.objects.filter(name="Zapad", manager=manager).exists() is allowed
    if not allowed:
        assert response.status_code == 422
        assert "manager" in response.context["form"].errors


def test_a_director_may_leave_it_without_a_manager(company):
    create(company.director, manager="")
    client = Client.objects.get(name="Zapad")
    assert client.manager is None
    assert client.exchange_since is None


def test_what_was_searched_for_is_filled_in(company):
    page = browser(company.anna).get(reverse(CREATE), {"name": "Nowhere", "contact": "8 495 1", "inn": OTHER_INN})
    page = page.content.decode()
    assert 'value="Nowhere"' in page
    assert 'value="8 495 1"' in page
    assert OTHER_INN in page


def test_a_contact_filled_in_from_the_search_is_saved(company):
    url = reverse(CREATE) + "?contact=8+495+765-43-21"
    browser(company.petr).post(url, typed(company.petr))
    assert Client.objects.get(name="Zapad").contact_points.count() == 1


# --- bad input --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"),
        ("name", "x" * 256, "at most 255"),
        ("inn", "7707083894", "check digit"),
        ("inn", "abc", "check digit"),
        ("kpp", "12", "nine characters"),
        ("ogrn", "1", "check digit"),
        ("bik", "9", "nine digits"),
        ("bank_account", "1", "twenty digits"),
        ("website", "no address", "valid URL"),
        ("birthday", "2999-01-01", "future"),
        ("birthday", "31.02.2017", "valid date"),
        ("time_zone", "Mars/Olympus", "valid choice"),
        ("notes", "x" * 100_000, "at most 20000"),
        ("profile", "x" * 100_000, "at most 5000"),
        ("employees", "-1", "greater than or equal"),
        ("industry", "999999", "valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(company, field, value, words):
    response = create(company.petr, **{"city": "Tver on Volga", field: value})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    page = response.content.decode()
    assert "Tver on Volga" in page
    assert "8 495 765-43-21" in page
    assert not Client.objects.filter(name="Zapad").exists()


@pytest.mark.parametrize("value", ["call me", "+7 916", "123", "office@", "x" * 300, "+7916\0"])
def test_a_phone_in_letters_is_told_in_its_row(company, value):
    response = create(company.petr, **points(value))
    assert response.status_code == 422
    assert response.context["form"].points.forms[0].errors["value"]
    assert not Client.objects.filter(name="Zapad").exists()


def test_the_same_phone_twice_is_told(company):
    response = create(company.petr, **points("84957654321", "+7 495 765 43 21"))
    assert "already here" in response.content.decode()


def test_a_form_without_its_rows_is_refused_not_a_crash(company):
    data = {"kind": "company", "name": "Zapad", "manager": str(company.petr.pk)}
    assert browser(company.petr).post(reverse(CREATE), data).status_code == 422


# --- doubles ----------------------------------------------------------------------------------------------------------
def test_the_same_inn_and_kpp_is_refused_and_told_whose_it_is(company):
    response = create(company.petr, inn=INN, kpp="770701001", create_anyway="on")
    assert response.status_code == 422
    (message,) = response.context["form"].errors["inn"]
    assert "Vostok Stroy" in message
    assert "Anna Ivanova" in message
    page = response.content.decode()
    for secret in (EMAIL, "123-45-67", NOTES, "Zotov"):
        assert secret not in page


@pytest.mark.parametrize("more", [{"inn": INN, "kpp": "780101001"}, points("8 916 123 45 67"), points(EMAIL)])
def test_the_same_inn_phone_or_email_is_asked_about_once(company, more):
    response = create(company.petr, **more)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Vostok Stroy" in page
    assert "ask Anna Ivanova" in page
    assert 'name="create_anyway"' in page
    assert not Client.objects.filter(name="Zapad").exists()
    assert create(company.petr, create_anyway="on", **more).status_code == 302
    assert Client.objects.filter(name="Zapad").exists()


def test_a_like_name_does_not_stop_anybody(company):
    assert create(company.petr, name="Vostok Stroy").status_code == 302


def test_one_on_the_exchange_is_told_so(company):
    exchange_client(name="Waiting", inn=OTHER_INN)
    response = create(company.petr, inn=OTHER_INN)
    assert "on the exchange" in response.context["form"].errors["inn"][0]


# --- update -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_those_who_work_with_it_edit_it(company, who):
    response = update(getattr(company, who), company.client, city="Kazan")
    assert response.status_code == 302
    company.client.refresh_from_db()
    assert (company.client.city, company.client.manager) == ("Kazan", company.anna)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_colleague_may_not(company, method):
    url = reverse("client-update", args=[company.client.pk])
    for who in (company.petr, company.other_head):
        assert getattr(browser(who), method)(url).status_code == 403
    missing = reverse("client-update", args=[company.client.pk + 1000])
    assert getattr(browser(company.petr), method)(missing).status_code == 404


def test_on_the_exchange_it_is_read_only_to_salespeople(company):
    waiting = exchange_client(company.anna)
    assert browser(company.anna).get(reverse("client-update", args=[waiting.pk])).status_code == 403


def test_its_own_inn_is_no_double(company):
    assert update(company.anna, company.client, inn=INN).status_code == 302


def test_phones_are_changed_removed_and_added(company):
    point = ContactPoint.objects.get(client=company.client, person=None)
    more = {
        **points(EMAIL, "8 495 765-43-21", initial=1),
        "points-0-id": str(point.pk),
        "points-0-DELETE": "on",
    }
    assert update(company.anna, company.client, **more).status_code == 302
    own = ContactPoint.objects.filter(client=company.client, person=None)
    assert list(own.values_list("normalized", flat=True)) == ["+74957654321"]


def test_a_phone_of_another_client_cannot_be_taken_by_its_number(company):
    other = held_client(company.petr)
    foreign = ContactPoint.objects.create(client=other, value="+74950000000")
    more = {**points("8 495 111-11-11", initial=1), "points-0-id": str(foreign.pk)}
    assert update(company.anna, company.client, **more).status_code == 302
    foreign.refresh_from_db()
    assert (foreign.client, foreign.normalized) == (other, "+74950000000")
    # Somebody may have removed the row meanwhile: what was typed is not lost.
    assert company.client.contact_points.filter(normalized="+74951111111").exists()


def test_the_lead_manager_is_not_a_field_of_editing(company):
    update(company.anna, company.client, manager=str(company.petr.pk))
    company.client.refresh_from_db()
    assert company.client.manager == company.anna


def test_a_changed_category_redates_by_its_policy(company):
    from clients.models import ZonePolicy

    ZonePolicy.objects.create(category="A", yellow_months=2, red_months=3, detach_months=4)
    update(company.anna, company.client, category="A")
    before = company.client.yellow_on
    company.client.refresh_from_db()
    assert company.client.yellow_on > before


def test_a_script_in_a_name_is_only_a_name(company):
    name = "<script>alert(1)</script>"
    create(company.petr, name=name)
    client = Client.objects.get(name=name)
    for url in (
        client.get_absolute_url(),
        reverse("client-update", args=[client.pk]),
        reverse("client-list"),
        reverse("search") + "?q=script",
        reverse("client-suggest") + "?q=script",
    ):
        page = browser(company.petr).get(url).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
