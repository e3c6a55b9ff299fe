"""The section of My day with what waits for the reader: before the calls, because somebody waits for an answer."""

from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from clients.querysets import unlisted
from crm.web.access import Access
from crm.web.prepared import Params, Prepared
from interactions import my_day
from interactions.models import Inquiry

SHOWN = 5


def read(request: HttpRequest) -> dict[str, Any] | None:
    """The longest waiting first; None when nothing waits. One query."""
    user: Any = request.user
    rows = _waiting(user.access_level >= Access.HEAD)(
        his=sorted({user.pk, *user.deputised_manager_ids}), headed=sorted(user.headed_manager_ids)
    )
    return {"rows": rows[:SHOWN], "has_more": len(rows) > SHOWN} if rows else None


@cache
def _waiting(is_head: bool) -> Prepared:
    def build() -> QuerySet[Inquiry]:
        waiting = Inquiry.objects.waiting_among(Params("his"), Params("headed"), is_head=is_head)
        rows = waiting.select_related("client", "kind", "taken_by").order_by("received_at", "pk")
        return rows.defer(*unlisted("client__", "taken_by__"))[: SHOWN + 1]

    return Prepared(build)


def register() -> None:
    my_day.register(my_day.Section("inquiries", "interactions/day_inquiries.html", read, order=10))
