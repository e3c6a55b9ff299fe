"""Every page, read in Russian: no English word is left but names and what people typed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils import translation

from clients.models import ImportJob
from crm.tests.test_routes import ROUTES, World

#: What is the same in every language. "English" is the title of the switch to that language.
SAME_EVERYWHERE = {"Svetofor", "English", "CSV", "XLSX", "Ctrl", "Enter", "Esc", "Shift", "INN", "URL", "mail", "UTC"}
#: Names of programs and of what they write.
SAME_EVERYWHERE |= {"Excel", "Google", "Apple", "Outlook", "Windows", "UTF", "DOS", "KOI"}
#: Names of commands, inside sentences.
COMMANDS = {"import_sales"}
#: What people type: names, subjects, texts. Dictionaries are not here: theirs must be translated.
TYPED = (
    "Manager",
    "Department",
    "Client",
    "ContactPerson",
    "ContactPoint",
    "Event",
    "EventParticipant",
    "HeadComment",
    "Inquiry",
    "SalesProcess",
    "StageTask",
    "StageApproval",
    "PlannedTask",
    "CalendarFeed",
    "DistributionRule",
    "ImportJob",
    "ImportRow",
    "Agreement",
    "Attachment",
    "CustomField",
    "LetterTemplate",
    "SavedView",
    "Tag",
    "Protection",
    "Absence",
    "ReportDelivery",
)
#: A form full of mistakes.
WRONG = {
    **dict.fromkeys(("inn", "kpp", "bik", "ogrn", "website", "email", "occurred_at", "closed_on", "amount"), "?"),
    "points-TOTAL_FORMS": "1",
    "points-INITIAL_FORMS": "0",
    "points-0-value": "12",
}
SAID = re.compile(r"(?:title|aria-label|placeholder|alt|data-confirm|data-label|data-text-\w+)=\"([^\"]*)\"|>([^<]*)<")
UNSAID = re.compile(r"(?s)<(script|style|textarea|code|kbd)\b.*?</\1>|<!--.*?-->|&\w+;")


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{3,}", text))


def said(html: str) -> Iterator[str]:
    for match in SAID.finditer(UNSAID.sub("", html)):
        yield match[1] or match[2] or ""


def typed() -> set[str]:
    """All words in the text columns of what people type."""
    found: set[str] = set()
    for model in apps.get_models():
        if model.__name__ in TYPED:
            columns = [each.name for each in model._meta.concrete_fields if isinstance(each, models.CharField)]
            columns += [each.name for each in model._meta.concrete_fields if isinstance(each, models.TextField)]
            # What is said of a row was said when the file was read, in its owner's language of that day.
            columns += [each.name for each in model._meta.concrete_fields if each.name in ("findings", "cells")]
            for row in model._default_manager.values_list(*columns):
                found |= words(" ".join(map(str, row)))
    for job in ImportJob.objects.all():
        with job.file.open() as file:
            found |= words(file.read().decode(errors="replace"))
    return found


def english_words(html: str, known: set[str]) -> list[str]:
    text = " ".join(said(html))
    for command in COMMANDS:
        text = text.replace(command, "")
    # A long name in a picture is cut: its beginning is not a word of ours.
    cut = {word for word in re.findall(r"([A-Za-z]{3,})\W*…", text) if any(name.startswith(word) for name in known)}
    return sorted(words(text) - known - SAME_EVERYWHERE - cut)


@pytest.fixture
def russian(client: Any) -> Iterator[Any]:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "ru"
    yield client
    translation.deactivate()  # the last answer leaves its language behind


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("role", ["owner", "stranger", "head", "admin"])
def test_pages(russian: Any, world: World, role: str) -> None:
    known = typed()
    russian.force_login(world.people[role])
    problems = []
    for name, route in ROUTES.items():
        if not route.get or route.get[role] in (302, 405) or name == "health":
            continue
        response = russian.get(world.url(name))
        if response.streaming:
            list(response.streaming_content)  # to its end: it closes the file
        elif response["Content-Type"].startswith("text/html") and (left := english_words(response.text, known)):
            problems.append(f"{name}: {' '.join(left)}")
    assert not problems, "\n".join(problems)


@pytest.mark.once
@pytest.mark.django_db
def test_forms_say_what_is_wrong_in_russian(russian: Any, world: World) -> None:
    known = typed()
    russian.force_login(world.people["admin"])
    problems = []
    for name, route in ROUTES.items():
        if route.post and route.post["admin"] == 422:
            response = russian.post(world.url(name), WRONG)
            assert response.status_code == 422
            if left := english_words(response.text, known):
                problems.append(f"{name}: {' '.join(left)}")
    assert not problems, "\n".join(problems)


@pytest.mark.once
@pytest.mark.django_db
def test_the_admin(russian: Any, world: World) -> None:
    """Its index, and the form of each model of ours. (Its lists show dictionaries as they are stored: in English.)"""
    known = typed() | {
        "Control",
        "Command",
        "Mac",
        "Bootstrap",
        "Icons",
        "Axes",
        "LDAP",
        "Single",
        "Sing",
    }  # the last one is a slip of Django's
    russian.force_login(world.people["admin"])
    pages = [reverse("admin:index")]
    for model in admin.site._registry:
        options = model._meta
        if options.app_label in ("clients", "interactions", "exchange"):
            pages.append(reverse(f"admin:{options.app_label}_{options.model_name}_add"))
    problems = []
    for url in pages:
        response = russian.get(url)
        if response.status_code == 200 and (left := english_words(response.text, known)):
            problems.append(f"{url}: {' '.join(left)}")
    assert not problems, "\n".join(problems)
