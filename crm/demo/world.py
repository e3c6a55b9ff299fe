"""What every part of the demo is made with: the dates, the dictionaries, the counters of ids, the collected rows."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TypeVar

from dateutil.relativedelta import relativedelta
from django.db import models

from clients.models import Industry, LeadSource, Manager, Region
from clients.policies import chain_of, policy_book
from clients.rules.freezing import NOTHING, Frozen
from clients.rules.policies import Policy, PolicyBook
from clients.rules.zones import Thresholds, ZoneDates, zone_dates
from crm import clock
from crm.demo.words.base import Words
from exchange.claim_rulebook import load_claim_rules
from exchange.models import ReturnReason
from exchange.rulebook import load_rules
from exchange.rules.claiming import ClaimRules
from exchange.rules.night import NightRules
from interactions.models import EventKind, LossReason, ProcessKind, Product, Stage

#: How far back the history goes.
HISTORY_MONTHS = 18
#: Business hours, company time and the client's.
OPENS, CLOSES = 9, 18

Row = TypeVar("Row", bound=models.Model)

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@cache
def dates_of(clock_date: dt.date, thresholds: Thresholds, frozen: Frozen) -> ZoneDates:
    """The rule's three dates; the demo asks for the same days thousands of times."""
    return zone_dates(clock_date, thresholds, frozen)


@dataclass(slots=True, eq=False)
class Seller:
    """A person of the company as the simulation sees him."""

    manager: Manager
    hired_on: dt.date
    #: How many clients he has in relation to others.
    weight: float = 1.0
    #: Shares of green, yellow and red clients today.
    shares: tuple[float, float, float] = (0.66, 0.245, 0.095)
    left_on: dt.date | None = None
    absent_since: dt.date | None = None
    #: The first and the last day of a long absence that is over.
    was_away: tuple[dt.date, dt.date] | None = None
    deputy: "Seller | None" = None
    head: "Seller | None" = None
    chain: tuple[int, ...] = ()
    #: On which days the clocks of his clients stand still.
    frozen: Frozen = NOTHING

    def on_duty(self, day: dt.date) -> "Seller":
        """Who works on his clients that day: himself or his deputy."""
        is_away = (self.absent_since and day >= self.absent_since) or (
            self.was_away and self.was_away[0] <= day <= self.was_away[1]
        )
        return self.deputy if self.deputy and is_away else self


@dataclass
class World:
    """The demo company while it is being made. Rows are collected with ids of their own and stored at the end."""

    seed: int
    language: str
    words: Words
    today: dt.date
    now: dt.datetime
    size: int
    policy: PolicyBook = field(default_factory=policy_book)
    rules: NightRules = field(default_factory=load_rules)
    claim_rules: ClaimRules = field(default_factory=load_claim_rules)
    #: Who may not claim, from when until when.
    pauses: "list[tuple[Seller, dt.date, dt.date]]" = field(default_factory=list)
    #: Holidays, public ones and the company's.
    days_off: set[dt.date] = field(default_factory=set)
    #: The night that found so many due that it asked.
    asked_on: dt.date | None = None
    rows: dict[type[models.Model], list[models.Model]] = field(default_factory=lambda: defaultdict(list))
    sellers: list[Seller] = field(default_factory=list)
    #: What lies in the private storage, by its name there.
    files: dict[str, bytes] = field(default_factory=dict)
    #: Clients the seller of the sign-in page works on today, the first first.
    in_front: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first_day = self.today - relativedelta(months=HISTORY_MONTHS)
        self._ids: dict[type[models.Model], Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self.kinds = {kind.code: kind for kind in EventKind.objects.exclude(code="")}
        self.process_kinds = {kind.name: kind for kind in ProcessKind.objects.all()}
        self.stages: dict[int, list[Stage]] = defaultdict(list)
        for stage in Stage.objects.order_by("process_kind", "position"):
            self.stages[stage.process_kind_id].append(stage)
        self.loss_reasons = {reason.name: reason for reason in LossReason.objects.all()}
        self.return_reasons = {reason.name: reason for reason in ReturnReason.objects.all()}
        self.sources = list(LeadSource.objects.all())
        self.regions: dict[str, Region] = {}
        self.industries: list[Industry] = []
        self.products: list[Product] = []

    @property
    def rules_changed_at(self) -> dt.datetime:
        """When the administrator set his numbers of the circuit breaker."""
        return clock.at(weekday(self.today - DAY * 70), 10, 15)

    @property
    def goods(self) -> list[Product]:
        """What a sale is about: services only go with something (they are the last series of the words)."""
        return [product for product in self.products if product.series != self.products[-1].series]

    def rng(self, *about: object) -> Random:
        """Chance of its own for each subject: one more client does not change the others."""
        return Random(":".join(str(part) for part in (self.seed, self.language, *about)))

    def next_id(self, model: type[models.Model]) -> int:
        return next(self._ids[model])

    def add(self, row: models.Model) -> None:
        """Collect a row; it gets an id if it has none."""
        if row.pk is None:
            row.pk = self.next_id(type(row))
        self.rows[type(row)].append(row)

    def of(self, model: type[Row]) -> list[Row]:
        """The collected rows of one kind."""
        return self.rows[model]  # type: ignore[return-value]

    def policy_of(self, seller: Seller, category: str) -> Policy:
        return self.policy.choose(seller.chain, category)

    def set_chains(self) -> None:
        """After the departments have their paths."""
        for seller in self.sellers:
            department = seller.manager.department
            seller.chain = chain_of(department.path) if department else ()

    @property
    def workday_has_begun(self) -> bool:
        """Whether something may have been done today."""
        return self.now > clock.at(self.today, OPENS, 40)

    def moment(self, rng: Random, day: dt.date, east_of_us: float = 0.0) -> dt.datetime:
        """A business hour of ``day`` here and where the client is (``east_of_us`` hours on), never later than now."""
        opens, closes = OPENS * 60, int(min(CLOSES, max(OPENS + 2, CLOSES - east_of_us)) * 60)
        opens = max(opens, int(min((OPENS - east_of_us) * 60, closes - 120)))
        minute = rng.randrange(opens, closes, 5)
        moment = clock.at(day, minute // 60, minute % 60)
        if moment >= self.now:
            done = (self.now - clock.at(day, OPENS)) // MINUTE if day == self.today else 0
            moment = self.now - MINUTE * rng.randint(2, max(3, min(done, 240)))
        return moment


def weekday(day: dt.date) -> dt.date:
    """The day itself, or the Friday before its weekend."""
    return day - DAY * max(0, day.weekday() - 4)
