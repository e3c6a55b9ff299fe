"""The head's desk, put together. A fixed number of queries, however many managers, clients and questions there are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from clients import panels, rulebook
from clients.models import Client, Manager, SavedView
from exchange.models import Protection
from interactions.selectors import leaving_soon
from reports.desk import words
from reports.desk.light import FIGURES, WEEK, Light, light
from reports.desk.people import People, people_facts, the_people
from reports.desk.waiting import Exchange, Queue, waiting
from reports.frame.figures import tally
from reports.frame.report import Report, all_reports
from reports.frame.scope import Scope
from reports.head_control.figures import clients as controlled
from reports.rulebook import help_limits
from reports.rules.help import who_needs_help
from reports.rules.periods import last_days
from reports.traffic_light.figures import FIGURES as TRAFFIC_LIGHT

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
    rules = rulebook.load()
    managers = list(the_people(reader, today))
    ids = None if reader.sees_everything else frozenset({reader.pk, *reader.headed_manager_ids})
    scope = Scope(reader, today, last_days(7, today), ids, rules=rules)  # type: ignore[arg-type]
    colours = tally(TRAFFIC_LIGHT, scope, keys=FIGURES)
    limits = help_limits(rules)
    facts = people_facts(managers, colours, scope, limits)
    cases = _cases(managers, facts, limits)
    leaving = leaving_clients(scope)
    queues, exchange = waiting(reader, today, rules)
    return Desk(
        headline=words.headline(len(cases), sum(queue.count for queue in queues), len(leaving)),
        light=light(colours.values(), scope),
        cases=cases[:CASES],
        cases_more=max(0, len(cases) - CASES),
        queues=queues,
        exchange=exchange,
        leaving=_leavers(leaving[:LEAVING], scope) if leaving else [],
        leaving_more=len(leaving) > LEAVING,
        ending=list(_ending(reader, today)[:ENDING]),
        pinned=_pinned(reader),
        reports=[report for report in all_reports() if report.access.allows(reader)],
        today=today,
    )


def _cases(managers: Sequence[Manager], people: People, limits: Any) -> list[HelpRow]:
    by_pk = {manager.pk: manager for manager in managers}
    return [
        HelpRow(
            by_pk[case.facts.manager_id],
            [words.said(found, case.facts, people.claims.get(case.facts.manager_id, ())) for found in case.reasons],
        )
        for case in who_needs_help(people.facts, limits)
    ]


def leaving_clients(scope: Scope) -> list[Client]:
    """Who really leaves within a week, whatever keeps it now, the first first."""
    near = leaving_soon(None if scope.manager_ids is None else sorted(scope.manager_ids), scope.today)
    panels.tell_leaving(near, scope.today)
    return panels.really_leaving(near, scope.today, days=WEEK.days)


def _leavers(clients: Sequence[Client], scope: Scope) -> list[Leaver]:
    """These clients with what the head can do about each. One query."""
    known = controlled(scope).filter(pk__in=[client.pk for client in clients]).only("pk")
    state = known.annotate(has_overdue=F("overdue"), has_plan=F("planned"), has_no_sale=F("no_sale")).in_bulk()
    return [Leaver(client, words.what_to_do(state[client.pk])) for client in clients if client.pk in state]


def _ending(reader: Manager, today: dt.date) -> QuerySet[Protection]:
    """Protections and contracts that keep clients of his people until a day of this week, the first first."""
    rows = Protection.objects.led_by(reader).in_force(today).filter(client__manager=F("manager"))  # type: ignore[attr-defined]
    return rows.filter(until__lt=today + WEEK).select_related("client", "manager").order_by("until", "pk")


def _pinned(reader: Manager) -> list[SavedView]:
    """His own views of reports."""
    pages = [report.url_name for report in all_reports() if report.access.allows(reader)]
    return list(SavedView.objects.visible_to(reader).filter(pinned_by=reader, page__in=pages).order_by("name", "pk"))
