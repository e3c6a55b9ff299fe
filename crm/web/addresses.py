"""Addresses of pages that stand in every row of a list: Django's ``reverse`` is asked once for each route."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

#: No route has it in its words.
_ANY = 10**15 + 1


@lru_cache(maxsize=256)
def _around(name: str, _prefix: str, urlconf: str) -> tuple[str, str]:
    """The address of a route before and after its number."""
    before, _number, after = reverse(name, urlconf, args=[_ANY]).partition(str(_ANY))
    return before, after


def address(name: str, pk: int) -> str:
    """``reverse(name, args=[pk])`` of a route with one number in it.

    Raises:
        NoReverseMatch: there is no such route.
    """
    return addresses(name)(pk)


def addresses(name: str) -> Callable[[int], str]:
    """The same for many numbers: the route is looked for once.

    Raises:
        NoReverseMatch: there is no such route.
    """
    before, after = _around(name, get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
    return lambda pk: f"{before}{pk}{after}"


@lru_cache(maxsize=256)
def _fixed(name: str, _prefix: str, urlconf: str) -> str:
    return reverse(name, urlconf)


def place(name: str) -> str:
    """``reverse(name)``.

    Raises:
        NoReverseMatch: there is no such route.
    """
    return _fixed(name, get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
