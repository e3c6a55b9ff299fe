"""My day: whom do I call now?"""

from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web.views import Access, PageView
from interactions import my_day, selectors


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
    """The first screen: what is due, who is about to change colour, how I stand."""

    access = Access.SALES
    template_name = "interactions/my_day.html"
    partial_template_name = "interactions/_my_day.html"

    def get_title(self) -> str | Promise:
        user = self.request.user
        return greeting(timezone.localtime().hour, user.first_name or str(user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, today, now = self.request.user, clock.today(), clock.now()
        facts = selectors.my_day(user, today=today, now=now)
        return super().get_context_data(**facts, sections=my_day.drawn_for(self.request), **kwargs)
