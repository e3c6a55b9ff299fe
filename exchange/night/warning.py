"""The warnings of a night: who is told that a client leaves, and when."""

import datetime as dt
from collections import defaultdict

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast

from clients.models import Client, Department, Manager
from clients.policies import chain_of
from clients.querysets import ClientQuerySet
from clients.superiors import Superiors
from crm.inserting import insert_from
from exchange.holds import facts_of, may_be_held
from exchange.models import DetachHold, HoldKind, LeavingWarning, NightlyRun
from exchange.night.effects import count
from exchange.night.sweep import Chunk
from exchange.rules.holding import WARNING_LASTS, leaving, warning_level
from exchange.rules.night import NightRules


def untold(rules: NightRules, *, told_on: dt.date) -> ClientQuerySet:
    """Held clients that come within a warning's reach by their dates and have not had it."""
    return _near(rules, told_on).filter(~Exists(_told()))


def plain(day: dt.date, rules: NightRules, *, told_on: dt.date) -> ClientQuerySet:
    """Those of the ``untold`` that nothing can hold: they leave on their day, and need not be looked at one by one.
    That is nearly all of them."""
    graced = DetachHold.objects.filter(client=OuterRef("pk"), kind=HoldKind.UNDO, until__gte=day)
    found = untold(rules, told_on=told_on).filter(detach_on__gt=max(day, told_on))
    for something in (*may_be_held(rules, day=day), Exists(graced)):
        found = found.exclude(something)
    if rules.warn_age is None:
        return found
    # Nobody leaves before the first warning is so old: tonight's is, or an earlier one.
    age = dt.timedelta(days=rules.warn_age)
    early = _of_stretch().filter(
        leaves_on__gte=day - dt.timedelta(days=WARNING_LASTS),
        warned_on__lte=ExpressionWrapper(OuterRef("detach_on") - age, output_field=DateField()),
    )
    return found.filter(Q(detach_on__gte=told_on + age) | Exists(early))


def movable(day: dt.date, rules: NightRules, *, told_on: dt.date) -> list[ClientQuerySet]:
    """Those who leave on another day than their dates say if something holds them, told or not: who is due already, or
    has something that may hold him. They are few."""
    near = _near(rules, told_on)
    return [near.filter(detach_on__lte=told_on), *(near.filter(held) for held in may_be_held(rules, day=day))]


def to_warn(day: dt.date, rules: NightRules, *, told_on: dt.date) -> ClientQuerySet:
    """Held clients of which somebody may have to be told tonight: the ``untold`` and the ``movable``."""
    some = ~Exists(_told()) | Q(detach_on__lte=told_on)
    for something in may_be_held(rules, day=day):
        some |= Q(something)
    return _near(rules, told_on).filter(some)


def _near(rules: NightRules, told_on: dt.date) -> ClientQuerySet:
    last = told_on + dt.timedelta(days=rules.horizon)
    return Client.objects.held().filter(detach_on__lte=last).annotate(reached=_reached(rules, told_on))


def _reached(rules: NightRules, told_on: dt.date) -> Case:
    return Case(
        *(When(detach_on__lte=told_on + dt.timedelta(days=level), then=Value(level)) for level in rules.warn_levels),
        output_field=PositiveSmallIntegerField(),
    )


def _of_stretch() -> QuerySet[LeavingWarning]:
    return LeavingWarning.objects.filter(
        client=OuterRef("pk"), manager=OuterRef("manager_id"), clock_date=OuterRef("clock_date")
    )


def _told() -> QuerySet[LeavingWarning]:
    """What was told of the day on which the client leaves by its dates, at this level or a more urgent one."""
    leaves_on = ExpressionWrapper(OuterRef("detach_on"), output_field=DateField())
    return _of_stretch().filter(leaves_on=leaves_on, level__lte=OuterRef("reached"))


def warn_plainly(run: NightlyRun, rows: Chunk, rules: NightRules, who: Superiors, told_on: dt.date) -> int:
    """Write the warnings of these clients, all of them ``plain``. Inside a chunk's transaction. Returns how many."""
    clients = Client.objects.filter(pk__in=[row.pk for row in rows]).annotate(reached=_reached(rules, told_on))
    warned = insert_from(
        clients,
        LeavingWarning,
        client=F("pk"),
        manager=F("manager"),
        deputy=_deputy(who),
        head=_head(who, rules),
        clock_date=F("clock_date"),
        leaves_on=F("detach_on"),
        level=F("reached"),
        warned_on=told_on,
        run=run.pk,
    )
    count(run, warned=warned)
    return warned


def _head(who: Superiors, rules: NightRules) -> Cast | None:
    """``Superiors.head_of`` in SQL: the nearest head above a client's manager who is not himself; where he is told."""
    if rules.warn_head is None:
        return None
    heads, himself = defaultdict(list), []
    for pk, path in Department.objects.values_list("pk", "path"):
        above = [who.heads[number] for number in reversed(chain_of(path)) if number in who.heads]
        if above:
            heads[above[0]].append(pk)
            other = next((head for head in above if head != above[0]), None)
            himself.append(When(manager=above[0], manager__department=pk, then=Value(other)))
    nearest = (When(manager__department__in=below, then=Value(head)) for head, below in heads.items())
    head = Case(*himself, *nearest, output_field=BigIntegerField())
    told = Case(When(reached__lte=rules.warn_head, then=head))
    return Cast(told, BigIntegerField())  # without any head it would be a text


def _deputy(who: Superiors) -> Cast:
    absent = defaultdict(list)
    for manager, deputy in who.deputies.items():
        absent[deputy].append(manager)
    whens = (When(manager__in=managers, then=Value(deputy)) for deputy, managers in absent.items())
    return Cast(Case(*whens, output_field=BigIntegerField()), BigIntegerField())


def warn(run: NightlyRun, rows: Chunk, rules: NightRules, who: Superiors, told_on: dt.date) -> int:
    """Write the warnings that these clients have reached. Inside a chunk's transaction. Returns how many."""
    facts = facts_of(rows, rules, day=run.date)
    held_by = {row.manager_id for row in rows}
    managers = Manager.objects.select_related("department").only("department__path").in_bulk(held_by)
    warnings = []
    for client in rows:
        assert client.manager_id is not None  # held, and locked
        assert client.detach_on is not None
        known, manager = facts[client.pk], managers[client.manager_id]
        leaves_on = leaving(known, rules, detach_on=client.detach_on, day=run.date, told_on=told_on).on
        # Counted from the day on which people read it, also when a missed night is caught up.
        level = warning_level((leaves_on - told_on).days, rules.warn_levels)
        if level is None or any(day == leaves_on and told <= level for day, told in known.warned):
            continue
        escalates = rules.warn_head is not None and level <= rules.warn_head
        warnings.append(
            LeavingWarning(
                client=client,
                manager=manager,
                deputy_id=who.deputies.get(manager.pk),
                head_id=who.head_of(manager) if escalates else None,
                clock_date=client.clock_date,
                leaves_on=leaves_on,
                level=level,
                warned_on=told_on,
                run=run,
            )
        )
    LeavingWarning.objects.bulk_create(warnings, ignore_conflicts=True)
    count(run, warned=len(warnings))
    return len(warnings)
