"""The work with events in Chromium: a plan that recurs, a thread read and continued, a typed name that becomes a
person, a head's comment."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import ContactPerson
from clients.tests.pages import browser
from crm import clock
from interactions.models import Event, EventKind, EventParticipant, HeadComment
from interactions.tests.factories import event, kind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sign_in(page, live_server):
    """Opens an address as somebody."""

    def opened(who, address):
        cookie = browser(who).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(live_server.url + address)
        return page

    return opened


def test_a_plan_recurs_is_changed_from_one_on_and_stops(sign_in, company):
    meeting = kind("meeting")
    EventKind.objects.filter(pk=meeting.pk).update(default_minutes=90)
    page = sign_in(company.anna, f"{reverse('event-create')}?client={company.client.pk}&status=planned")
    # The length follows the kind; the fields of the rule appear with the frequency.
    page.select_option("[name=kind]", str(meeting.pk))
    start, end = (dt.datetime.fromisoformat(page.input_value(f"[name={name}]")) for name in ("occurred_at", "ends_at"))
    assert end - start == dt.timedelta(minutes=90)
    page.fill("[name=subject]", "Weekly talk")
    assert not page.is_visible("[name=until]")
    page.select_option("[name=frequency]", "monthly")
    assert page.is_visible("[name=by_weekday]")
    page.select_option("[name=frequency]", "weekly")
    assert page.is_visible("[name=until]")
    assert not page.is_visible("[name=by_weekday]")
    page.fill("[name=count]", "4")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".sv-toast:has-text('3 more are planned')")
    assert Event.objects.planned().count() == 4

    second = Event.objects.order_by("occurred_at")[1]
    page.goto(page.url.rsplit("/events/", 1)[0] + second.get_absolute_url())
    page.locator("summary[aria-label=More]").click()
    page.get_by_role("link", name="Change this and all that follow").click()
    page.fill("[name=subject]", "Shorter talk")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h1:has-text('Shorter talk')")
    subjects = Event.objects.order_by("occurred_at").values_list("subject", flat=True)
    assert list(subjects) == ["Weekly talk", *["Shorter talk"] * 3]

    page.locator("summary[aria-label=More]").click()
    page.get_by_role("button", name="Stop repeating after this one").click()
    page.locator("dialog[open] .btn-primary, dialog[open] .btn-danger").first.click()
    page.wait_for_selector("dd:has-text('stopped on')")
    assert Event.objects.planned().count() == 2


def test_a_thread_is_read_on_the_card_and_continued(sign_in, company):
    first = event(company.client, subject="Tender", occurred_at=clock.now() - dt.timedelta(days=3))
    event(company.client, subject="Documents sent", continues=first)
    page = sign_in(company.anna, company.client.get_absolute_url())
    page.get_by_role("link", name="By thread").click()
    page.wait_for_selector(".in-topic-head:has-text('Tender')")
    page.locator(".in-topic-head").get_by_role("link", name="Continue").click()
    page.wait_for_selector("#drawer [name=subject]")
    page.fill("#drawer [name=subject]", "Ask for the decision")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".in-topic:has-text('Ask for the decision')")
    assert Event.objects.get(subject="Ask for the decision").chain_id == first.pk


def test_a_typed_name_becomes_a_person_and_the_head_notes_something(sign_in, company):
    talk = event(company.client, subject="Exhibition")
    EventParticipant.objects.create(event=talk, name="Pavel Sidorov")
    page = sign_in(company.anna, talk.get_absolute_url())
    page.get_by_role("link", name="Who is Pavel Sidorov?").click()
    page.locator("#drawer").get_by_role("link", name="a new contact person").click()
    page.wait_for_selector("[name=last_name]")
    assert (page.input_value("[name=first_name]"), page.input_value("[name=last_name]")) == ("Pavel", "Sidorov")
    page.press("[name=position]", "Control+Enter")
    page.wait_for_selector("dd:has-text('Sidorov Pavel')")
    assert list(talk.persons.all()) == [ContactPerson.objects.get(last_name="Sidorov")]

    sign_in(company.head, talk.get_absolute_url())
    page.fill("#head-comments textarea", "Next time bring the catalogue")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#head-comments li:has-text('catalogue')")
    assert HeadComment.objects.get().author == company.head
    sign_in(company.anna, talk.get_absolute_url())
    assert "catalogue" not in page.content()
