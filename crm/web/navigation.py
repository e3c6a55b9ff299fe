"""What stands in the left rail, in the quick-add menu and in the top bar.

Apps register their pages in ``AppConfig.ready()``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import Promise

from crm.web.access import Access
from crm.web.addresses import place

Badge = Callable[[Any], int | None]


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One entry of the rail.

    Args:
        icon: name in bootstrap-icons, without ``bi-``.
        badge: gets the user, returns the number shown beside the words (None or 0: nothing). One cheap query at most.
        match: further address prefixes under which the entry is the current one; its own address always counts.
        main: also shown in the phone's bottom bar (five places at most).
    """

    label: str | Promise
    icon: str
    url_name: str
    access: Access = Access.SALES
    badge: Badge | None = None
    order: int = 50
    match: tuple[str, ...] = ()
    main: bool = False


@dataclass(frozen=True, kw_only=True)
class QuickAction:
    """One entry of the + menu; ``key`` is its keyboard shortcut, ``hook`` the ``data-*`` attribute it wears."""

    label: str | Promise
    icon: str
    url_name: str
    access: Access = Access.SALES
    key: str = ""
    hook: str = ""
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class TopTool:
    """A small thing in the top bar, before the person's menu: the bell.

    Args:
        name: registering the same name again replaces it.
        template_name: its template; it is given ``value``.
        value: gets the request of a signed-in person. One cheap query at most: it stands on every page.
    """

    name: str
    template_name: str
    value: Callable[[HttpRequest], Any]
    order: int = 50


@dataclass(frozen=True)
class ShownTool:
    """A tool as one user sees it."""

    template_name: str
    value: Any


@dataclass
class ShownItem:
    """An entry as one user sees it."""

    label: str | Promise
    icon: str
    url: str
    current: bool = False
    badge: int | None = None
    main: bool = False
    key: str = ""
    hook: str = ""
    children: list["ShownItem"] = field(default_factory=list)


_items: dict[str, NavItem] = {}
_places: dict[str, NavItem] = {}
_actions: dict[str, QuickAction] = {}
_tools: dict[str, TopTool] = {}


def register(item: NavItem) -> None:
    """Put an entry into the rail; registering the same ``url_name`` again replaces it."""
    _items[item.url_name] = item


def register_place(item: NavItem) -> None:
    """A page without an entry in the rail, found by its name in search and in the palette."""
    _places[item.url_name] = item


def register_action(action: QuickAction) -> None:
    """Put an entry into the + menu; registering the same ``url_name`` again replaces it."""
    _actions[action.url_name] = action


def register_tool(tool: TopTool) -> None:
    """Put a tool into the top bar; registering the same ``name`` again replaces it."""
    _tools[tool.name] = tool


def names() -> tuple[str, ...]:
    """What is registered, whoever may see it: with the role, all that menus without numbers are drawn from."""
    return (*_items, *_places, *_actions)


def top_tools(request: HttpRequest) -> list[ShownTool]:
    """The tools of the top bar for this user, in their order."""
    return [
        ShownTool(tool.template_name, tool.value(request)) for tool in sorted(_tools.values(), key=lambda t: t.order)
    ]


def registered() -> list[NavItem]:
    """All entries of the rail in their order, whoever may see them."""
    return sorted(_items.values(), key=lambda item: item.order)


def registered_actions() -> list[QuickAction]:
    """All entries of the + menu in their order."""
    return sorted(_actions.values(), key=lambda action: action.order)


def _url(name: str) -> str | None:
    try:
        return place(name)
    except NoReverseMatch:
        return None


def rail(request: HttpRequest) -> list[ShownItem]:
    """The rail for this user; the entry whose address is the longest prefix of the present one is current."""
    shown: list[ShownItem] = []
    best: tuple[int, ShownItem] | None = None
    for item in registered():
        if not item.access.allows(request.user) or (url := _url(item.url_name)) is None:
            continue
        entry = ShownItem(
            item.label, item.icon, url, badge=item.badge(request.user) if item.badge else None, main=item.main
        )
        shown.append(entry)
        for prefix in (url, *item.match):
            fits = request.path == prefix if prefix == "/" else request.path.startswith(prefix)
            if fits and (best is None or len(prefix) > best[0]):
                best = (len(prefix), entry)
    if best:
        best[1].current = True
    return shown


def places(user: Any) -> list[ShownItem]:
    """All pages this user may go to by name: those of the rail, without their numbers, then the others."""
    others = sorted(_places.values(), key=lambda item: item.order)
    return [
        ShownItem(item.label, item.icon, url)
        for item in (*registered(), *others)
        if item.access.allows(user) and (url := _url(item.url_name)) is not None
    ]


def quick_actions(request: HttpRequest) -> list[ShownItem]:
    """The + menu for this user."""
    return quick_actions_of(request.user)


def quick_actions_of(user: Any) -> list[ShownItem]:
    """What this user may begin from anywhere."""
    return [
        ShownItem(action.label, action.icon, url, key=action.key, hook=action.hook)
        for action in registered_actions()
        if action.access.allows(user) and (url := _url(action.url_name)) is not None
    ]
