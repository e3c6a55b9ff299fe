"""One notice a night to each head: how many new signals there are. Names stand on the page, for who may read it."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Manager, Notice
from clients.notices import NoticeKind, notify, register
from clients.superiors import deciders
from crm.web.access import Access
from exchange.models import Signal

KIND = "exchange.signals"


def tell(signals: Sequence[int], *, today: dt.date) -> None:
    """Tell the nearest head above each manager (the directors, where there is none); joins the caller's transaction."""
    rows = Signal.objects.filter(pk__in=list(signals)).order_by()
    number = Counter(rows.values_list("manager_id", flat=True))
    told: Counter[int] = Counter()
    for manager in Manager.objects.filter(pk__in=list(number)).select_related("department"):
        told.update(dict.fromkeys(deciders(manager), number[manager.pk]))
    if told:
        notify(
            kind=KIND,
            recipients=told,
            key=today.isoformat(),
            date=today,
            data={reader: {"count": count} for reader, count in told.items()},
            url=reverse("signal-list"),
        )


def _words(notice: Notice) -> str:
    number = notice.data["count"]
    words = ngettext(
        "%(count)d contact pattern of your people is worth a look",
        "%(count)d contact patterns of your people are worth a look",
        number,
    )
    return words % {"count": number}


register(
    NoticeKind(
        key=KIND,
        name=_("Signals"),
        about=_("Patterns in the contacts of your people that are worth a look."),
        access=Access.HEAD,
        icon="question-diamond",
        words=_words,
        order=45,
    )
)
