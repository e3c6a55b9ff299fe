"""The traffic light a second time: the pure rule asked of every client, the snapshots looked at one by one."""

import datetime as dt
from collections import defaultdict
from typing import Any

from clients.models import Client
from clients.rules.zones import Zone
from exchange.models import NightlyRun, ZoneSnapshot
from reports.tests.naive.asking import Asked

QUERIES = [{"category": "A"}]
UNCHECKED = {("managers", "urgency"): "only the order of the managers"}


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    counts: dict[int | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for client in ask.all(Client):
        if client.manager_id is not None and is_asked_for(client, ask):
            for name in names_of(client, ask.today):
                counts[client.manager_id][name] += 1
    narrowed = bool(ask.query.get("category") or ask.query.get("region"))
    week, month = (None if narrowed else risk_of_night(ask, days) for days in (7, 30))
    found: dict[tuple[str, str, str], Any] = {}
    for line, whose in ask.lines():
        for name in ("held", "green", "yellow", "red", "due", "leaving_7", "leaving_30", "risk"):
            found["managers", line, name] = sum(counts[pk][name] for pk in whose)
        now = found["managers", line, "risk"]
        for name, then in (("week", week), ("month", month)):
            found["managers", line, name] = None if then is None else now - sum(then.get(pk, 0) for pk in whose)
    return found


def is_asked_for(client: Client, ask: Asked) -> bool:
    category, region = ask.query.get("category"), ask.query.get("region")
    return (not category or client.category == category) and (not region or str(client.region_id) == region)


def names_of(client: Client, today: dt.date) -> set[str]:
    zone = client.zone_on(today)
    found = {"held", "red" if zone is Zone.DUE else zone.value}
    found |= {"risk"} if zone is not Zone.GREEN else set()
    found |= {"due"} if zone is Zone.DUE else set()
    left = (client.detach_on - today).days
    return found | {f"leaving_{days}" for days in (7, 30) if left <= days}


def risk_of_night(ask: Asked, days: int) -> dict[int, int] | None:
    """Yellow and red by manager, right after the night of so many days ago or the nearest at most six days older."""
    done = {run.date for run in ask.all(NightlyRun) if run.status == "done"}
    tried = [ask.today - dt.timedelta(days=days + late) for late in range(7)]
    night = next((day for day in tried if day in done), None)
    if night is None:
        return None
    rows = [row for row in ask.all(ZoneSnapshot) if row.date == night and row.manager_id is not None]
    return {row.manager_id: row.yellow + row.red for row in rows}
