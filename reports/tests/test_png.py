"""Pictures for letters: drawn in the colours of the page."""

import re
import struct

import pytest

from reports.delivery.png import WIDTH, png, style_sheet
from reports.frame.tables import Picture
from reports.tests.test_charts import PICTURES

TONES = ("green", "yellow", "red", "exchange", "accent", "muted", *"123456")


def test_every_tone_has_a_colour_the_renderer_understands():
    """It knows neither custom properties nor conditions: what it does not understand would be black."""
    css = style_sheet()
    assert "var(" not in css
    assert "@" not in css
    for tone in TONES:
        assert re.search(rf"\.sv-fill-{tone} {{ fill: #[0-9a-f]{{6}}; }}", css), tone
        assert re.search(rf"\.sv-line-{tone} {{ stroke: #[0-9a-f]{{6}}; }}", css), tone
    assert ".sv-fill-green { fill: #2c8f62; }" in css  # of the light theme: letters are white


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_becomes_a_png_of_twice_its_size(name):
    picture = Picture("trend", "Trend", f"reports/charts/{name}.html", PICTURES[name], "In words")
    content = png(picture)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    frame = getattr(PICTURES[name], "axes", PICTURES[name])
    assert width == WIDTH
    assert height == pytest.approx(WIDTH * frame.height / frame.width, abs=1)
    assert len(content) > 2000  # not an empty sheet
