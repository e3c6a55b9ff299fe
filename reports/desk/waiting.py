"""What waits for the head's word, and the exchange in numbers: each a set of rows with the page that lists them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Absence, Client, Manager
from crm.web.access import Access
from exchange.alarms import waiting_nights
from exchange.claim_rulebook import STALE_DAYS
from exchange.departures import leavers_of
from exchange.models import Claim, Departure, Detachment
from exchange.weekly import weekly_clients
from interactions import stage_approvals
from interactions.models import Inquiry
from interactions.selectors import waiting_approval

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Queue:
    """Something that waits for the head: a link to the page where he decides."""

    key: str
    label: str | Promise
    icon: str
    url: str
    count: int


#: What the head decides on, in the order of the page: key → words, icon, the page.
QUEUES: Mapping[str, tuple[str | Promise, str, str]] = {
    "dates": (_("Contacts dated far back"), "hourglass-split", "approval-list"),
    "stages": (_("Sales that wait for your word"), "funnel", "stage-approval-list"),
    "absences": (_("Absences to approve"), "calendar-x", "absence-list"),
    "inquiries": (_("Inquiries that wait"), "telephone-inbound", "inquiry-list"),
    "departures": (_("Clients of people who left"), "person-x", "departure-list"),
    "nights": (_("Nights that wait for your word"), "moon-stars", "night-list"),
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exchange in one line: who waits there, who came from the head's people and who was taken by them in the last
    seven days, and how many wait for the head's decision (None: there is no such list)."""

    waiting: int
    came: int
    taken: int
    stale: int | None
    query: str


def _sets(reader: Manager, today: dt.date, stale_days: int | None) -> dict[str, QuerySet[Any]]:
    week_ago = today - WEEK
    running = Departure.objects.filter(status=Departure.Status.RUNNING).values("manager")
    gone = leavers_of(reader).filter(is_active=False).exclude(pk__in=running)
    sets: dict[str, QuerySet[Any]] = {
        "dates": waiting_approval(reader),
        "stages": stage_approvals.waiting_for(reader),
        "absences": Absence.objects.waiting().decidable_by(reader),  # type: ignore[attr-defined]
        "inquiries": Inquiry.objects.waiting_for(reader),
        "departures": Client.objects.filter(manager__in=gone.values("pk")),
        "waiting": Client.objects.on_exchange().exclude(quarantine_until__gte=today),
        "came": Detachment.objects.visible_to(reader).filter(date__gt=week_ago),
        "taken": Claim.objects.filter(date__gt=week_ago, manager__in=Manager.objects.reported_to(reader)),
    }
    if stale_days is not None:
        sets["stale"] = weekly_clients(reader, days=stale_days, today=today)
    return sets


def waiting(reader: Manager, today: dt.date, rules: Any) -> tuple[list[Queue], Exchange]:
    """What waits for him, and the exchange. One query for all of the numbers."""
    sets = _sets(reader, today, rules[STALE_DAYS])
    nights = waiting_nights(reader) if Access.ADMIN.allows(reader) else None  # read for the badge anyway
    numbers = {**_sizes(sets), "nights": nights or 0}
    queues = [
        Queue(key, label, icon, reverse(url_name), numbers[key])
        for key, (label, icon, url_name) in QUEUES.items()
        if numbers[key]
    ]
    stale = numbers["stale"] if "stale" in sets else None
    days = f"since={today - WEEK + DAY:%Y-%m-%d}&until={today:%Y-%m-%d}"
    return queues, Exchange(numbers["waiting"], numbers["came"], numbers["taken"], stale, days)


def _sizes(sets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each set has, in one query. None of them joins what could say a row twice."""
    parts = [
        rows.order_by()
        .select_related(None)
        .annotate(set_name=Value(name, CharField()))
        .values("set_name")
        .annotate(n=Count("*"))
        .values_list("set_name", "n")
        for name, rows in sets.items()
    ]
    found = dict(parts[0].union(*parts[1:], all=True))
    return {name: found.get(name, 0) for name in sets}
