"""The head's control: how good the work with a client is, by four indicators. Pure."""

from collections.abc import Container, Iterable
from enum import StrEnum
from math import ceil


class Problem(StrEnum):
    """What is wrong with the work with a client."""

    NO_SALE = "no_sale"
    OVERDUE = "overdue"
    PORTRAIT = "portrait"
    CONTACTS = "contacts"


class Light(StrEnum):
    """The judgement. It is not the zone of the client: that one counts days, this one looks at the work."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def light(problems: Iterable[Problem], critical: Container[Problem]) -> Light:
    """Red with a critical problem, yellow with any other, green without."""
    found = list(problems)
    if any(problem in critical for problem in found):
        return Light.RED
    return Light.YELLOW if found else Light.GREEN


def fields_needed(fields: int, percent: int) -> int:
    """How many of so many fields must be filled for so many per cent of them."""
    return ceil(fields * percent / 100)
