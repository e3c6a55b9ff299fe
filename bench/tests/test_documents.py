"""The tables of the runs that are kept."""

import pytest

from bench import documents
from bench.bars import Verdict, page_verdicts
from bench.nights.trial import Weight


def run(size="20k", *, clients=20_000, ratio=7.5, html_bytes=61_440, more=()):
    bars = [*page_verdicts("list", "list", size, ratio=ratio, queries=9, html_bytes=html_bytes), *more]
    page = {"kind": "list", "times_F": ratio, "median_ms": ratio * 3, "queries": 9, "html_bytes": html_bytes}
    return {
        "size": size, "clients": clients, "day": "2026-05-13", "on": "PostgreSQL 15", "F_ms": 3.0, "told": [],
        "pages": {"F": {"kind": "line"}, "list": page}, "bars": [bar.as_json() for bar in bars], "failed": [],
    }  # fmt: skip


def test_each_page_stands_in_a_line_with_all_sizes_and_what_is_missed_in_bold():
    text = documents.figures([run(), run("1m", clients=1_000_000, ratio=12.5)])
    assert "| list | 20k, ≤ 10 F | 1m, ≤ 12 F |" in text
    assert "| `list` | 7.5 F · 22 ms · 9 q · 60 KB | **12.5 F** · 38 ms · 9 q · 60 KB |" in text
    assert "* 1m: 1,000,000 clients, 2026-05-13, PostgreSQL 15; F = 3 ms; 2 of 3 bars held" in text


def test_how_much_of_each_page_is_the_frame_stands_beside_f():
    measured = run()
    measured["pages"]["frame"] = {"kind": "frame", "times_F": 1.96}
    assert "; F = 3 ms (the frame around every page: 2.0 F); " in documents.figures([measured])


def test_a_page_that_one_size_lacks_leaves_its_cell_empty():
    other = run("1m") | {"pages": {}}
    assert "| `list` | 7.5 F · 22 ms · 9 q · 60 KB |  |" in documents.figures([run(), other])


def test_bars_that_are_not_a_pages_stand_in_a_table_of_their_own():
    rate = Verdict("list at 4 connections", 40, 60, "requests/s", at_least=True)
    assert "| list at 4 connections | **40.00 ≥ 60 requests/s** |" in documents.figures([run(more=[rate])])


def test_only_what_stands_between_the_marks_is_written_anew():
    before = f"# Speed\n\n{documents.BEGIN}\nold\n{documents.END}\n\n## The night\n"
    rush = {"clients": 20_000, "day": "2026-05-13", "told": ["200 claimers"], "pages": {}, "size": "20k", "bars": []}
    once = documents.renewed(before, [run("sqlite"), run()], rush)
    assert once.startswith(f"# Speed\n\n{documents.BEGIN}\n\n![")
    assert once.index("* 20k") < once.index("* sqlite")
    assert once.endswith(f"{documents.END}\n\n## The night\n")
    assert "old" not in once
    assert "* 200 claimers" in once
    assert documents.renewed(once, [run("sqlite"), run()], rush) == once


def test_a_document_without_marks_is_left_alone():
    with pytest.raises(ValueError):
        documents.renewed("# Speed\n", [run()])


def test_nights_stand_between_marks_of_their_own():
    weights = {
        "raw SQL": Weight(seconds=0.5, cpu=0.4, wal=30 << 20, updates=14_000, hot=12_600),
        "night": Weight(
            seconds=1.25, cpu=1.1, wal=36 << 20, updates=14_000, hot=12_600, statements=219, transactions=34,
            longest=0.31, longest_cpu=0.2, longest_of="exchange_detachment", memory=90 << 20, grown=5 << 20,
            changes=14_000, warned=6_000,
        ),
    }  # fmt: skip
    missed = Verdict("worker's memory", 110, 100, "MB")
    night = {"size": "night-100k", "clients": 100_319, "bars": [missed.as_json()]}
    night["weights"] = {what: weight.as_json() for what, weight in weights.items()}
    compared = Verdict("night, largest / smallest size", 1.2, 1.3, "times")
    run = {"day": "2026-05-13", "on": "PostgreSQL 15", "seconds": 600, "nights": [night], "bars": [compared.as_json()]}
    before = f"## The night\n\n{documents.BEGIN_NIGHTS}\nold\n{documents.END_NIGHTS}\n\n## Figures\n"
    once = documents.renewed_nights(before, run)
    assert "| 100,319 | raw SQL | 0.50 | 0.40 | 30 |  |  |  |  |  |  | 90% |" in once
    told = "14,000 | 6,000 | 219 | 34 | 0.31 (0.20 cpu): exchange_detachment | 90 (5) | 90% |"
    assert f"| 100,319 | night | 1.25 | 1.10 | 36 | {told}" in once
    assert "| worker's memory | **110.00 ≤ 100 MB** |" in once
    assert "* night, largest / smallest size: 1.20 ≤ 1.3 times" in once
    assert "all of it took 10 minutes" in once
    assert "old" not in once
    assert once.endswith(f"{documents.END_NIGHTS}\n\n## Figures\n")
    assert documents.renewed_nights(once, run) == once
