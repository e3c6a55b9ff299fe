"""The warnings of a night: who is told that a client leaves, and when."""

import datetime as dt

from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    PositiveSmallIntegerField,
    Q,
    Value,
    When,
)

from clients.models import Client
from clients.querysets import ClientQuerySet
from clients.superiors import Superiors
from exchange.holds import facts_of, may_be_held
from exchange.models import LeavingWarning, NightlyRun
from exchange.night.effects import count
from exchange.night.sweep import Chunk
from exchange.rules.holding import leaving, warning_level
from exchange.rules.night import NightRules


def to_warn(day: dt.date, rules: NightRules, *, told_on: dt.date) -> ClientQuerySet:
    """Held clients of which somebody may have to be told tonight.

    Those who come within a warning's reach by their dates and have not had it. Those who have had it leave on another
    day if something holds them: who is due already, or has something that may hold him, is looked at every night. They
    are few.
    """
    left = Case(
        *(When(detach_on__lte=told_on + dt.timedelta(days=level), then=Value(level)) for level in rules.warn_levels),
        output_field=PositiveSmallIntegerField(),
    )
    told = LeavingWarning.objects.filter(
        client=OuterRef("pk"),
        manager=OuterRef("manager_id"),
        clock_date=OuterRef("clock_date"),
        leaves_on=ExpressionWrapper(OuterRef("detach_on"), output_field=DateField()),
        level__lte=OuterRef("reached"),
    )
    last = told_on + dt.timedelta(days=rules.horizon)
    near = Client.objects.held().filter(detach_on__lte=last).annotate(reached=left)
    return near.filter(~Exists(told) | Q(detach_on__lte=told_on) | may_be_held(rules, day=day))


def warn(run: NightlyRun, rows: Chunk, rules: NightRules, who: Superiors, told_on: dt.date) -> int:
    """Write the warnings that these clients have reached. Inside a chunk's transaction. Returns how many."""
    facts = facts_of(rows, rules, day=run.date)
    warnings = []
    for client in rows:
        known, manager = facts[client.pk], client.manager
        assert manager is not None  # held, and locked
        assert client.detach_on is not None
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
