"""The notice that a client of the exchange called or wrote."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager, Notice
from clients.notices import Line, Lines, NoticeKind, client_lines, notify, register
from crm import clock
from crm.web.tags.times import on_day
from interactions.models import Event

INBOUND = "exchange.inbound"


def tell(event: Event, *, client: Client, by: Manager, recipients: Collection[int]) -> int:
    """Tell these people. Returns how many were told now."""
    who = [str(row) for row in event.participants.select_related("person").filter(manager=None).order_by("pk")[:3]]
    return notify(
        kind=INBOUND,
        recipients=recipients,
        key=f"{event.pk} {client.pk}",
        data={
            "client": client.pk,
            "name": client.name,
            "kind": event.kind.name,
            "at": event.occurred_at.isoformat(),
            "who": ", ".join(who),
            "what": event.subject or " ".join(event.text.split())[:200],
            "by": str(by),
        },
        date=clock.local_date(event.created_at),
        url=client.get_absolute_url(),
    )


def _words(notice: Notice) -> str:
    """What everybody may know of a client. What it wanted stands in the details, for who may still read it."""
    facts = notice.data
    # Kinds of events are a dictionary in English: the shipped ones have translations, as their ``__str__`` says.
    return gettext("Nobody holds %(client)s, and it got in touch: %(kind)s on %(moment)s, taken by %(name)s") % {
        "client": facts["name"],
        "kind": gettext(facts["kind"]),
        "moment": _moment(dt.datetime.fromisoformat(facts["at"])),
        "name": facts["by"],
    }


def _moment(at: dt.datetime) -> str:
    """Day and time inside a sentence, in the reader's time zone."""
    return f"{on_day(at)}, {timezone.localtime(at):%H:%M}"


def _line(notice: Notice, client: Client) -> Line:
    facts = notice.data
    note = ": ".join(part for part in (facts["who"], facts["what"]) if part)
    today = clock.today()
    if client.is_held:
        note = f"{note} – " + gettext("has a lead manager now")
    elif client.archived_at:
        note = f"{note} – " + gettext("in the archive")
    elif client.is_quarantined(today):
        note = f"{note} – " + gettext("do not contact until %(date)s") % {"date": on_day(client.quarantine_until)}
    return Line(client.name, client.get_absolute_url(), note, "" if client.is_held else "yellow")


def _lines(notices: Sequence[Notice], reader: Manager) -> Lines:
    return client_lines(notices, reader, ids=lambda notice: [notice.data["client"]], line=_line)


register(
    NoticeKind(
        key=INBOUND,
        name=_("Clients of the exchange that got in touch"),
        about=_("A client that was yours, or of your department, called or wrote while nobody holds it."),
        icon="telephone-inbound",
        words=_words,
        lines=_lines,
        urgent=True,
        same_day=True,
        order=5,
    )
)
