"""The keys of the program: one list for the ``?`` dialog, the help page and the tests of docs/clicks.md.

An app that answers to a key says so here when it is loaded (``AppConfig.ready()``), in the group of the page on which
it works. What a key does is written in JavaScript; this is what people are told of it.
"""

from dataclasses import dataclass
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """Keys pressed together and what they do.

    Attributes:
        keys: as they are printed on a keyboard, pressed together: ("Ctrl", "K").
        does: a few words after "it will": "next row".
        group: where it works, a key of ``GROUPS``.
        also: another key for the same, of one sign: "k" beside "j".
        order: place within the group.
    """

    keys: tuple[str, ...]
    does: str | Promise
    group: str = "everywhere"
    also: str = ""
    order: int = 50


#: Where keys work, in the order in which they are told.
GROUPS: dict[str, str | Promise] = {
    "everywhere": _("Everywhere"),
    "palette": _("In the search and the palette"),
    "lists": _("In lists"),
    "forms": _("In forms"),
    "day": _("On My day"),
    "calendar": _("In the calendar"),
    "board": _("On the board of sales"),
    "card": _("On a client's card"),
    "occasions": _("On birthdays and occasions"),
}

_shortcuts: dict[tuple[str, tuple[str, ...]], Shortcut] = {}


def register(*shortcuts: Shortcut) -> None:
    """Tell of keys; the same keys in the same group again replace what was told of them.

    Raises:
        ValueError: the group is unknown.
    """
    for shortcut in shortcuts:
        if shortcut.group not in GROUPS:
            raise ValueError(f"the keys {'+'.join(shortcut.keys)} work in no such place: {shortcut.group}")
        _shortcuts[shortcut.group, shortcut.keys] = shortcut


def registered() -> list[Shortcut]:
    """All of them, by group and order."""
    places = list(GROUPS)
    return sorted(_shortcuts.values(), key=lambda shortcut: (places.index(shortcut.group), shortcut.order))


def grouped() -> list[tuple[str | Promise, list[Shortcut]]]:
    """The heading of each group that has keys, with them."""
    return [(GROUPS[key], list(some)) for key, some in groupby(registered(), key=lambda shortcut: shortcut.group)]


register(
    Shortcut(keys=("/",), does=_("search"), order=10),
    Shortcut(keys=("Ctrl", "K"), does=_("go to a client, page or action"), order=20),
    Shortcut(keys=("c",), does=_("register a contact"), order=30),
    Shortcut(keys=("n",), does=_("new client"), order=40),
    Shortcut(keys=("?",), does=_("this help"), order=80),
    Shortcut(keys=("Esc",), does=_("close"), order=90),
    Shortcut(keys=("Ctrl", "Enter"), does=_("open the line in a tab"), group="palette", order=10),
    Shortcut(keys=("→",), does=_("register a contact with the client of the line"), group="palette", order=20),
    Shortcut(keys=("Shift", "Enter"), does=_("call the client of the line"), group="palette", order=30),
    Shortcut(keys=("j",), also="k", does=_("next and previous row"), group="lists", order=10),
    Shortcut(keys=("Enter",), does=_("open the row"), group="lists", order=20),
    Shortcut(keys=("1 … 9",), does=_("open the first, second … pinned view"), group="lists", order=30),
    Shortcut(keys=("x",), does=_("mark the row"), group="lists", order=60),
    Shortcut(keys=("Shift", "x"), does=_("mark all rows from the last marked one to this"), group="lists", order=61),
    Shortcut(keys=("a",), does=_("mark all rows of the page, again: all of the list"), group="lists", order=62),
    Shortcut(keys=("b",), does=_("go to what can be done with the marked rows"), group="lists", order=63),
    Shortcut(keys=("Ctrl", "Enter"), does=_("save the form"), group="forms", order=10),
)
