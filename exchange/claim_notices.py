"""Notices of the claims: a first contact is owed, a claimed client went back."""

import datetime as dt

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Notice
from clients.notices import Line, NoticeKind, client_lines, register
from crm.web.access import Access
from crm.web.tags.times import on_day

OWED = "exchange.owed"
FAILED = "exchange.failed"
FAILED_HEAD = "exchange.failed_head"


def _day(text: str) -> str:
    return on_day(dt.date.fromisoformat(text))


def _owed_words(notice: Notice) -> str:
    rows = notice.data["clients"]
    words = ngettext(
        "%(count)d claimed client waits for its first contact, until %(day)s",
        "%(count)d claimed clients wait for their first contact, the first until %(day)s",
        len(rows),
    )
    return words % {"count": len(rows), "day": _day(min(row[1] for row in rows))}


def _owed_line(notice: Notice, client: Client) -> Line:
    until = next(row[1] for row in notice.data["clients"] if row[0] == client.pk)
    note = gettext("contact it until %(day)s, else it goes back to the exchange") % {"day": _day(until)}
    return Line(client.name, client.get_absolute_url(), note, "yellow")


def _failed_words(notice: Notice) -> str:
    number = len(notice.data["clients"])
    words = ngettext(
        "%(count)d claimed client went back to the exchange: no contact in time",
        "%(count)d claimed clients went back to the exchange: no contact in time",
        number,
    ) % {"count": number}
    if until := notice.data.get("paused_until"):
        words += ". " + gettext("Your claims are paused until %(day)s.") % {"day": _day(until)}
    return words


def _failed_head_words(notice: Notice) -> str:
    number = len(notice.data["clients"])
    words = ngettext(
        "%(count)d client your people claimed went back to the exchange: no contact in time",
        "%(count)d clients your people claimed went back to the exchange: no contact in time",
        number,
    )
    return words % {"count": number}


def _failed_line(notice: Notice, client: Client) -> Line:
    note = gettext("on the exchange") if client.is_on_exchange else ""
    return Line(client.name, client.get_absolute_url(), note)


register(
    NoticeKind(
        key=OWED,
        name=_("First contacts you owe"),
        about=_("Clients you claimed and have not got in touch with yet."),
        icon="telephone-forward",
        words=_owed_words,
        lines=lambda notices, reader: client_lines(
            notices, reader, ids=lambda notice: [row[0] for row in notice.data["clients"]], line=_owed_line
        ),
        order=15,
        same_day=True,
    )
)
for _key, _name, _about, _words, _order, _access in (
    (
        FAILED,
        _("Claimed clients that went back"),
        _("Clients you claimed that went back to the exchange: there was no contact in time."),
        _failed_words,
        32,
        Access.SALES,
    ),
    (
        FAILED_HEAD,
        _("Claimed clients of your people that went back"),
        _("The same of the people of your departments."),
        _failed_head_words,
        42,
        Access.HEAD,
    ),
):
    register(
        NoticeKind(
            key=_key,
            name=_name,
            about=_about,
            access=_access,
            icon="box-arrow-left",
            words=_words,
            lines=lambda notices, reader: client_lines(
                notices, reader, ids=lambda notice: [row[0] for row in notice.data["clients"]], line=_failed_line
            ),
            order=_order,
            same_day=True,
        )
    )
