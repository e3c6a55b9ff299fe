"""Pure rules of selling: sums of lines, months, the forecast and its picture, the funnel."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.amounts import line_total, lines_total
from interactions.rules.forecast import HEIGHT, WIDTH, Figures, bars, total
from interactions.rules.funnel import Group, Pile, Stay, funnel, pile_of
from interactions.rules.months import months_from, next_month, shifted

D = Decimal


@dataclass
class Line:
    quantity: Decimal = field(default_factory=lambda: D(1))
    price: Decimal | None = None
    discount: Decimal = field(default_factory=D)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "sum_"),
    [
        ("10", "99.50", "0", "995.00"),
        ("3", "0.335", "0", "1.01"),  # half a kopeck goes up
        ("2.5", "100", "10", "225.00"),
        ("1", "100", "100", "0.00"),
        ("1", "0", "0", "0.00"),
    ],
)
def test_a_line_comes_to_its_price_less_the_discount(quantity, price, discount, sum_):
    assert line_total(quantity=D(quantity), price=D(price), discount=D(discount)) == D(sum_)


def test_lines_without_a_price_come_to_nothing_known():
    assert line_total(quantity=D(1), price=None, discount=D(0)) is None
    assert lines_total([]) is None
    assert lines_total([Line(), Line()]) is None
    assert lines_total([Line(), Line(price=D(5)), Line(D(2), D(10), D(50))]) == D(15)


@given(st.dates(dt.date(1950, 1, 1), dt.date(2150, 1, 1)), st.integers(-600, 600))
def test_months_go_there_and_back(day, by):
    month = day.replace(day=1)
    there = shifted(month, by)
    assert there.day == 1
    assert shifted(there, -by) == month
    assert (there.year - month.year) * 12 + there.month - month.month == by
    assert next_month(month) == (month + dt.timedelta(days=32)).replace(day=1)


def test_months_in_a_row():
    assert [str(each)[:7] for each in months_from(dt.date(2026, 11, 1), 3)] == ["2026-11", "2026-12", "2027-01"]


def test_figures_add_up_and_a_plan_nobody_set_is_no_nought():
    one = Figures(plan=D(100), won=D(30), won_count=1, open_amount=D(80), open_count=2, weighted=D(40))
    other = Figures(won=D(5), won_count=1)
    both = total([one, other])
    assert both == Figures(plan=D(100), won=D(35), won_count=2, open_amount=D(80), open_count=2, weighted=D(40))
    assert (both.forecast, both.gap) == (75, 25)
    assert other.gap is None
    assert total([]).is_empty
    assert total([Figures(), Figures()]).plan is None


def test_bars_stay_in_the_picture_and_stand_on_each_other():
    months = list(months_from(dt.date(2026, 11, 1), 3))
    rows = [Figures(plan=D(100), won=D(60), weighted=D(20)), Figures(weighted=D(200)), Figures()]
    drawn = bars(list(zip(months, rows)))
    for bar in drawn:
        assert 0 <= bar.x < bar.x + bar.width <= WIDTH
        assert 0 <= bar.weighted_y <= bar.won_y <= HEIGHT
        assert bar.weighted_y + bar.weighted_height == pytest.approx(bar.won_y, abs=0.2)
    first, second, third = drawn
    assert second.weighted_height == pytest.approx(first.won_height / 60 * 200, abs=1)
    assert (third.won_height, third.weighted_height, third.plan_y) == (0, 0, None)
    assert first.plan_y is not None
    assert bars([(months[0], Figures())]) == []


STAGES = [(3, 30), (1, 10), (2, 20)]


def test_a_funnel_only_narrows_and_the_won_came_all_the_way():
    groups = [
        Group(None, None, "open", None, Pile(1, D(1))),
        Group(10, 1, "lost", 7, Pile(4, D(40))),
        Group(20, 1, "open", None, Pile(3, D(30))),  # gone back
        Group(20, 2, "won", None, Pile(2, D(200))),  # won from the middle
        Group(30, 3, "lost", None, Pile(1, D(10))),
    ]
    rows = funnel(STAGES, groups, {1: Stay(3, 3.0, 34.7)})
    assert [(row.stage, row.came) for row in rows] == [
        (1, Pile(10, D(280))), (2, Pile(6, D(240))), (3, Pile(3, D(210)))
    ]  # fmt: skip
    assert [row.before.count for row in rows] == [11, 10, 6]
    assert [(row.lost.count, row.open.count) for row in rows] == [(4, 3), (0, 0), (1, 0)]
    assert [row.stay and row.stay.median for row in rows] == [3.0, None, None]
    assert funnel([(1, 10)], [], {})[0].came == Pile()


groups_ = st.lists(
    st.builds(
        Group,
        st.none() | st.sampled_from([10, 20, 30]),
        st.none() | st.sampled_from([1, 2, 3]),
        st.sampled_from(["open", "won", "lost"]),
        st.none(),
        st.builds(Pile, st.integers(0, 9), st.integers(0, 99).map(D)),
    )
)


@given(groups_)
def test_whatever_the_sales_did_no_step_of_a_funnel_is_wider_than_the_one_before(groups):
    rows = funnel(STAGES, groups, {})
    counts = [pile_of(groups).count, *(row.came.count for row in rows)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= pile_of(group for group in groups if group.status == "won").count
