"""Words that follow from a few plain values and the reader's language: worked out once, for every row they stand in."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.utils.translation import get_language

P = ParamSpec("P")
R = TypeVar("R")


def once_a_language(function: Callable[P, R]) -> Callable[P, R]:
    """Keep what a pure function of plain values (no lazy words, no rows of the database) answered, by language."""

    @lru_cache(maxsize=4096)
    def answered(_language: str | None, args: tuple, kwargs: tuple) -> R:
        return function(*args, **dict(kwargs))

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        return answered(get_language(), args, tuple(kwargs.items()))

    return asked
