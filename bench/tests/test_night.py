"""The figures of nights: how many changes a base has room for, and when a bar is held."""

import datetime as dt

import pytest

from bench.night import growth
from bench.nights.trial import CHANGES, Stage, Weight, how_many, verdicts

FIRST = dt.date(2026, 3, 10)


def stage(held: int, nights: int) -> Stage:
    return Stage("", held, FIRST, how_many(held, nights), nights)


@pytest.mark.parametrize("nights", [3, 7])
@pytest.mark.parametrize("held", [17_000, 100_000, 300_000, 1_000_000])
def test_staged_clients_are_there_and_a_million_has_no_more_changes_than_asked_for(held, nights):
    found = stage(held, nights)
    assert found.yellow * nights + found.leaving * (30 + nights) < held
    assert found.changes <= CHANGES
    assert found.yellow + 2 * found.leaving == pytest.approx(found.changes, abs=3)


def test_sizes_are_compared_at_the_same_number_of_changes():
    assert how_many(100_000, 3) == how_many(300_000, 7) == how_many(1_000_000, 7) == CHANGES


def test_the_bars_of_a_night():
    found = {
        "raw SQL": Weight(seconds=1, cpu=1, wal=1),
        "raw SQL of the rules": Weight(seconds=0.5, cpu=0.5, wal=1),
        "night": Weight(seconds=1.9, cpu=3.1, wal=1, updates=14_000, hot=12_000, longest=0.6, memory=90 << 20),
    }
    missed = {verdict.what for verdict in verdicts(stage(1_000_000, 3), found) if not verdict.held}
    assert missed == {"the same in processor time", "longest transaction"}


def test_the_largest_base_is_held_against_the_smallest():
    nights = {size: Weight(seconds=seconds, cpu=1, wal=1) for size, seconds in (("a", 2), ("b", 9), ("c", 2.7))}
    slow, busy = growth(nights)
    assert not slow.held
    assert busy.held
    assert growth({"a": nights["a"]}) == []
