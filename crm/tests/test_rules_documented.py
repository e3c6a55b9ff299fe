"""docs/rules.md and docs/rules.ru.md name every rule with its key, its default and whether it can be switched off."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings

from clients import rulebook
from clients.rulebook import Rule
from clients.rules.zones import Thresholds, zone_dates
from clients.tests.test_rules_freezing import WORKED

DOCS = {"en": ("rules.md", "on", "off", "yes", "no"), "ru": ("rules.ru.md", "включено", "выключено", "да", "нет")}
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
    row, (_name, on, off, yes, no) = rows(language)[rule.key], DOCS[language]
    assert row["default"].split()[0] == (str(rule.default) if rule.unit else on if rule.on else off)
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


@pytest.mark.parametrize("language", DOCS)
def test_the_worked_table_is_the_one_that_is_tested(language):
    """Clock date and the three dates of each row, in the order of the tested table."""
    dates = r"\d{4}-\d\d-\d\d"
    found = re.findall(
        rf"^\| .+ \| ({dates}) \| .+ \| ({dates}) \| ({dates}) \| ({dates}) \|$", text_of(language), re.M
    )
    assert [" ".join(row) for row in found] == [f"{row[1]} {row[4]}" for row in WORKED]


def test_the_example_of_the_colours():
    dates = zone_dates(dt.date(2026, 1, 31), Thresholds())
    assert (dates.yellow_on, dates.red_on, dates.detach_on) == (
        dt.date(2026, 2, 28),
        dt.date(2026, 6, 30),
        dt.date(2026, 8, 1),
    )
