"""Exchange health a second time: plain Python that looks at every row."""

import datetime as dt
from collections import defaultdict
from typing import Any

from clients.models import Client, OwnershipPeriod
from crm import clock
from exchange.models import Claim, ClaimPause, Detachment, FirstTouch, Shelving
from interactions.models import Event, SalesProcess
from reports.tests.naive.asking import Asked

DAY = dt.timedelta(days=1)
#: (figure, whose) → keys of the rows.
Rows = dict[tuple[str, int | None], set[int]]

MANAGERS = ("came", "taken", "contacted", "won", "failed", "now", "stale")
LISTS = {
    "in": ("came_idle", "came_returned", "came_released", "came_untouched", "came_left", "came_reassigned", "restored"),
    "out": ("claimed", "assigned", "undone", "archived"),
    "now": ("age_7", "age_30", "age_90", "age_more", "quarantined", "stale"),
    "after": ("contacted", "in_time", "started", "won", "failed", "pauses"),
}


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    """Every line of departments and managers, and the lists of the whole."""
    rows = Naive(ask).rows(ask.since, ask.until)
    found: dict[tuple[str, str, str], Any] = {}

    def number(figure: str, whose: set[int | None]) -> int:
        return sum(len(rows.get((figure, pk), ())) for pk in whose)

    for line, whose in ask.lines():
        found |= {("managers", line, figure): number(figure, whose) for figure in MANAGERS}
    for table, figures in LISTS.items():
        found |= {(table, f"count {figure}", "number"): number(figure, ask.whose) for figure in figures}
    found["now", "total", "number"] = number("now", ask.whose)
    for figure in {figure for figure, _whose in rows if figure.startswith("reason ")}:
        found["in", figure, "number"] = number(figure, ask.whose)
    return found


class Naive:
    """Everything there is, read without a condition."""

    def __init__(self, ask: Asked) -> None:
        self.today = ask.today
        self.stale_days, self.touch_days = ask.rules["market.stale_days"], ask.rules["claim.touch_days"] or 7
        self.clients, self.detachments, self.claims = ask.all(Client), ask.all(Detachment), ask.all(Claim)
        self.events, self.sales = of_client(ask.all(Event)), of_client(ask.all(SalesProcess))
        self.periods = of_client(ask.all(OwnershipPeriod))
        self.touches = {touch.claim_id: touch for touch in ask.all(FirstTouch)}
        self.shelvings, self.pauses = ask.all(Shelving), ask.all(ClaimPause)

    def rows(self, since: dt.date, until: dt.date) -> Rows:
        found: Rows = defaultdict(set)

        def put(figure: str, whose: int | None, pk: int) -> None:
            found[figure, whose].add(pk)

        for row in self.detachments:
            if since <= row.date <= until:
                put("came", row.manager_id, row.pk)
                put(f"came_{row.reason}", row.manager_id, row.pk)
                if row.return_reason_id:
                    put(f"reason {row.return_reason_id}", row.manager_id, row.pk)
            if row.undone_at and since <= clock.local_date(row.undone_at) <= until:
                put("undone", row.manager_id, row.pk)
        for claim in self.claims:
            if since <= claim.date <= until:
                for figure in self.what_became(claim):
                    put(figure, claim.manager_id, claim.pk)
        for client in self.clients:
            if client.manager_id is None and client.exchange_since and client.archived_at is None:
                for figure in self.how_it_waits(client):
                    put(figure, client.last_manager_id, client.pk)
        for row in self.shelvings:
            if since <= row.date <= until and row.action in ("archive", "restore"):
                put({"archive": "archived", "restore": "restored"}[row.action], self.came_from(row), row.pk)
        for pause in self.pauses:
            if since <= pause.starts_on <= until:
                put("pauses", pause.manager_id, pause.pk)
        return found

    def what_became(self, claim: Claim) -> set[str]:
        held_until = dt.date.max
        mine = [
            each
            for each in self.periods[claim.client_id]
            if each.manager_id == claim.manager_id and each.since == claim.date
        ]
        if mine:
            held_until = max(each.until or dt.date.max for each in mine)
        touch = self.touches.get(claim.pk)
        due = touch.due_on if touch else claim.date + DAY * self.touch_days

        def ours(day: dt.date | None) -> bool:
            return day is not None and claim.date <= day <= held_until

        contacted = any(
            ours(event.counted_on) and event.counted_on <= due and event.created_at >= claim.claimed_at
            for event in self.events[claim.client_id]
        )
        sales = self.sales[claim.client_id]
        won = any(sale.status == "won" and ours(sale.closed_on) for sale in sales)
        started = won or any(ours(sale.started_on) for sale in sales)
        failed = any(row.failed_claim_id == claim.pk and row.undone_at is None for row in self.detachments)
        still = (
            claim.client_id is not None
            and not contacted
            and not failed
            and held_until == dt.date.max
            and due >= self.today
        )
        said = {"contacted": contacted, "won": won, "started": started, "failed": failed, "in_time": still}
        by_head = claim.assigned_by_id is not None
        return {"taken", "assigned" if by_head else "claimed"} | {name for name, true in said.items() if true}

    def how_it_waits(self, client: Client) -> set[str]:
        days = (self.today - clock.local_date(client.exchange_since)).days
        aside = client.quarantine_until is not None and client.quarantine_until >= self.today
        age = next(name for name, most in (("7", 7), ("30", 30), ("90", 90), ("more", 10**6)) if days <= most)
        found = {"now", f"age_{age}"} | ({"quarantined"} if aside else set())
        return found | ({"stale"} if self.stale_days is not None and days > self.stale_days and not aside else set())

    def came_from(self, row: Shelving) -> int | None:
        before = [
            each for each in self.detachments if each.client_id == row.client_id and each.detached_at <= row.made_at
        ]
        if before:
            return max(before, key=lambda each: (each.detached_at, each.pk)).manager_id
        return next(client.last_manager_id for client in self.clients if client.pk == row.client_id)


def of_client(rows: list[Any]) -> dict[int | None, list[Any]]:
    """Rows by their client; those of no client (any more) belong to nobody."""
    found: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        if row.client_id is not None:
            found[row.client_id].append(row)
    return found
