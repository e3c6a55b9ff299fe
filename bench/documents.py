"""The figures of the runs that are kept, as they stand in docs/performance.md. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.bars import SIZES, SQLITE, page_bar
from bench.picture import KINDS

Run = Mapping[str, Any]
_PICTURE = "![Times F of the slowest page of each kind, at each size](performance/growth.svg)"
BEGIN, END = "<!-- figures: written by python -m bench document -->", "<!-- /figures -->"


def in_order(runs: Sequence[Run]) -> list[Run]:
    """The smallest size first, SQLite last."""
    order = [*SIZES, SQLITE]
    return sorted(runs, key=lambda run: order.index(run["size"]))


def renewed(document: str, runs: Sequence[Run], rush: Run | None = None) -> str:
    """The document with the figures of these runs, and of the rush, between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"There is no {BEGIN} … {END} in the document.")
    parts = [_PICTURE, figures(in_order(runs)), *([rushes(rush)] if rush else [])]
    return "\n\n".join([before + BEGIN, *parts, END + after])


def figures(runs: Sequence[Run]) -> str:
    """Where and when was measured, each page at each size, and the other bars, as Markdown. In bold: a missed bar."""
    return "\n\n".join(["\n".join(_where(run) for run in runs), *_pages(runs), _other_bars(runs)])


def rushes(run: Run) -> str:
    """Many people at once, as Markdown."""
    said = "\n".join(f"* {line}" for line in run["told"])
    return f"Many at once ({run['clients']:,} clients, {run['day']})\n\n{said}\n\n{_other_bars([run])}"


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
                sign = "≥" if bar["at_least"] else "≤"
                text = f"{bar['figure']:.2f} {sign} {bar['bar']:g} {bar['unit']}".rstrip()
                found.setdefault(bar["what"], {})[run["size"]] = text if bar["held"] else f"**{text}**"
    sizes = [run["size"] for run in runs]
    return _table(["", *sizes], [[what, *(cells.get(size, "") for size in sizes)] for what, cells in found.items()])


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ["---"] * len(heading), *rows))
