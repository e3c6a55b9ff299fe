"""What was typed is searched as what it can be."""

import pytest

from clients.search import read_query, search
from clients.tests.factories import ManagerFactory, held_client


@pytest.mark.parametrize(
    ("typed", "may_be"),
    [
        ("+7 916 123-45-67", False),
        ("7707083893", False),  # an INN whose check digits are right
        ("anna@client.example", False),
        ("770708", True),  # a part of something, or a firm that is called so
        ("Pump 77", True),
        ("anna", True),
    ],
)
def test_a_whole_number_or_an_address_is_no_name(typed: str, may_be: bool) -> None:
    assert read_query(typed).may_be_name is may_be


@pytest.mark.django_db
def test_a_whole_inn_is_found_by_itself_and_not_as_a_name() -> None:
    manager = ManagerFactory()
    bank = held_client(manager, name="Bank", inn="7707083893")
    held_client(manager, name="7707083893 and sons")
    assert [hit.client for hit in search("7707083893", by=manager)] == [bank]
