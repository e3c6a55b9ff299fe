"""The kinds of notices of the exchange: who leaves, who left, what waits for a word, what came back."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager, Notice
from clients.notices import Line, Lines, NoticeKind, client_lines, register
from crm.web.access import Access
from crm.web.tags.times import on_day

LEAVING = "exchange.leaving"
LEAVING_HEAD = "exchange.leaving_head"
LEFT = "exchange.left"
LEFT_HEAD = "exchange.left_head"
ASKS = "exchange.asks"
GIVEN_BACK = "exchange.given_back"
#: At most so many days ahead a leaving client is marked red.
_RED_DAYS = 7


def _day(text: str) -> str:
    return on_day(dt.date.fromisoformat(text))


def _leaving_words(notice: Notice) -> str:
    rows = notice.data["clients"]
    words = ngettext(
        "%(count)d client leaves you for the exchange if nothing happens, on %(day)s",
        "%(count)d clients leave you for the exchange if nothing happens, the first on %(day)s",
        len(rows),
    )
    return words % {"count": len(rows), "day": _day(min(row[1] for row in rows))}


def _leaving_head_words(notice: Notice) -> str:
    rows = notice.data["clients"]
    words = ngettext(
        "%(count)d client of your people leaves for the exchange if nothing happens, on %(day)s",
        "%(count)d clients of your people leave for the exchange if nothing happens, the first on %(day)s",
        len(rows),
    )
    return words % {"count": len(rows), "day": _day(min(row[1] for row in rows))}


def _leaving_line(notice: Notice, client: Client) -> Line:
    leaves_on = next(row[1] for row in notice.data["clients"] if row[0] == client.pk)
    left = (dt.date.fromisoformat(leaves_on) - notice.date).days
    note = ngettext("leaves in %(count)d day, on %(day)s", "leaves in %(count)d days, on %(day)s", left)
    return Line(
        client.name,
        client.get_absolute_url(),
        note % {"count": left, "day": _day(leaves_on)},
        "red" if left <= _RED_DAYS else "yellow",
    )


def _left_words(notice: Notice) -> str:
    number = len(notice.data["clients"])
    words = ngettext(
        "%(count)d client has left you for the exchange", "%(count)d clients have left you for the exchange", number
    )
    return words % {"count": number}


def _left_head_words(notice: Notice) -> str:
    number = len(notice.data["clients"])
    words = ngettext(
        "%(count)d client of your people has left for the exchange",
        "%(count)d clients of your people have left for the exchange",
        number,
    )
    return words % {"count": number}


def _asks_words(notice: Notice) -> str:
    number = notice.data["count"]
    words = ngettext(
        "The night of %(day)s would take %(count)d client to the exchange; an administrator must confirm it",
        "The night of %(day)s would take %(count)d clients to the exchange; an administrator must confirm it",
        number,
    )
    return words % {"count": number, "day": _day(notice.data["date"])}


def _given_back_words(notice: Notice) -> str:
    number = len(notice.data["clients"])
    words = ngettext(
        "%(count)d client was given back to you from the exchange",
        "%(count)d clients were given back to you from the exchange",
        number,
    )
    return words % {"count": number}


def _lines(line: Callable[[Notice, Client], Line]) -> Callable[[Sequence[Notice], Manager], Lines]:
    def make(notices: Sequence[Notice], reader: Manager) -> Lines:
        return client_lines(notices, reader, ids=lambda notice: [row[0] for row in notice.data["clients"]], line=line)

    return make


def _plain_line(notice: Notice, client: Client) -> Line:
    if client.is_on_exchange:
        return Line(client.name, client.get_absolute_url(), gettext("on the exchange"))
    return Line(client.name, client.get_absolute_url())


register(
    NoticeKind(
        key=LEAVING,
        name=_("Clients about to leave you"),
        about=_("Which clients go to the exchange soon unless you or a deputy gets in touch."),
        icon="hourglass-split",
        words=_leaving_words,
        lines=_lines(_leaving_line),
        order=10,
        same_day=True,
    )
)
register(
    NoticeKind(
        key=LEAVING_HEAD,
        name=_("Clients about to leave your people"),
        about=_("The same of the people of your departments."),
        access=Access.HEAD,
        icon="hourglass-split",
        words=_leaving_head_words,
        lines=_lines(_leaving_line),
        order=20,
        same_day=True,
    )
)
register(
    NoticeKind(
        key=LEFT,
        name=_("Clients that left you"),
        about=_("Which clients the night took from you."),
        icon="box-arrow-right",
        words=_left_words,
        lines=_lines(_plain_line),
        order=30,
        same_day=True,
    )
)
register(
    NoticeKind(
        key=LEFT_HEAD,
        name=_("Clients that left your people"),
        about=_("Which clients the night took from the people of your departments."),
        access=Access.HEAD,
        icon="box-arrow-right",
        words=_left_head_words,
        lines=_lines(_plain_line),
        order=40,
        same_day=True,
    )
)
register(
    NoticeKind(
        key=ASKS,
        name=_("Nights that wait for a word"),
        about=_("A night would take unusually many clients and waits for an administrator."),
        access=Access.HEAD,
        icon="shield-exclamation",
        words=_asks_words,
        urgent=True,
    )
)
register(
    NoticeKind(
        key=GIVEN_BACK,
        name=_("Clients given back"),
        about=_("Clients that came back to you from the exchange because a night was undone."),
        icon="arrow-counterclockwise",
        words=_given_back_words,
        lines=_lines(_plain_line),
        order=35,
    )
)
