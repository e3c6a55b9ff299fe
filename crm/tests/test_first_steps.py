"""The pages for beginners: what each role is shown, and that every link of them leads somewhere."""

import datetime as dt
from itertools import pairwise

import pytest
from django.urls import reverse

from clients.help_topics import HOW_TO
from clients.models import Department, Manager, Role, RuleSetting, ZonePolicy
from clients.rules.zones import Thresholds
from clients.tests.factories import ManagerFactory, exchange_client, held_client
from clients.tests.pages import browser
from clients.views.help import bands
from crm import clock
from crm.web import shortcuts
from crm.web.first_steps import steps_for
from exchange.services import claim
from interactions.models import EventStatus
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
HINT = "New here?"


def everybody() -> dict[str, Manager]:
    return {
        "seller": ManagerFactory(),
        "head": ManagerFactory(role=Role.HEAD),
        "director": ManagerFactory(role=Role.DIRECTOR),
        "admin": ManagerFactory(is_staff=True, is_superuser=True),
    }


def ticks(user: Manager) -> dict[str, bool]:
    return {shown.step.key: shown.is_done for shown in steps_for(user) if shown.is_done is not None}


@pytest.mark.parametrize("role", ["seller", "head", "director", "admin"])
def test_every_role_has_a_few_steps_and_every_link_opens(role):
    user = everybody()[role]
    steps = steps_for(user)
    assert 5 <= len(steps) <= 8
    for shown in steps:
        assert browser(user).get(shown.url).status_code == 200, shown.url
        assert str(shown.step.why).count(". ") <= 1, "one sentence, or two short ones"
    page = browser(user).get("/start/").content.decode()
    assert all(f'href="{shown.url}"' in page for shown in steps)


def test_a_salesperson_ticks_off_what_he_does():
    user = ManagerFactory()
    assert ticks(user) == {"own-clients": False, "contact": False, "plan": False, "claim": False, "preferences": False}
    client = held_client(user)
    event(client)
    event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + dt.timedelta(days=1))
    claim(client_id=exchange_client().pk, by=user)
    user.language = "en"
    user.save()
    assert set(ticks(user).values()) == {True}
    assert "5 of 5 done" in browser(user).get("/start/").content.decode()


def test_an_administrator_of_an_empty_company_is_told_to_set_it_up():
    Department.objects.all().delete()
    admin = Manager.objects.create(username="root", is_staff=True, is_superuser=True)
    assert ticks(admin) == {
        "departments": False,
        "people": False,
        "import": False,
        "nights": False,
        "preferences": False,
    }
    held_client()
    assert {key for key, is_done in ticks(admin).items() if is_done} == {"departments", "people", "import"}


# --- the hint on My day -----------------------------------------------------------------------------------------------
def test_somebody_new_is_shown_the_way_until_his_first_contact():
    user = ManagerFactory()
    assert HINT in browser(user).get("/").content.decode()
    event(held_client(user))
    assert HINT not in browser(user).get("/").content.decode()


def test_after_two_weeks_nobody_is_new():
    user = ManagerFactory(date_joined=clock.now() - dt.timedelta(days=15))
    assert HINT not in browser(user).get("/").content.decode()


# --- help -------------------------------------------------------------------------------------------------------------
def test_help_tells_the_numbers_in_force():
    user = ManagerFactory()
    ZonePolicy.objects.update(yellow_months=2, red_months=7, detach_months=9)
    RuleSetting.objects.create(key="claim.daily", value=7)
    RuleSetting.objects.create(key="hold.plan_days", is_on=False, value=60)
    page = browser(user).get("/help/").content.decode()
    for words in ("2 months", "7 months", "9 months", "7 clients", "switched off"):
        assert words in page, words


def test_a_departments_own_policy_is_what_its_people_read():
    user = ManagerFactory()
    ZonePolicy.objects.create(department=user.department, yellow_months=3, red_months=8, detach_months=11)
    assert browser(user).get("/help/").context["months"] == Thresholds(3, 8, 11)


def test_help_lists_every_key_and_how_to_begin_the_commonest_actions():
    users = everybody()
    for user in users.values():
        for topic in HOW_TO:
            assert browser(user).get(reverse(topic.url_name) + topic.query).status_code == 200, topic.url_name
    page = browser(users["seller"]).get("/help/").content.decode()
    for shortcut in shortcuts.registered():
        assert all(f"<kbd>{key}</kbd>" in page for key in shortcut.keys)
        assert str(shortcut.does) in page, "the dialog reads them there"


@pytest.mark.parametrize("months", [Thresholds(), Thresholds(1, 2, 2), Thresholds(1, 100, 101), Thresholds(11, 12, 13)])
def test_the_picture_of_the_colours_has_no_gaps_and_room_for_every_word(months):
    shown = bands(months)
    assert shown[0].x == 0
    assert shown[-1].x + shown[-1].width == 640
    for band, following in pairwise(shown):
        assert band.x + band.width == following.x
    assert min(band.width for band in shown) >= 80
