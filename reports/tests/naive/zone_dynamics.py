"""Zone dynamics a second time: every turn and every owner looked at, one by one."""

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import Any

from clients.models import Client, OwnershipPeriod
from exchange.models import Claim, Detachment, NightlyRun, ZoneSnapshot, ZoneTransition
from reports.tests.naive.asking import Asked
from reports.tests.naive.exchange import Naive

STATES = ("green", "yellow", "red", "")
COLOURS = STATES[:3]
FLOWS = ("turned_yellow", "turned_red", "rescued", "came", "taken", "won")
MOVES = ("got", "handed_in", "left", "handed_out")


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    numbers = numbers_of(ask)
    start, end = held_before(ask, ask.since), held_before(ask, ask.until + dt.timedelta(days=1))
    found: dict[tuple[str, str, str], Any] = {}

    def number(key: str, whose: set[int | None]) -> int:
        return sum(numbers[key, pk] for pk in whose)

    def balance(table: str, line: str, whose: set[int | None], zones: tuple[str, ...], came: int, went: int) -> None:
        was, is_now = (
            None if held is None else sum(held[pk, zone] for pk in whose for zone in zones) for held in (start, end)
        )
        rest = None if was is None or is_now is None else is_now - was - came + went
        found.update({(table, line, "start"): was, (table, line, "else"): rest, (table, line, "end"): is_now})

    for line, whose in ask.lines():
        found |= {("flows", line, key): number(key, whose) for key in FLOWS}
        moves = {key: number(key, whose) for key in MOVES}
        found |= {("balance", line, key): value for key, value in moves.items()}
        came, went = moves["got"] + moves["handed_in"], moves["left"] + moves["handed_out"]
        balance("balance", line, whose, COLOURS, came, went)
    for before in STATES:
        for after in STATES:
            place = ("pairs", f"zone {before or 'nobody'}", after or "nobody")
            found[place] = None if before == after else number(f"{before}>{after}", ask.whose)
    for zone in COLOURS:
        came = sum(number(f"{other}>{zone}", ask.whose) for other in STATES)
        went = sum(number(f"{zone}>{other}", ask.whose) for other in STATES)
        found |= {("colours", f"zone {zone}", "in"): came, ("colours", f"zone {zone}", "out"): went}
        balance("colours", f"zone {zone}", ask.whose, (zone,), came, went)
    came, went = number("got", ask.whose), number("left", ask.whose)
    found |= {("colours", "total", "in"): came, ("colours", "total", "out"): went}
    balance("colours", "total", ask.whose, COLOURS, came, went)
    return found


def numbers_of(ask: Asked) -> Counter[tuple[str, int | None]]:
    found: Counter[tuple[str, int | None]] = Counter()
    for turn in ask.all(ZoneTransition):
        if ask.during(turn.date):
            for key in keys_of(turn):
                found[key, turn.manager_id] += 1
    for (figure, pk), rows in Naive(ask).rows(ask.since, ask.until).items():
        if figure in ("came", "taken", "won"):
            found[figure, pk] = len(rows)
    for giver, receiver, day in hand_overs(ask):
        if ask.during(day):
            found["handed_out", giver] += 1
            found["handed_in", receiver] += 1
    return found


def keys_of(turn: ZoneTransition) -> set[str]:
    before, after = turn.from_zone, turn.to_zone
    found = {f"{before}>{after}"}
    if (before, after) == ("green", "yellow"):
        found.add("turned_yellow")
    if before in ("green", "yellow") and after == "red":
        found.add("turned_red")
    if before in ("yellow", "red") and after == "green" and turn.cause == "contact":
        found.add("rescued")
    return found | ({"got"} if not before else set()) | ({"left"} if not after else set())


def hand_overs(ask: Asked) -> list[tuple[int, int, dt.date]]:
    """Who gave a client to whom, and when: of each client the owners in their order."""
    arrivals = {(each.client_id, each.manager_id, each.date) for each in ask.all(Detachment) if not each.undone_at}
    claims = {(each.client_id, each.manager_id, each.date) for each in ask.all(Claim)}
    owners: dict[int, list[OwnershipPeriod]] = {}
    for period in sorted(ask.all(OwnershipPeriod), key=lambda each: (each.since, each.until or dt.date.max, each.pk)):
        owners.setdefault(period.client_id, []).append(period)
    found = []
    for periods in owners.values():
        for old, new in pairwise(periods):
            went = old.lost in ("reassigned", "left") and (old.client_id, old.manager_id, old.until) not in arrivals
            is_taken = (new.client_id, new.manager_id, new.since) in claims or new.gained in ("created", "restored")
            if went and old.until == new.since and old.manager_id != new.manager_id and not is_taken:
                found.append((old.manager_id, new.manager_id, new.since))
    return found


def held_before(ask: Asked, day: dt.date) -> Counter[tuple[int | None, str]] | None:
    """What was held when the day began, by manager and colour: what the next night counted (without a later night what
    is stored now), with every turn from that day until then taken back. None before the first night."""
    nights = sorted((run for run in ask.all(NightlyRun) if run.status == "done"), key=lambda run: run.date)
    if not nights or day < nights[0].date:
        return None
    found: Counter[tuple[int | None, str]] = Counter()
    night = next((run for run in nights if run.date >= day), None)
    if night is None:
        for client in ask.all(Client):
            if client.manager_id is not None:
                found[client.manager_id, client.zone] += 1
    else:
        for row in ask.all(ZoneSnapshot):
            if row.date == night.date and row.manager_id is not None:
                found += Counter({(row.manager_id, zone): getattr(row, zone) for zone in COLOURS})
    for turn in ask.all(ZoneTransition):
        if turn.date < day or (night and not was_before(turn, night)):
            continue
        found[turn.manager_id, turn.to_zone] -= 1
        found[turn.manager_id, turn.from_zone] += 1
    return found


def was_before(turn: ZoneTransition, night: NightlyRun) -> bool:
    """Whether the night had counted the turn."""
    return turn.date <= night.date if turn.run_id else turn.created_at < night.finished_at
