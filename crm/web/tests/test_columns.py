"""Which columns are shown, in which order, and how they are drawn."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.columns import Column, chosen, filled, moved


def column(key, **kwargs):
    return Column(key=key, label=key.title(), value=lambda row: getattr(row, key), **kwargs)


MAIN, ZONE, CITY, INN = (
    column("name", main=True),
    column("zone"),
    column("city", css="num"),
    column("inn", default=False),
)
ALL = [MAIN, ZONE, CITY, INN]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (None, ["name", "zone", "city"]),
        ([], ["name", "zone", "city"]),
        (["nonsense"], ["name", "zone", "city"]),
        (["inn"], ["name", "inn"]),
        (["city", "name", "zone", "city"], ["name", "city", "zone"]),
        (["name"], ["name", "zone", "city"]),
    ],
)
def test_the_main_column_always_stays_first_and_unknown_ones_are_passed_over(wanted, shown):
    assert [each.key for each in chosen(ALL, wanted)] == shown


@given(st.lists(st.sampled_from(["name", "zone", "city", "inn", "x", ""])))
def test_choosing_what_is_shown_changes_nothing(wanted):
    shown = chosen(ALL, wanted)
    keys = [each.key for each in shown]
    assert chosen(ALL, keys) == shown
    assert len(set(keys)) == len(keys) > 1
    assert keys[0] == "name"


@pytest.mark.parametrize(
    ("key", "by", "order"),
    [("b", -1, "bac"), ("b", 1, "acb"), ("a", -1, "abc"), ("c", 1, "abc"), ("x", 1, "abc")],
)
def test_a_column_moves_one_place_and_stops_at_the_ends(key, by, order):
    assert moved("abc", key, by) == list(order)


def test_cells_are_escaped():
    row = SimpleNamespace(pk=7, name="<b>", zone=None, city="A & B")
    assert MAIN.draw(row) == '<td class="sv-cell-main" id="row-7">&lt;b&gt;</td>'
    assert ZONE.draw(row) == "<td></td>"
    assert CITY.draw(row) == '<td class="num">A &amp; B</td>'


def test_what_two_columns_read_together_is_read_once():
    calls = []

    def fill(rows, reader):
        calls.append((len(rows), reader))

    filled([1, 2], [column("a", fill=fill), column("b", fill=fill), ZONE], "Anna")
    assert calls == [(2, "Anna")]
