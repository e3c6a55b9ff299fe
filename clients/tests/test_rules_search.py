"""The pure rules of search: the other keyboard layout, slips of the keyboard, what comes first."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.layouts import switched
from clients.rules.likeness import allowed_slips, is_worth_trying, slips, slips_in
from clients.rules.ranking import How, Place, best_place, place_of, rank

LATIN = "qwertyuiopasdfghjklzxcvbnm"
LATIN_KEYS = LATIN + LATIN.upper() + "[];',.`{}:\"<>~"
CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"


# --- the other keyboard layout ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hjvfirf", "ромашка"),
        ("HJVFIRF", "РОМАШКА"),
        ("ghjvsiktyysq gfhr", "промышленный парк"),
        ("`krf", "ёлка"),
        ("цфееы", "watts"),
        ("[jkjl", "холод"),
        ("12 34", ""),
        ("", ""),
        ("ромашка llc", ""),
    ],
)
def test_what_was_meant_with_the_other_layout(typed, meant):
    assert switched(typed) == meant


@given(st.text(alphabet=LATIN_KEYS + " 0123456789", max_size=40), st.sampled_from(LATIN))
def test_latin_there_and_back(rest, letter):
    assert switched(switched(rest + letter)) == rest + letter


@given(st.text(alphabet=CYRILLIC + CYRILLIC.upper() + " 0123456789", max_size=40), st.sampled_from("авгд"))
def test_cyrillic_there_and_back(rest, letter):
    there = switched(rest + letter)
    assert there
    assert switched(there) == rest + letter


# --- slips ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "word", "expected"),
    [
        ("ромашка", "ромашка", 0),
        ("рома", "ромашка", 0),
        ("ромшка", "ромашка", 1),
        ("ромаашка", "ромашка", 1),
        ("рамашка", "ромашка", 1),
        ("рмоашка", "ромашка", 1),
        ("помажка", "ромашка", 2),
        ("ш", "", 1),
        ("", "ромашка", 0),
    ],
)
def test_slips_in_a_word(typed, word, expected):
    assert slips(typed, word) == expected


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("цеммент", "ооо «северный цемент»", 1),
        ("северный цеммент", "ооо «северный цемент»", 1),
        ("цеммент северны", "ооо «северный цемент»", 1),
        ("кедр", "ооо «кедрхим»", 0),
        ("кердхим", "ооо «кедрхим»", 1),
        ("кедрохимия", "ооо «кедрхим»", None),
        ("лес", "ооо «вес»", None),
        ("4567", "ооо «4568»", None),
        ("ромашка", "", None),
    ],
)
def test_slips_in_a_name(typed, name, expected):
    assert slips_in(typed, name) == expected


def test_short_words_and_numbers_forgive_nothing():
    assert [allowed_slips(word) for word in ("оао", "кедр", "ромашк", "ромашка", "7707083893")] == [0, 1, 1, 2, 0]
    assert not is_worth_trying("ооо 7707083893")
    assert is_worth_trying("ооо кедр")


@given(st.text(alphabet="абвг", max_size=8), st.text(alphabet="абвг", max_size=8))
def test_slips_are_never_more_than_the_letters_typed(typed, word):
    assert 0 <= slips(typed, word) <= len(typed)
    assert slips(typed, typed + word) == 0


@given(st.text(alphabet=CYRILLIC, min_size=4, max_size=12), st.data())
def test_one_slip_is_always_forgiven(word, data):
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(CYRILLIC))
    kind = data.draw(st.sampled_from(["wrong", "more", "less"]))
    typed = word[:place] + ("" if kind == "less" else letter) + word[place + (kind != "more") :]
    if len(typed) >= 4:
        assert slips_in(typed, f"ооо «{word}»") is not None


# --- what comes first -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("vostok", "vostok", Place.WHOLE),
        ("vostok", "vostok stroy", Place.START),
        ("stroy", "vostok stroy", Place.WORDS),
        ("stroy vos", "vostok stroy", Place.WORDS),
        ("vostok", "ооо «vostok»", Place.WORDS),
        ("sto", "vostok stroy", Place.MIDDLE),
        ("sto stroy", "vostok stroy", Place.MIDDLE),
        ("zapad", "vostok stroy", Place.ELSEWHERE),
        ("", "vostok", Place.ELSEWHERE),
    ],
)
def test_where_the_words_stand(typed, name, expected):
    assert place_of(typed, name) is expected


def test_the_better_reading_counts():
    assert best_place(("hjv", "ром"), "ромашка") is Place.START
    assert best_place((), "ромашка") is Place.ELSEWHERE


def test_what_comes_first():
    """Each line differs from the next in what the rule compares next."""
    old, new = dt.date(2020, 1, 1), dt.date(2026, 1, 1)
    ordered = [
        rank(how=How.EXACT, is_visible=False, place=Place.ELSEWHERE, is_archived=True, pk=99),
        rank(how=How.FOUND, is_mine=True, place=Place.MIDDLE, is_archived=True, pk=98),
        rank(how=How.FOUND, place=Place.START, is_archived=True, pk=97),
        rank(how=How.FOUND, place=Place.WORDS, last=new, pk=96),
        rank(how=How.FOUND, place=Place.WORDS, last=old, pk=1),
        rank(how=How.FOUND, place=Place.WORDS, last=old, pk=2),
        rank(how=How.FOUND, place=Place.WORDS, is_archived=True, last=new, pk=0),
        rank(how=How.FOUND, place=Place.MIDDLE, last=new, pk=0),
        rank(how=How.FOUND, is_visible=False, place=Place.WHOLE, last=new, pk=0),
        rank(how=How.SIMILAR, slips=1, is_visible=False, pk=0),
        rank(how=How.SIMILAR, slips=2, is_mine=True, pk=0),
    ]
    shuffled = random.Random(5).sample(ordered, len(ordered))
    assert sorted(shuffled) == ordered
