import pytest

from crm.web import shortcuts
from crm.web.shortcuts import Shortcut


def test_groups_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcuts, "_shortcuts", {})
    shortcuts.register(
        Shortcut(keys=("f",), does="finish", group="day"),
        Shortcut(keys=("Esc",), does="close", order=90),
        Shortcut(keys=("/",), does="search", order=10),
        Shortcut(keys=("f",), does="finish it", group="day"),  # said better
    )
    told = [(str(heading), [shortcut.does for shortcut in some]) for heading, some in shortcuts.grouped()]
    assert told == [("Everywhere", ["search", "close"]), ("On My day", ["finish it"])]


def test_no_such_place() -> None:
    with pytest.raises(ValueError, match="no such place"):
        shortcuts.register(Shortcut(keys=("x",), does="nothing", group="nowhere"))
