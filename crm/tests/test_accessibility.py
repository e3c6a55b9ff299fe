"""axe finds nothing on any main page, in both themes, for a salesperson and a head; and on a phone nothing runs off the
screen."""

import datetime as dt
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse

from clients.models import Absence, BulkJob, Client, ContactPerson, Manager, Notice, Occasion, Redating
from clients.notices import mark_read, notify
from crm import clock
from exchange.models import NightlyRun
from exchange.notices import ASKS, LEAVING
from interactions.models import Event, EventStatus, SalesProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE_WIDTH = 390


@pytest.fixture
def company(settings: Any) -> None:
    """The demo company, small: it has a bit of everything."""
    settings.DEMO = True
    call_command("seed_demo", clients=50, verbosity=0)
    for reader in Manager.objects.filter(username__in=("seller", "head")):
        _tell(reader)


def _tell(reader: Manager) -> None:
    """Notices of every look: details of each tone, more than fit at once, urgent, read."""
    clients = Client.objects.visible_to(reader).order_by("pk").values_list("pk", flat=True)[:9]
    leaving = [
        [client, (clock.today() + dt.timedelta(days=3 * place)).isoformat()] for place, client in enumerate(clients)
    ]
    question = {"count": 212, "date": clock.today().isoformat()}
    facts = {"clients": [*leaving, [0, clock.today().isoformat()]]}
    notify(kind=LEAVING, recipients=[reader.pk], key="axe", data=facts, url="/exchange/")
    notify(kind=ASKS, recipients=[reader.pk], key="axe", data=question, url="/exchange/")
    notify(kind=ASKS, recipients=[reader.pk], key="axe, read", data=question)
    mark_read(reader, Notice.objects.filter(key="axe, read").values_list("pk", flat=True))


def _first(queryset: Any) -> int:
    found = queryset.order_by("pk").values_list("pk", flat=True).first()
    assert found is not None, f"the demo company has no {queryset.model.__name__} for this page"
    return found


def _forms_of(seller: Manager) -> list[str]:
    """The salesperson's forms: all of one client, and of what hangs on it."""
    clients = Client.objects.filter(manager=seller)
    client = _first(clients.filter(persons__isnull=False))
    planned = _first(Event.objects.planned().filter(client__in=clients))
    sale = _first(SalesProcess.objects.filter(client__in=clients))
    return [
        reverse("client-create"),
        reverse("client-update", args=[client]),
        reverse("client-files", args=[client]),
        reverse("contact-register", args=[client]),
        reverse("letter-write", args=[client]) + f"?occasion={_first(Occasion.objects.all())}",
        reverse("person-create", args=[client]),
        reverse("client-return", args=[client]),
        reverse("relation-create", args=[client]),
        reverse("person-update", args=[_first(ContactPerson.objects.filter(client=client))]),
        reverse("event-finish", args=[planned]),
        reverse("event-replan", args=[planned]),
        reverse("event-update", args=[planned]),
        reverse("process-update", args=[sale]),
        reverse("process-create") + f"?client={client}",
        reverse("event-create"),
        reverse("preferences"),
        reverse("absence-create"),
        reverse("absence-update", args=[_first(Absence.objects.waiting().filter(manager=seller))]),
    ]


def _bulk_jobs(user: Manager, clients: Any) -> list[BulkJob]:
    """One that asks, one under way, and one that is done and left a row as it was."""
    ids = list(clients.order_by("pk").values_list("pk", flat=True)[:2])
    job = {"owner": user, "page": "client-list", "action": "client-plan", "ids": ids, "total": 2}
    answers = [{"id": ids[0], "is": "done", "words": ""}, {"id": ids[1], "is": "no", "words": "You may not change it."}]
    done = {"status": "done", "done": 2, "changed": 1, "answers": answers, "finished_at": clock.now()}
    return [BulkJob.objects.create(**{**job, **more}) for more in ({}, {"status": "running"}, done)]


def _pages_of(username: str) -> list[str]:
    """What this person reads all day."""
    user = Manager.objects.get(username=username)
    clients = Client.objects.editable_by(user).held()
    shared = [
        reverse("my-day"),
        reverse("my-day") + f"?client={_first(clients)}",
        reverse("client-list"),
        reverse("person-list"),
        reverse("client-detail", args=[_first(clients)]),
        reverse("client-why", args=[_first(clients)]),
        reverse("exchange-board"),
        reverse("exchange-leaving") + "?period=month",
        reverse("notice-list"),
        reverse("notice-settings"),
        reverse("absence-list"),
        reverse("occasion-list") + "?days=30",
        reverse("occasion-clients", args=[_first(Occasion.objects.all())]),
        reverse("start"),
        reverse("help"),
    ]
    if username == "head":
        job = Redating.objects.create(reason="policy", note="1 / 5 / 6 → 1 / 4 / 6", total=50, done=20, status="failed")
        exchange = _first(Client.objects.on_exchange())
        return [
            *shared,
            reverse("approval-list"),
            reverse("rule-list"),
            reverse("client-merge", args=[_first(clients)]),
            reverse(
                "client-merge-confirm", args=[_first(clients), clients.order_by("-pk").values_list("pk", flat=True)[0]]
            ),
            reverse("client-reassign", args=[_first(clients)]),
            reverse("exchange-assign", args=[exchange]),
            reverse("departure-list"),
            reverse("departure-create", args=[_first(Manager.objects.assignable_by(user).exclude(pk=user.pk))]),
            reverse("exchange-board") + "?shelf=with&sort=may",
            reverse("assign-many") + f"?clients={exchange}",
            reverse("spread-many") + f"?clients={exchange}",
            reverse("claim-pause-list"),
            reverse("protection-create", args=[_first(clients)]),
            reverse("policy-list"),
            reverse("redating-list"),
            reverse("redating-detail", args=[job.pk]),
            reverse("bulk-list"),
            *(reverse("bulk-job", args=[bulk.pk]) for bulk in _bulk_jobs(user, clients)),
            reverse("night-list"),
            reverse("night-detail", args=[_first(NightlyRun.objects.filter(detached__gt=0))]),
            reverse("report-index"),
            reverse("report-traffic-light"),
            reverse("report-traffic-light-clients"),
        ]
    return [
        *shared,
        reverse("event-list") + "?who=all",
        reverse("process-list") + "?who=all&status=all",
        reverse("client-detail", args=[_first(Client.objects.on_exchange())]),
        reverse(
            "client-detail", args=[_first(Client.objects.held().exclude(pk__in=clients))]
        ),  # a colleague's: the stub
        reverse("event-detail", args=[_first(Event.objects.filter(client__in=clients, status=EventStatus.DONE))]),
        reverse("process-detail", args=[_first(SalesProcess.objects.filter(client__in=clients))]),
        reverse("process-board"),
        reverse("search") + "?q=a",
        reverse("search") + "?q=nobodyiscalledlikethis",
        "/nowhere/",
        *_forms_of(user),
    ]


def _signed_in(browser: Any, live_server: Any, username: str, **context: Any) -> Any:
    page = browser.new_context(locale="en-GB", base_url=live_server.url, **context).new_page()
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def _violations(page: Any, **options: Any) -> list[str]:
    """What axe finds on the page, which has its script already."""
    # Violations only: the thousands of checks that passed are not worth carrying over.
    found = page.evaluate("(options) => axe.run(options)", {"resultTypes": ["violations"], **options})["violations"]
    return [f"{each['id']}: {node['target']} {node['html'][:120]}" for each in found for node in each["nodes"][:3]]


def _complaints(page: Any, address: str) -> list[str]:
    """One page: everything in the light theme, contrast in the dark one, and whether it fits on a phone."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.evaluate(Axe().axe_script)
    complaints = _violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_selector("html[data-bs-theme=dark]")
    complaints += [f"(dark) {each}" for each in _violations(page, runOnly=["color-contrast"])]
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    if width > PHONE_WIDTH:
        complaints.append(f"runs off a phone: {width} px wide")
    return [f"{address}: {each}" for each in complaints]


def test_axe_finds_nothing_and_a_phone_shows_all_of_it(browser, live_server, company):
    complaints = []
    for username in ("seller", "head"):
        page = _signed_in(browser, live_server, username)
        for address in _pages_of(username):
            complaints += _complaints(page, address)
        page.context.close()
    assert not complaints, "\n".join(complaints)


def test_the_sign_in_page_is_accessible(browser, live_server):
    page = browser.new_context(base_url=live_server.url).new_page()
    assert _complaints(page, "/login/") == []
