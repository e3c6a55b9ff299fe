"""The pure parts: adding counts and drawing areas."""

import datetime as dt
import itertools

import pytest

from reports.rules.charts import Point, every_week, nice_top, stacked_areas
from reports.rules.counts import Counts, change, total

DAY = dt.date(2026, 3, 1)


def test_counts_add_up():
    both = total([Counts(1, 2, 3, 1, 2, 3), Counts(10, 20, 30)])
    assert both == Counts(11, 22, 33, 1, 2, 3)
    assert (both.held, both.at_risk) == (66, 55)
    assert total([]) == Counts()


def test_change_is_of_yellow_and_red():
    assert change(Counts(5, 1, 1), Counts(1, 4, 2)) == -4
    assert change(Counts(5, 1, 1), None) is None


@pytest.mark.parametrize(("largest", "top"), [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (87, 100), (401, 600)])
def test_the_axis_ends_at_an_even_round_number(largest, top):
    assert nice_top(largest) == top


def test_one_day_is_no_picture():
    assert stacked_areas([Point(DAY, 1, 2, 3)]) is None
    assert stacked_areas([]) is None


def test_areas_are_stacked_and_labels_do_not_collide():
    chart = stacked_areas([Point(DAY + dt.timedelta(days=n), 10, 0, 0) for n in range(90)])
    assert [area.zone for area in chart.areas] == ["red", "yellow", "green"]
    assert [area.count for area in chart.areas] == [0, 0, 10]
    heights = [area.label_y for area in chart.areas]
    assert all(low - high >= 14 for low, high in itertools.pairwise(heights))
    assert len(chart.areas[0].polygon.split()) == 180


def test_every_week_counts_back_from_the_last_day():
    points = [Point(DAY + dt.timedelta(days=n), n, 0, 0) for n in range(15)]
    assert [point.green for point in every_week(points)] == [14, 7, 0]
