"""Who is named in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.mentions import MOST, Person, find, names, people_named

PEOPLE = [
    Person(1, "anna", "Иванова"),
    Person(2, "head.key", "Petrov"),
    Person(3, "иван", "Petrov"),
    Person(4, "x", ""),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@anna please look", ["anna"]),
        ("Ask @Anna.", ["anna"]),
        ("(@anna), @head.key: and @иван!", ["anna", "head.key", "иван"]),
        ("@anna @anna @ANNA", ["anna"]),
        ("@head.key...", ["head.key"]),
        ("@anna-", ["anna"]),
        ("line\n@anna", ["anna"]),
        ("@Семёнова", ["семенова"]),
        # Addresses, and what only looks like a name.
        ("write to anna@example.com", []),
        ("mail:first.last+tag@sub.example.com", []),
        ("https://example.com/@anna", []),
        ("a@@b", []),
        ("@@anna", []),
        ("@ anna", []),
        ("@", []),
        ("@_x", []),
        ("", []),
    ],
)
def test_names_in_a_text(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@anna", [1]),
        ("@ANNA and @head.key", [1, 2]),
        ("@Иванова", [1]),
        ("@иванова @anna", [1]),
        # Two have this last name, and nobody has that one.
        ("@Petrov @nobody", []),
        ("@x", [4]),
    ],
)
def test_who_is_named(text, ids):
    assert people_named(text, PEOPLE) == ids


def test_a_user_name_goes_before_a_last_name():
    assert people_named("@petrov", [Person(1, "a", "Petrov"), Person(2, "petrov", "Smith")]) == [2]


def test_a_last_name_three_share_is_nobodys():
    assert people_named("@petrov", [Person(n, f"user{n}", "Petrov") for n in range(3)]) == []


def test_no_more_than_a_few_are_told():
    people = [Person(n, f"user{n}") for n in range(MOST + 5)]
    assert len(people_named(" ".join(f"@user{n}" for n in range(MOST + 5)), people)) == MOST


@given(st.text(alphabet="ab@. \nё/-", max_size=60))
def test_what_is_found_stands_there(text):
    for found in find(text):
        assert text[found.start : found.end] == f"@{found.name}"
        assert not found.start or text[found.start - 1] in " \n"
        assert found.name[0].isalpha()
        assert found.name[-1].isalnum()


@given(st.text(alphabet="abc", min_size=1, max_size=8), st.text(max_size=20), st.text(max_size=20))
def test_a_name_between_spaces_is_always_found(name, before, after):
    assert name in names(f"{before.replace('@', '')} @{name} {after}")
