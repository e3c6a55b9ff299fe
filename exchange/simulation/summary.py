"""What a head would read of the whole simulation: quarter by quarter, and what the cheats got from it."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.models import Client

if TYPE_CHECKING:
    from exchange.simulation.world import World

#: The columns of the table: heading and counter.
_COLUMNS = (
    ("contacts", "contacts"),
    ("warned", "warned"),
    ("detached", "detached"),
    ("returned", "returned"),
    ("claimed", "claims"),
    ("assigned", "assigned"),
    ("failed", "first contacts failed"),
    ("undone", "given back"),
    ("won", "won"),
    ("refused", "refused claims"),
)
_RULES = ("delay", "daily", "cap", "cooldown", "pause", "quarantine", "works")
#: Everything else that is worth a line, where it happened.
_FACTS = (
    "nights", "nights missed", "nights that asked", "nights confirmed", "nights rejected", "departures",
    "departures taken back", "clients of leavers", "hired", "new clients", "merges", "policies changed", "protected",
    "protections ended", "handed over", "released", "spread", "assigned many", "overrules", "quarantined",
    "quarantines lifted", "archived", "restored", "pauses", "pauses lifted", "absences asked for", "absences decided",
    "calls from the exchange", "plans", "plans kept", "plans cancelled", "plans moved", "sales", "steps of sales",
    "lost",
    "late contacts", "dates approved", "dates declined", "first contacts", "contacts of deputies", "events changed",
    "events cancelled", "events deleted", "events moved", "undone", "undone by department", "undone runs", "conflicts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """The company right after a night."""

    day: dt.date
    held: int
    green: int
    yellow: int
    red: int
    on_exchange: int


def picture_of(day: dt.date) -> tuple[int, int, int, int, int]:
    """Held, green, yellow, red, on the exchange: as published."""
    zones = Counter(Client.objects.order_by().values_list("zone", flat=True))
    held = zones["green"] + zones["yellow"] + zones["red"]
    return held, zones["green"], zones["yellow"], zones["red"], Client.objects.on_exchange().count()


def summary(world: "World") -> str:
    """All of it as plain text."""
    return "\n".join(_lines(world))


def _lines(world: "World") -> Iterator[str]:
    options = world.options
    yield (
        f"Seed {options.seed}: {options.days} nights from {options.start}, {options.clients} clients and "
        f"{options.managers} managers at the start"
    )
    yield ""
    yield from _quarters(world)
    yield ""
    yield "Refused claims by rule: " + _listed(world.counts, "refused by ", _RULES)
    yield ""
    yield "What cheats tried"
    tricks = sorted(name.removesuffix(": tried") for name in world.counts if name.endswith(": tried"))
    for trick in tricks:
        tried, worked = world.counts[f"{trick}: tried"], world.counts[f"{trick}: worked"]
        yield f"  {trick.removeprefix('trick '):42} {tried:6} times, worked {worked:5} ({_share(worked, tried)})"
    yield ""
    yield "Otherwise"
    for fact in _FACTS:
        if world.counts[fact]:
            refused = world.counts[f"{fact}: refused"]
            yield f"  {fact:42} {world.counts[fact]:6}" + (f"  ({refused} more were refused)" if refused else "")
    yield f"  {'undone clients compared with before':42} {world.checker.befores.compared:6}"


def _quarters(world: "World") -> Iterator[str]:
    by_quarter: dict[str, list[Figures]] = defaultdict(list)
    for figures in world.figures:
        by_quarter[f"{figures.day.year} Q{(figures.day.month + 2) // 3}"].append(figures)
    heads = ["held", "green", "yellow", "red", "market", *(heading for heading, _counter in _COLUMNS)]
    yield f"{'':8}" + "".join(f"{heading:>9}" for heading in heads)
    for quarter, nights in by_quarter.items():
        last = nights[-1]
        shares = [_share(number, last.held) for number in (last.green, last.yellow, last.red)]
        counts = world.quarters[quarter]
        cells = [last.held, *shares, last.on_exchange, *(counts[counter] for _heading, counter in _COLUMNS)]
        yield f"{quarter:8}" + "".join(f"{cell!s:>9}" for cell in cells)
    cells = ["", "", "", "", "", *(world.counts[counter] for _heading, counter in _COLUMNS)]
    yield f"{'in all':8}" + "".join(f"{cell!s:>9}" for cell in cells)


def _share(number: int, whole: int) -> str:
    return f"{number * 100 / whole:.0f} %" if whole else "–"


def _listed(counts: "Counter[str]", prefix: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {counts[prefix + name]}" for name in names if counts[prefix + name]) or "none"
