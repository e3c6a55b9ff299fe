"""What a night does to clients one by one, in stretches with the whole company between them: who leaves is looked at
(then somebody may have to be asked), who may leave is taken, colours are published.

A stretch works on the clients of its sweeper: all of them, or those of some departments (``parts``).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet

from clients.models import Client
from clients.rules.policies import PolicyBook
from clients.rules.zones import Zone
from clients.superiors import superiors
from exchange.models import Decision, NightlyRun
from exchange.night import effects, leaving, warning
from exchange.night.sweep import Sweeper
from exchange.rules.night import NightRules


@dataclass(frozen=True, slots=True)
class Night:
    """What everybody who works on a night goes by.

    Attributes:
        last: the last published night before it; None: there is none.
        moment: when it acts; clients arrive on the exchange then.
        told_on: the day on which people read what it tells them.
        chunk: clients per transaction.
    """

    run: NightlyRun
    last: dt.date | None
    rules: NightRules
    book: PolicyBook
    moment: dt.datetime
    told_on: dt.date
    chunk: int


def look(night: Night, sweeper: Sweeper) -> int:
    """Warn, and write down who leaves. Changes no client."""
    rules, told_on = night.rules, night.told_on
    if rules.warn_levels:
        _warn(night, sweeper)
    if night.run.decision in (Decision.NONE, Decision.ASKED):
        # What an administrator has decided on is the list he read, not a new one.
        leaving.plan(sweeper, rules, told_on)
    return 0


def _warn(night: Night, sweeper: Sweeper) -> None:
    run, rules, told_on = night.run, night.rules, night.told_on
    who = superiors(told_on)
    untold = sweeper.find(warning.untold(rules, told_on=told_on))
    plain = warning.plain(run.date, rules, told_on=told_on)
    sweeper.walk(
        "warn",
        plain,
        partial(warning.warn_plainly, run, rules=rules, who=who, told_on=told_on),
        among=untold,
        fields=["pk"],
    )
    rest = set(untold).difference(run.warnings.values_list("client", flat=True))
    movable = sweeper.find(*warning.movable(run.date, rules, told_on=told_on))
    some = warning.to_warn(run.date, rules, told_on=told_on)
    sweeper.walk(
        "warn",
        some,
        partial(warning.warn, run, rules=rules, who=who, told_on=told_on),
        among=sorted(rest.union(movable)),
    )


def take(night: Night, sweeper: Sweeper) -> int:
    """Take to the exchange who may leave. Returns how many."""
    run, book, moment = night.run, night.book, night.moment
    if night.rules.bare:
        due = Client.objects.due_on(run.date)
        act = partial(effects.detach, run, book=book, moment=moment)
        return sweeper.drain("detach", due, act, weight=effects.WEIGHT_OF_LEAVING)
    return leaving.take(sweeper, book, night.rules, moment=moment, told_on=night.told_on)


def publish(night: Night, sweeper: Sweeper) -> int:
    """Publish the colours of the date. Returns how many clients turned."""
    run, book, changed = night.run, night.book, 0

    def go_through(clients: QuerySet[Client], *, mended: bool) -> int:
        act = partial(effects.publish, run, book=book, mended=mended)
        return sweeper.drain("publish", clients, act, fields=["pk"])

    for arrived in _arrivals(run.date, night.last):
        changed += go_through(arrived, mended=False)
    # What the dates' ranges could not see (imports, changed policies, an interrupted earlier version) is mended here.
    return changed + go_through(Client.objects.zone_lags_on(run.date), mended=night.last is not None)


STRETCHES: Mapping[str, Callable[[Night, Sweeper], int]] = {"look": look, "take": take, "publish": publish}


def _arrivals(day: dt.date, last: dt.date | None) -> Iterator[QuerySet[Client]]:
    """Clients whose date of turning yellow or red lies between the last published night and ``day``: two index
    ranges."""
    if last is None:
        return
    held = Client.objects.held()
    yield held.filter(yellow_on__gt=last, yellow_on__lte=day).exclude(zone__in=[Zone.YELLOW, Zone.RED])
    yield held.filter(red_on__gt=last, red_on__lte=day).exclude(zone=Zone.RED)
