"""The section of My day with what waits for the reader: before the calls, because somebody waits for an answer."""

from typing import Any

from django.http import HttpRequest

from interactions import my_day
from interactions.models import Inquiry

SHOWN = 5


def read(request: HttpRequest) -> dict[str, Any] | None:
    """The longest waiting first; None when nothing waits. One query."""
    user: Any = request.user
    waiting = (
        Inquiry.objects.waiting_for(user).select_related("client", "kind", "taken_by").order_by("received_at", "pk")
    )
    rows = list(waiting[: SHOWN + 1])
    return {"rows": rows[:SHOWN], "has_more": len(rows) > SHOWN} if rows else None


def register() -> None:
    my_day.register(my_day.Section("inquiries", "interactions/day_inquiries.html", read, order=10))
