"""A second computation of the replay, written from the product's description alone and meant to be obviously right.

It shares nothing with the program: own CSV reading, own month arithmetic, no database; it goes through all accounts on
all days. Also makes random histories to compare the two on.
"""

import calendar
import csv
import datetime as dt
import random
from collections import Counter
from pathlib import Path

GREEN, YELLOW, RED = 1, 5, 6


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day where that month is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def counts(folder: Path, first: dt.date, last: dt.date, seen: Counter | None = None) -> list[tuple]:
    """(date, held, green, yellow, red, exchange) of every day, right after its night.

    ``seen`` is filled with how often the rarer things happened, so that a test can insist on them.
    """
    seen = Counter() if seen is None else seen
    with (folder / "sales_pipeline.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["account"]]
    starts: dict[str, list] = {}
    closings: dict[str, list] = {}
    for row in rows:
        starts.setdefault(row["engage_date"], []).append(row["account"])
        closings.setdefault(row["close_date"], []).append(row["account"])
    clock: dict[str, dt.date] = {}  # of every account that is held
    exchange: set[str] = set()
    result = []
    day = first
    while day <= last:
        # the night
        numbers = {"green": 0, "yellow": 0, "red": 0}
        for account, since in list(clock.items()):
            if day > add_months(since, RED):
                del clock[account]
                exchange.add(account)
            elif day >= add_months(since, YELLOW):
                numbers["red"] += 1
            elif day >= add_months(since, GREEN):
                numbers["yellow"] += 1
            else:
                numbers["green"] += 1
        result.append((day, len(clock), numbers["green"], numbers["yellow"], numbers["red"], len(exchange)))
        # the day
        for account in starts.get(day.isoformat(), ()):
            seen["claim"] += account in exchange
            seen["start with a holder"] += account in clock
            exchange.discard(account)
            clock[account] = day
        for account in closings.get(day.isoformat(), ()):
            if account in clock:
                clock[account] = day
            else:
                seen["closing on the exchange" if account in exchange else "closing before any start"] += 1
        day += dt.timedelta(days=1)
    return result


def write_history(
    folder: Path,
    *,
    seed: int,
    accounts: int,
    rows: int,
    first: dt.date,
    days: int,
    agents: int = 12,
) -> Path:
    """A made-up history: bursts, month ends, leap days, same-day sales, pauses to the day, no dates, no account."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"Account {number:05d}" for number in range(accounts)]
    people = [f"Agent {chr(65 + number % 26)}{number}" for number in range(agents)]
    _write(
        folder / "accounts.csv",
        "account,sector,year_established,revenue,employees,office_location,subsidiary_of",
        [(name, "retail", 1990, 10.5, 7, "Romania", "") for name in names],
    )
    _write(
        folder / "sales_teams.csv",
        "sales_agent,manager,regional_office",
        [(name, f"Head {number % 3}", f"Office {number % 2}") for number, name in enumerate(people)],
    )
    _write(folder / "products.csv", "product,series,sales_price", [("Pump", "P", 100), ("Valve", "V", 20)])
    ends = [first + dt.timedelta(days=number) for number in range(days)]
    ends = [day for day in ends if (day + dt.timedelta(days=1)).day == 1 or (day.month, day.day) in ((2, 28), (2, 29))]
    last = first + dt.timedelta(days=days - 1)
    quiet = set(rng.sample(names, accounts // 2))
    burst = first + dt.timedelta(days=rng.randrange(days))
    previous: dict[str, dt.date] = {}
    lines = []
    for number in range(rows):
        account = rng.choice(names)
        if account in quiet and rng.random() < 0.6:
            account = rng.choice([name for name in names if name not in quiet] if len(names) < 1000 else names)
        choice = rng.random()
        if choice < 0.1:
            start = burst
        elif choice < 0.25:
            start = rng.choice(ends)
        elif choice < 0.65 and account in previous:
            # A month, five or six months after the last contact, give or take a day: where the ranges end.
            start = add_months(previous[account], rng.choice([1, 5, 6, 6, 7, 9])) + dt.timedelta(
                days=rng.randrange(-1, 3)
            )
        else:
            start = first + dt.timedelta(days=rng.randrange(days))
        length = rng.choice([0, 0, 1, 5, 30, 90, 150, 190, 200, 260, 320])
        close = start + dt.timedelta(days=length)
        stage = rng.choice(["Won", "Lost"] * 4 + ["Engaging", "Prospecting"])
        engaged, closed = start.isoformat(), close.isoformat()
        if stage == "Prospecting":
            engaged = closed = ""
        elif stage == "Engaging":
            closed = ""
        elif rng.random() < 0.05:
            engaged = ""
        previous[account] = close if closed else start
        if not (engaged or closed) or max(engaged, closed) <= (last + dt.timedelta(days=60)).isoformat():
            product, who = rng.choice(["Pump", "Valve"]), rng.choice(people)
            name = "" if rng.random() < 0.05 else account
            lines.append(
                (f"S{number:06d}", who, product, name, stage, engaged, closed, rng.randrange(9999) if closed else "")
            )
    rng.shuffle(lines)
    _write(
        folder / "sales_pipeline.csv",
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
        lines,
    )
    return folder


def _write(path: Path, header: str, rows: list[tuple]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)
