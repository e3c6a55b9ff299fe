"""Who is named in a note is told: once, and no more than he may read."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.urls import reverse

from clients import mentions, services
from clients.mentions import MENTION, mentioned_in, tell
from clients.models import Absence, Client, Notice
from clients.notices import lines, words
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser
from crm import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return ManagerFactory(username="anna", first_name="Anna", last_name="Ivanova")


@pytest.fixture
def boris():
    return ManagerFactory(username="boris", first_name="Boris", last_name="Petrov")


def told() -> list[str]:
    return list(
        Notice.objects.filter(kind=MENTION)
        .order_by("recipient__username")
        .values_list("recipient__username", flat=True)
    )


def say(text, *, by, client, before="", **kwargs):
    return tell(before, text, by=by, client=client, **{"url": "/events/1/", "what": mentions.EVENT} | kwargs)


def test_who_works_here_and_is_named(anna, boris):
    ManagerFactory(username="carl", is_active=False)
    assert mentioned_in("@anna, @petrov and @carl, mail anna@example.com") == {anna, boris}


def test_a_text_without_names_asks_nothing(anna, django_assert_num_queries):
    client = held_client(anna)
    with django_assert_num_queries(0):
        say("write to info@example.com", by=anna, client=client)
        assert mentioned_in("nobody") == set()


def test_the_named_are_told_never_oneself(anna, boris):
    assert say("@anna @boris look", by=anna, client=held_client(anna)) == 1
    assert told() == ["boris"]


def test_an_edit_tells_only_whom_it_names_anew(anna, boris):
    client, carl = held_client(anna), ManagerFactory(username="carl")
    assert say("@boris look again", before="@boris look", by=anna, client=client) == 0
    assert say("@boris and @carl look", before="@boris look", by=anna, client=client) == 1
    assert told() == [carl.username]


def test_a_text_mended_many_times_is_one_mention_a_day(anna, boris, time_machine):
    client = held_client(anna)
    for text in ("@boris", "@boris, look"):
        say(text, by=anna, client=client)
    assert told() == ["boris"]
    time_machine.move_to(clock.now() + dt.timedelta(days=1))
    say("@boris", by=anna, client=client)
    assert told() == ["boris", "boris"]


def test_a_list_of_everybody_is_no_mention_of_more_than_twenty(anna):
    for n in range(25):
        ManagerFactory(username=f"user{n}")
    assert say(" ".join(f"@user{n}" for n in range(25)), by=anna, client=held_client(anna)) == 20


def test_who_may_not_see_the_client_is_told_only_who_and_where(anna, boris):
    client = held_client(anna, name="Romashka")
    say("@boris the margin is 40 %", by=anna, client=client, url="/events/7/")
    notice = Notice.objects.get()
    assert words(notice) == "Anna Ivanova mentioned you in a contact with Romashka"
    assert notice.url == client.get_absolute_url()
    assert lines([notice], boris)[notice.pk] == []
    page = browser(boris).get(reverse("notice-list")).content.decode()
    assert "Romashka" in page
    assert "margin" not in page
    # From the day it is his he reads it.
    services.reassign(client_id=client.pk, manager=boris, by=anna)
    assert "margin is 40 %" in browser(boris).get(reverse("notice-list")).content.decode()


def test_who_may_see_it_is_led_to_the_text(anna, boris):
    client = held_client(boris)
    say("First line\n@boris the margin is 40 %", by=anna, client=client, url="/events/7/")
    notice = Notice.objects.get()
    assert notice.url == "/events/7/"
    assert [line.text for line in lines([notice], boris)[notice.pk]] == ["@boris the margin is 40 %"]


def test_who_stands_in_is_told_too(anna, boris):
    today, client = clock.today(), held_client(anna)
    carl = ManagerFactory(username="carl")
    Absence.objects.create(manager=boris, deputy=carl, starts_on=today, ends_on=today, status="approved")
    say("@boris", by=anna, client=client)
    assert told() == ["boris", "carl"]


def test_in_the_notes_on_a_client(anna, boris):
    client = held_client(anna, notes="@boris knows them")
    client = Client.objects.get(pk=client.pk)
    client.notes = "@boris knows them. @ivanova, too"
    services.update_client(client=client, by=boris)
    assert told() == ["anna"]
    assert words(Notice.objects.get()) == f"Boris Petrov mentioned you in the notes on {client.name}"
    new = services.create_client(client=Client(name="Vostok", city="Omsk", notes="@boris"), by=anna, manager=anna)
    assert Notice.objects.get(recipient=boris).url == new.get_absolute_url()


# --- drawing and typing -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("<b>@anna</b>", "&lt;b&gt;@anna&lt;/b&gt;"),
        ("Ask @anna, <b>", 'Ask <span class="sv-mention">@anna</span>, &lt;b&gt;'),
        ("a@b.ru & c", "a@b.ru &amp; c"),
        ("", ""),
        (None, ""),
    ],
)
def test_names_are_set_off_and_the_rest_is_escaped(text, drawn):
    template = Template("{% load mentions %}{{ text|mentions }}")
    assert template.render(Context({"text": text})) == drawn.replace(
        "&lt;b&gt;@anna", '&lt;b&gt;<span class="sv-mention">@anna</span>'
    )


@pytest.mark.parametrize(
    ("typed", "found"), [("an", ["anna"]), ("IVAN", ["anna"]), ("petrov b", ["boris"]), ("zzz", [])]
)
def test_typing_help(anna, boris, typed, found):
    ManagerFactory(username="anton", is_active=False)
    carl = ManagerFactory(username="carl", first_name="Carl", last_name="Carlson")
    answer = browser(carl).get(reverse("mention-suggest"), {"q": typed}).json()
    assert [who["username"] for who in answer["people"]] == found


def test_typing_help_leaves_oneself_out_and_begins_with_everybody(anna, boris):
    answer = browser(anna).get(reverse("mention-suggest"), {"q": ""}).json()
    assert [who["username"] for who in answer["people"]] == ["boris"]
