"""The first steps of somebody new: a few for each role, each one a link that does it.

Apps declare them when they are loaded (``<app>/first_steps.py``). Where the database can tell, a step is ticked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from crm.web.access import Access

Words = str | Promise
SALES, HEAD, DIRECTOR, ADMIN = Access.SALES, Access.HEAD, Access.DIRECTOR, Access.ADMIN
EVERYBODY = (SALES, HEAD, DIRECTOR, ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        key: its name; declaring the same one again replaces it.
        title: what to do, as an order: "Register a contact".
        why: one sentence.
        url_name, query: where it is done.
        icon: a name of bootstrap-icons without ``bi-``.
        roles: whose step it is.
        done: whether this person has done it; one cheap query. None where nobody can tell.
        order: place among the steps.
    """

    key: str
    title: Words
    why: Words
    url_name: str
    icon: str
    query: str = ""
    roles: tuple[Access, ...] = EVERYBODY
    done: Callable[[Any], bool] | None = None
    order: int = 50


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as one person sees it. ``is_done`` None: nobody can tell."""

    step: Step
    url: str
    is_done: bool | None


_steps: dict[str, Step] = {}


def register(*steps: Step) -> None:
    """Declare steps."""
    for step in steps:
        _steps[step.key] = step


def steps_for(user: Any) -> list[ShownStep]:
    """The first steps of this person's role, in their order. One query for each that can be ticked."""
    mine = [step for step in _steps.values() if user.access_level in step.roles]
    return [
        ShownStep(step, reverse(step.url_name) + step.query, step.done(user) if step.done else None)
        for step in sorted(mine, key=lambda step: step.order)
    ]
