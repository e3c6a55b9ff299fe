"""The pure parts: the order of urgency, the days of a picture."""

import datetime as dt

import pytest

from reports.rules.charts import Point, every_week, nice_top
from reports.rules.counts import urgency

DAY = dt.date(2026, 3, 1)


def test_whom_a_head_looks_at_first():
    order = [(2, 0, 0), (1, 9, 0), (1, 2, 500), (1, 2, 0), (0, 40, 40), (0, 0, 1), (0, 0, 0)]
    assert sorted(order, key=lambda numbers: -urgency(*numbers)) == order


@pytest.mark.parametrize(("largest", "top"), [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (87, 100), (401, 600)])
def test_the_axis_ends_at_an_even_round_number(largest, top):
    assert nice_top(largest) == top


def test_every_week_counts_back_from_the_last_day():
    points = [Point(DAY + dt.timedelta(days=n), n, 0, 0) for n in range(15)]
    assert [point.green for point in every_week(points)] == [14, 7, 0]
