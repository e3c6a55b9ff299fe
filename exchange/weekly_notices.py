"""Every week the heads are told that clients of the exchange wait for their decision."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Notice
from clients.notices import NoticeKind, notify, register
from crm.web.access import Access
from exchange import weekly

WEEKLY = "exchange.weekly"
MONDAY = 0
_WEEK = dt.timedelta(days=7)


def tell_weekly(night: dt.date, *, told_on: dt.date) -> int:
    """Tell the heads after the night of a Monday, once a week: nobody whose list is empty.

    A Monday that is caught up later in its week counts; of several missed ones the last. Returns how many were told.
    """
    if night.weekday() != MONDAY or told_on - night >= _WEEK:
        return 0
    days = weekly.stale_days()
    if days is None:
        return 0
    each = {
        head: {"count": number, "days": days} for head, number in weekly.waiting_by_head(told_on, days=days).items()
    }
    return notify(kind=WEEKLY, recipients=each, key=str(night), date=told_on, data=each, url=reverse("exchange-weekly"))


def _words(notice: Notice) -> str:
    number = notice.data["count"]
    words = ngettext(
        "%(count)d client of the exchange is wanted by nobody for more than %(days)d days: assign it, set it aside or "
        "archive it",
        "%(count)d clients of the exchange are wanted by nobody for more than %(days)d days: assign them, set them "
        "aside or archive them",
        number,
    )
    return words % {"count": number, "days": notice.data["days"]}


register(
    NoticeKind(
        key=WEEKLY,
        name=_("Clients wanted by nobody"),
        about=_("Once a week: clients of the exchange that wait for your decision."),
        access=Access.HEAD,
        icon="hourglass-bottom",
        words=_words,
        order=60,
    )
)
