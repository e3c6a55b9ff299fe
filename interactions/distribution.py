"""The distribution rules as they stand: who gets an inquiry that is nobody's, and why.

Two inquiries at once never get the same turn: the row of the rule is locked before its turns are read, and stays so
until whoever was chosen is written down.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from clients.models import Absence, Client, Manager, Role
from interactions.models import DistributionRule, Inquiry
from interactions.rules.distribution import Candidate, Conditions, Wanted, mismatches, whose_turn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says to an inquiry.

    Attributes:
        missed: the conditions it does not meet.
        people: whom the rule may choose, with what it goes by.
        chosen: who is next; None where the rule does not fit, or nobody of its people is here.
    """

    rule: DistributionRule
    missed: list[str]
    people: list[tuple[Manager, Candidate]]
    chosen: Manager | None


def choose(wanted: Wanted, *, today: dt.date) -> tuple[DistributionRule, Manager] | None:
    """Who gets it; None where no rule fits, or nobody of those that fit is here. To be called in the transaction that
    writes the choice down: its rule stays locked till then.

    A rule that fits and has nobody here today is passed over: the client is answered today, by the next one.
    """
    for rule in _rules():
        if mismatches(_conditions(rule), wanted):
            continue
        locked = DistributionRule.objects.select_for_update(no_key=True).filter(pk=rule.pk, is_active=True)
        if not locked.values_list("pk", flat=True).first():
            continue
        if chosen := _chosen(rule, _people(rule, today)):
            return rule, chosen
    return None


def explain(wanted: Wanted, *, today: dt.date) -> list[Verdict]:
    """What each rule in use says, in their order; the first with somebody chosen decides. Changes and locks nothing."""
    verdicts = []
    for rule in _rules():
        missed = mismatches(_conditions(rule), wanted)
        people = [] if missed else _people(rule, today)
        verdicts.append(Verdict(rule, missed, people, _chosen(rule, people)))
    return verdicts


def has_rules() -> bool:
    """Whether anything is distributed by rules at all."""
    return DistributionRule.objects.filter(is_active=True).exists()


def _rules() -> Iterable[DistributionRule]:
    rows = DistributionRule.objects.filter(is_active=True).select_related("department").order_by("position", "pk")
    return rows.prefetch_related("sources", "regions", "products", "managers")


def _conditions(rule: DistributionRule) -> Conditions:
    def keys(rows: QuerySet) -> frozenset[int]:
        return frozenset(row.pk for row in rows)

    return Conditions(
        sources=keys(rule.sources.all()),
        regions=keys(rule.regions.all()),
        products=keys(rule.products.all()),
        amount_from=rule.amount_from,
        amount_to=rule.amount_to,
    )


def _people(rule: DistributionRule, today: dt.date) -> list[tuple[Manager, Candidate]]:
    """Those named by the rule, or the salespeople of its department and below. Three queries, four with a
    department."""
    people: Sequence[Manager] = list(rule.managers.all())
    if not people and rule.department:
        sellers = Manager.objects.sellers().filter(role=Role.SALESPERSON)
        people = list(sellers.filter(department__path__startswith=rule.department.path))
    away = set(Absence.objects.in_force(today).filter(manager__in=people).values_list("manager_id", flat=True))
    turns = Inquiry.objects.filter(rule=rule, assigned_to__in=people).order_by().values_list("assigned_to")
    given = dict(turns.annotate(last=Max("assigned_at")))
    held = Client.objects.filter(manager__in=people).order_by().values_list("manager")
    load = dict(held.annotate(n=Count("pk")))
    return [
        (
            person,
            Candidate(
                person.pk,
                is_here=person.is_active and person.department_id is not None and person.pk not in away,
                given_at=given.get(person.pk),
                load=load.get(person.pk, 0),
            ),
        )
        for person in people
    ]


def _chosen(rule: DistributionRule, people: Sequence[tuple[Manager, Candidate]]) -> Manager | None:
    chosen = whose_turn(rule.method, [candidate for _person, candidate in people])
    return next((person for person, _candidate in people if person.pk == chosen), None)
