"""Whose rows a report is about, of which days, and narrowed to what."""

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.db.models import DateField, Q, QuerySet

from clients.models import Manager
from crm import clock
from crm.web.prepared import Param, Params
from reports.rules.periods import ONE_DAY, Period


@dataclass(frozen=True, slots=True)
class Scope:
    """What the figures of a report are counted over.

    Attributes:
        reader: who reads; he decides which managers there are, never which rows of theirs are counted.
        manager_ids: whose; None: everybody's.
        nobody: whether rows that are nobody's belong to it.
        options: the report's own filters, cleaned; empty ones are left out: ``{"category": "A", "kind": 3}``.
        rules: the numbers of the rules in force (:func:`clients.rulebook.load`).
    """

    reader: Manager
    today: dt.date
    period: Period
    manager_ids: frozenset[int] | None
    nobody: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, int | None] = field(default_factory=dict)

    def of_ours(self, rows: QuerySet, whose: str = "whose") -> QuerySet:
        """The rows whose ``whose`` (a manager's id) belongs to the scope."""
        if self.manager_ids is None:
            return rows if self.nobody else rows.filter(**{f"{whose}__isnull": False})
        ids = self.manager_ids if isinstance(self.manager_ids, Params) else sorted(self.manager_ids)
        ours = Q(**{f"{whose}__in": ids})
        return rows.filter(ours | Q(**{f"{whose}__isnull": True}) if self.nobody else ours)

    def on_days(self, name: str) -> Q:
        """The date column ``name`` lies in the period."""
        return Q(**{f"{name}__gte": self.period.since, f"{name}__lte": self.period.until})

    def at_moments(self, name: str) -> Q:
        """The moment ``name`` lies in the period, by the company's calendar."""
        return Q(
            **{
                f"{name}__gte": clock.day_start(self.period.since),
                f"{name}__lt": clock.day_start(self.period.until + ONE_DAY),
            }
        )

    def of_clients(self, prefix: str = "") -> Q:
        """The client filters ``category`` and ``region``, where the report has them; ``prefix``: ``"client__"``."""
        condition = Q()
        if category := self.options.get("category"):
            condition &= Q(**{f"{prefix}category": category})
        if region := self.options.get("region"):
            condition &= Q(**{f"{prefix}region": region})
        return condition

    def of(self, period: Period) -> Self:
        """The same over another period: what it is compared with."""
        return replace(self, period=period)

    # --- for prepared queries -----------------------------------------------------------------------------------------
    @property
    def in_general(self) -> Self:
        """The same asked of any managers, on any day, over any period: these are parameters, :attr:`given` when the
        query runs."""
        today, since, until = (Param(name, DateField()) for name in ("today", "since", "until"))
        open_left: Any = {"today": today, "period": Period(since, until)}  # type: ignore[arg-type]
        if self.manager_ids is not None:
            open_left["manager_ids"] = Params("managers")
        return replace(self, **open_left)

    @property
    def given(self) -> dict[str, Any]:
        """What is left open in general."""
        return {
            "today": self.today,
            "since": self.period.since,
            "until": self.period.until,
            "managers": sorted(self.manager_ids or ()),
        }

    @property
    def kind(self) -> Hashable:
        """What is not: of scopes of one kind the same query is asked."""
        rules = tuple(self.rules.items()) if isinstance(self.rules, dict) else self.rules
        zone = clock.company_zone().key
        return self.manager_ids is None, self.nobody, repr(sorted(self.options.items())), rules, zone
