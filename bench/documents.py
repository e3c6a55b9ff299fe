"""The figures of the runs that are kept, as they stand in docs/performance.md. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.bars import SIZES, SQLITE, page_bar
from bench.picture import KINDS

Run = Mapping[str, Any]
_PICTURE = "![Times F of the slowest page of each kind, at each size](performance/growth.svg)"
BEGIN, END = "<!-- figures: written by python -m bench document -->", "<!-- /figures -->"
BEGIN_NIGHTS, END_NIGHTS = "<!-- nights: written by python -m bench document -->", "<!-- /nights -->"


def in_order(runs: Sequence[Run]) -> list[Run]:
    """The smallest size first, SQLite last."""
    order = [*SIZES, SQLITE]
    return sorted(runs, key=lambda run: order.index(run["size"]))


def renewed(document: str, runs: Sequence[Run], rush: Run | None = None) -> str:
    """The document with the figures of these runs, and of the rush, between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    parts = [_PICTURE, figures(in_order(runs)), *([rushes(rush)] if rush else [])]
    return _between(document, BEGIN, END, parts)


def renewed_nights(document: str, run: Run) -> str:
    """The document with the figures of the nights between their two marks.

    Raises:
        ValueError: it has no such marks.
    """
    return _between(document, BEGIN_NIGHTS, END_NIGHTS, [nights(run)])


def _between(document: str, begin: str, end: str, parts: Sequence[str]) -> str:
    before, found, rest = document.partition(begin)
    _old, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"There is no {begin} … {end} in the document.")
    return "\n\n".join([before + begin, *parts, end + after])


def figures(runs: Sequence[Run]) -> str:
    """Where and when was measured, each page at each size, and the other bars, as Markdown. In bold: a missed bar."""
    return "\n\n".join(["\n".join(_where(run) for run in runs), *_pages(runs), _other_bars(runs)])


def rushes(run: Run) -> str:
    """Many people at once, as Markdown."""
    said = "\n".join(f"* {line}" for line in run["told"])
    return f"Many at once ({run['clients']:,} clients, {run['day']})\n\n{said}\n\n{_other_bars([run])}"


def nights(run: Run) -> str:
    """What nights took at each size, and their bars, as Markdown."""
    rows = [
        [f"{each['clients']:,}", what, *_weight(weight)]
        for each in run["nights"]
        for what, weight in each["weights"].items()
    ]
    sizes = [{"size": f"{each['clients']:,}", "bars": each["bars"], "pages": {}} for each in run["nights"]]
    compared = [f"* {bar['what']}: {_held(bar)}" for bar in run["bars"]]
    return "\n\n".join(
        [
            f"{run['day']}, {run['on']}; all of it took {run['seconds'] / 60:.0f} minutes.",
            _table(["held clients", "", *_WEIGHT], rows),
            _other_bars(sizes),
            *(["\n".join(compared)] if compared else []),
        ]
    )


_WEIGHT = ("s", "cpu s", "WAL MB", "changes", "warned", "statements", "transactions", "longest, s", "MB (grown)", "HOT")


def _weight(weight: Run) -> list[str]:
    hot = f"{weight['hot'] / weight['updates']:.0%}" if weight["updates"] else ""
    figures = [f"{weight['seconds']:.2f}", f"{weight['cpu']:.2f}", f"{weight['wal_mb']:.0f}"]
    if not weight["statements"]:  # by psql
        return [*figures, *[""] * 6, hot]
    longest = f"{weight['longest']:.2f} ({weight['longest_cpu']:.2f} cpu): {weight['longest_of']}"
    numbers = [f"{weight[name]:,}" for name in ("changes", "warned", "statements", "transactions")]
    return [*figures, *numbers, longest, f"{weight['memory_mb']:.0f} ({weight['grown_mb']:.0f})", hot]


def _where(run: Run) -> str:
    held = sum(bar["held"] for bar in run["bars"])
    failed = f"; **failed: {', '.join(run['failed'])}**" if run["failed"] else ""
    frame = run["pages"].get("frame")
    of_it = f" (the frame around every page: {frame['times_F']:.1f} F)" if frame else ""
    return (
        f"* {run['size']}: {run['clients']:,} clients, {run['day']}, {run['on']}; F = {run['F_ms']:g} ms{of_it}; "
        f"{held} of {len(run['bars'])} bars held{failed}"
    )


def _pages(runs: Sequence[Run]) -> list[str]:
    tables = []
    for kind, words in KINDS.items():
        keys = list(dict.fromkeys(key for run in runs for key, page in run["pages"].items() if page["kind"] == kind))
        if not keys:
            continue
        bars = [f"{run['size']}, ≤ {page_bar(kind, run['size']):g} F" for run in runs]
        rows = [[f"`{key}`", *(_page(run, kind, key) for run in runs)] for key in keys]
        tables.append(f"{words}\n\n{_table([kind, *bars], rows)}")
    return tables


def _page(run: Run, kind: str, key: str) -> str:
    """``"7.5 F · 24 ms · 9 q · 61 KB"``."""
    page = run["pages"].get(key)
    if page is None:
        return ""
    missed = {bar["unit"] for bar in run["bars"] if bar["what"] == key and not bar["held"]}
    said = {
        "F": f"{page['times_F']:.1f} F",
        "ms": f"{page['median_ms']:.0f} ms",
        "queries": f"{page['queries']} q",
        "KB": f"{page['html_bytes'] / 1024:.0f} KB" if page["html_bytes"] else "",
    }
    return " · ".join(f"**{text}**" if unit in missed else text for unit, text in said.items() if text)


def _other_bars(runs: Sequence[Run]) -> str:
    found: dict[str, dict[str, str]] = {}
    for run in runs:
        for bar in run["bars"]:
            if bar["what"] not in run["pages"]:
                found.setdefault(bar["what"], {})[run["size"]] = _held(bar)
    sizes = [run["size"] for run in runs]
    return _table(["", *sizes], [[what, *(cells.get(size, "") for size in sizes)] for what, cells in found.items()])


def _held(bar: Mapping[str, Any]) -> str:
    text = f"{bar['figure']:.2f} {'≥' if bar['at_least'] else '≤'} {bar['bar']:g} {bar['unit']}".rstrip()
    return text if bar["held"] else f"**{text}**"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ["---"] * len(heading), *rows))
