"""The first page after signing in: the one a person chose, else the one that fits his work.

Apps register such pages in ``AppConfig.ready()``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.functional import Promise

from crm.web.access import Access


@dataclass(frozen=True, slots=True)
class Home:
    """A page to begin the day with.

    Attributes:
        key: what is stored on the person.
        fits: whether the day of this person, who never chose, begins here; one query at most.
    """

    key: str
    label: str | Promise
    url_name: str
    access: Access
    fits: Callable[[Any], bool]


_homes: dict[str, Home] = {}


def register(home: Home) -> None:
    """Add a page; of several that fit a person the first registered is his. The same key again replaces it."""
    _homes[home.key] = home


def homes_of(user: Any) -> list[Home]:
    """The pages this person may choose from."""
    return [home for home in _homes.values() if home.access.allows(user)]


def home_url(user: Any) -> str:
    """Where this person begins. What he chose and may not open any more is passed over."""
    open_to_him = homes_of(user)
    chosen = getattr(user, "start_page", "")
    fitting = (home for home in open_to_him if (home.key == chosen if chosen else home.fits(user)))
    found = next(fitting, None)
    return reverse(found.url_name) if found else resolve_url(settings.LOGIN_REDIRECT_URL)
