"""Pictures of reports as PNG, for mail programs: they show no SVG. The same templates as on the page, in the light
colours of the same style sheets."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import resvg_py
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from reports.frame.tables import Picture

#: Pixels: twice the width it is shown at, for sharp screens.
WIDTH = 1120
_FONT = files("font_roboto") / "files"
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE = re.compile(r"@[a-z-]+[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_PROPERTY = re.compile(r"(--[\w-]+)\s*:\s*([^;]+)")
_VAR = re.compile(r"var\((--[\w-]+)\)")


def png(picture: Picture) -> bytes:
    """The picture in the active language.

    Raises:
        ValueError: the template draws no SVG.
    """
    svg = render_to_string(picture.template, {"chart": picture.chart, "picture": picture}).strip()
    return resvg_py.svg_to_bytes(
        svg_string=svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1),
        style_sheet=style_sheet(),
        background="#ffffff",
        width=WIDTH,
        skip_system_fonts=True,
        font_files=[str(_FONT / f"Roboto-{weight}.ttf") for weight in ("Regular", "Bold")],
        font_family="Roboto",
        sans_serif_family="Roboto",
    )


@cache
def style_sheet() -> str:
    """What colours a picture, without custom properties and conditions, which the renderer does not know."""
    tokens, components, charts = (_read(f"css/{name}.css") for name in ("tokens", "components", "charts"))
    colours = _light_colours([tokens, charts])
    rules = [(where, what) for css in (components, charts) for where, what in _RULE.findall(css) if _is_drawn(where)]
    lines = [f"{where.strip()} {{ {what.strip()} }}" for where, what in rules]
    return _VAR.sub(lambda found: colours[found[1]], "\n".join(["text { font-family: Roboto }", *lines]))


def _read(name: str) -> str:
    path = finders.find(name)
    assert isinstance(path, str)
    return _AT_RULE.sub("", _COMMENT.sub("", Path(path).read_text()))


def _light_colours(sheets: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for css in sheets:
        for where, what in _RULE.findall(css):
            if "light" in where and "dark" not in where:
                found |= _PROPERTY.findall(what)
    return found


def _is_drawn(where: str) -> bool:
    """Rules of shapes and words of a picture."""
    return bool(re.search(r"\.sv-(picture|chart|fill|line|grid|goal|mark|area|ribbon|slope)", where))
