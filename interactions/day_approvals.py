"""My day: the sales that wait for a head's word."""

from typing import Any

from django.http import HttpRequest

from crm.web.access import Access
from interactions import my_day, stage_approvals

#: So many stand on the page; all of them have a page of their own.
_SHOWN = 3


def read(request: HttpRequest) -> dict[str, Any] | None:
    """The longest waiting first. One query, for heads alone."""
    user: Any = request.user
    if user.access_level < Access.HEAD:
        return None
    waiting = stage_approvals.waiting_for(user).select_related("process__client", "stage", "asked_by")
    rows = list(waiting.order_by("asked_at", "pk")[: _SHOWN + 1])
    return {"rows": rows[:_SHOWN], "has_more": len(rows) > _SHOWN} if rows else None


def register() -> None:
    """Called once, when the app is ready."""
    my_day.register(my_day.Section("stage-approvals", "interactions/day_approvals.html", read, order=20))
