"""Medians, percentiles, ratios, and the table they stand in."""

import pytest

from bench import table
from bench.bars import Verdict
from bench.figures import Sample, percentile, requests_for


def sample(**given):
    return Sample(
        **{
            "seconds": [0.030, 0.020, 0.100],
            "line_seconds": [0.003, 0.002, 0.004, 0.003],
            "sql_seconds": [0.004, 0.005, 0.009],
            "cpu_seconds": [0.011, 0.012, 0.013],
            "queries": 9,
            "html_bytes": 51_200,
            "sent_bytes": 8_192,
            **given,
        }
    )


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.9, 0), ([7], 0.9, 7), (list(range(1, 11)), 0.9, 9), (list(range(30, 0, -1)), 0.9, 27), ([1, 2], 0.5, 1)],
)
def test_a_percentile_is_a_value_that_was_measured(values, share, expected):
    assert percentile(values, share) == expected


@pytest.mark.parametrize(("seconds", "number"), [(0.01, 30), (2, 30), (2.1, 6), (10, 6), (11, 3)])
def test_slow_pages_are_asked_for_less_often(seconds, number):
    assert requests_for(seconds) == number


def test_the_ratio_is_of_medians():
    assert sample().ratio == pytest.approx(10)
    assert sample().p90 == 0.1


def test_a_file_has_milliseconds_and_times_f():
    figures = sample().as_json()
    assert (figures["median_ms"], figures["p90_ms"], figures["times_F"], figures["requests"]) == (30, 100, 10, 3)


def test_a_page_that_clears_its_bars_is_held():
    row = table.page_row("card", "seller", sample(), [Verdict("card", 10, 10, "F"), Verdict("card", 9, 15, "queries")])
    assert row[:4] == ("card", "seller", "3", "30.0")
    assert row[-3:] == ("10.0", "10", "held")


def test_a_row_names_the_bars_it_misses():
    verdicts = [Verdict("list", 10, 8, "F"), Verdict("list", 13, 12, "queries"), Verdict("list", 50, 100, "KB")]
    assert table.page_row("list", "head", sample(), verdicts)[-1] == "MISSED: F ≤ 8, queries ≤ 12"


def test_columns_stand_under_their_headings():
    heading = table.line(list(table.COLUMNS))
    row = table.line(table.page_row("card", "seller", sample(), [Verdict("card", 10, 10, "F")]))
    assert row.index("30.0") + len("30.0") == heading.index("median ms") + len("median ms")
    assert row.endswith("held")


def test_other_bars_are_said_in_a_line():
    said = table.verdict_line(Verdict("list at 4 connections", 71.234, 60, "requests/s", at_least=True))
    assert said == "list at 4 connections: 71.23 ≥ 60 requests/s  held"
    assert table.verdict_line(Verdict("a / b", 1.3, 1.2, "times")) == "a / b: 1.30 ≤ 1.2 times  MISSED"
