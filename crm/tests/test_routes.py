"""Every address, as everybody: who may open what is declared here, and each is really requested as each role.

A new route fails the first test until it has its line. The roles:

* ``anonymous``  nobody signed in;
* ``owner``      the salesperson who holds the client;
* ``stranger``   a salesperson of another department;
* ``head``       the head of the owner's department;
* ``other_head`` the head of another department;
* ``director``, ``admin``  see everything.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clients import attachments, merging
from clients.models import (
    Absence,
    BulkJob,
    Client,
    ClientRelation,
    CoManager,
    DuplicatePair,
    MergeRecord,
    Notice,
    Occasion,
    PersonRelation,
    PointsNorm,
    Redating,
    Role,
    SavedView,
)
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    exchange_client,
    head_of,
    held_client,
    upload,
)
from clients.tests.importing import checked_import
from crm import clock
from crm.web.access import Access
from exchange.models import ClaimPause, Departure, Detachment, NightlyRun, ReturnReason, Signal
from exchange.protections import protect
from interactions import recurring
from interactions.calendar import feeds
from interactions.file_links import link as link_file
from interactions.models import (
    Agreement,
    ClientLetter,
    EventParticipant,
    EventSeries,
    EventStatus,
    HeadComment,
    Regulation,
    Stage,
)
from interactions.tests.factories import event, inquiry, kind, process
from reports.frame.report import all_reports
from reports.frame.urls import routes as report_routes
from reports.frame.views import FILES
from reports.models import ReportDelivery

ROLES = ("anonymous", "owner", "stranger", "head", "other_head", "director", "admin")
Statuses = dict[str, int]


def _statuses(*by_role: int) -> Statuses:
    return dict(zip(ROLES, by_role, strict=True))


def public(status: int = 200) -> Statuses:
    """Open to everybody, signed in or not."""
    return dict.fromkeys(ROLES, status)


def everybody(status: int = 200) -> Statuses:
    """Everybody who is signed in."""
    return dict.fromkeys(ROLES, status) | {"anonymous": 302}


def heads(status: int = 200) -> Statuses:
    """Heads and above; what they see of it is decided by their departments."""
    return everybody(status) | {"owner": 403, "stranger": 403}


def ours(status: int = 200, *, stranger: int = 404) -> Statuses:
    """Who may work on the client: its manager, the head of the department, directors, administrators."""
    return everybody(status) | {"stranger": stranger, "other_head": stranger}


def only_owner(status: int = 200) -> Statuses:
    """What is the owner's alone: not even an administrator's."""
    return everybody(404) | {"owner": status}


def our_heads(status: int = 200, *, stranger: int = 403) -> Statuses:
    """The head of the client's department and above."""
    return everybody(status) | {"owner": 403, "stranger": stranger, "other_head": stranger}


def only_author(status: int) -> Statuses:
    """A head's own; salespeople have nothing to do there."""
    return heads(404) | {"head": status}


def admins(status: int = 200) -> Statuses:
    """Administrators only."""
    return everybody(403) | {"admin": status}


@dataclass(frozen=True)
class Route:
    """What each role gets.

    ``on``: the attribute of ``World`` whose key the address takes; ``more``: further keys of the address; ``query``:
    the attribute whose key goes into the query; ``data``: what is posted (see ``World.data``), nothing by default.
    """

    get: Statuses | None = None
    post: Statuses | None = None
    on: str = ""
    data: str = ""
    query: str = ""
    more: dict[str, str] = field(default_factory=dict)


def of_reports() -> dict[str, Route]:
    """The pages and files of the declared reports: a file needs the right, which a salesperson has not."""
    found = {}
    for report in all_reports():
        for route in report_routes(report):
            is_for_all = report.access <= Access.SALES and not str(route.name).endswith(FILES)
            found[str(route.name)] = Route(get=everybody() if is_for_all else heads())
    return found


#: What is a head's does not exist for the head of another department.
HIDDEN_HEAD = {"other_head": 404}
#: A form on something strangers may not even know of.
HIDDEN_FORM = {"get": ours(), "post": ours(422)}
#: A form on the client itself, of which everybody may know that it exists: not "not found", but "not yours".
CLIENT_FORM = {"get": ours(stranger=403), "post": ours(422, stranger=403)}

#: The owner's view, shared with his department: its head opens it, others do not know of it.
SHARED_VIEW = everybody(404) | {"owner": 200, "head": 403}

ROUTES: dict[str, Route] = {
    # --- crm
    "login": Route(get=everybody(302) | {"anonymous": 200}),
    "logout": Route(get=public(405), post=public(302)),
    "password-change": Route(get=everybody()),
    "preferences": Route(get=everybody(), post=everybody(422)),
    "set-language": Route(get=public(405), post=public(302)),
    "set-theme": Route(get=public(405), post=public(302)),
    "start": Route(get=everybody()),
    "favicon": Route(get=public(302)),
    "health": Route(get=public()),
    # --- clients
    "client-list": Route(get=everybody(), post=everybody(302)),  # nothing is marked: told, back
    "client-export": Route(get=heads()),  # a salesperson only by right
    "person-list": Route(get=everybody(), post=everybody(302)),
    "person-export": Route(get=heads()),
    "list-columns": Route(get=everybody(405), post=everybody(302), more={"page": "list_page"}),
    "saved-view-create": Route(get=everybody(), post=everybody(422), more={"page": "list_page"}),
    "saved-view-update": Route(get=SHARED_VIEW, post=SHARED_VIEW | {"owner": 422}, on="view"),
    "saved-view-overwrite": Route(get=everybody(405), post=SHARED_VIEW | {"owner": 302}, on="view"),
    "saved-view-pin": Route(get=everybody(405), post=everybody(404) | {"owner": 302, "head": 302}, on="view"),
    "saved-view-delete": Route(get=everybody(405), post=SHARED_VIEW | {"owner": 302}, on="view"),
    "saved-view-restore": Route(get=everybody(405), post=everybody(302)),  # without a token: told, back
    "tag-suggest": Route(get=everybody()),
    "client-tags": Route(get=ours(stranger=403), post=ours(302, stranger=403), on="client"),
    "person-tags": Route(get=ours(), post=ours(302), on="person"),
    "client-create": Route(get=everybody(), post=everybody(422)),
    "client-duplicates": Route(get=everybody(405), post=everybody()),
    "client-suggest": Route(get=everybody()),
    "search": Route(get=everybody()),
    "palette": Route(get=everybody()),
    "recent-note": Route(get=everybody(405), post=ours(204, stranger=403), on="client"),
    "export-list": Route(get=everybody(403) | {"director": 200, "admin": 200}),
    "notice-list": Route(get=everybody()),
    "notices-read": Route(get=everybody(405), post=everybody(302)),
    "notices-unread": Route(get=everybody(405), post=everybody(302)),
    "notices-menu": Route(get=everybody(302)),  # a piece of a page: without htmx the page itself
    "notices-live": Route(get=everybody(302)),
    "norms": Route(get=everybody()),
    "norm-set": Route(get=heads(), post=heads(422)),
    "kind-points-set": Route(
        get=heads() | {"head": 403, "other_head": 403}, post=heads(422) | {"head": 403, "other_head": 403}
    ),
    "schedule-set": Route(get=heads(), post=heads(422)),
    "norm-withdraw": Route(get=heads(405), post=our_heads(302), on="norm", more={"what": "norm_word"}),
    "notice-settings": Route(get=everybody(), post=everybody(422)),
    "mention-suggest": Route(get=everybody()),
    "notice-open": Route(get=everybody(405), post=only_owner(302), on="notice"),
    "client-detail": Route(get=everybody(), on="client"),  # strangers get the four facts everybody may know
    "client-update": Route(**CLIENT_FORM, on="client"),
    # Without the mark of the value it was opened with, nothing is written.
    "client-field": Route(get=ours(stranger=403), post=ours(409, stranger=403), on="client", more={"name": "fact"}),
    "client-field-undo": Route(
        get=everybody(405), post=ours(302, stranger=403), on="client", more={"name": "fact", "record": "record"}
    ),
    "client-reassign": Route(get=our_heads(), post=our_heads(422), on="client"),
    "client-files": Route(get=ours(), post=ours(422, stranger=403), on="client"),
    "attachment-download": Route(get=ours(), on="attachment"),
    "attachment-update": Route(**HIDDEN_FORM, on="attachment"),
    "attachment-delete": Route(get=everybody(405), post=ours(302), on="attachment"),
    "attachment-restore": Route(get=everybody(405), post=ours(302), on="deleted_file"),
    "client-merge": Route(get=our_heads(), post=our_heads(422), on="client"),
    "client-merge-confirm": Route(get=our_heads(), post=our_heads(422), on="client", more={"other": "twin"}),
    "clients-different": Route(get=heads(405), post=our_heads(302), on="client", more={"other": "twin"}),
    "clients-alike": Route(get=heads(405), post=our_heads(302), on="client", more={"other": "twin"}),
    "duplicate-list": Route(get=heads()),
    "duplicate-scan": Route(get=heads()),
    "duplicate-scan-start": Route(get=heads(405), post=heads(302)),
    "duplicate-scan-stop": Route(get=heads(405), post=heads(302)),
    "merge-list": Route(get=heads()),
    "merge-undo": Route(get=heads(405), post=our_heads(302) | {"other_head": 404}, on="merge"),
    "help": Route(get=everybody()),
    "rule-list": Route(get=everybody()),
    "rule-update": Route(get=admins(), post=admins(422), more={"key": "rule"}),
    "person-create": Route(**CLIENT_FORM, on="client"),
    "person-update": Route(**HIDDEN_FORM, on="person"),
    "relation-create": Route(**CLIENT_FORM, on="client"),
    "relation-delete": Route(
        get=everybody(405), post=ours(302, stranger=403), on="client", more={"relation": "relation"}
    ),
    "co-manager-create": Route(**CLIENT_FORM, on="client"),
    "co-manager-delete": Route(
        get=everybody(405), post=ours(302, stranger=403), on="client", more={"manager": "co_manager"}
    ),
    "person-relation-create": Route(**HIDDEN_FORM, on="person"),
    "person-relation-delete": Route(
        get=everybody(405), post=ours(302), on="person", more={"relation": "person_relation"}
    ),
    "absence-list": Route(get=everybody()),
    "absence-create": Route(get=everybody(), post=everybody(422)),
    "absence-update": Route(**HIDDEN_FORM, on="absence"),
    "absence-approve": Route(get=everybody(405), post=our_heads(302, stranger=404), on="absence"),
    "absence-decline": Route(get=everybody(405), post=our_heads(302, stranger=404), on="absence"),
    "absence-cancel": Route(get=everybody(405), post=ours(302), on="absence"),
    "absence-end": Route(get=everybody(405), post=ours(302), on="away"),
    "policy-list": Route(get=everybody()),
    "import-list": Route(get=everybody()),
    "import-create": Route(get=everybody(), post=everybody(422)),
    "import-detail": Route(get=only_owner() | {"admin": 200}, on="import_job"),
    "import-columns": Route(get=only_owner(), post=only_owner(422), on="import_job"),
    "import-reading": Route(get=everybody(405), post=only_owner(302), on="import_job"),
    "import-run": Route(get=everybody(405), post=only_owner(302), on="import_job"),
    "import-undo": Route(get=everybody(405), post=only_owner(302) | {"admin": 302}, on="import_job"),
    "import-discard": Route(get=everybody(405), post=only_owner(302), on="import_job"),
    "import-errors": Route(get=only_owner(), on="import_job"),
    "bulk-list": Route(get=everybody()),
    "bulk-job": Route(get=only_owner(), post=only_owner(422), on="bulk"),
    "bulk-undo": Route(get=everybody(405), post=only_owner(302), on="bulk"),
    "redating-list": Route(get=heads()),
    "redating-detail": Route(get=our_heads() | {"other_head": 404}, on="job"),
    "redating-resume": Route(get=admins(405), post=admins(302), on="job"),
    # --- interactions
    "my-day": Route(get=everybody()),
    "contact-pick": Route(get=everybody()),
    "inquiry-list": Route(get=everybody()),
    "inquiry-export": Route(get=heads()),
    "inquiry-create": Route(get=everybody(), post=everybody(422)),
    "inquiry-duplicates": Route(get=everybody(405), post=everybody()),
    "inquiry-detail": Route(get=ours(), on="inquiry"),
    "inquiry-take": Route(get=everybody(405), post=ours(302), on="inquiry"),
    "inquiry-pass": Route(get=ours(), post=ours(302), on="inquiry"),  # to nobody: the heads decide
    "inquiry-close": Route(**HIDDEN_FORM, on="inquiry"),
    "calendar": Route(get=everybody()),
    "calendar-team": Route(get=everybody()),
    "calendar-event": Route(get=ours(302), on="planned"),  # a piece of the page: without htmx the event itself
    "calendar-feed-list": Route(get=everybody(), post=everybody(422)),
    "calendar-feed-revoke": Route(get=everybody(405), post=only_owner(302), on="feed"),
    "calendar-feed": Route(get=public(), more={"secret": "feed_secret"}),
    "plan-pick": Route(get=everybody()),
    "event-conflicts": Route(get=everybody(302)),
    "occasion-list": Route(get=everybody()),
    "occasion-clients": Route(get=everybody(), on="occasion"),
    "letter-write": Route(get=ours(), post=ours(422, stranger=403), on="client", query="occasion"),
    "letter-cancel": Route(get=everybody(405), post=ours(403) | {"owner": 302}, on="letter"),
    "contact-register": Route(get=ours(), post=ours(422, stranger=403), on="client"),
    "client-history": Route(get=ours(302), on="client"),
    "same-offer": Route(get=ours(302), on="client"),  # a piece of a form: without htmx back to the card
    "event-list": Route(get=everybody(), post=everybody(302)),
    "event-export": Route(get=heads()),
    "event-create": Route(get=ours(), post=ours(422, stranger=403), query="client"),
    "event-detail": Route(get=ours(), on="event"),
    "event-update": Route(**HIDDEN_FORM, on="event"),
    "event-move": Route(**HIDDEN_FORM, on="event"),
    "event-repeat": Route(**HIDDEN_FORM, on="planned"),
    "event-following": Route(**HIDDEN_FORM, on="recurring"),
    "event-stop": Route(get=everybody(405), post=ours(302), on="recurring"),
    "event-sale": Route(**HIDDEN_FORM, on="event"),
    "event-client": Route(**HIDDEN_FORM, on="event"),
    "event-person": Route(**HIDDEN_FORM, on="event"),
    "head-comment-create": Route(get=our_heads() | HIDDEN_HEAD, post=our_heads(422) | HIDDEN_HEAD, on="event"),
    "head-comment-update": Route(get=only_author(200), post=only_author(422), on="comment"),
    "head-comment-delete": Route(get=heads(405), post=only_author(302), on="comment"),
    "participant-link": Route(**HIDDEN_FORM, on="typed_name"),
    "event-files": Route(get=ours(), post=ours(422), on="event"),
    "event-file-remove": Route(get=everybody(405), post=ours(302), on="event", more={"link": "event_file"}),
    "event-finish": Route(get=ours(), post=ours(302), on="planned"),
    "event-replan": Route(get=ours(), post=ours(422), on="planned"),
    "event-undo": Route(get=everybody(405), post=ours(302), on="planned"),  # without a ticket: told, back
    "day-client": Route(get=ours(302), on="client"),  # without htmx: My day, with the client beside the list
    "event-cancel": Route(get=everybody(405), post=ours(302), on="planned"),
    "event-delete": Route(get=everybody(405), post=ours(302), on="event"),
    "event-approve": Route(get=everybody(405), post=our_heads(302, stranger=404), on="backdated", data="approve"),
    "approval-list": Route(get=everybody()),
    "approval-decide": Route(get=heads(405), post=heads(302), data="approve"),
    "agreement-create": Route(get=ours(), post=ours(422, stranger=403), on="client"),
    "agreement-settle": Route(get=everybody(405), post=ours(302), on="agreement", data="agreement"),
    "process-list": Route(get=everybody(), post=everybody(302)),
    "process-export": Route(get=heads()),
    "process-tags": Route(get=ours(), post=ours(302), on="process"),
    "process-board": Route(get=everybody()),
    "process-board-more": Route(get=everybody(404)),  # without a column there is nothing more of it
    "process-board-move": Route(get=everybody(405), post=ours(302), on="process", data="stage"),
    "process-forecast": Route(get=everybody()),
    "process-funnel": Route(get=everybody(301)),  # an old address
    "process-plans": Route(get=heads(), post=heads(302)),
    "regulation-list": Route(get=everybody()),
    "regulation-create": Route(get=heads(), post=heads(422)),
    "regulation-withdraw": Route(get=heads(405), post=our_heads(302), on="regulation"),
    "process-create": Route(get=ours(), post=ours(422, stranger=403), query="client"),
    "process-detail": Route(get=ours(), on="process"),
    "process-update": Route(**HIDDEN_FORM, on="process"),
    "process-move": Route(get=everybody(405), post=ours(302), on="process", data="stage"),
    "process-close": Route(get=ours(), post=ours(302), on="process", data="won"),
    "process-reopen": Route(get=everybody(405), post=our_heads(302, stranger=404), on="closed"),
    "process-delete": Route(get=everybody(405), post=ours(302), on="process"),
    "stage-approval-list": Route(get=everybody()),
    "process-stage": Route(get=ours(302), on="process"),  # a piece of a page: without htmx the page itself
    "process-step-undo": Route(get=everybody(405), post=ours(302), on="process", more={"step": "step"}),
    "stage-approval-ask": Route(get=everybody(405), post=ours(302), on="process"),
    "stage-approval-withdraw": Route(get=everybody(405), post=ours(302), on="process"),
    "stage-approval-decide": Route(get=everybody(405), post=our_heads(302, stranger=404), on="process", data="approve"),
    "process-files": Route(get=ours(), post=ours(422), on="process"),
    "process-file-remove": Route(get=everybody(405), post=ours(302), on="process", more={"link": "file_link"}),
    # --- exchange
    "exchange-board": Route(get=everybody()),
    "claim": Route(get=everybody(405), post=everybody(302), on="waiting"),
    "exchange-assign": Route(get=heads(), post=heads(422), on="waiting"),
    "exchange-live": Route(get=everybody()),
    "claim-many": Route(get=everybody(405), post=everybody(302)),
    "assign-many": Route(get=heads(302), post=heads(422)),  # without marked clients: back to the board
    "spread-many": Route(get=heads(302), post=heads(422)),
    "claim-pause-list": Route(get=heads()),
    "claim-pause-lift": Route(get=heads(405), post=heads(302) | {"other_head": 404}, on="pause"),
    "contact-view": Route(get=everybody(405), post=everybody(302), on="waiting"),
    "contact-view-list": Route(get=heads()),
    "contact-view-export": Route(get=heads()),
    "exchange-export": Route(get=heads()),
    "client-why": Route(get=ours(), on="client"),
    "client-return": Route(get=ours(stranger=403), post=ours(302, stranger=403), on="client", data="reason"),
    "signal-list": Route(get=heads()),
    "signal-detail": Route(get=heads() | {"other_head": 404}, post=heads(302) | {"other_head": 404}, on="signal"),
    "signal-unseen": Route(get=heads(405), post=heads(302) | {"other_head": 404}, on="signal"),
    "night-list": Route(get=heads()),
    "night-detail": Route(get=heads(), on="night"),
    "night-export": Route(get=heads(), on="night"),
    "night-progress": Route(get=heads(302), on="night"),  # nothing is under way: back to the night
    "night-confirm": Route(get=admins(405), post=admins(302), on="asking"),
    "night-reject": Route(get=admins(405), post=admins(302), on="asking"),
    "night-undo": Route(get=heads(), post=heads(302) | {"other_head": 422}, on="night"),
    "detachment-undo": Route(get=heads(405), post=heads(302) | {"other_head": 404}, on="detachment"),
    "exchange-shelf": Route(get=everybody()),
    "client-quarantine": Route(get=our_heads(), post=our_heads(422), on="waiting"),
    "quarantine-lift": Route(get=heads(405), post=our_heads(302), on="quarantined"),
    "client-archive": Route(get=our_heads(), post=our_heads(422), on="waiting"),
    "archive-restore": Route(get=heads(405), post=our_heads(302), on="archived"),
    "client-inbound": Route(get=everybody(), post=everybody(422), on="waiting"),
    "exchange-leaving": Route(get=everybody()),
    "exchange-weekly": Route(get=heads(), post=heads(422)),
    "exchange-leaving-csv": Route(get=heads()),
    "protection-create": Route(get=our_heads(), post=our_heads(422), on="client"),
    "contract-create": Route(get=our_heads(), post=our_heads(422), on="client"),
    "protection-renew": Route(
        get=our_heads() | {"other_head": 404}, post=our_heads(422) | {"other_head": 404}, on="protection"
    ),
    "protection-revoke": Route(get=heads(405), post=our_heads(302) | {"other_head": 404}, on="protection"),
    "departure-list": Route(get=heads()),
    "departure-create": Route(
        get=our_heads() | {"other_head": 404}, post=our_heads(422) | {"other_head": 404}, on="leaver"
    ),
    "departure-detail": Route(get=our_heads() | {"other_head": 404}, on="departure"),
    "departure-undo": Route(get=heads(405), post=our_heads(302) | {"other_head": 404}, on="departure"),
    # --- reports
    "head-desk": Route(get=heads()),
    "report-index": Route(get=everybody()),
    "report-deliveries": Route(get=everybody()),
    "report-delivery-create": Route(get=everybody(), post=everybody(422), query="report"),
    "report-delivery-update": Route(get=only_owner(), post=only_owner(422), on="delivery"),
    "report-delivery-send": Route(get=everybody(405), post=only_owner(302), on="delivery"),
    "report-delivery-stop": Route(get=everybody(405), post=only_owner(302), on="delivery"),
    "report-delivery-resume": Route(get=everybody(405), post=only_owner(302), on="delivery"),
    "report-delivery-delete": Route(get=everybody(405), post=only_owner(302), on="delivery"),
    "report-delivery-leave": Route(get=everybody(405), post=only_owner(302), on="delivery"),
    **of_reports(),
}


def routes() -> Iterator[str]:
    """The names of all routes but the admin's, which has a test of its own."""

    def walk(resolver: URLResolver) -> Iterator[str]:
        for part in resolver.url_patterns:
            if isinstance(part, URLPattern):
                yield part.name or str(part.pattern)
            elif part.app_name != "admin":
                yield from walk(part)

    yield from walk(get_resolver())


class World:
    """One client with everything on it, and everybody around it."""

    def __init__(self) -> None:
        department, elsewhere = DepartmentFactory(), DepartmentFactory()
        self.people: dict[str, Any] = {
            "owner": ManagerFactory(department=department),
            "stranger": ManagerFactory(department=elsewhere),
            "head": head_of(department),
            "other_head": head_of(elsewhere),
            "director": ManagerFactory(role=Role.DIRECTOR, department=elsewhere),
            "admin": ManagerFactory(is_staff=True, is_superuser=True, department=elsewhere),
        }
        owner = self.people["owner"]
        self.client = held_client(owner, assigned_on=clock.today() - dt.timedelta(days=40))
        self.twin = held_client(owner)
        DuplicatePair.objects.create(one=self.client, other=self.twin)
        double = held_client(owner)
        merging.merge_clients(keep_id=self.twin.pk, drop_id=double.pk, by=self.people["head"])
        self.merge = MergeRecord.objects.get()
        self.rule = SimpleNamespace(pk="hold.plan_days")
        self.fact, self.record = SimpleNamespace(pk="city"), SimpleNamespace(pk=1)
        former = ManagerFactory(department=department)
        self.waiting, self.quarantined, self.archived = (exchange_client(former) for _ in range(3))
        Client.objects.filter(pk=self.quarantined.pk).update(quarantine_until=clock.today())
        Client.objects.filter(pk=self.archived.pk).update(archived_at=clock.now())
        self.person = ContactPersonFactory(client=self.client)
        other = ContactPersonFactory(client=self.client)
        self.relation = ClientRelation.objects.create(source=self.client, target=held_client(owner), kind="partner")
        self.person_relation = PersonRelation.objects.create(source=self.person, target=other, kind="colleague")
        self.attachment, self.deleted_file = (upload(self.client, by=owner, name=name) for name in ("a.txt", "b.txt"))
        attachments.delete(attachment_id=self.deleted_file.pk, by=owner)
        self.co_manager = ManagerFactory()
        CoManager.objects.create(client=self.client, manager=self.co_manager)
        today = clock.today()
        self.away = Absence.objects.create(manager=owner, starts_on=today, ends_on=today)
        ahead = today + dt.timedelta(days=7)
        self.absence = Absence.objects.create(manager=owner, starts_on=ahead, ends_on=ahead, status="requested")
        self.bulk = BulkJob.objects.create(
            owner=owner, page="client-list", action="client-tag", ids=[self.client.pk], total=1
        )
        self.import_job = checked_import(owner)
        self.norm = PointsNorm.objects.create(department=department, since=today + dt.timedelta(days=1), points=40)
        self.norm_word = SimpleNamespace(pk="points")
        self.regulation = Regulation.objects.create(
            department=department, since=today + dt.timedelta(days=1), times=1, per="month"
        )
        self.list_page = SimpleNamespace(pk="client-list")
        self.view = SavedView.objects.create(owner=owner, page="client-list", name="Mine", department=department)
        self.job = Redating.objects.create(reason="policy", department=department)
        self.event = event(self.client)
        later = clock.now() + dt.timedelta(days=1)
        self.planned = event(self.client, status=EventStatus.PLANNED, occurred_at=later, subject="Call")
        self.recurring = event(self.client, status=EventStatus.PLANNED, occurred_at=later)
        recurring.repeat(event=self.recurring, series=EventSeries(count=2), zone="Europe/Moscow", by=owner)
        self.backdated = event(self.client, occurred_at=clock.now() - dt.timedelta(days=20))
        self.agreement = Agreement.objects.create(event=self.event, text="Send the offer")
        self.process, self.closed = process(self.client), process(self.client)
        self._close(self.closed)
        self.step = self.process.stage_changes.get()
        self.file_link = link_file(subject=self.process, attachment=self.attachment)
        self.comment = HeadComment.objects.create(event=self.event, author=self.people["head"], text="Well done")
        self.typed_name = EventParticipant.objects.create(event=self.event, name="Ivan")
        self.event_file = link_file(subject=self.event, attachment=self.attachment)
        self.inquiry = inquiry(self.client)
        self.notice = Notice.objects.create(recipient=owner, kind="gone", key="1")
        self.signal = Signal.objects.create(kind="burst", manager=owner, date=today, key="1", number=12)
        self.signal.events.add(self.event)
        self.protection = protect(
            client_id=self.client.pk, until=today + dt.timedelta(days=9), reason="Tender", by=self.people["head"]
        )
        self.pause = ClaimPause.objects.create(manager=owner, starts_on=today, until=today, failures=3)
        self.occasion = Occasion.objects.earliest("pk")
        made = feeds.make(manager=owner, name="Phone", scope="own", with_words=True)
        self.feed, self.feed_secret = made.feed, SimpleNamespace(pk=made.secret)
        self.letter = ClientLetter.objects.create(
            client=self.client, address="p@example.com", subject="Hello", text="Hello", by=owner
        )
        self.report = SimpleNamespace(pk="points")
        self.delivery = ReportDelivery.objects.create(owner=owner, report="points", name="Points", next_on=today)
        self.delivery.recipients.add(owner)
        self.leaver = owner
        self.departure = Departure.objects.create(
            manager=owner, decided_by=self.people["head"], status="done", finished_at=clock.now(), deactivated=False
        )
        self._nights(today)

    def _nights(self, today: dt.date) -> None:
        """A night that took a client of the owner, and the one after it, which asks."""
        owner, moment = self.people["owner"], clock.now()
        done = {"status": "done", "finished_at": moment}
        self.night = NightlyRun.objects.create(date=today - dt.timedelta(days=1), **done)
        self.asking = NightlyRun.objects.create(date=today, decision="asked", ask_reason="first", **done)
        self.detachment = Detachment.objects.create(
            client=exchange_client(owner, since=moment), manager=owner, department=owner.department, reason="idle",
            detached_at=moment, date=self.night.date, run=self.night, assigned_on=today, clock_date=today, zone="red",
        )  # fmt: skip

    @staticmethod
    def _close(sale: Any) -> None:
        from interactions.sales import close_process

        close_process(process=sale, won=True, by=sale.responsible)

    def url(self, name: str) -> str:
        route = ROUTES[name]
        kwargs = {"pk": getattr(self, route.on).pk} if route.on else {}
        kwargs |= {key: getattr(self, attribute).pk for key, attribute in route.more.items()}
        return reverse(name, kwargs=kwargs) + (f"?{route.query}={getattr(self, route.query).pk}" if route.query else "")

    def data(self, name: str) -> dict[str, Any]:
        """A form that goes through where the route declares success; an empty one otherwise."""
        return {
            "": {},
            "reason": {"reason": ReturnReason.objects.first().pk},
            "agreement": {"status": "kept"},
            "approve": {"decision": "approve"},
            "won": {"outcome": "won", "won": "1", "closed_on": clock.today().isoformat()},
            "stage": {"stage": self.process.kind.stages.order_by("position")[1].pk},
        }[ROUTES[name].data]


class _RollBack(Exception):
    """Nothing one role did is seen by the next."""


def test_every_route_says_who_may_open_it():
    assert sorted(routes()) == sorted(ROUTES), "declare each route in ROUTES, and only those that exist"
    for name, route in ROUTES.items():
        assert route.get or route.post, name


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_each_role_gets_what_is_declared(client, world, name):
    route = ROUTES[name]
    wrong: list[str] = []
    for method, declared in (("get", route.get), ("post", route.post)):
        if declared is None:
            continue
        for role in ROLES:
            client.logout()
            if role != "anonymous":
                client.force_login(world.people[role])
            try:
                with transaction.atomic():
                    response = getattr(client, method)(world.url(name), world.data(name) if method == "post" else {})
                    if response.streaming:
                        list(response)  # a file that nobody reads to its end stays open
                    if response.status_code != declared[role]:
                        wrong.append(f"{method} as {role}: {response.status_code}, declared {declared[role]}")
                    if role == "anonymous" and response.status_code == 302 and declared["anonymous"] == 302:
                        assert_leads_to_the_sign_in_page(response, name)
                    raise _RollBack
            except _RollBack:
                pass
    assert not wrong


def assert_leads_to_the_sign_in_page(response: Any, name: str) -> None:
    if all(status == 302 for status in (ROUTES[name].get or ROUTES[name].post or {}).values()):
        return  # a public redirect, such as the icon's
    if ROUTES[name].post == public(302):
        return
    assert response["Location"].startswith("/login/"), name


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.on))
def test_what_does_not_exist_is_not_found(client, name):
    admin = ManagerFactory(is_staff=True, is_superuser=True)
    client.force_login(admin)
    route = ROUTES[name]
    url = reverse(name, kwargs={"pk": 987654321, **dict.fromkeys(route.more, 987654321)})
    for method, declared in (("get", route.get), ("post", route.post)):
        if declared is not None:
            missing = getattr(client, method)(url, {"stage": Stage.objects.first().pk} if method == "post" else {})
            assert missing.status_code == (405 if declared["admin"] == 405 else 404), method


@pytest.mark.django_db
def test_the_admin_is_for_administrators_only(client, world):
    """Every page of Django admin that needs no object."""
    from django.contrib import admin

    names = ["index"] + [
        f"{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model in admin.site._registry
        for page in ("changelist", "add")
    ]
    for role in ROLES:
        client.logout()
        if role != "anonymous":
            client.force_login(world.people[role])
        allowed = {200, 403} if role == "admin" else {302}  # 403: a table that is only read
        for name in names:
            assert client.get(reverse(f"admin:{name}")).status_code in allowed, (role, name)


@pytest.mark.django_db
def test_a_stranger_reads_four_facts_and_nothing_else(client, world):
    Client.objects.filter(pk=world.client.pk).update(name="Secret Foods", notes="The code word is abracadabra")
    client.force_login(world.people["stranger"])
    page = client.get(world.url("client-detail")).content.decode()
    assert "Secret Foods" in page
    assert str(world.people["owner"]) in page
    for hidden in ("abracadabra", str(world.person), kind("call_out").name, "Ten pumps", "Send the offer"):
        assert hidden not in page, hidden
