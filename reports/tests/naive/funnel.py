"""The funnel of sales once more."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from statistics import fmean, median
from typing import Any

from clients.models import Client, CoManager, Manager
from interactions.models import LossReason, ProcessKind, SalesProcess, Stage, StageChange
from reports.tests.naive.asking import Asked

QUERIES = [
    {"kind": "2", "period": "365"},
    {"period": "365", "category": "A"},
    {"since": "2017-01-01", "until": "2017-06-30", "compare": "previous"},
]


class Sales:
    def __init__(self, ask: Asked) -> None:
        self.ask = ask
        self.clients = {each.pk: each for each in ask.all(Client)}
        self.people = {each.pk: each for each in ask.all(Manager)}
        self.stages_of_all = {each.pk: each for each in ask.all(Stage)}
        self.helpers = {(each.client_id, each.manager_id) for each in ask.all(CoManager)}
        self.kind = self._kind()
        self.stages = [s for s in self.stages_of_all.values() if s.process_kind_id == self.kind.pk]
        self.log: dict[int, list[StageChange]] = defaultdict(list)
        for step in sorted(ask.all(StageChange), key=lambda step: (step.changed_at, step.pk)):
            self.log[step.process_id].append(step)
        self.ours = [sale for sale in ask.all(SalesProcess) if self._is_asked(sale)]
        self.begun = [sale for sale in self.ours if ask.during(sale.started_on)]
        self.now = [sale for sale in self.ours if self._is_in_hand(sale)]

    def _kind(self) -> ProcessKind:
        kinds = sorted(self.ask.all(ProcessKind), key=lambda kind: (kind.position, kind.name))
        wanted = self.ask.query.get("kind")
        with_stages = {stage.process_kind_id for stage in self.stages_of_all.values()}
        return next(
            kind for kind in kinds if (str(kind.pk) == wanted if wanted else kind.pk in with_stages)
        )  # fmt: skip

    def _is_asked(self, sale: SalesProcess) -> bool:
        query, client = self.ask.query, self.clients[sale.client_id]
        if query.get("category") and client.category != query["category"]:
            return False
        return sale.kind_id == self.kind.pk and sale.responsible_id in self.ask.whose

    def _is_in_hand(self, sale: SalesProcess) -> bool:
        client, who = self.clients[sale.client_id], self.people[sale.responsible_id]
        is_nobodys = (
            client.manager_id is None and client.exchange_since is not None
            and who.role in ("salesperson", "head") and not who.is_staff
            and (client.pk, who.pk) not in self.helpers
        )  # fmt: skip
        return sale.status == "open" and not is_nobodys

    def furthest(self, sale: SalesProcess) -> int:
        """The position of the furthest stage; -1: none."""
        seen = [step.to_stage_id for step in self.log[sale.pk]] + [sale.stage_id]
        return max((self.stages_of_all[pk].position for pk in seen if pk), default=-1)

    def came_to(self, stage: Stage) -> list[SalesProcess]:
        return [sale for sale in self.begun if sale.status == "won" or self.furthest(sale) >= stage.position]

    def stays(self, stage: Stage) -> list[float]:
        found = []
        for sale in self.begun:
            for step, after in zip(self.log[sale.pk], self.log[sale.pk][1:]):
                if step.to_stage_id == stage.pk and step.step not in ("won", "lost"):
                    found.append((after.changed_at - step.changed_at) / dt.timedelta(days=1))
        return found

    def weighted(self, sales: list[SalesProcess]) -> Decimal:
        return sum(
            ((s.amount or Decimal()) * self.stages_of_all[s.stage_id].probability / 100 for s in sales if s.stage_id),
            Decimal(),
        )

    def idle(self, sales: list[SalesProcess]) -> int:
        count = 0
        for sale in sales:
            limit = self.stages_of_all[sale.stage_id].allowed_idle_days if sale.stage_id else None
            last = sale.active_on or sale.started_on
            count += limit is not None and last is not None and (self.ask.today - last).days > limit
        return count

    def standing(self, sales: list[SalesProcess]) -> dict[str, Any]:
        return {
            "now": len(sales),
            "now_sum": money(sales),
            "weighted": self.weighted(sales),
            "idle": self.idle(sales),
        }


def money(sales: list[SalesProcess]) -> Decimal:
    return sum((sale.amount or Decimal() for sale in sales), Decimal())


def ended(sales: list[SalesProcess], status: str) -> list[SalesProcess]:
    return [sale for sale in sales if sale.status == status]


def part(some: list[Any], whole: list[Any]) -> float | None:
    return 100 * len(some) / len(whole) if whole else None


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    sales = Sales(ask)
    found: dict[tuple[str, str, str], Any] = {}

    def put(table: str, line: str, values: dict[str, Any]) -> None:
        found.update({(table, line, column): value for column, value in values.items()})

    before, lost, won = sales.begun, ended(sales.begun, "lost"), ended(sales.begun, "won")
    for stage in sorted(sales.stages, key=lambda stage: stage.position):
        came, stays = sales.came_to(stage), sales.stays(stage)
        here = [sale for sale in sales.begun if sale.stage_id == stage.pk]
        put("stages", f"stage {stage.pk}", {
            "came": len(came), "amount": money(came), "of_all": part(came, sales.begun), "kept": part(came, before),
            "lost": len(ended(here, "lost")), "open": len(ended(here, "open")),
            "median": median(stays) if stays else None, "mean": fmean(stays) if stays else None,
        })  # fmt: skip
        put("now", f"stage {stage.pk}", sales.standing([s for s in sales.now if s.stage_id == stage.pk]))
        before = came
    nowhere = [sale for sale in sales.begun if sale.stage_id is None]
    put("stages", "stage none", {key: len(ended(nowhere, key)) for key in ("lost", "open")})
    put("now", "stage none", sales.standing([sale for sale in sales.now if sale.stage_id is None]))
    put("now", "total", sales.standing(sales.now))
    put("stages", "won", {
        "came": len(won), "amount": money(won), "of_all": part(won, sales.begun),
        "kept": part(won, before) if sales.stages else None,
    })  # fmt: skip
    put("stages", "total", {
        "came": len(sales.begun), "amount": money(sales.begun), "of_all": part(sales.begun, sales.begun),
        "lost": len(lost), "open": len(ended(sales.begun, "open")),
    })  # fmt: skip
    for reason in [None, *(each.pk for each in ask.all(LossReason)), ...]:
        some = lost if reason is ... else [sale for sale in lost if sale.loss_reason_id == reason]
        line = "total" if reason is ... else f"reason {reason or 'none'}"
        put("losses", line, {"lost": len(some), "share": part(some, lost), "amount": money(some)})
        for key in [None, *(stage.pk for stage in sales.stages)]:
            put("losses", line, {f"at_{key or 'none'}": len([sale for sale in some if sale.stage_id == key])})
    for line, whose in ask.lines():
        begun, now = ([s for s in rows if s.responsible_id in whose] for rows in (sales.begun, sales.now))
        theirs, gone = ended(begun, "won"), ended(begun, "lost")
        put("people", line, {
            "begun": len(begun), "begun_sum": money(begun), "won": len(theirs), "won_sum": money(theirs),
            "lost": len(gone), "rate": part(theirs, theirs + gone),
            **{key: value for key, value in sales.standing(now).items() if key != "weighted"},
        })  # fmt: skip
    return found
