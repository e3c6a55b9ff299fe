import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from clients.models import Manager
from crm.web import demo, navigation
from crm.web.demo import DemoLogin
from crm.web.navigation import NavItem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("crm.web.tests.urls")]


@pytest.fixture
def person() -> Manager:
    return Manager.objects.create_user("anna", password="demo", first_name="Anna", last_name="Petrova")


@pytest.fixture
def visitor(person: Manager) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_sign_in_page_names_the_demo_people_in_demo_mode_only(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(demo, "_providers", [])
    demo.register(lambda: [DemoLogin("anna", "Head of sales", name="Anna Petrova")])
    with override_settings(DEMO=False):
        assert b"Anna Petrova" not in client.get(reverse("login")).content
    with override_settings(DEMO=True):
        page = client.get(reverse("login")).content.decode()
    assert "Anna Petrova" in page
    assert 'name="username" value="anna"' in page


def test_signing_in_and_out(client: Client, person: Manager) -> None:
    response = client.post(reverse("login"), {"username": "anna", "password": "demo", "next": "/t/plain/"})
    assert response["Location"] == "/t/plain/"
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == reverse("login")


def test_a_wrong_password_is_said(client: Client, person: Manager) -> None:
    response = client.post(reverse("login"), {"username": "anna", "password": "wrong"})
    assert response.status_code == 200
    assert b"sv-form-errors" in response.content


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=3)
def test_too_many_wrong_passwords_lock_out(client: Client, person: Manager) -> None:
    for _ in range(3):
        response = client.post(reverse("login"), {"username": "anna", "password": "wrong"})
    assert response.status_code == 429
    assert b"Too many attempts" in response.content


def test_preferences_are_kept_on_the_person(visitor: Client, person: Manager) -> None:
    response = visitor.post(
        reverse("preferences"), {"language": "ru", "time_zone": "Asia/Vladivostok", "theme": "dark"}, follow=True
    )
    person.refresh_from_db()
    assert (person.language, person.time_zone, person.theme) == ("ru", "Asia/Vladivostok", "dark")
    page = response.content.decode()
    assert '<html lang="ru"' in page
    assert 'data-bs-theme="dark"' in page


def test_the_daily_letter_is_switched_off_and_on(visitor: Client, person: Manager) -> None:
    sent = {"language": "", "time_zone": "", "theme": "auto"}
    assert "checked" in visitor.get(reverse("preferences")).content.decode()
    for more, wanted in (({}, False), ({"daily_letter": "on"}, True)):
        visitor.post(reverse("preferences"), sent | more)
        person.refresh_from_db()
        assert person.daily_letter is wanted


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"time_zone": "Nowhere/Atall"}, {"theme": "pink"}])
def test_nonsense_preferences_are_refused(visitor: Client, person: Manager, wrong: dict[str, str]) -> None:
    response = visitor.post(reverse("preferences"), {"language": "ru", "time_zone": "", "theme": "dark"} | wrong)
    assert response.status_code == 422
    person.refresh_from_db()
    assert person.language == ""


def test_switches_work_signed_out(client: Client) -> None:
    client.post(reverse("set-language"), {"language": "ru", "next": reverse("login")})
    client.post(reverse("set-theme"), {"theme": "dark", "next": reverse("login")})
    page = client.get(reverse("login")).content.decode()
    assert '<html lang="ru"' in page
    assert 'data-bs-theme="dark"' in page
    client.post(reverse("set-theme"), {"theme": "pink"})
    assert client.cookies["theme"].value == "dark"


def test_a_time_zone_is_active_in_the_request_and_not_after_it(visitor: Client, person: Manager) -> None:
    Manager.objects.filter(pk=person.pk).update(time_zone="Asia/Vladivostok")
    seen: list[str] = []
    item = NavItem(
        label="x",
        icon="x",
        url_name="preferences",
        badge=lambda user: seen.append(str(timezone.get_current_timezone())) or 0,
    )
    try:
        navigation.register(item)
        visitor.get("/t/plain/")
    finally:
        del navigation._items["preferences"]
    assert seen == ["Asia/Vladivostok"]
    assert str(timezone.get_current_timezone()) != "Asia/Vladivostok"


def test_a_new_password(visitor: Client, person: Manager) -> None:
    new = "a-long-new-passphrase-9"
    response = visitor.post(
        reverse("password-change"), {"old_password": "demo", "new_password1": new, "new_password2": new}, follow=True
    )
    assert b"has been changed" in response.content
    person.refresh_from_db()
    assert person.check_password(new)


@pytest.mark.parametrize("name", ["login", "preferences", "password-change"])
def test_no_inline_script_or_style(visitor: Client, name: str) -> None:
    page = (Client() if name == "login" else visitor).get(reverse(name)).content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count("<script src=")


def test_the_icon_is_found(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("favicon.svg")
