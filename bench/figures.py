"""Figures of a run: pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least ``share`` of them do not exceed (nearest rank); 0 without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


#: A page that takes longer, in seconds, is asked for less often.
QUICK = 2.0


def requests_for(seconds: float) -> int:
    """How often a page that takes so long is asked for."""
    if seconds <= QUICK:
        return 30
    return 6 if seconds <= 10 else 3


@dataclass(slots=True)
class Sample:
    """What one page took.

    Attributes:
        seconds: of each request; ``line_seconds``: of F, measured between them.
        queries: the most one request took; ``sql_seconds``: in the database, inside of ``seconds``;
            ``cpu_seconds``: of the web worker's processor.
        html_bytes: the largest page in either language, unpacked; ``sent_bytes``: as it went over the wire.
    """

    seconds: list[float] = field(default_factory=list)
    line_seconds: list[float] = field(default_factory=list)
    sql_seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    queries: int = 0
    html_bytes: int = 0
    sent_bytes: int = 0

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def p90(self) -> float:
        return percentile(self.seconds, 0.9)

    @property
    def sql_median(self) -> float:
        return median(self.sql_seconds)

    @property
    def cpu_median(self) -> float:
        return median(self.cpu_seconds)

    @property
    def line_median(self) -> float:
        return median(self.line_seconds)

    def as_json(self) -> dict[str, float]:
        """For a file: milliseconds, bytes, times F."""
        return {
            "requests": len(self.seconds),
            "median_ms": round(self.median * 1000, 2),
            "p90_ms": round(self.p90 * 1000, 2),
            "sql_ms": round(self.sql_median * 1000, 2),
            "cpu_ms": round(self.cpu_median * 1000, 2),
            "times_F": round(self.ratio, 2),
            "queries": self.queries,
            "html_bytes": self.html_bytes,
            "sent_bytes": self.sent_bytes,
        }

    @property
    def ratio(self) -> float:
        """Times F."""
        return self.median / self.line_median
