"""Bars, and what a run says of them."""

import pytest

from bench import bars
from bench.bars import Verdict


@pytest.mark.parametrize(
    ("clients", "size"), [(300, "20k"), (20_000, "20k"), (40_001, "200k"), (200_000, "200k"), (1_000_000, "1m")]
)
def test_a_base_is_held_against_the_bars_of_its_size(clients, size):
    assert bars.size_of(clients) == size


def test_every_kind_has_a_bar_at_every_size():
    for kind in bars.PAGES:
        assert [bars.page_bar(kind, size) for size in bars.SIZES] == list(bars.PAGES[kind])
        assert bars.page_bar(kind, bars.SQLITE) == 20


def test_a_bar_is_held_at_the_figure_it_names_and_missed_beyond():
    assert Verdict("list", 10.0, 10).held
    assert not Verdict("list", 10.01, 10).held
    assert Verdict("list at 4 connections", 60, 60, at_least=True).held
    assert not Verdict("list at 4 connections", 59.9, 60, at_least=True).held


def test_a_list_is_measured_by_time_queries_and_html():
    verdicts = bars.page_verdicts("list", "list", "1m", ratio=11.5, queries=13, html_bytes=100 * 1024)
    assert [(verdict.unit, verdict.held) for verdict in verdicts] == [("F", True), ("queries", False), ("KB", True)]


def test_reports_have_no_bar_of_queries_and_a_posted_form_none_of_html():
    def units(kind):
        return [each.unit for each in bars.page_verdicts("any", kind, "20k", ratio=1, queries=99, html_bytes=0)]

    assert units("report") == ["F", "KB"]
    assert units("register") == ["F"]
    assert units("line") == units("frame") == []


def test_pairs_are_compared_by_their_times_f():
    ratios = {"list-deep": 12.0, "list-all": 10.0, "card": 9.0}
    (deep,) = bars.pair_verdicts(ratios)
    assert (deep.what, deep.figure, deep.held) == ("list-deep / list-all", 1.2, True)
    card = bars.pair_verdicts({**ratios, "card-10": 6.0})[-1]
    assert (card.figure, card.bar, card.held) == (1.5, 1.15, False)
