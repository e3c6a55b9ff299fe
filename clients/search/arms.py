"""What can be found, sort by sort. An app above lets its own things be found by registering an ``Arm`` in
``AppConfig.ready()``; this app never asks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.functional import Promise

from clients.models import Manager
from clients.search.clients import Hit, search
from clients.search.query import Terms, read_query


@dataclass(slots=True, kw_only=True)
class Entry:
    """One line of the results: where it leads, and what can be done with it without going there."""

    title: str
    url: str
    icon: str = ""
    #: Quiet words beside it, and what of it fitted.
    note: str = ""
    matches: list[str] = field(default_factory=list)
    #: The client's colour as people are shown it; None for what has none.
    zone: str | None = None
    is_similar: bool = False
    #: Whose it is, where the reader may not see it in full.
    keeper: str = ""
    #: Whom it is about; what follows is offered on the line itself.
    client_id: int | None = None
    person_id: int | None = None
    may_register: bool = False
    phone: str = ""
    #: A shortcut that does the same from every page.
    key: str = ""
    #: Choosing the line posts here instead of going to ``url``.
    post_url: str = ""
    #: Choosing the line opens ``url`` in the drawer.
    in_drawer: bool = False


@dataclass
class Question:
    """What was typed, by whom, and how many of a sort are wanted."""

    text: str
    by: Manager
    limit: int

    @cached_property
    def terms(self) -> Terms:
        return read_query(self.text)

    @cached_property
    def hits(self) -> list[Hit]:
        """The clients; asked once, for their own lines and for what can be done with the best of them."""
        return search(self.terms, by=self.by, limit=self.limit + 1, persons=False)

    @property
    def best(self) -> Hit | None:
        """The client that was surely meant: the first, unless it is only like what was typed."""
        return self.hits[0] if self.hits and not self.hits[0].is_similar else None


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One sort of things.

    Args:
        find: at most ``limit + 1`` lines of what the asker may see, the best first. One query or two.
    """

    key: str
    label: str | Promise
    find: Callable[[Question], Iterable[Entry]]
    order: int = 50


@dataclass
class Group:
    """The lines of one arm."""

    key: str
    label: str | Promise
    entries: list[Entry]
    has_more: bool = False

    @property
    def is_similar(self) -> bool:
        """Whether nothing in it is what was typed letter by letter."""
        return all(entry.is_similar for entry in self.entries)


ClientAction = Callable[[Hit, Manager], Entry | None]
_arms: dict[str, Arm] = {}
_client_actions: list[ClientAction] = []


def register(arm: Arm) -> None:
    """Let a sort of things be found; registering the same key again replaces it."""
    _arms[arm.key] = arm


def register_client_action(action: ClientAction) -> None:
    """Offer something to be done with the best client found; None from ``action`` where it cannot be."""
    if action not in _client_actions:
        _client_actions.append(action)


def client_actions(hit: Hit, by: Manager) -> list[Entry]:
    """What may be done with a client at once."""
    return [entry for action in _client_actions if (entry := action(hit, by)) is not None]


def find(question: Question, *, only: str = "", without: Iterable[str] = ()) -> list[Group]:
    """What fits, sort by sort, at most ``question.limit`` of each; empty sorts are left out.

    Args:
        only: the key of the one arm that is wanted.
        without: keys of arms that are not.
    """
    if not question.terms.text:
        return []
    groups = [
        _group(arm, question)
        for arm in sorted(_arms.values(), key=lambda arm: arm.order)
        if only in ("", arm.key) and arm.key not in without
    ]
    return [group for group in groups if group.entries]


def all_keys() -> list[str]:
    """The arms there are, in their order."""
    return [arm.key for arm in sorted(_arms.values(), key=lambda arm: arm.order)]


def _group(arm: Arm, question: Question) -> Group:
    entries: list[Any] = list(arm.find(question))
    return Group(arm.key, arm.label, entries[: question.limit], has_more=len(entries) > question.limit)
