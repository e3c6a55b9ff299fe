"""The head's desk, put together. A fixed number of queries, however many managers, clients and questions there are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, QuerySet

from clients import panels, rulebook
from clients.models import Client, Manager, SavedView
from clients.page_rows import rows_of
from clients.querysets import unlisted
from crm import clock
from crm.web.prepared import Param, Params, Prepared
from exchange.models import Protection
from interactions.models import Event, SalesProcess
from interactions.selectors import Soon, leaving_soon
from reports.desk import words
from reports.desk.light import WEEK, Light, light
from reports.desk.people import People, people_facts, the_people
from reports.desk.waiting import Exchange, Queue, waiting
from reports.frame.report import Report, all_reports
from reports.frame.scope import Scope
from reports.kept.reading import light_now
from reports.rulebook import help_limits
from reports.rules.help import Case, who_needs_help
from reports.rules.periods import last_days

#: So many stand on the page; the others are behind the links.
CASES, LEAVING, ENDING = 12, 8, 5


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A manager who needs help, with the reasons in words."""

    manager: Manager
    reasons: Sequence[words.Said]


@dataclass(frozen=True, slots=True)
class Leaver:
    """A client that leaves this week; ``todo``: what the head can do about it."""

    client: Any
    todo: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on the page."""

    headline: str
    light: Light
    cases: list[HelpRow]
    cases_more: int
    queues: list[Queue]
    exchange: Exchange
    leaving: list[Leaver]
    leaving_more: bool
    ending: list[Protection]
    pinned: list[SavedView]
    reports: list[Report]
    today: dt.date


def desk(reader: Manager, today: dt.date) -> Desk:
    """The desk of a head, of a director."""
    rows_of(reader, "rules")  # the frame's query, asked first: it brings the rules
    rules = rulebook.load()
    managers = list(the_people(reader, today))
    ids = None if reader.sees_everything else frozenset({reader.pk, *reader.headed_manager_ids})
    scope = Scope(reader, today, last_days(7, today), ids, rules=rules)  # type: ignore[arg-type]
    colours = light_now(scope)
    limits = help_limits(rules)
    facts = people_facts(managers, colours, scope, limits)
    cases = who_needs_help(facts.facts, limits)
    leaving = leaving_clients(scope)
    queues, exchange = waiting(reader, today, rules)
    return Desk(
        headline=words.headline(len(cases), sum(queue.count for queue in queues), len(leaving)),
        light=light(colours.values(), scope),
        cases=_in_words(cases[:CASES], managers, facts),
        cases_more=max(0, len(cases) - CASES),
        queues=queues,
        exchange=exchange,
        leaving=_leavers(leaving[:LEAVING], today) if leaving else [],
        leaving_more=len(leaving) > LEAVING,
        ending=list(_ending(reader, today)[:ENDING]),
        pinned=_pinned(reader),
        reports=[report for report in all_reports() if report.access.allows(reader)],
        today=today,
    )


def _in_words(cases: Sequence[Case], managers: Sequence[Manager], people: People) -> list[HelpRow]:
    by_pk = {manager.pk: manager for manager in managers}
    return [
        HelpRow(
            by_pk[case.facts.manager_id],
            [words.said(found, case.facts, people.claims.get(case.facts.manager_id, ())) for found in case.reasons],
        )
        for case in cases
    ]


def leaving_clients(scope: Scope) -> list[Soon]:
    """Who really leaves within a week, whatever keeps it now, the first first."""
    near = leaving_soon(None if scope.manager_ids is None else sorted(scope.manager_ids), scope.today)
    panels.tell_leaving(near, scope.today)
    return panels.really_leaving(near, scope.today, days=WEEK.days)


def _leavers(rows: Sequence[Soon], today: dt.date) -> list[Leaver]:
    """These clients with what the head can do about each. One query."""
    found: dict[int, Any] = {
        client.pk: client for client in _state(clients=[row.pk for row in rows], morning=clock.day_start(today))
    }
    for row in rows:
        if row.pk in found:
            found[row.pk].leaving = row.leaving
    return [Leaver(found[row.pk], words.what_to_do(found[row.pk])) for row in rows if row.pk in found]


def _held_with_state() -> QuerySet[Client]:
    """What is overdue, planned and open with each client, as the head's control says it."""
    morning, this = Param("morning", DateTimeField()), {"client": OuterRef("pk")}
    plans, sales = Event.objects.planned().filter(**this), SalesProcess.objects.open().filter(**this)
    rows = Client.objects.held().filter(pk__in=Params("clients")).select_related("manager").order_by()
    return rows.defer(*unlisted("", "manager__")).annotate(
        has_overdue=Exists(plans.filter(occurred_at__lt=morning)),
        has_plan=Exists(plans.filter(occurred_at__gte=morning)),
        has_no_sale=~Exists(sales),
    )


_state = Prepared(_held_with_state)


def _ending(reader: Manager, today: dt.date) -> QuerySet[Protection]:
    """Protections and contracts that keep clients of his people until a day of this week, the first first."""
    rows = Protection.objects.led_by(reader).in_force(today).filter(client__manager=F("manager"))  # type: ignore[attr-defined]
    return rows.filter(until__lt=today + WEEK).select_related("client", "manager").order_by("until", "pk")


def _pinned(reader: Manager) -> list[SavedView]:
    """His own views of reports."""
    pages = [report.url_name for report in all_reports() if report.access.allows(reader)]
    return list(SavedView.objects.visible_to(reader).filter(pinned_by=reader, page__in=pages).order_by("name", "pk"))
