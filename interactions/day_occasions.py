"""The small section of My day: whose birthday it is today and in the next days. And the key of the page behind it."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clients import occasions
from crm import clock
from crm.web.shortcuts import Shortcut
from crm.web.shortcuts import register as register_shortcuts
from interactions import my_day
from interactions.selectors.occasions import rows_of

#: Today, and what a weekend would swallow.
DAYS = 3
SHOWN = 5


def read(request: HttpRequest) -> dict[str, Any] | None:
    """Who of one's own clients is still to be congratulated; None when nobody is. Three queries, of which one only
    where there is somebody."""
    found = occasions.coming_to(request.user, clock.today(), DAYS)
    rows = [row for row in rows_of(found) if not row.is_done] if found else []
    if not rows:
        return None
    return {"rows": rows[:SHOWN], "more": max(len(rows) - SHOWN, 0)}


def register() -> None:
    my_day.register(my_day.Section("occasions", "interactions/day_occasions.html", read, below=True))
    register_shortcuts(Shortcut(keys=("w",), does=_("write to the one in this row"), group="occasions", order=10))
