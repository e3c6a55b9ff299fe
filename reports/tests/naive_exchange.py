"""The figures of the report on the exchange a second time: plain Python that looks at every row."""

import datetime as dt
from collections import defaultdict

from clients.models import Client, OwnershipPeriod
from crm import clock
from exchange.models import Claim, ClaimPause, Detachment, FirstTouch, Shelving
from interactions.models import Event, SalesProcess

DAY = dt.timedelta(days=1)
#: (figure, whose) → keys of the rows; "" as figure never occurs.
Rows = dict[tuple[str, int | None], set[int]]


class Naive:
    """Everything there is, read once, without a condition."""

    def __init__(self, *, stale_days: int | None = 90, touch_days: int = 7) -> None:
        self.today, self.stale_days, self.touch_days = clock.today(), stale_days, touch_days
        self.clients = list(Client.objects.all())
        self.detachments = list(Detachment.objects.all())
        self.claims = list(Claim.objects.all())
        self.events = list(Event.objects.all())
        self.sales = list(SalesProcess.objects.all())
        self.periods = list(OwnershipPeriod.objects.all())
        self.touches = {touch.claim_id: touch for touch in FirstTouch.objects.all()}
        self.shelvings = list(Shelving.objects.all())
        self.pauses = list(ClaimPause.objects.all())

    def rows(self, since: dt.date, until: dt.date) -> Rows:
        found: Rows = defaultdict(set)

        def put(figure: str, whose: int | None, pk: int) -> None:
            found[figure, whose].add(pk)

        for row in self.detachments:
            if since <= row.date <= until:
                put("came", row.manager_id, row.pk)
                put(f"came_{row.reason}", row.manager_id, row.pk)
                if row.return_reason_id:
                    put(f"reason_{row.return_reason_id}", row.manager_id, row.pk)
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
            for each in self.periods
            if each.client_id == claim.client_id and each.manager_id == claim.manager_id and each.since == claim.date
        ]
        if mine:
            held_until = max(each.until or dt.date.max for each in mine)
        touch = self.touches.get(claim.pk)
        due = touch.due_on if touch else claim.date + DAY * self.touch_days

        def ours(day: dt.date | None) -> bool:
            return day is not None and claim.date <= day <= held_until

        contacted = any(
            event.client_id == claim.client_id
            and ours(event.counted_on)
            and event.counted_on <= due
            and event.created_at >= claim.claimed_at
            for event in self.events
        )
        sales = [sale for sale in self.sales if sale.client_id == claim.client_id]
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

    def median(self, keys: set[int]) -> int | None:
        """Of the days on the exchange of these claims; of an even number the lower one."""
        days = sorted(
            max(0, (claim.date - clock.local_date(claim.exchange_since)).days)
            for claim in self.claims
            if claim.pk in keys
        )
        return days[(len(days) - 1) // 2] if days else None
