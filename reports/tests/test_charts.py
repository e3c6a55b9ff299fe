"""Pictures: inside their frame, as large as their numbers, drawn as well-formed SVG, told in words."""

import datetime as dt
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.rules import charts
from reports.rules.charts import Amount, Series, State, parts
from reports.templatetags.charts import in_chart, spark

DAY = dt.timedelta(days=1)
START = dt.date(2026, 3, 1)
VALUES = st.one_of(st.none(), st.integers(0, 2_000_000), st.floats(0, 1e6, allow_nan=False))
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=20)
)


def days(count):
    return [START + DAY * each for each in range(count)]


def series(table):
    """A series for each column of the table."""
    return [Series(f"s{place}", f"Series {place}", values) for place, values in enumerate(zip(*table, strict=True))]


def pairs(points):
    return [tuple(float(number) for number in point.split(",")) for point in points.split()]


def inside(axes, x, y):
    return axes.left - 0.1 <= x <= axes.right + 0.1 and axes.top - 0.1 <= y <= axes.bottom + 0.1


@settings(max_examples=40)
@given(TABLES)
def test_areas_lie_on_one_another_and_within_the_frame(table):
    chart = charts.areas(days(len(table)), series(table))
    if chart is None:
        assert len(table) < 2 or not any(value for row in table for value in row)
        return
    assert all(inside(chart.axes, x, y) for shape in chart.shapes for x, y in pairs(shape.points))
    for below, above in pairwise(chart.shapes):
        tops, floors = pairs(below.points)[: len(table)], pairs(above.points)[len(table) :][::-1]
        assert tops == floors
    assert [label.value for label in chart.labels] == [value or 0 for value in table[-1]]
    ys = [label.y for label in chart.labels]
    assert all(low - high >= charts.parts.LINE - 0.11 for low, high in pairwise(ys))


@settings(max_examples=40)
@given(TABLES, st.booleans(), st.one_of(st.none(), st.integers(0, 100)))
def test_columns_are_as_high_as_their_numbers(table, stacked, target):
    chart = charts.columns(days(len(table)), series(table), stacked=stacked, target=target)
    if chart is None:
        assert not any(value for row in table for value in row)
        return
    axes = chart.axes
    top = axes.y_ticks[-1].value
    for box in chart.boxes:
        assert inside(axes, box.x, box.y)
        assert inside(axes, box.x + box.width, box.y + box.height)
        assert box.height == pytest.approx((axes.bottom - axes.top) * box.value / top, abs=0.06)
    assert len(chart.boxes) == sum(bool(value) for row in table for value in row)
    assert all(tick.at + 20 <= following.at for tick, following in pairwise(axes.x_ticks))
    assert (chart.target_tick is not None) == bool(target)


def test_stacked_columns_stand_on_one_another():
    chart = charts.columns(["May"], [Series("a", "A", [3]), Series("b", "B", [5])], stacked=True)
    below, above = chart.boxes
    assert above.y + above.height == pytest.approx(below.y, abs=0.11)
    assert below.y + below.height == pytest.approx(chart.axes.bottom, abs=0.11)


def test_a_target_of_some_days_only():
    chart = charts.columns(days(3), [Series("a", "Points", [48, 0, 50])], target=[48, None, 48])
    assert chart.target.count("M") == 2
    assert chart.target_tick is None


@settings(max_examples=40)
@given(TABLES)
def test_lines_stay_inside_and_break_where_nothing_is_known(table):
    chart = charts.lines(days(len(table)), series(table), target=3)
    if chart is None:
        assert all(sum(value is not None for value in column) < 2 for column in zip(*table, strict=True))
        return
    assert all(inside(chart.axes, x, y) for shape in chart.shapes for x, y in pairs(shape.points))
    drawn = sum(len(pairs(shape.points)) for shape in chart.shapes)
    known = sum(value is not None for row in table for value in row)
    alone = sum(
        value is not None
        and (place == 0 or column[place - 1] is None)
        and (place == len(column) - 1 or column[place + 1] is None)
        for column in zip(*table, strict=True)
        for place, value in enumerate(column)
    )
    assert drawn + alone == known


def test_a_line_may_go_below_zero():
    chart = charts.lines(["May", "June"], [Series("a", "Balance", [-30, 10])])
    assert [tick.value for tick in chart.axes.y_ticks] == [-40, 0, 10]
    assert all(inside(chart.axes, x, y) for shape in chart.shapes for x, y in pairs(shape.points))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=60), VALUES, VALUES), min_size=1, max_size=30), VALUES)
def test_bars_are_as_long_as_their_numbers(rows, middle):
    chart = charts.bars([Amount(*row) for row in rows], middle=middle, middle_label="median")
    if chart is None:
        assert not any(value for _label, value, _target in rows)
        return
    largest = max(parts.floor_of(number) for _label, value, target in rows for number in (value, target, middle))
    for row, (_label, value, target) in zip(chart.rows, rows, strict=True):
        scale = (chart.right - chart.left) / largest
        assert row.bar.width == pytest.approx(scale * (value or 0), abs=0.2)
        assert chart.left - 0.1 <= row.bar.x + row.bar.width <= chart.right + 0.2
        assert row.bar.y + row.bar.height <= chart.height
        assert (row.target is not None) == bool(target)
    assert (chart.middle is not None) == (middle is not None)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=9))
def test_a_funnel_tells_the_share_that_passed(values):
    chart = charts.funnel([Amount(f"Stage {place}", value) for place, value in enumerate(values)])
    if chart is None:
        assert not any(values)
        return
    assert [label.value for label in chart.passed] == [
        round(100 * after / before) for before, after in pairwise(values) if before
    ]
    for row in chart.rows:
        middle = row.bar.x + row.bar.width / 2
        assert middle == pytest.approx(chart.rows[0].bar.x + chart.rows[0].bar.width / 2, abs=0.11)
        assert row.bar.y + row.bar.height <= chart.height


COLOURS = [State("green", "Green", "green"), State("yellow", "Yellow", "yellow"), State("red", "Red", "red")]
KEYS = st.sampled_from([state.key for state in COLOURS])


@settings(max_examples=40)
@given(st.dictionaries(st.tuples(KEYS, KEYS), st.integers(0, 5000)))
def test_ribbons_leave_nothing_out(flows):
    chart = charts.ribbons(COLOURS, COLOURS, flows)
    if chart is None:
        assert not any(flows.values())
        return
    assert sum(shape.value for shape in chart.ribbons) == sum(flows.values())
    for labels, side in ((chart.left_labels, 0), (chart.right_labels, 1)):
        found = {label.text: label.value for label in labels}
        for state in COLOURS:
            assert found.get(state.label, 0) == sum(number for pair, number in flows.items() if pair[side] == state.key)
    assert all(box.y >= 0 and box.y + box.height <= chart.height for box in chart.blocks)


def test_a_flow_to_nowhere_is_refused():
    with pytest.raises(KeyError):
        charts.ribbons(COLOURS, COLOURS, {("green", "sold"): 1})


@settings(max_examples=40)
@given(st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=20))
def test_sparks_stay_small(values):
    drawn = charts.spark(values)
    if drawn is None:
        assert sum(value is not None for value in values) < 2
        return
    points = [point for piece in drawn.pieces for point in pairs(piece)] + [(drawn.dot_x, drawn.dot_y)]
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 100), max_size=7))
def test_words_keep_their_distance_where_there_is_room(wanted):
    placed = parts.spread(sorted(wanted), 0, 150)
    assert all(below - above >= parts.LINE - 0.11 for above, below in pairwise(placed))
    assert all(0 <= at <= 150 for at in placed)


def test_long_names_and_legends_are_cut_and_wrapped():
    assert parts.shorten("Konstantinopolskaya", 8) == "Konstan…"
    labels, height = parts.legend([(f"Quite a long name {n}", "1") for n in range(6)], 44, 512)
    assert len({label.y for label in labels}) > 1
    assert height == max(label.y for label in labels) + 10


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1250, "count", "1,250"),
        (12_500, "money", "12.5 K"),
        (3_000_000, "money", "3 M"),
        (12.25, "percent", "12.2%"),
        (START, "count", "1 Mar"),
        ("May", "count", "May"),
        (None, "count", ""),
    ],
)
def test_numbers_are_short(value, unit, words):
    assert in_chart(value, unit) == words


PICTURES = {
    "areas": charts.areas(days(3), [Series("a", "A & B", [1, 2, 3], "green"), Series("b", "<b>", [3, 2.5, 1])]),
    "columns": charts.columns(days(3), [Series("a", "A & B", [1, 2, 3]), Series("b", "<b>", [3, 2.5, 1])], target=2),
    "lines": charts.lines(days(3), [Series("a", "A & B", [1, None, 3]), Series("b", "<b>", [3, 2.5, 1])], target=2),
    "bars": charts.bars([Amount("A & B", 1.5, 2, note="<few>"), Amount("C", 0)], middle=1.2, middle_label="median"),
    "funnel": charts.funnel([Amount("A & B", 12, note="<1>"), Amount("C", 5.5)]),
    "ribbons": charts.ribbons(COLOURS, COLOURS, {("green", "red"): 2, ("red", "green"): 1}),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_pictures_are_svg_that_says_what_it_shows(name, language):
    """A comma in a coordinate would break the picture in Russian only."""
    picture = {"key": "trend", "title": "What & when", "description": "In words"}
    with translation.override(language):
        text = render_to_string(f"reports/charts/{name}.html", {"chart": PICTURES[name], "picture": picture})
    svg = ET.fromstring(text)
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "trend-title trend-text"
    assert [(each.get("id"), each.text) for each in list(svg)[:2]] == [
        ("trend-title", "What & when"),
        ("trend-text", "In words"),
    ]
    for element in svg.iter():
        for attribute in ("x", "y", "width", "height", "cx", "cy", "x1", "x2", "y1", "y2"):
            assert re.fullmatch(r"-?\d+(\.\d+)?", element.get(attribute, "0")), (element.tag, attribute)
    assert not re.search(r'\sstyle=|None|""', text)


def test_the_small_line_of_a_number_is_named():
    assert 'aria-label="12 weeks of &lt;Anna&gt;"' in spark([1, 2, None, 3], "12 weeks of <Anna>")
    assert spark([1], "one week") == ""
