"""Which client a row means: what is asked of clients that are here and of earlier rows ends the same."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.company_names import name_key, spellings, split_form
from clients.rules.import_matching import (
    Identity,
    Match,
    Sign,
    asked_by,
    is_alike,
    keys_of,
    match,
    said_by,
    unlike_asked_by,
)
from crm.web.text import fold

INN, OTHER = "7707083893", "7728168971"
HERE = Identity("ООО Ромашка", "Омск", INN, "770701001", "K1", ("+79161234567",))
BARE = Identity("Ромашка")

TABLE = [
    (Identity("Чужое", code="K1"), HERE, Sign.CODE),
    (Identity("Чужое", inn=INN, kpp="770701001"), HERE, Sign.INN),
    (Identity("Чужое", inn=INN), HERE, Sign.INN),
    (Identity("Ромашка", contacts=("+79161234567",)), HERE, Sign.CONTACT),
    (Identity("«РОМАШКА» ООО", "омск"), HERE, Sign.NAME),
    (Identity("Ромашка"), HERE, Sign.NAME),
    (Identity("ООО Ромашка", inn=INN), BARE, Sign.NAME),
    (Identity("Ромашка", inn=INN, kpp="250101001"), HERE, None),
    (Identity("ООО Ромашка", "Томск"), HERE, None),
    (Identity("ООО Ромашка", inn=OTHER), HERE, None),
    (Identity("ООО Ромашка", inn=OTHER, contacts=("+79161234567",)), HERE, None),
    (Identity("ООО Ромашка", code="K2"), HERE, None),
    (Identity("АО Ромашка"), HERE, None),
    (Identity("ООО Ромашка 2"), HERE, None),
    (Identity("ООО Лютик", code="K2", contacts=("+79161234567",)), HERE, None),
]


@pytest.mark.parametrize(("row", "here", "by"), TABLE)
def test_by_what_a_client_is_known(row: Identity, here: Identity, by: Sign | None) -> None:
    assert match(row, [(1, here)]) == Match(1 if by else None, by)


def test_weak_signs_count_for_nothing_where_another_one_is_wanted() -> None:
    for row, here, by in TABLE:
        found = match(row, [(1, here)], only_strong=True)
        assert found.pk == (1 if by in (Sign.CODE, Sign.INN) else None)


def test_the_stronger_sign_decides() -> None:
    named, phoned = Identity("Ромашка"), Identity("Ромашка ООО", "Пермь", contacts=("a@b.example",))
    clients = [(1, HERE), (2, named), (3, phoned)]
    row = Identity("Ромашка", "Омск", INN, "", "", ("a@b.example",))
    for order in permutations(clients):
        assert match(row, order) == Match(1, Sign.INN)
    assert match(Identity("Ромашка", contacts=("a@b.example",)), clients) == Match(3, Sign.CONTACT)


def test_nobody_is_chosen_where_several_may_be_meant() -> None:
    clients = [(1, Identity("Ромашка", "Омск")), (2, Identity("Ромашка", "Томск"))]
    found = match(Identity("ООО Ромашка"), clients)
    assert (found.pk, found.several, found.is_clear) == (None, (1, 2), False)
    branches = [(1, Identity(inn=INN, kpp="770701001")), (2, Identity(inn=INN, kpp="250101001"))]
    assert match(Identity("Ромашка", inn=INN), branches).several == (1, 2)
    assert match(Identity("Ромашка", inn=INN, kpp="250101001"), branches) == Match(2, Sign.INN)


def test_codes_and_inns_that_contradict_each_other() -> None:
    clients = [(1, Identity("A", code="K1")), (2, Identity("B", inn=INN))]
    assert match(Identity("A", code="K1", inn=INN), clients).contradicts == 2
    assert (
        match(Identity("Other", contacts=("a@b.example",)), [(1, Identity("A", contacts=("a@b.example",)))]).unlike == 1
    )


SAME_NAMES = [
    ("ООО «Ромашка»", "Ромашка"),
    ("Ромашка, ООО", "ООО РОМАШКА"),
    ("Общество с ограниченной ответственностью «Ромашка»", "ООО Ромашка"),
    ("Иванов Иван ИП", "ИП Иван Иванов"),
    ("Ёлка", "елка"),
    ("Acme Ltd.", "ACME"),
]
OTHER_NAMES = [("Склад 1", "Склад 2"), ("ООО Ромашка", "АО Ромашка"), ("Ромашка", "Ромашка плюс"), ("", "Ромашка")]


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_names_that_are_one(one: str, other: str) -> None:
    assert is_alike(one, other)
    assert is_alike(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER_NAMES)
def test_names_that_are_not(one: str, other: str) -> None:
    assert not is_alike(one, other)
    assert not is_alike(other, one)


def test_a_name_is_looked_for_as_it_may_be_spelled() -> None:
    assert split_form("ПАО «Сбербанк»") == ("пао", "сбербанк")
    for stored in ("ООО «Ромашка»", 'ООО "Ромашка"', "Ромашка ООО", "Ромашка, ООО", "ООО Ромашка", "Ромашка"):
        for asked in ("ООО Ромашка", "«Ромашка» ООО"):
            assert fold(stored) in spellings(asked)
        assert name_key(stored) == "ромашка"


# --- earlier rows -----------------------------------------------------------------------------------------------------
IDENTITIES = st.builds(
    Identity,
    name=st.sampled_from(["Ромашка", "ООО Ромашка", "ромашка ООО", "Лютик"]),
    city=st.sampled_from(["", "Омск", "Томск"]),
    inn=st.sampled_from(["", INN, OTHER]),
    kpp=st.just(""),
    code=st.sampled_from(["", "K1", "K2"]),
    contacts=st.sampled_from([(), ("+79161234567",), ("+79161234567", "a@b.example")]),
)


@given(IDENTITIES, IDENTITIES, st.booleans())
def test_a_row_means_an_earlier_one_exactly_when_it_would_mean_the_client_made_of_it(
    first: Identity, second: Identity, only_strong: bool
) -> None:
    said = set(said_by(first))
    found = [sign for sign, key in asked_by(second, only_strong=only_strong) if key in said]
    among_clients = match(second, [(1, first)], only_strong=only_strong)
    assert (found[0] if found else None) == (among_clients.by if among_clients.pk else None)
    if not found and not only_strong:
        assert bool(said & set(unlike_asked_by(second))) == bool(among_clients.unlike)
    assert {key for _sign, key in asked_by(second)} | said <= keys_of([first, second])
