"""The run on a terminal: pure."""

from collections.abc import Sequence

from bench.bars import Verdict
from bench.figures import Sample

#: Headings and widths of the columns; the first two are words, the others numbers.
COLUMNS = {
    "page": 24,
    "as": 8,
    "n": 2,
    "median ms": 9,
    "p90 ms": 8,
    "sql ms": 8,
    "cpu ms": 8,
    "queries": 7,
    "HTML KB": 7,
    "gzip KB": 7,
    "times F": 7,
    "bar": 4,
    "": 0,
}


def page_row(key: str, who: str, sample: Sample, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """One page's line; of the bars, that of time first, the others are named only where they are not held."""
    missed = [f"{verdict.unit} ≤ {verdict.bar:g}" for verdict in verdicts if not verdict.held]
    outcome = f"MISSED: {', '.join(missed)}" if missed else "held"
    return (
        key,
        who,
        str(len(sample.seconds)),
        f"{sample.median * 1000:.1f}",
        f"{sample.p90 * 1000:.1f}",
        f"{sample.sql_median * 1000:.1f}",
        f"{sample.cpu_median * 1000:.1f}",
        str(sample.queries),
        f"{sample.html_bytes / 1024:.0f}",
        f"{sample.sent_bytes / 1024:.0f}",
        f"{sample.ratio:.1f}",
        f"{verdicts[0].bar:g}" if verdicts else "",
        outcome if verdicts else "",
    )


def verdict_line(verdict: Verdict) -> str:
    """A bar that is not a page's: ``"list at 4 connections  71.2 ≥ 60 requests/s  held"``."""
    sign = "≥" if verdict.at_least else "≤"
    outcome = "held" if verdict.held else "MISSED"
    return f"{verdict.what}: {verdict.figure:.2f} {sign} {verdict.bar:g} {verdict.unit}  {outcome}"


def line(cells: Sequence[str]) -> str:
    """One line of the table, aligned with all others."""
    return "  ".join(
        cell.ljust(width) if place < 2 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, COLUMNS.values()))
    ).rstrip()
