"""How one wants to hear of each kind: chosen on a page, honoured in the app and in the letter."""

import re

import pytest
from django.urls import reverse

from clients import notice_settings, notices
from clients.letters import compose_letters
from clients.models import Letter, Notice, NoticeSetting, Role
from clients.notices import NoticeKind, notify
from clients.tests.factories import ManagerFactory
from clients.tests.pages import browser
from crm.web.access import Access

pytestmark = pytest.mark.django_db
PAGE = reverse("notice-settings")


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(notices, "_kinds", {})

    def declare(key, **kwargs):
        notices.register(NoticeKind(key=key, name=key.title(), icon="bell", words=lambda notice: key, **kwargs))

    declare("urgent", urgent=True)
    declare("news", about="What is new.")
    declare("quiet", by_letter=False)
    declare("soon", by_letter=False, momentary=True)
    declare("heads", access=Access.HEAD)


@pytest.fixture
def anna():
    return ManagerFactory(email="anna@example.com")


def tell(person, *kinds):
    for kind in kinds:
        notify(kind=kind, recipients=[person.pk], key="1", data={})


def wants(person, **channels):
    notice_settings.choose(person, channels)


def in_letter(person) -> set[str]:
    compose_letters()
    return set(Notice.objects.filter(recipient=person).exclude(letter=None).values_list("kind", flat=True))


# --- honoured ---------------------------------------------------------------------------------------------------------
def test_without_a_choice_as_the_kind_says(anna):
    tell(anna, "urgent", "news", "quiet", "soon")
    assert Notice.objects.filter(recipient=anna).count() == 4
    assert in_letter(anna) == {"urgent", "news"}


def test_none_makes_no_notice_for_him_alone(anna):
    boris = ManagerFactory()
    wants(anna, news="none")
    notify(kind="news", recipients=[anna.pk, boris.pk], key="1", data={})
    tell(anna, "quiet")
    assert set(Notice.objects.values_list("recipient", "kind")) == {(boris.pk, "news"), (anna.pk, "quiet")}


def test_in_the_app_alone_is_in_no_letter_and_what_is_asked_for_is(anna):
    wants(anna, news="app", quiet="letter", urgent="app")
    tell(anna, "urgent", "news", "quiet")
    assert Notice.objects.filter(recipient=anna).count() == 3
    assert in_letter(anna) == {"quiet"}


def test_a_choice_made_after_the_notice_is_honoured_in_the_letter(anna):
    tell(anna, "news")
    wants(anna, news="app")
    assert in_letter(anna) == set()
    assert not Letter.objects.exists()


def test_what_is_urgent_is_told_whatever_stands_in_the_table(anna):
    NoticeSetting.objects.create(manager=anna, kind="urgent", channel="none")
    tell(anna, "urgent")
    assert Notice.objects.filter(recipient=anna, kind="urgent").exists()
    assert notice_settings.chosen_by(anna)["urgent"] == "letter"


def test_what_is_over_in_an_hour_is_in_no_letter_whatever_stands_in_the_table(anna):
    NoticeSetting.objects.create(manager=anna, kind="soon", channel="letter")
    tell(anna, "soon")
    assert in_letter(anna) == set()


def test_telling_asks_as_often_as_before(anna, django_assert_num_queries):
    with django_assert_num_queries(3):
        tell(anna, "news")


# --- choosing ---------------------------------------------------------------------------------------------------------
def test_the_usual_is_not_stored(anna):
    wants(anna, news="none", quiet="letter")
    assert dict(NoticeSetting.objects.values_list("kind", "channel")) == {"news": "none", "quiet": "letter"}
    wants(anna, news="letter", quiet="none")
    assert dict(NoticeSetting.objects.values_list("kind", "channel")) == {"quiet": "none"}


@pytest.mark.parametrize("wanted", [{"urgent": "none"}, {"soon": "letter"}, {"news": "pigeon"}, {"no such": "app"}])
def test_what_is_not_offered_is_refused(anna, wanted):
    with pytest.raises(ValueError, match="cannot be told"):
        wants(anna, quiet="none", **wanted)
    assert not NoticeSetting.objects.exists()


def chosen_on(answer) -> dict[str, str]:
    """The choices that are marked on the page."""
    marked = re.findall(r"<input[^>]*\bchecked\b[^>]*>", answer.content.decode())
    return {re.search('name="([^"]+)"', tag)[1]: re.search('value="([^"]+)"', tag)[1] for tag in marked}


# --- the page ---------------------------------------------------------------------------------------------------------
def test_the_page_lists_what_one_can_get_with_the_usual_marked(anna):
    page = browser(anna).get(PAGE).content.decode()
    assert "What is new." in page
    assert "Heads" not in page
    assert page.count('type="radio"') == 2 + 3 + 3 + 2
    assert page.count("(as usual)") == 4
    assert page.count("checked") == 4
    assert "so it is always told" in page
    assert "Heads" in browser(ManagerFactory(role=Role.HEAD)).get(PAGE).content.decode()


def test_saving_and_coming_back(anna):
    signed_in = browser(anna)
    sent = {"urgent": "app", "news": "none", "quiet": "app", "soon": "none"}
    assert signed_in.post(PAGE, sent)["Location"] == PAGE
    assert notice_settings.chosen_by(anna) == sent
    assert chosen_on(signed_in.get(PAGE)) == sent


@pytest.mark.parametrize("wrong", [{"urgent": "none"}, {"news": ""}, {"news": "pigeon"}])
def test_nonsense_is_refused_with_everything_still_there(anna, wrong):
    sent = {"urgent": "app", "news": "none", "quiet": "letter", "soon": "none"} | wrong
    answer = browser(anna).post(PAGE, sent)
    assert answer.status_code == 422
    assert chosen_on(answer)["quiet"] == "letter"
    assert not NoticeSetting.objects.exists()


def test_a_head_alone_sets_what_heads_get(anna):
    sent = {"urgent": "app", "news": "letter", "quiet": "app", "soon": "app", "heads": "none"}
    browser(anna).post(PAGE, sent)
    assert not NoticeSetting.objects.filter(kind="heads").exists()


def test_strangers_are_sent_to_the_sign_in_page(client):
    assert client.get(PAGE)["Location"].startswith("/login/")


def test_every_kind_of_the_program_says_what_it_is(monkeypatch):
    monkeypatch.undo()
    kinds = notices.registered()
    assert kinds
    assert [kind.key for kind in kinds if not str(kind.about)] == []
