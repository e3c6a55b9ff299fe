"""What the card of a client shows of this app: the register box, the history, next steps, sales, figures."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from clients.panels import DecidingContact, Deed, Panel, register, register_contact_fact, register_deeds
from crm.web.filtering import active_chips
from crm.web.pagination import MAX_PAGE, Page, paginate
from interactions import same_offer, selectors
from interactions.filters import HistoryFilter
from interactions.forms import ContactForm
from interactions.models import Agreement, Event, EventStatus
from interactions.selectors import HISTORY_SIZE

#: Kinds that stand as buttons in the register box, the commonest first; the others fold under "Other".
FRONT_KINDS = ("call_out", "call_in", "meeting", "message_out", "call_failed")
_SALES_SHOWN = 8
#: The history can be read by date, or by topic.
BY_THREAD = "threads"


def contact_choices(request: HttpRequest, client: Client, form: ContactForm) -> dict[str, Any]:
    """What the register box offers: kinds, persons, and what is marked when the form comes back with errors."""
    kinds = [kind for kind in selectors.kinds_of_card(client) if kind.is_active and not kind.is_system]
    front = sorted((kind for kind in kinds if kind.code in FRONT_KINDS), key=lambda kind: FRONT_KINDS.index(kind.code))
    front = front or kinds[: len(FRONT_KINDS)]
    others = [kind for kind in kinds if kind not in front]
    chosen = str(form["kind"].value() or (front[0].pk if front else ""))
    return {
        "form": form,
        "kinds": front,
        "other_kinds": others,
        "chosen_kind": chosen,
        "chosen_is_other": any(str(kind.pk) == chosen for kind in others),
        # All that their buttons are drawn from, with the one that is chosen.
        "kinds_state": tuple(tuple((kind.pk, kind.name, kind.icon) for kind in some) for some in (front, others)),
        "next_kinds": [*front, *others],
        "chosen_next": str(form["next_kind"].value() or chosen),
        "persons": [person for person in client.persons.all() if person.is_active],
        "chosen_persons": {str(pk) for pk in form["persons"].value() or ()},
        "client": client,
        "form_action": reverse("contact-register", args=[client.pk]),
    }


def _may_edit(request: HttpRequest, client: Client) -> bool:
    """What the card has found out already, or asked anew where the panel is drawn by itself."""
    known = getattr(client, "may_edit", None)
    return Client.objects.editable_by(request.user).filter(pk=client.pk).exists() if known is None else known


def _uncounted(rows: QuerySet, wanted: str | None) -> Page:
    """A page of the history without its count, which costs as much as the page itself."""
    number = _number(wanted)
    start = (number - 1) * HISTORY_SIZE
    found = list(rows[start : start + HISTORY_SIZE + 1])
    return Page(found[:HISTORY_SIZE], number, HISTORY_SIZE, len(found), False, len(found) > HISTORY_SIZE)


def _number(wanted: str | None) -> int:
    """The page that is asked for; the first where that is nonsense, and int() refuses very long numbers."""
    is_number = wanted and len(wanted) < 10 and wanted.isascii() and wanted.isdigit()
    return max(1, min(int(wanted), MAX_PAGE)) if wanted and is_number else 1


def _other_view(query: QueryDict) -> str:
    """The same history by date instead of by thread, or the other way round."""
    other = query.copy()
    for name in ("h-page", "more"):
        other.pop(name, None)
    if other.pop("h-view", None) != [BY_THREAD]:
        other["h-view"] = BY_THREAD
    return f"?{other.urlencode()}#history"


def _page(rows: Callable[[], QuerySet], client: Client, query: QueryDict, *, is_filtered: bool) -> Page:
    """The page of the history that is asked for; the first of a card is the one its other boxes follow from, and does
    not ask for ``rows``."""
    if is_filtered:
        return paginate(rows(), query.get("h-page"), size=HISTORY_SIZE)
    if not _on_card(client) or any(value for name, value in query.items() if name.startswith("h-")):
        return _uncounted(rows(), query.get("h-page"))
    latest = selectors.latest_of(client)
    return Page(latest.events, 1, HISTORY_SIZE, len(latest.events), False, not latest.is_all)


def _on_card(client: Client) -> bool:
    """Whether this is the client of a card, which its reader may see in full, with what is read for all boxes."""
    return bool(getattr(client, "may_see", False))


def register_box(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The register box on top of the history; nothing on the exchange, where nobody may register before claiming."""
    if not _may_edit(request, client):
        return {"kinds": []}
    # Own ids: the drawer may hold another form of this kind over the card.
    people = selectors.responsibles_at_hand(request.user, client)
    form = ContactForm(client=client, user=request.user, auto_id="card_%s", people=people)
    open_sales = [sale for sale in selectors.sales_of(client) if sale.is_open]
    form.fields["process"].widget.choices = [("", _("none")), *((sale.pk, str(sale)) for sale in open_sales)]
    box = contact_choices(request, client, form)
    # On the card the whole page is read anew: colour, why, history and next steps change together.
    box["form_action"] += "?reload=1"
    box["next"] = reverse("client-detail", args=[client.pk])
    return box


def history(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The history, filtered by the card's own query. It is counted only when somebody filters it."""
    filterset = HistoryFilter(request.GET, Event.objects.none(), request=request, prefix="h", client=client)

    def rows() -> QuerySet:
        filterset.queryset = selectors.history(client, request.user)
        return filterset.qs

    if _on_card(client):
        # The filter itself is on the card only. On the widgets: what is sent is still checked against the querysets.
        choices = {"kind": selectors.kinds_of_card(client), "person": client.persons.all()}
        choices["who"] = selectors.who_worked_with(client)
        for name, offered in choices.items():
            field = filterset.form.fields[name]
            field.widget.choices = [("", field.empty_label), *((row.pk, str(row)) for row in offered)]
    chips = active_chips(filterset, request)
    by_thread = request.GET.get("h-view") == BY_THREAD
    if by_thread:
        page = selectors.by_thread(rows(), _number(request.GET.get("h-page")))
    else:
        page = _page(rows, client, request.GET, is_filtered=bool(chips))
    query = request.GET.copy()
    for name in ("h-page", "more"):
        query.pop(name, None)
    url = reverse("client-history", args=[client.pk])
    older = query.copy()
    older["h-page"] = str(page.next_number)
    return {
        "page": page,
        "by_thread": by_thread,
        "has_threads": by_thread or any(event.chain_id for event in page),
        "may_continue": by_thread and _may_edit(request, client),
        "other_view_url": _other_view(request.GET),
        "history_filter": filterset,
        "chips": chips,
        "history_url": f"{url}?{query.urlencode()}" if query else url,
        "older_url": f"{url}?{older.urlencode()}&more=1",
        "older_plain_url": f"?{older.urlencode()}#history",
    }


def next_steps(request: HttpRequest, client: Client) -> dict[str, Any]:
    """What is planned."""
    return {"planned": selectors.next_steps(client)}


def agreements(request: HttpRequest, client: Client) -> dict[str, Any]:
    """What both sides promised: what is open by side, and what is settled."""
    found, we = selectors.agreements_of(client), Agreement.Side.WE
    return {
        "ours": [each for each in found.open if each.side == we],
        "theirs": [each for each in found.open if each.side != we],
        "settled": found.settled,
    }


def figures(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The client in numbers: since when, what it has brought, how often one talks."""
    return {
        "figures": selectors.client_figures(client),
        "client_since": selectors.client_since(client),
        "contacts": selectors.contacts_in_a_year(client),
    }


def clashes(request: HttpRequest, client: Client) -> dict[str, Any]:
    """Two people who are about to offer this client the same."""
    return {"clashes": same_offer.on_card(client) if client.is_held and _on_card(client) else []}


def sales(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The sales, the open ones first."""
    rows = selectors.sales_of(client)
    return {"sales": rows[:_SALES_SHOWN], "has_more": len(rows) > _SALES_SHOWN}


def deeds(client: Client) -> list[Deed]:
    """Who had to do with a client lately, and what he did last."""
    return [
        Deed(
            event.responsible,
            event.subject or str(event.kind),
            event.occurred_at,
            event.get_absolute_url(),
            event.status == EventStatus.PLANNED,
        )
        for event in selectors.last_by_each(client)
    ]


def deciding_contact(client: Client) -> DecidingContact | None:
    """Which contact decided the colour, for the card's "why"."""
    event = selectors.last_contact(client)
    if event is None or event.counted_on is None:
        return None
    label = f"{event.kind}: {event.subject}" if event.subject else str(event.kind)
    return DecidingContact(event.counted_on, label, event.get_absolute_url(), str(event.responsible))


def register_panels() -> None:
    """Called once, when the app is ready."""
    register(Panel("same-offer", "top", "interactions/panels/same_offer.html", clashes, 30))
    register(Panel("contact", "middle", "interactions/panels/contact.html", register_box, 10))
    register(Panel("history", "middle", "interactions/panels/history.html", history, 20))
    register(Panel("next-steps", "right", "interactions/panels/next_steps.html", next_steps, 10))
    register(Panel("agreements", "right", "interactions/panels/agreements.html", agreements, 20))
    register(Panel("figures", "right", "interactions/panels/figures.html", figures, 25))
    register(Panel("sales", "right", "interactions/panels/sales.html", sales, 30))
    register_contact_fact(deciding_contact)
    register_deeds(deeds)
