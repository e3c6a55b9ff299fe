"""The logins shown on the sign-in page of a demo company (setting ``DEMO`` only). Filled by whoever makes the demo."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise

#: All demo people have this password; the demo company is public by nature.
PASSWORD = "demo"


@dataclass(frozen=True)
class DemoLogin:
    """One button on the sign-in page: who it is and what he would look at."""

    username: str
    role: str | Promise
    hint: str | Promise = ""
    name: str = ""
    icon: str = "person"


_providers: list[Callable[[], Iterable[DemoLogin]]] = []


def register(provider: Callable[[], Iterable[DemoLogin]]) -> None:
    """Add a source of demo logins; it is asked on every showing of the sign-in page, in demo mode only."""
    if provider not in _providers:
        _providers.append(provider)


def logins() -> list[DemoLogin]:
    """The demo logins, or nothing outside the demo mode."""
    return [login for provider in _providers for login in provider()] if settings.DEMO else []
