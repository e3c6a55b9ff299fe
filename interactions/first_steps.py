"""First steps with My day and contacts; and the hint on My day that leads to them."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.first_steps import DIRECTOR, HEAD, SALES, Step, register
from interactions import my_day
from interactions.models import Event

#: So long an account is new.
NEW_FOR = dt.timedelta(days=14)


def has_registered(user: Manager) -> bool:
    """Whether he has registered a contact ever."""
    return Event.objects.by_hand().done().filter(author=user).exists()


def has_planned(user: Manager) -> bool:
    """Whether he has anything planned."""
    return Event.objects.planned().filter(responsible=user).exists()


def hint(request: HttpRequest) -> dict[str, Any] | None:
    """Where to begin, on the My day of somebody new: until his first contact, for two weeks at most."""
    user = request.user
    if clock.now() - user.date_joined > NEW_FOR or has_registered(user):
        return None
    return {}


my_day.register(my_day.Section("first-steps", "interactions/day_first_steps.html", hint, order=5))
register(
    Step(
        key="my-day",
        title=_("Begin with My day"),
        why=_("Whom to call now, what is overdue, and who is about to change colour."),
        url_name="my-day",
        icon="sun",
        roles=(SALES, HEAD, DIRECTOR),
        order=10,
    ),
    Step(
        key="contact",
        title=_("Register a contact"),
        why=_("A call, a meeting or a letter turns the client green at once. The key c does it from anywhere."),
        url_name="contact-pick",
        icon="telephone-plus",
        roles=(SALES, HEAD),
        done=has_registered,
        order=30,
    ),
    Step(
        key="plan",
        title=_("Plan what comes next"),
        why=_("Every contact asks what next, and when. It comes back to you on its day."),
        url_name="event-create",
        query="?status=planned",
        icon="calendar-plus",
        roles=(SALES,),
        done=has_planned,
        order=40,
    ),
    Step(
        key="approvals",
        title=_("Decide on late contacts"),
        why=_("A contact registered days late counts only when you have approved its date."),
        url_name="approval-list",
        icon="clock-history",
        roles=(HEAD,),
        order=60,
    ),
)
