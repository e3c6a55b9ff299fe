"""What the exchange shows on the client card."""

from django.http import HttpRequest
from django.utils.translation import gettext

from clients.models import Client
from clients.panels import Context, Panel, register
from crm import clock
from crm.web.access import Access
from exchange.leaving_selectors import keeping as keeping_of
from exchange.selectors import claim_state, last_arrivals, zone_story


def register_panels() -> None:
    """Called once, when the app is ready."""
    register(Panel("exchange-actions", "header", "exchange/panel_actions.html", actions, order=80))
    register(Panel("exchange-arrival", "right", "exchange/panel_arrival.html", arrival, order=10))
    register(Panel("exchange-keeping", "right", "exchange/panel_keeping.html", what_keeps_it, order=20))
    register(Panel("exchange-story", "right", "exchange/panel_story.html", story, order=90))


def actions(request: HttpRequest, client: Client) -> Context:
    """Claim, assign or return: what this reader may do with this client now."""
    reader = request.user
    # Own, or a head's, or a director's: the same rule as `transferable_by`, without asking the database again.
    transferable = client.is_held and (
        reader.sees_everything or client.manager_id in {reader.pk, *reader.headed_manager_ids}
    )
    return {
        "may_claim": claim_state(client, reader).claimable,
        "may_assign": client.is_on_exchange and Access.HEAD.allows(reader),
        "return_words": (
            (gettext("Return") if client.manager_id == reader.pk else gettext("Release")) if transferable else ""
        ),
    }


def arrival(request: HttpRequest, client: Client) -> Context:
    """Since when and why the client is on the exchange; nothing for a client that has a manager."""
    return {"arrival": next(iter(last_arrivals(client)), None) if client.is_on_exchange else None}


def story(request: HttpRequest, client: Client) -> Context:
    """The latest changes of colour, arrivals and claims."""
    return {"steps": zone_story(client)}


def what_keeps_it(request: HttpRequest, client: Client) -> Context:
    """What keeps a held client, to those who may do something about it; heads protect it here."""
    reader = request.user
    if not client.is_held or not client.may_edit:  # type: ignore[attr-defined]
        return {}
    leads = reader.sees_everything or (
        reader.access_level >= Access.HEAD and client.manager_id in reader.headed_manager_ids
    )
    keeping = keeping_of(client, clock.today())
    shown = leads or keeping.outlook or keeping.given
    return {"keeping": keeping if shown else None, "leads": leads}
