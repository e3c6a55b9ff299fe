"""What holds clients, read live from protections, sales, plans and warnings; the rules are in ``rules.holding``."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast

from clients.models import Client
from crm import clock
from crm.web.prepared import Param, Params, Prepared
from exchange.models import DetachHold, LeavingWarning, Protection
from exchange.rulebook import load_rules
from exchange.rules.holding import WARNING_LASTS, Fact, Facts, Leaving, leaving
from exchange.rules.night import NightRules
from interactions.models import Event, SalesProcess, StageChange

_NO_DATE = Cast(Value(None), DateField())
_NO_MOMENT = Cast(Value(None), DateTimeField())
_NO_NUMBER = Cast(Value(None), BigIntegerField())
#: The query by which rules are on.
_queries: dict[tuple[bool, ...], Prepared] = {}


def leaving_of(clients: Iterable[Client], *, day: dt.date, rules: NightRules | None = None) -> dict[int, Leaving]:
    """For each held client when it leaves if nothing happens, and what holds it before. Two queries at most."""
    held = {client: client.detach_on for client in clients if client.detach_on}
    if not held:
        return {}
    rules = rules or load_rules()
    facts = facts_of(held, rules, day=day)
    return {
        client.pk: leaving(facts[client.pk], rules, detach_on=detach_on, day=day) for client, detach_on in held.items()
    }


def facts_of(clients: Iterable[Client], rules: NightRules, *, day: dt.date) -> dict[int, Facts]:
    """All that may hold these clients from ``day`` on, in their present stretches. One query, whatever their number."""
    stretches = {client.pk: (client.manager_id, client.clock_date) for client in clients}
    found = {pk: Facts() for pk in stretches}
    for arm, client_id, manager_id, clock_date, starts_on, until, moment, source, label in _read(stretches, rules, day):
        facts = found[client_id]
        if arm in ("plan-used", "undo", "warned") and (manager_id, clock_date) != stretches[client_id]:
            continue  # an earlier stretch
        match arm:
            case "protection" | "contract":
                facts.facts.append(Fact(arm, starts_on, until, f"protection:{source}", label))
            case "process" if moment is not None:  # nobody knows when an imported sale last moved
                last = clock.local_date(moment)
                ends = last + dt.timedelta(days=rules.process_days or 0)
                facts.facts.append(Fact("process", last, ends, f"process:{source}", label))
            case "plan":
                planned_on = clock.local_date(moment)
                facts.facts.append(Fact("plan", planned_on, planned_on, f"event:{source}", label))
            case "plan-used":
                facts.used.add((label, until))
            case "undo":
                facts.facts.append(Fact("undo", starts_on, until, label))
            case "warned":
                facts.warned.add((until, source))
                is_fresh = until + dt.timedelta(days=WARNING_LASTS) >= day
                if is_fresh and (facts.first_warned_on is None or starts_on < facts.first_warned_on):
                    facts.first_warned_on = starts_on
    return found


def may_be_held(rules: NightRules, *, day: dt.date) -> list[Exists]:
    """What clients may have by which they might leave later than their dates say. The grace after an undo is not
    looked for: it is given to clients whose time has come."""
    arms = (_lasting(rules, day), _open_processes(rules), _plans(rules, clock.day_start(day)))
    return [Exists(found.filter(client=OuterRef("pk"))) for found in arms if found is not None]


def _lasting(rules: NightRules, day: Any) -> QuerySet[Any] | None:
    if not (rules.protection or rules.contract):
        return None
    return Protection.objects.switched_on(rules).filter(until__gte=day, revoked_on=None)


def _open_processes(rules: NightRules) -> QuerySet[Any] | None:
    return None if rules.process_days is None else SalesProcess.objects.open()


def _plans(rules: NightRules, morning: Any) -> QuerySet[Any] | None:
    if rules.plan_days is None:
        return None
    return Event.objects.planned().filter(kind__counts_as_contact=True, occurred_at__gte=morning)


def _read(ids: Collection[int], rules: NightRules, day: dt.date) -> Iterable[tuple[Any, ...]]:
    switches = (rules.process_days is None, rules.plan_days is None, bool(rules.undo_grace), rules.protection)
    query = _queries.setdefault((*switches, rules.contract), Prepared(lambda: _rows(rules)))
    return query(clients=sorted(ids), day=day, morning=clock.day_start(day))


def _rows(rules: NightRules) -> QuerySet[Any, tuple[Any, ...]]:
    """One UNION ALL of everything: (arm, client, manager, clock date, from, until, moment, number, words)."""
    whose, day, morning = Q(client__in=Params("clients")), Param("day", DateField()), Param("morning", DateTimeField())
    arms = [
        _arm(
            DetachHold.objects.filter(whose, kind__in=["plan", "undo"] if rules.undo_grace else ["plan"]),
            arm=Case(When(kind="undo", then=Value("undo")), default=Value("plan-used")),
            manager=F("manager_id"),
            clock_date=F("clock_date"),
            starts_on=F("since"),
            until=F("until"),
            label=F("source"),
        ),
        _arm(
            LeavingWarning.objects.filter(whose),
            arm=Value("warned"),
            manager=F("manager_id"),
            clock_date=F("clock_date"),
            starts_on=F("warned_on"),
            until=F("leaves_on"),
            number=F("level"),
        ),
    ]
    if (lasting := _lasting(rules, day)) is not None:
        arms.append(
            _arm(
                lasting.filter(whose),
                arm=F("kind"),
                starts_on=F("starts_on"),
                until=F("until"),
                number=F("pk"),
                label=F("reason"),
            )
        )
    if (processes := _open_processes(rules)) is not None:
        last_step = StageChange.objects.filter(process=OuterRef("pk")).order_by().values("process")
        arms.append(
            _arm(
                processes.filter(whose),
                arm=Value("process"),
                moment=Subquery(last_step.annotate(last=Max("changed_at")).values("last")),
                number=F("pk"),
                label=F("title"),
            )
        )
    if (plans := _plans(rules, morning)) is not None:
        arms.append(
            _arm(
                plans.filter(whose),
                arm=Value("plan"),
                moment=F("occurred_at"),
                number=F("pk"),
                label=F("subject"),
            )
        )
    return arms[0].union(*arms[1:], all=True)


def _arm(rows: QuerySet[Any], *, arm: Any, **columns: Any) -> QuerySet[Any, tuple[Any, ...]]:
    wanted = {
        "of_manager": columns.get("manager", _NO_NUMBER),
        "of_clock_date": columns.get("clock_date", _NO_DATE),
        "of_starts_on": columns.get("starts_on", _NO_DATE),
        "of_until": columns.get("until", _NO_DATE),
        "of_moment": columns.get("moment", _NO_MOMENT),
        "of_number": Cast(columns.get("number", _NO_NUMBER), BigIntegerField()),
        "of_label": Cast(columns.get("label", Value("")), CharField(max_length=300)),
    }
    return (
        rows.order_by()
        .annotate(arm=Cast(arm, CharField(max_length=20)), **wanted)
        .values_list("arm", "client_id", *wanted)
    )
