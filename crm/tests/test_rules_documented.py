"""docs/rules.md and docs/rules.ru.md name every rule with its key, its default and whether it can be switched off."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings

from clients import rulebook
from clients.rulebook import Rule
from clients.rules.freezing import Frozen, days_between
from clients.rules.zones import Thresholds, zone_dates

DOCS = {"en": ("rules.md", "on", "yes", "no"), "ru": ("rules.ru.md", "включено", "да", "нет")}
_ROW = re.compile(
    r"^\| .+<br>`(?P<key>[a-z_.]+)` \| (?P<words>.+) \| (?P<default>.+) \| (?P<off>\w+) \|$", re.MULTILINE
)


def text_of(language: str) -> str:
    return (Path(settings.BASE_DIR) / "docs" / DOCS[language][0]).read_text()


def rows(language: str) -> dict[str, re.Match[str]]:
    return {row["key"]: row for row in _ROW.finditer(text_of(language))}


@pytest.mark.parametrize("language", DOCS)
def test_every_rule_is_documented_and_nothing_else(language):
    assert list(rows(language)) == [rule.key for rule in rulebook.all_rules()]


@pytest.mark.parametrize("language", DOCS)
@pytest.mark.parametrize("rule", rulebook.all_rules(), ids=lambda rule: rule.key)
def test_with_its_default(language, rule: Rule):
    row, (_name, on, yes, no) = rows(language)[rule.key], DOCS[language]
    assert row["default"].split()[0] == (str(rule.default) if rule.unit else on)
    assert row["off"] == (yes if rule.switchable else no)
    assert len(row["words"]) > 15


@pytest.mark.parametrize("language", DOCS)
def test_it_says_which_rules_move_dates(language):
    mark = {"en": "*Moves dates.*", "ru": "*Сдвигает даты.*"}[language]
    assert {key for key, row in rows(language).items() if mark in row["words"]} == {
        rule.key for rule in rulebook.all_rules() if rule.redates
    }


def test_the_default_number_stands_in_the_explanation_of_the_page():
    for rule in rulebook.all_rules():
        words = rulebook.explained(rule, None)
        assert "%(" not in words, rule.key
        if rule.unit:
            assert str(rule.default) in words, rule.key


def test_the_worked_examples_are_what_the_program_computes():
    def yellow_on(*absences: tuple[dt.date, dt.date]) -> dt.date:
        days = [day for first, last in absences for day in days_between(first, last)]
        return zone_dates(dt.date(2026, 4, 1), Thresholds(), Frozen.of(days, 60)).yellow_on

    def april(first: int, last: int) -> tuple[dt.date, dt.date]:
        return dt.date(2026, 4, first), dt.date(2026, 4, last)

    may = (dt.date(2026, 5, 4), dt.date(2026, 5, 8))
    assert yellow_on() == dt.date(2026, 5, 1)
    assert yellow_on(april(13, 26)) == dt.date(2026, 5, 15)
    assert yellow_on(april(13, 26), may) == dt.date(2026, 5, 20)
    assert yellow_on(may, april(15, 20), april(13, 26)) == dt.date(2026, 5, 20)
    assert yellow_on((dt.date(2026, 3, 1), dt.date(2026, 3, 31))) == dt.date(2026, 5, 1)
    january = zone_dates(dt.date(2026, 1, 31), Thresholds())
    assert (january.yellow_on, january.red_on, january.detach_on) == (
        dt.date(2026, 2, 28),
        dt.date(2026, 6, 30),
        dt.date(2026, 8, 1),
    )
