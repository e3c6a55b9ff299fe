"""What other apps show on My day, above or below the calls, and the keys of that page.

My day belongs to this app, what is owed on the exchange to an app above it: it registers a section here in
``AppConfig.ready()``. A section is a template with the facts its function reads for one reader (``facts``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm.web.shortcuts import Shortcut
from crm.web.shortcuts import register as register_shortcuts


@dataclass(frozen=True, slots=True)
class Section:
    """One box of My day; lower ``order`` comes first. ``read`` gives None where there is nothing to show.

    ``below``: under the calls of the day, for what can wait until they are made.
    """

    name: str
    template: str
    read: Callable[[HttpRequest], dict[str, Any] | None]
    order: int = 100
    below: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A section with what was read for this reader."""

    template: str
    facts: dict[str, Any]
    below: bool = False


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a section to everybody's day (a second one of the same name replaces the first)."""
    _sections[section.name] = section


def drawn_for(request: HttpRequest) -> list[Drawn]:
    """The sections that have something for who asks, in their order."""
    ordered = sorted(_sections.values(), key=lambda section: section.order)
    return [
        Drawn(section.template, facts, section.below)
        for section in ordered
        if (facts := section.read(request)) is not None
    ]


register_shortcuts(
    Shortcut(keys=("d",), does=_("done: what came of it, and what next"), group="day", order=10),
    Shortcut(keys=("t",), does=_("to tomorrow"), group="day", order=20),
    Shortcut(keys=("w",), does=_("in a week"), group="day", order=30),
    Shortcut(keys=("l",), does=_("later: choose a day"), group="day", order=40),
)
