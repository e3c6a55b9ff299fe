"""What people are told when a colleague leaves."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Client, Notice
from clients.notices import Line, NoticeKind, client_lines, register

RECEIVED = "exchange.from_leaver"


def _received_words(notice: Notice) -> str:
    number = len(notice.data["clients"])
    words = ngettext(
        "%(manager)s leaves: %(count)d client is yours now",
        "%(manager)s leaves: %(count)d clients are yours now",
        number,
    )
    return words % {"manager": notice.data["from"], "count": number}


register(
    NoticeKind(
        key=RECEIVED,
        name=_("Clients of colleagues who left"),
        about=_("Clients you were given when a colleague left the company."),
        icon="people",
        words=_received_words,
        lines=lambda notices, reader: client_lines(
            notices,
            reader,
            ids=lambda notice: [row[0] for row in notice.data["clients"]],
            line=lambda notice, client: _line(client),
        ),
        order=34,
    )
)


def _line(client: Client) -> Line:
    return Line(client.name, client.get_absolute_url())
