"""How times F grow with the base: one picture of several runs. Pure."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bench.bars import PAGES, SIZES, page_bar

#: What the kinds of pages are called, from the top down.
KINDS = {
    "list": "Lists",
    "search": "Search box",
    "card": "Client card, 1,000 events",
    "register": "Register a contact",
    "day": "My day, the head's desk",
    "board": "Exchange board",
    "light-own": "Traffic light, own department",
    "light": "Traffic light, company",
    "report": "Other reports, one year",
}
_LEFT, _RIGHT, _TOP, _ROW, _STEP = 230, 700, 56, 54, 15
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_STYLE = """
text { font: 13px sans-serif; fill: #333 } .small { font-size: 11px; fill: #666 } .grid { stroke: #ddd }
.held { fill: #2e7d32 } .missed { fill: #c62828 } .bar { stroke: #333; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
 .back { fill: #1c1f23 } text { fill: #ddd } .small { fill: #aaa } .grid { stroke: #444 } .bar { stroke: #ddd }
 .held { fill: #66bb6a } .missed { fill: #ef5350 } }
"""


def worst(run: Mapping[str, Any], kind: str) -> tuple[str, float] | None:
    """The slowest page of a kind in a run, and its times F; None where none was measured."""
    pages = [(key, page["times_F"]) for key, page in run["pages"].items() if page["kind"] == kind]
    return max(pages, key=lambda page: page[1]) if pages else None


def growth(runs: Sequence[Mapping[str, Any]]) -> str:
    """An SVG: of each kind the slowest page at each size, its times F on a logarithmic scale, and its bar."""
    by_size = {run["size"]: run for run in runs}
    drawn = [size for size in SIZES if size in by_size]
    found = (worst(by_size[size], kind) for size in drawn for kind in PAGES)
    most = max([60.0, *(times for _key, times in filter(None, found))])
    scale = (_RIGHT - _LEFT) / math.log(most * 1.5)

    def x(times: float) -> float:
        return round(_LEFT + scale * math.log(max(1.0, times)), 1)

    bottom = _TOP + _ROW * len(KINDS)
    parts = [
        f'<text x="{_LEFT}" y="20">Times F of the slowest page of each kind, and its bar (|), '
        f"at {', '.join(drawn)} clients</text>"
    ]
    parts += [
        f'<line class="grid" x1="{x(tick)}" x2="{x(tick)}" y1="{_TOP - 8}" y2="{bottom}"/>'
        f'<text class="small" x="{x(tick)}" y="{_TOP - 14}" text-anchor="middle">{tick}</text>'
        for tick in _TICKS
        if tick < most * 1.5
    ]
    for row, (kind, words) in enumerate(KINDS.items()):
        top = _TOP + _ROW * row
        parts.append(f'<text x="{_LEFT - 50}" y="{top + 18}" text-anchor="end">{escape(words)}</text>')
        for line, size in enumerate(drawn):
            parts += _mark(by_size[size], kind, size, x, top + 4 + _STEP * line)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_RIGHT + 180} {bottom + 12}" role="img">'
        f"<title>How pages grow with the base</title><style>{_STYLE}</style>"
        f'<rect class="back" width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _mark(run: Mapping[str, Any], kind: str, size: str, x: Any, y: float) -> list[str]:
    """One size of one kind: how far it came, and where the bar is."""
    found = worst(run, kind)
    if found is None:
        return []
    (key, times), bar = found, page_bar(kind, size)
    end = x(times)
    return [
        f'<text class="small" x="{_LEFT - 6}" y="{y + 8}" text-anchor="end">{size}</text>',
        f'<rect class="{"held" if times <= bar else "missed"}" x="{_LEFT}" y="{y}" '
        f'width="{round(end - _LEFT, 1)}" height="8"/>',
        f'<line class="bar" x1="{x(bar)}" x2="{x(bar)}" y1="{y - 1}" y2="{y + 9}"/>',
        f'<text class="small" x="{max(end, x(bar)) + 6}" y="{y + 8}">{times:g} ({escape(key)})</text>',
    ]
