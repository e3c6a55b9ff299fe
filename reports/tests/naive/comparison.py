"""The comparison of managers a second time: day by day, client by client."""

import datetime as dt
from dataclasses import replace
from statistics import median
from typing import Any

from clients.models import Manager, OwnershipPeriod
from crm import clock
from exchange.models import Detachment, NightlyRun
from interactions.models import Event, EventKind, SalesProcess
from reports.rules import periods
from reports.tests.naive.asking import Asked
from reports.tests.naive.points import points_on, works_on

DAY = dt.timedelta(days=1)
QUERIES = [
    {"show": ["begun", "won", "cheque", "found"]},
    {"show": ["won"], "detail": "cheque", "period": "365"},
    {"detail": "left_alone", "period": "365"},
    {"detail": "points", "period": "month"},
]
#: key → (amount, cases, base, for how much of it, is of cases only)
RESPECTS = {
    "contacts": ("contacts", "contacts", "days", 5, False),
    "attention": ("contacts", "contacts", "held", 30, False),
    "points": ("points", "done", "days", 1, False),
    "begun": ("begun", "begun", "days", 20, False),
    "won": ("won", "won", "days", 20, False),
    "won_sum": ("won_sum", "won", "days", 20, False),
    "win_rate": ("won", "closed", "closed", 100, True),
    "cheque": ("won_sum", "won", "won", 1, True),
    "found": ("found", "found", "days", 20, False),
    "left_alone": ("left_alone", "left_alone", "watched", 3000, False),
}
USUAL = ["contacts", "attention", "won_sum", "win_rate", "left_alone"]

KEYS = [
    "contacts",
    "done",
    "points",
    "begun",
    "closed",
    "won",
    "won_sum",
    "found",
    "came",
    "went",
    "held",
    "watched",
    "left_alone",
]
KEYS += ["days"]

Facts = dict[int, dict[str, float]]


def facts(ask: Asked, respects: list[str]) -> Facts:
    """What each manager did and held, and how long he worked: of those who held or did anything asked for."""
    found: Facts = {each.pk: dict.fromkeys(KEYS, 0) for each in ask.all(Manager)}

    def put(key: str, whose: int | None, amount: Any = 1) -> None:
        if whose is not None:
            found[whose][key] += float(amount or 0)

    system = {each.pk for each in ask.all(EventKind) if each.is_system}
    for event in ask.all(Event):
        if ask.during(event.counted_on):
            put("contacts", event.responsible_id)
        day = clock.local_date(event.occurred_at)
        is_fact = event.status == "done" and event.approval in ("", "approved")
        if is_fact and event.kind_id not in system and ask.during(day):
            put("done", event.responsible_id)
            put("points", event.responsible_id, points_on(ask, event.kind_id, day))
    for sale in ask.all(SalesProcess):
        if ask.during(sale.started_on):
            put("begun", sale.responsible_id)
        if ask.during(sale.closed_on):
            put("closed", sale.responsible_id)
            if sale.status == "won":
                put("won", sale.responsible_id)
                put("won_sum", sale.responsible_id, sale.amount)
    for row in ask.all(OwnershipPeriod):
        if ask.during(row.since):
            put("came", row.manager_id)
            put("found", row.manager_id, row.gained == "created")
        if ask.during(row.until):
            put("went", row.manager_id)
        last = row.until - DAY if row.until else ask.until
        put("held", row.manager_id, max(0, (min(last, ask.until) - max(row.since, ask.since)).days + 1))
    for row in ask.all(Detachment):
        if ask.during(row.date) and row.reason == "idle" and not row.undone_at:
            put("left_alone", row.manager_id)
    nights = [run.date for run in ask.all(NightlyRun) if run.status == "done"]
    for did in found.values():  # what nights do is known from the first one on
        did["watched"] = did["held"] if nights and min(nights) <= ask.since else 0
    needed = {"held"} | {key for each in respects for key in RESPECTS[each][:3]} - {"days"}
    length = (ask.until - ask.since).days + 1
    for manager in ask.all(Manager):
        if any(found[manager.pk][key] for key in needed):
            found[manager.pk]["days"] = sum(works_on(ask, manager, ask.since + DAY * n) for n in range(length))
    return found


def added(of: Facts, whose: set[int | None]) -> dict[str, float]:
    return {key: sum(of[pk][key] for pk in whose if pk is not None) for key in KEYS}


def made(respect: str, did: dict[str, float]) -> float | None:
    amount, _cases, base, scale, _of_cases = RESPECTS[respect]
    return did[amount] * scale / did[base] if did[base] else None


def compared(ask: Asked, respect: str, of: Facts, whose: set[int | None]) -> list[dict[str, float]]:
    """Salespeople who worked five days and had something to work with."""
    sellers = [each.pk for each in ask.all(Manager) if each.pk in whose and each.role == "salesperson"]
    return [of[pk] for pk in sellers if of[pk]["days"] >= 5 and of[pk][RESPECTS[respect][2]]]


def middle(ask: Asked, respect: str, of: Facts, whose: set[int | None]) -> float | None:
    _amount, cases, _base, _scale, of_cases = RESPECTS[respect]
    values = [made(respect, did) for did in compared(ask, respect, of, whose) if not of_cases or did[cases] >= 5]
    return median(values) if values else None


def place(ask: Asked, respect: str, of: Facts, peers: set[int | None], pk: int) -> int | None:
    """How many of those with enough cases are better, and one."""
    _amount, cases, base, _scale, _of_cases = RESPECTS[respect]
    all_of_them = compared(ask, respect, of, peers)
    usual = median([did[cases] / did[base] for did in all_of_them]) if all_of_them else 0
    enough = [did for did in all_of_them if max(did[cases], usual * did[base]) >= 5]
    if not any(did is of[pk] for did in enough):
        return None
    mine = made(respect, of[pk])
    values = [made(respect, did) for did in enough]
    return 1 + sum(value < mine if respect == "left_alone" else value > mine for value in values)


def percent(value: float | None, other: float | None) -> float | None:
    return None if value is None or not other else 100 * (value / other - 1)


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    days = periods.Period(ask.since, ask.until)
    detail = ask.query.get("detail")
    shown = [detail] if detail else [key for key in RESPECTS if key in (ask.query.get("show") or USUAL)]
    peers = replace(ask, query={name: value for name, value in ask.query.items() if name != "manager"})
    now, before, year_ago = (
        facts(ask.over(each.since, each.until), shown)
        for each in (days, periods.previous(days), periods.year_ago(days))
    )
    everybody, of_line = peers.whose, dict(peers.lines())
    found: dict[tuple[str, str, str], Any] = {}
    if not detail:
        found |= {("managers", "median", each): middle(ask, each, now, everybody) for each in shown}
    for line, whose in ask.lines():
        did = added(now, whose)
        own = {"days": did["days"], "held": did["held"] / days.days, "came": did["came"], "went": did["went"]}
        own |= {each: made(each, did) for each in shown}
        if not detail:
            found |= {("managers", line, column): value for column, value in own.items()}
            continue
        rate, then, last_year = (made(detail, added(of, whose)) for of in (now, before, year_ago))
        amount, _cases, base, _scale, _of_cases = RESPECTS[detail]
        more: dict[str, Any] = {
            "amount": did[amount],
            "base": did["held"] / 30 if base in ("held", "watched") else did[base],
            detail: rate,
            "against": percent(rate, middle(ask, detail, now, everybody)),
            "before": then,
            "change": percent(rate, then),
            "year_ago": last_year,
            "year_change": percent(rate, last_year),
        }
        if line.startswith("manager"):
            (pk,) = whose
            more |= {"place": place(ask, detail, now, everybody, pk), "trend": rate}
        else:
            more["median"] = middle(ask, detail, now, of_line[line])
        found |= {("detail", line, column): value for column, value in more.items()}
    return found
