"""What makes two clients look like one, and whose facts stay."""

import pytest

from clients.doubles import rules
from clients.doubles.rules import Row
from clients.merging import Side, taken_over
from clients.merging.facts import CUSTOM, joined, rule
from clients.models import Client

INN, OTHER_INN = "7707083893", "7728168971"


def looks(one: Row, other: Row, *shared: str) -> tuple[list[str], int] | None:
    verdict = rules.verdict(one, other, shared, alike=rules.names_alike(one.words, other.words))
    return (verdict.reasons, verdict.score) if verdict else None


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("ООО Восток Строй", "Строй-Восток", True),
        ("Восток", "АО «Восток»", True),
        ("Ромашка Плюс", "Рoмашка Плюс".replace("o", "о"), True),
        ("Ромашка", "Рамашка", True),
        ("Vostokk Stroy", "Vostok Stroj", True),
        ("Иванов Иван", "ИП Иванов Иван", True),
        ("Восток", "Запад", False),
        ("ООО", "АО", False),
    ],
)
def test_like_names_find_each_other(one, other, share):
    assert bool(set(rules.keys(one)) & set(rules.keys(other))) is share


def test_keys_fit_their_column():
    assert all(len(key) <= 64 for key in rules.keys(" ".join("щ" * 40 + str(number) for number in range(9))))


@pytest.mark.parametrize(
    ("one", "other", "shared", "reasons"),
    [
        ({"inn": INN}, {"name": "Other", "inn": INN}, (), ["inn"]),
        ({"inn": INN, "kpp": "770701001"}, {"name": "Other", "inn": INN, "kpp": "540101001"}, (), ["inn"]),
        ({}, {"name": "Other"}, ("phone",), ["phone"]),
        ({}, {"name": "Vostok Stroi"}, ("phone",), ["phone", "name"]),
        ({"city": "Omsk"}, {"city": "omsk"}, (), ["name"]),
        ({"city": "Omsk"}, {"city": ""}, (), ["name"]),
        ({"city": "Omsk"}, {"city": "Tomsk"}, (), None),
        ({"inn": INN}, {"inn": OTHER_INN}, (), None),
        ({"inn": INN}, {"name": "Other", "inn": OTHER_INN}, ("phone",), None),
        ({}, {"name": "Zapad"}, (), None),
    ],
)
def test_what_is_worth_a_look(one, other, shared, reasons):
    found = looks(Row(1, **{"name": "Vostok Stroy", **one}), Row(2, **{"name": "Vostok Stroy", **other}), *shared)
    assert (found[0] if found else None) == reasons


def test_the_surest_come_first():
    one = Row(1, "Vostok Stroy", INN, "770701001")
    same, branch = Row(2, "Vostok Stroy", INN), Row(3, "Vostok Stroy", INN, "540101001")
    bare = Row(4, "Vostok Stroy")
    scores = [looks(one, other)[1] for other in (same, branch, bare)]
    assert scores == sorted(scores, reverse=True)
    assert looks(one, bare, "phone")[1] > looks(one, bare)[1]
    assert all(rules.ENOUGH <= score <= 100 for score in scores)


def test_a_pair_is_looked_at_once():
    groups = [{1, 2, 5}, {2, 5}, {3}]
    assert rules.pairs_of(groups, {5}) == {(1, 5), (2, 5)}
    assert rules.pairs_of(groups, {2, 5}) == {(1, 2), (1, 5), (2, 5)}


# --- whose facts stay -------------------------------------------------------------------------------------------------
def pair(ours: dict, theirs: dict) -> tuple[Client, Client]:
    return Client(**{"name": "Ours", **ours}), Client(**{"name": "Theirs", **theirs})


@pytest.mark.parametrize(
    ("ours", "theirs", "choices", "taken"),
    [
        ({}, {"city": "Omsk"}, {}, {"city": "Omsk"}),
        ({"city": "Tomsk"}, {"city": "Omsk"}, {}, {}),
        ({"city": "Tomsk"}, {"city": "Omsk"}, {"city": Side.DROP}, {"city": "Omsk"}),
        ({"city": "Tomsk"}, {}, {"city": Side.DROP}, {"city": ""}),
        ({}, {"city": "Omsk"}, {"city": Side.KEEP}, {}),
        ({}, {}, {"name": Side.DROP}, {"name": "Theirs"}),
        ({"notes": "One"}, {"notes": "Two"}, {}, {"notes": "One\n\nTwo"}),
        ({"notes": "One"}, {"notes": "Two"}, {"notes": Side.KEEP}, {}),
        ({"notes": "One"}, {"notes": "Two"}, {"notes": Side.DROP}, {"notes": "Two"}),
        ({"notes": "One and Two"}, {"notes": "Two"}, {"notes": Side.BOTH}, {}),
        ({"city": "Tomsk"}, {"city": "Omsk"}, {"city": Side.BOTH}, {}),
        ({}, {"inn": INN, "kpp": "770701001"}, {}, {"inn": INN, "kpp": "770701001"}),
        ({"inn": OTHER_INN}, {"inn": INN, "kpp": "770701001"}, {}, {}),
        ({"inn": INN}, {"inn": INN, "kpp": "770701001"}, {}, {"kpp": "770701001"}),
        ({"inn": INN}, {"inn": INN, "kpp": "770701001"}, {"inn": Side.KEEP}, {"kpp": "770701001"}),
        ({"inn": OTHER_INN, "ogrn": "1"}, {"inn": INN}, {"inn": Side.DROP}, {"inn": INN, "ogrn": ""}),
        ({"inn": OTHER_INN, "ogrn": "1"}, {}, {"inn": Side.DROP}, {"inn": "", "ogrn": ""}),
        ({}, {"inn": INN}, {"inn": Side.KEEP}, {}),
        ({"custom": {"a": 1}}, {"custom": {"a": 2, "b": 3}}, {}, {"custom": {"a": 1, "b": 3}}),
        ({"custom": {"a": 1}}, {"custom": {"a": 2}}, {CUSTOM + "a": Side.DROP}, {"custom": {"a": 2}}),
        ({"custom": {"a": 1}}, {"custom": {}}, {CUSTOM + "a": Side.DROP}, {"custom": {}}),
        ({}, {"custom": {"b": 3}}, {CUSTOM + "b": Side.KEEP}, {}),
    ],
)
def test_whose_fact_stays(ours, theirs, choices, taken):
    assert taken_over(*pair(ours, theirs), choices) == taken


def test_long_texts_are_joined_only_where_there_is_room():
    keep, drop = pair({"profile": "a" * 3000}, {"profile": "b" * 3000})
    assert joined(Client._meta.get_field("profile"), keep, drop) is None
    assert rule("profile", keep, drop) == Side.KEEP
