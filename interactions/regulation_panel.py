"""The client card's box on the regulations: by when which contact is due."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from clients.card_rows import CLIENT, rows_of
from clients.card_rows import register as register_rows
from clients.models import Client
from clients.panels import Panel, register
from crm import clock
from interactions.due_contacts import Known, due_contacts
from interactions.models import Event, EventKind, Regulation
from interactions.regulations import book_of
from interactions.selectors import kinds_of_card


def regulation(request: HttpRequest, client: Client) -> dict[str, Any]:
    """What is asked for with this client, the earliest first; nothing where nobody holds it or nothing is asked."""
    if not client.is_held:
        return {"due_contacts": []}
    known = Known(
        book=book_of(sorted(rows_of(client, "regulations"), key=lambda row: row.pk)),
        kinds={kind.pk: kind for kind in kinds_of_card(client)},
        last={(client.pk, event.kind_id): event.counted_on for event in rows_of(client, "last-of-kind")},
    )
    return {"due_contacts": due_contacts([client], clock.today(), known=known).get(client.pk, [])}


def register_panel() -> None:
    """Called once, when the app is ready."""
    register_rows("regulations", Regulation.objects.all, department=("path",))
    register_rows("last-of-kind", _last_of_kinds, fields=("kind", "counted_on"))
    register(Panel("regulation", "right", "interactions/panels/regulation.html", regulation, 15))


def _last_of_kinds() -> QuerySet[Event]:
    """Of each kind that is asked for anywhere the last contact with a client."""
    contacts = Event.objects.counted().filter(client=CLIENT, kind=OuterRef("pk")).order_by("-counted_on")
    asked = EventKind.objects.filter(Exists(Regulation.objects.filter(kind=OuterRef("pk"))))
    return Event.objects.filter(
        pk__in=asked.order_by().annotate(last=Subquery(contacts.values("pk")[:1])).values("last")
    )
