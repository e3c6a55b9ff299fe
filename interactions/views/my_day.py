"""My day: whom do I call now?"""

import datetime as dt
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.page_rows import rows_of
from crm import clock
from crm.web import htmx, marking
from crm.web.views import Access, PageView, fetch
from interactions import my_day, selectors
from interactions.views.base import day_in


def greeting(hour: int, name: str) -> str | Promise:
    """Words for the hour of the reader's day."""
    if 5 <= hour < 12:
        words = _("Good morning, %(name)s")
    elif 12 <= hour < 18:
        words = _("Good afternoon, %(name)s")
    else:
        words = _("Good evening, %(name)s")
    return words % {"name": name}


class MyDay(PageView):
    """The first screen: what is due, who is about to change colour, how I stand.

    ``?day=2026-11-24`` shows the plan of another day, ``?client=5`` that client beside the list.
    """

    access = Access.SALES
    template_name = "interactions/my_day.html"
    partial_template_name = "interactions/_my_day.html"

    def get_title(self) -> str | Promise:
        user = self.request.user
        return greeting(timezone.localtime().hour, user.first_name or str(user))

    @cached_property
    def day(self) -> dt.date | None:
        """The day asked for; None for today, and for what is no day."""
        return day_in(self.request)

    def beside(self) -> dict[str, Any]:
        """The client chosen; nothing where there is none, or not one the user may read."""
        chosen = marking.keys([self.request.GET.get("client", "")])
        try:
            return selectors.client_beside(self.request.user, chosen[0]) if chosen else {}
        except Http404:
            return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows_of(self.request.user, "rules")  # the frame's query, asked first: it brings the rules the page goes by
        facts = selectors.my_day(self.request.user, today=clock.today(), now=clock.now(), day=self.day)
        return super().get_context_data(
            **facts,
            **self.beside(),
            sections=my_day.drawn_for(self.request),
            day_query="" if facts["is_today"] else f"day={facts['day']:%Y-%m-%d}&",
            **kwargs,
        )


class DayClient(PageView):
    """A client beside the list of the day; by itself it is My day with that client."""

    access = Access.SALES
    template_name = "interactions/_day_client.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not htmx.wants_partial(request):
            client = fetch(Client.objects.visible_to(request.user), pk=kwargs["pk"])
            return htmx.redirect(request, f"{reverse('my-day')}?client={client.pk}")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = selectors.client_beside(self.request.user, self.kwargs["pk"])
        return super().get_context_data(**facts, **kwargs, today=clock.today())
