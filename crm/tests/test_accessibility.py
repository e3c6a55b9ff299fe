"""axe finds nothing on any main page, in both themes, for a salesperson and a head; and on a phone nothing runs off the
screen."""

import datetime as dt
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse

from clients.doubles.decisions import declare_different
from clients.merging import merge_clients
from clients.models import (
    Absence,
    BulkJob,
    Client,
    ContactPerson,
    DuplicatePair,
    DuplicateScan,
    Manager,
    Notice,
    Occasion,
    Redating,
)
from clients.notices import mark_read, notify
from clients.tests.importing import checked_import
from crm import clock
from exchange.models import NightlyRun
from exchange.notices import ASKS, LEAVING
from interactions import head_comments, recurring
from interactions.models import (
    Event,
    EventParticipant,
    EventSeries,
    EventStatus,
    SalesProcess,
    StageApproval,
    StageCondition,
)
from interactions.services import register_event
from reports.frame.report import all_reports

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
        reverse("inquiry-list") + "?status=all",
        reverse("inquiry-create"),
        reverse("inquiry-create") + "?new=1&q=%2B79160000000",
        reverse("inquiry-create") + f"?client={client}",
        reverse("inquiry-create") + f"?client={_first(Client.objects.held().exclude(manager=seller))}",
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
        *_of_event(seller, _first(Event.objects.filter(client=client, kind__is_system=False)), planned),
        reverse("process-update", args=[sale]),
        reverse("process-create") + f"?client={client}",
        reverse("event-create"),
        reverse("preferences"),
        reverse("absence-create"),
        reverse("absence-update", args=[_first(Absence.objects.waiting().filter(manager=seller))]),
    ]


def _of_event(seller: Manager, pk: int, planned: int) -> list[str]:
    """What is done with an event: it recurs, is continued, somebody who took part becomes a person."""
    talk = Event.objects.get(pk=pk)
    name = EventParticipant.objects.create(event=talk, name="Pavel Sidorov")
    tomorrow = Event(client=talk.client, kind=talk.kind, occurred_at=clock.now() + dt.timedelta(days=1))
    tomorrow.responsible = seller
    recurring.register(event=tomorrow, series=EventSeries(count=2), zone="Europe/Moscow", by=seller)
    after = Event(client=talk.client, kind=talk.kind, status=EventStatus.DONE, continues=talk, responsible=seller)
    register_event(event=after, by=seller)
    return [
        reverse("event-repeat", args=[planned]),
        reverse("event-following", args=[tomorrow.pk]),
        reverse("event-detail", args=[after.pk]),
        reverse("event-detail", args=[tomorrow.pk]),
        reverse("event-list") + f"?chain={talk.pk}",
        reverse("client-detail", args=[talk.client_id]) + "?h-view=threads",
        reverse("event-sale", args=[talk.pk]),
        reverse("event-client", args=[talk.pk]),
        reverse("event-person", args=[talk.pk]) + f"?participant={name.pk}",
        reverse("event-files", args=[talk.pk]),
        reverse("participant-link", args=[name.pk]),
    ]


def _commented(head: Manager, clients: Any) -> Event:
    """An event at which a head noted something."""
    talk = Event.objects.filter(client__in=clients, kind__is_system=False).earliest("pk")
    head_comments.write(event=talk, text="Well led.", by=head, for_responsible=True)
    return talk


def _bulk_jobs(user: Manager, clients: Any) -> list[BulkJob]:
    """One that asks, one under way, and one that is done and left a row as it was."""
    ids = list(clients.order_by("pk").values_list("pk", flat=True)[:2])
    job = {"owner": user, "page": "client-list", "action": "client-plan", "ids": ids, "total": 2}
    answers = [{"id": ids[0], "is": "done", "words": ""}, {"id": ids[1], "is": "no", "words": "You may not change it."}]
    done = {"status": "done", "done": 2, "changed": 1, "answers": answers, "finished_at": clock.now()}
    return [BulkJob.objects.create(**{**job, **more}) for more in ({}, {"status": "running"}, done)]


def _sale_that_asks(user: Manager, clients: Any) -> SalesProcess:
    """One whose stage asks for everything, the head's word too: he has been asked."""
    sale = (
        SalesProcess.objects.open()
        .filter(client__in=clients, stage__isnull=False)
        .select_related("stage")
        .earliest("pk")
    )
    for facts in ({"what": "field", "field": "client.contacts"}, {"what": "file"}, {"what": "approval"}):
        # Which sale comes first depends on the day; its stage may ask for one of them already.
        StageCondition.objects.get_or_create(stage=sale.stage, **facts)
    StageApproval.objects.create(process=sale, stage=sale.stage, asked_by=sale.responsible, question="Thirty days?")
    return sale


def _doubles(user: Manager, clients: Any) -> list[str]:
    """The list with a pair that is open and one that is not, while the base is looked through; and what was merged."""
    one, other, third, gone = clients.order_by("pk").values_list("pk", flat=True)[:4]
    DuplicatePair.objects.create(one_id=one, other_id=other, reasons=["phone", "name"], score=88)
    DuplicatePair.objects.create(one_id=one, other_id=third, reasons=["name"], score=60)
    declare_different(one_id=one, other_id=third, by=user)
    DuplicateScan.objects.create(asked_by=user, total=300, done=120, heard_at=clock.now())
    merge_clients(keep_id=third, drop_id=gone, by=user)
    return [reverse("duplicate-list"), reverse("duplicate-list") + "?status=different", reverse("merge-list")]


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
        *(reverse("calendar") + f"?view={view}" for view in ("month", "week", "day", "agenda")),
        reverse("calendar-team"),
        reverse("calendar-team") + "?view=day",
        reverse("calendar-feed-list"),
        reverse("norms"),
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
            reverse("event-detail", args=[(talk := _commented(user, clients)).pk]),
            reverse("head-comment-create", args=[talk.pk]),
            reverse("head-comment-update", args=[talk.head_comments.get().pk]),
            reverse("process-detail", args=[(sale := _sale_that_asks(user, clients)).pk]),
            reverse("process-files", args=[sale.pk]),
            reverse("stage-approval-list"),
            reverse("process-plans"),
            reverse("regulation-list"),
            reverse("regulation-create"),
            reverse("process-board") + "?who=all",
            reverse("process-forecast"),
            reverse("rule-list"),
            reverse("client-merge", args=[_first(clients)]),
            reverse(
                "client-merge-confirm", args=[_first(clients), clients.order_by("-pk").values_list("pk", flat=True)[0]]
            ),
            *_doubles(user, clients),
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
            reverse("import-list"),
            reverse("import-create"),
            reverse("import-columns", args=[(job_of_file := checked_import(user)).pk]),
            reverse("import-detail", args=[job_of_file.pk]) + "?outcome=all",
            reverse("bulk-list"),
            *(reverse("bulk-job", args=[bulk.pk]) for bulk in _bulk_jobs(user, clients)),
            reverse("head-desk"),
            reverse("night-list"),
            reverse("night-detail", args=[_first(NightlyRun.objects.filter(detached__gt=0))]),
            *_of_reports(),
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
        reverse("process-forecast"),
        reverse("search") + "?q=a",
        reverse("search") + "?q=nobodyiscalledlikethis",
        "/nowhere/",
        *_forms_of(user),
    ]


def _of_reports() -> list[str]:
    """The index, each report compared with the period before, and the rows behind one number of each."""
    reports = all_reports()
    pages = [f"{reverse(report.url_name)}?compare=previous" for report in reports]
    return [
        reverse("report-index"),
        reverse("report-deliveries"),
        reverse("report-delivery-create") + "?report=points",
        *pages,
        *(reverse(f"{report.url_name}-rows") for report in reports if report.figures),
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
    if markup := re.search(r"</?(?:a|i|li|p|span|strong|td)\b[^>]*>", page.text_content("main") or ""):
        complaints.append(f"shows its markup: {markup[0]}")
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
