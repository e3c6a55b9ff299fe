"""Contact frequency a second time: client by client, day by day, in fractions."""

import datetime as dt
from fractions import Fraction
from typing import Any

from clients.models import Absence, Client, Department, Holiday, Manager, OwnershipPeriod
from interactions.models import Event, Regulation
from reports.tests.naive.asking import Asked

QUERIES = [{"asked_for": "any"}, {"category": "A", "compare": "previous"}, {"category": "none", "period": "365"}]
UNCHECKED = {("late", column): "words and dates" for column in ("contact", "due", "last", "manager")}

DAY = dt.timedelta(days=1)
PARTS_OF_A_YEAR = {"month": 12, "quarter": 4, "half_year": 2, "year": 1}


def a_day(row: Regulation) -> Fraction:
    """How much of a contact a regulation asks for on one day."""
    if row.per == "week":
        return Fraction(row.times or 0, 7)
    return Fraction((row.times or 0) * PARTS_OF_A_YEAR[row.per], 365)


class World:
    """What is read over and over, found quickly."""

    def __init__(self, ask: Asked) -> None:
        self.ask = ask
        self.clients = {each.pk: each for each in ask.all(Client)}
        self.managers = {each.pk: each for each in ask.all(Manager)}
        self.holidays = self._holidays()
        self.away = {
            (row.manager_id, row.starts_on + DAY * number)
            for row in ask.all(Absence)
            if row.status == "approved" and ask.rules["freeze.absences"] is not None
            for number in range((row.ends_on - row.starts_on).days + 1)
        }
        self.touches: dict[int, list[Event]] = {}
        for event in ask.all(Event):
            if event.counted_on:
                self.touches.setdefault(event.client_id, []).append(event)
        named = sorted({row.kind_id for row in ask.all(Regulation) if row.times}, key=lambda kind: kind or 0)
        self.kinds = [kind for kind in named if ask.query.get("asked_for", "") in ("", self.name(kind))]

    @staticmethod
    def name(kind: int | None) -> str:
        return str(kind) if kind else "any"

    def _holidays(self) -> set[dt.date]:
        """Days of rows that are long enough; a weekend between two holidays belongs to the row."""
        least = self.ask.rules["freeze.holiday_days"]
        days = {row.date for row in self.ask.all(Holiday)}
        for day in sorted(days):
            if day.weekday() == 4 and day + 3 * DAY in days:
                days |= {day + DAY, day + 2 * DAY}
            elif day.weekday() == 5 and day + 2 * DAY in days:
                days.add(day + DAY)
        found: set[dt.date] = set()
        for day in days:
            run = {day}
            for step in (DAY, -DAY):
                other = day + step
                while other in days:
                    run.add(other)
                    other += step
            if least is not None and len(run) >= least:
                found.add(day)
        return found

    def asks(self, manager: int, day: dt.date) -> bool:
        return day not in self.holidays and (manager, day) not in self.away

    def ruling(self, manager: int, category: str, kind: int | None, day: dt.date) -> Regulation | None:
        """The row in force: category first, then the nearest department; ended ones do not rule."""
        places: list[int | None] = []
        departments = {each.pk: each for each in self.ask.all(Department)}
        here = departments.get(self.managers[manager].department_id)
        while here:
            places.append(here.pk)
            here = departments.get(here.parent_id)
        for wanted in dict.fromkeys((category, "")):
            for place in [*places, None]:
                rows = [
                    row
                    for row in self.ask.all(Regulation)
                    if (row.department_id, row.category, row.kind_id) == (place, wanted, kind) and row.since <= day
                ]
                if rows and (latest := max(rows, key=lambda row: row.since)).times is not None:
                    return latest
        return None

    def is_wanted(self, client: Client) -> bool:
        wanted = self.ask.query.get("category")
        return not wanted or client.category == ("" if wanted == "none" else wanted)


def judge(world: World, row: OwnershipPeriod, kind: int | None) -> tuple[int, int]:
    """How many contacts were expected of a holding, and how many were made."""
    ask, client = world.ask, world.clients[row.client_id]
    first, last = max(row.since, ask.since), min(ask.until, ask.today)
    if row.until:
        last = min(last, row.until - DAY)
    parts, rate, day = Fraction(0), Fraction(0), first
    changes = {each.since for each in ask.all(Regulation)}
    while day <= last:
        if day == first or day in changes:
            found = world.ruling(row.manager_id, client.category, kind, day)
            rate = a_day(found) if found else Fraction(0)
        if rate and world.asks(row.manager_id, day):
            parts += rate
        day += DAY
    made = [
        event
        for event in world.touches.get(client.pk, [])
        if first <= event.counted_on <= last and kind in (None, event.kind_id)
    ]
    return int(parts + Fraction(1, 2)), len(made)


def due(world: World, client: Client, kind: int | None) -> dt.date | None:
    """When the next contact of a kind is due, found by walking from day to day."""
    today = world.ask.today
    row = world.ruling(client.manager_id, client.category, kind, today)
    if row is None or not row.times:
        return None
    days = max(1, int(1 / a_day(row)))
    last = [event.counted_on for event in world.touches.get(client.pk, []) if kind in (None, event.kind_id)]
    day = max([client.assigned_on, *last])
    while days:
        day += DAY
        days -= world.asks(client.manager_id, day)
    return max(day, row.since)


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    world = World(ask)
    by_manager: dict[int, dict[str, int]] = {}
    by_kind: dict[str, dict[str, int]] = {}

    def add(numbers: dict[str, int], asked: bool, missed: bool) -> None:
        for column, value in (("asked", asked), ("kept", asked and not missed), ("missed", missed)):
            numbers[column] = numbers.get(column, 0) + value

    for row in ask.all(OwnershipPeriod):
        client = world.clients[row.client_id]
        ended = row.until is not None and row.until <= ask.since
        if row.manager_id not in ask.whose or not world.is_wanted(client) or ended or row.since > ask.until:
            continue
        asked = missed = False
        for kind in world.kinds:
            expected, made = judge(world, row, kind)
            if expected:
                name = world.name(kind)
                for line in (f"kind {name}", f"category {name} {client.category or 'none'}"):
                    add(by_kind.setdefault(line, {}), True, made < expected)
                asked, missed = True, missed or made < expected
        if asked:
            add(by_manager.setdefault(row.manager_id, {}), True, missed)
    for client in ask.all(Client):
        if client.manager_id not in ask.whose or not world.is_wanted(client):
            continue
        found_rows = [world.ruling(client.manager_id, client.category, kind, ask.today) for kind in world.kinds]
        dates = [day for kind in world.kinds if (day := due(world, client, kind))]
        numbers = by_manager.setdefault(client.manager_id, {})
        if any(row and row.times for row in found_rows):
            numbers["ruled"] = numbers.get("ruled", 0) + 1
        if dates:
            when = "late" if min(dates) < ask.today else "soon" if min(dates) <= ask.today + 7 * DAY else ""
            numbers[when] = numbers.get(when, 0) + bool(when)
    found: dict[tuple[str, str, str], Any] = {}
    for line, whose in ask.lines():
        sums: dict[str, int] = {}
        for pk in whose:
            for column, number in by_manager.get(pk, {}).items() if pk else ():
                sums[column] = sums.get(column, 0) + number
        found |= {("managers", line, column): number for column, number in sums.items() if column}
        if sums.get("asked"):
            found["managers", line, "share"] = 100 * sums["kept"] / sums["asked"]
    for line, numbers in by_kind.items():
        found |= {("regulations", line, column): number for column, number in numbers.items()}
        found["regulations", line, "share"] = 100 * numbers["kept"] / numbers["asked"]
    return found
