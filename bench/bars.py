"""The bars of every size, and whether a run clears them: pure. "F" is the time of a page that renders one line."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Sizes of a base: clients, events, managers, departments.
SIZES = {
    "20k": (20_000, 400_000, 60, 6),
    "200k": (200_000, 4_000_000, 600, 20),
    "1m": (1_000_000, 20_000_000, 3_000, 60),
}
#: The same of bases for nights: so many clients that managers hold that many; of all else there is little.
NIGHT_SIZES = {
    "night-100k": (118_000, 118_000, 300, 6),
    "night-300k": (353_000, 353_000, 900, 18),
    "night-1m": (1_176_000, 1_176_000, 3_000, 60),
}
#: The embedded database is for one department: one bar for every page.
SQLITE = "sqlite"
_SQLITE_PAGE = 20.0

#: Times F a page may take, at each size.
PAGES: Mapping[str, tuple[float, float, float]] = {
    "list": (10, 10, 12),
    "search": (6, 7, 10),
    "card": (10, 10, 10),
    "register": (5, 5, 5),
    "day": (12, 12, 12),
    "board": (10, 10, 12),
    "light-own": (8, 8, 8),
    "light": (12, 12, 15),
    "report": (15, 25, 60),
}
#: Pages others are measured by: F, and one line inside the frame of every page. They have no bar.
LINE, FRAME = "line", "frame"
#: Queries a page may take.
QUERIES = {"list": 12, "board": 12, "card": 15}
HTML_BYTES = 100 * 1024
#: Requests a second at four connections.
RATES: Mapping[str, tuple[float, float, float]] = {"list": (60, 60, 50), "card": (80, 80, 80)}
MEMORY_BYTES = 100 * 1024 * 1024
#: The first page of a pair may take so many times the time of the second.
PAIRS = {("list-deep", "list-all"): 1.2, ("card", "card-10"): 1.15}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One bar held against one figure.

    Attributes:
        at_least: the figure must not be below the bar; otherwise not above.
    """

    what: str
    figure: float
    bar: float
    unit: str = ""
    at_least: bool = False

    @property
    def held(self) -> bool:
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self) | {"figure": round(self.figure, 2), "held": self.held}


def size_of(clients: int) -> str:
    """The size whose bars a base of so many clients is held against."""
    return next((size for size, (most, *_rest) in SIZES.items() if clients <= 2 * most), "1m")


def page_bar(kind: str, size: str) -> float:
    """Times F a page of this kind may take; ``size`` may also be SQLite's."""
    return _SQLITE_PAGE if size == SQLITE else PAGES[kind][list(SIZES).index(size)]


def rate_bar(kind: str, size: str) -> float:
    """Requests a second there must be at least. SQLite has no bar of its own and takes that of the smallest size."""
    return RATES[kind][0 if size == SQLITE else list(SIZES).index(size)]


def page_verdicts(what: str, kind: str, size: str, *, ratio: float, queries: int, html_bytes: int) -> list[Verdict]:
    """The bars of one page."""
    if kind in (LINE, FRAME):
        return []
    found = [Verdict(what, ratio, page_bar(kind, size), "F")]
    if kind in QUERIES:
        found.append(Verdict(what, queries, QUERIES[kind], "queries"))
    if kind != "register":  # it answers with the way to the card
        found.append(Verdict(what, html_bytes / 1024, HTML_BYTES / 1024, "KB"))
    return found


def pair_verdicts(ratios: Mapping[str, float]) -> list[Verdict]:
    """One page against another, by their times F; pairs that were not measured are left out."""
    return [
        Verdict(f"{first} / {second}", ratios[first] / ratios[second], bar, "times")
        for (first, second), bar in PAIRS.items()
        if first in ratios and second in ratios
    ]
