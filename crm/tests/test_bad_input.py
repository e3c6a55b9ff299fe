"""Nonsense in addresses and forms is answered with a page, never with an error of the server, on both databases.

PostgreSQL is the stricter one: a NUL in a text and a number beyond ``bigint`` are errors there, taken by SQLite in
silence.
"""

import datetime as dt
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.urls import reverse

from clients.tests.factories import held_client
from crm import clock
from crm.tests.test_routes import ROUTES
from interactions.models import Stage
from reports.frame.drill_down import rows_filter
from reports.frame.report import all_reports

pytestmark = pytest.mark.django_db

LONG = "ж" * 100_000
#: Every name some page reads from its address.
NAMES = (
    *("page", "sort", "next", "q", "zone", "manager", "category", "region", "industry", "source", "city", "more"),
    *("silent_since", "whose", "who", "kind", "status", "client", "since", "until", "stage", "department", "leaving"),
    *("won", "stay", "outcome", "continues", "process", "exclude", "name", "contact", "inn", "reload", "planned"),
    *("from", "month", "after", "expected", "closed", "idle", "competitor", "tags", "amount_from", "amount_to"),
    *("on", "all", "h-kind", "h-who", "h-person", "h-since", "h-until", "h-page"),
)
#: What each list reads.
_OF_LIST = ("page", "sort", "q")
_OF_EVENTS = (*_OF_LIST, "kind", "who", "since", "until", "status", "client")
_OF_SALES = ("q", "who", "source", "competitor", "idle", "tags", "amount_from", "amount_to", "expected")
_OF_CLIENTS = ("manager", "category", "region")
_OF_REPORT = ("sort", "department", *_OF_CLIENTS)


def _of_reports() -> dict[str, tuple[str, ...]]:
    """The filters of the declared reports, also the hidden ones."""
    return {
        f"{report.url_name}{of}": ("sort", "view", "table", *filters.base_filters)
        for report in all_reports()
        for of, filters in [
            ("", report.filterset_class),
            *([("-rows", rows_filter(report.key))] if report.figures else []),
        ]
    }


LISTS = {
    "client-list": (*_OF_LIST, *_OF_CLIENTS, "whose", "zone", "industry", "source", "city", "silent_since"),
    "event-list": _OF_EVENTS,
    "process-list": (*_OF_EVENTS, *_OF_SALES, "stage", "closed", "loss_reason"),
    "exchange-board": (*_OF_LIST, *_OF_CLIENTS, "industry", "source", "city", "won", "stay", "department"),
    "client-detail": tuple(name for name in NAMES if name.startswith("h-")),
    "search": ("q",),
    "client-why": ("on", "all"),
    "notice-list": ("page", "kind", "show"),
    "process-board": ("kind", *_OF_SALES),
    "process-forecast": ("from", "month", "department", "who"),
    **_of_reports(),
}
NASTY = {
    "words": "abc",
    "nothing": "",
    "nul": "a\0b",
    "only nul": "\0",
    "surrogate": "\ud800",
    "huge number": "99999999999999999999",
    "beyond bigint": "9223372036854775808",
    "biggest bigint": "9223372036854775807",
    "negative": "-1",
    "fraction": "1.5",
    "other digits": "٣²",
    "not a day": "31.02.2017",
    "not an iso day": "2017-02-31",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "script": "<script>alert(1)</script>",
    "pattern": "%_\\'\";--",
    "newline": "/\r\nX-Evil: 1",
    "elsewhere": "//evil.example/",
    "very long number": "9" * 5000,
}
#: What SQLite may take otherwise than PostgreSQL does. The rest is refused or quoted before any database sees it.
AS_THE_DATABASE_LIKES = {
    *("nothing", "nul", "only nul", "surrogate", "huge number", "beyond bigint", "biggest bigint", "negative"),
    *("first day", "last day", "pattern", "very long number"),
}


def nasty(**more: str) -> dict[str, str]:
    """All of them on PostgreSQL; on SQLite those that the two may take differently."""
    if connection.vendor == "postgresql":
        return NASTY | more
    return {what: value for what, value in NASTY.items() if what in AS_THE_DATABASE_LIKES}


def _encoded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"))


def _ask(client, method: str, url: str, **kwargs):
    """The status of the answer; whatever it writes is taken back."""
    with transaction.atomic():
        response = getattr(client, method)(url, **kwargs)
        if getattr(response, "streaming", False):
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.get))
def test_no_address_breaks_a_page(client, world, name):
    client.force_login(world.people["director"])
    plain = world.url(name).partition("?")[0]
    for number, (what, value) in enumerate(nasty().items()):
        query = "&".join(f"{key}={_encoded(value)}" for key in NAMES)
        headers = {"HX-Request": "true"} if number % 2 else {}
        response = _ask(client, "get", f"{plain}?{query}", headers=headers)
        assert response.status_code < 500, (name, what)
        assert b"<script>alert(1)" not in getattr(response, "content", b"")


@pytest.mark.parametrize("name", LISTS)
def test_no_single_filter_breaks_a_list(client, world, name):
    """Each by itself: a neighbour that was refused must not be what saved the page."""
    client.force_login(world.people["director"])
    for key in LISTS[name]:
        for what in ("nul", "huge number", "other digits", "last day"):
            response = _ask(client, "get", f"{world.url(name)}?{key}={_encoded(NASTY[what])}")
            assert response.status_code < 500, (name, what, key)


# --- what is posted ---------------------------------------------------------------------------------------------------
#: Every field of some form.
FIELDS = (
    *("kind", "name", "full_name", "inn", "kpp", "ogrn", "category", "industry", "source", "country", "region", "city"),
    *("address", "time_zone", "website", "birthday", "founded_year", "employees", "annual_revenue", "bank_name", "bik"),
    *("bank_account", "profile", "preferences", "potential", "decision_making", "notes", "manager", "create_anyway"),
    *("last_name", "first_name", "middle_name", "position", "has_consented", "consented_on", "is_active"),
    *("text", "subject", "occurred_at", "persons", "responsible", "process", "agreement_side", "agreement_text"),
    *("agreement_due", "next_kind", "next_at", "next_subject", "result", "status", "ends_at", "colleagues", "names"),
    *("title", "stage", "amount", "started_on", "expected_close_on", "comment", "outcome", "closed_on", "loss_reason"),
    *("reason", "decision", "language", "theme", "client", "person", "target", "next", "q"),
    *("points-0-value", "points-0-comment", "points-0-id", "rows-0-text", "rows-0-due_on", "rows-0-status"),
    *("rows-0-product", "rows-0-quantity", "rows-0-price", "rows-0-id"),
)
ROWS = {
    f"{prefix}-{name}_FORMS": number for prefix in ("points", "rows") for name, number in (("TOTAL", 1), ("INITIAL", 0))
}


@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.post))
def test_no_form_breaks_on_nonsense(client, world, name):
    client.force_login(world.people["director"])
    for number, (what, value) in enumerate(nasty(long=LONG).items()):
        if what == "surrogate":
            continue  # no browser can send one
        headers = {"HX-Request": "true"} if number % 2 else {}
        rows = dict.fromkeys(ROWS, value) if number % 3 == 0 else ROWS
        response = _ask(client, "post", world.url(name), data={**dict.fromkeys(FIELDS, value), **rows}, headers=headers)
        assert response.status_code < 500, (name, what)
        assert b"<script>alert(1)" not in response.content


@pytest.mark.once
@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head"])
def test_other_methods_are_refused_or_answered(client, world, method):
    client.force_login(world.people["director"])
    for name in ROUTES:
        assert _ask(client, method, world.url(name)).status_code < 500, name


def test_a_sale_neither_starts_nor_ends_in_the_future(client, world):
    client.force_login(world.people["owner"])
    tomorrow = (clock.today() + dt.timedelta(days=1)).isoformat()
    sale = {"title": "Pumps", "kind": world.process.kind_id, "responsible": world.people["owner"].pk}
    response = client.post(
        f"{reverse('process-create')}?client={world.client.pk}", {**sale, "started_on": tomorrow, **ROWS}
    )
    assert (response.status_code, "started_on" in response.context["form"].errors) == (422, True)
    response = client.post(reverse("process-close", args=[world.process.pk]), {"outcome": "won", "closed_on": tomorrow})
    assert (response.status_code, "closed_on" in response.context["form"].errors) == (422, True)


def test_a_stage_of_another_kind_of_sale_is_refused(client, world):
    client.force_login(world.people["owner"])
    before = world.process.stage_id
    foreign = Stage.objects.exclude(process_kind=world.process.kind).first()
    response = client.post(
        reverse("process-move", args=[world.process.pk]), {"stage": foreign.pk}, headers={"HX-Request": "true"}
    )
    world.process.refresh_from_db()
    assert (response.status_code, world.process.stage_id) == (422, before)


def test_a_second_click_on_claim_says_whose_it_is_and_claims_once(client, world):
    client.force_login(world.people["stranger"])
    url = reverse("claim", args=[world.waiting.pk])
    first = client.post(url, headers={"HX-Request": "true"})
    second = client.post(url, headers={"HX-Request": "true"})
    assert (first.status_code, second.status_code) == (200, 409)
    assert world.waiting.claims.count() == 1


@pytest.mark.parametrize("name", ["event-list", "process-list"])
def test_the_list_of_a_client_one_may_not_see_is_empty(client, world, name):
    client.force_login(world.people["owner"])
    theirs = held_client(world.people["stranger"])
    assert len(client.get(reverse(name), {"client": world.client.pk}).context["page"])
    assert not len(client.get(reverse(name), {"client": theirs.pk}).context["page"])
