"""What the exchange shows on the client card."""

import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext

from clients.models import Client, Manager
from clients.panels import Context, Panel, register, register_owner_notes
from crm import clock
from crm.web.access import Access
from exchange.claims import owed, states, touch_of
from exchange.contact_views import allowance, behind
from exchange.hand_over import brief, owner_notes
from exchange.leaving_selectors import keeping as keeping_of
from exchange.models import Detachment
from exchange.night_selectors import undo_terms
from exchange.selectors import last_arrivals, zone_story
from exchange.signals.selectors import on_card
from exchange.undo import refusal, undo_deadline
from interactions import my_day


def register_panels() -> None:
    """Called once, when the app is ready."""
    register(Panel("exchange-actions", "header", "exchange/panel_actions.html", actions, order=80))
    register(Panel("exchange-arrival", "right", "exchange/panel_arrival.html", arrival, order=10))
    register(Panel("exchange-keeping", "right", "exchange/panel_keeping.html", what_keeps_it, order=20))
    register(Panel("exchange-contacts", "contacts", "exchange/panel_contacts.html", contacts))
    register(Panel("exchange-signals", "right", "exchange/panel_signals.html", signals, order=25))
    register(Panel("exchange-hand-over", "middle", "exchange/panel_hand_over.html", hand_over, order=1))
    register(Panel("exchange-story", "right", "exchange/panel_story.html", story, order=90))
    register(Panel("exchange-touch", "why", "exchange/panel_touch.html", touch))
    register_owner_notes(owner_notes)
    my_day.register(my_day.Section("exchange-owed", "exchange/day_owed.html", owed_today))


def touch(request: HttpRequest, client: Client) -> Context:
    """Until when the first contact with a claimed client is owed, for those who work on it. Two queries at most."""
    return {"touch": touch_of(client) if client.may_edit else None}  # type: ignore[attr-defined]


def owed_today(request: HttpRequest) -> Context | None:
    """The first contacts the reader owes, for his day; None when he owes none."""
    duties = owed(request.user)
    return {"owed": duties, "today": clock.today()} if duties else None


def contacts(request: HttpRequest, client: Client) -> Context:
    """What stands in the place of contacts that are hidden: how many there are, and how to see them. Asked only where
    they are hidden."""
    return {"behind": behind(client), "allowance": allowance(request.user)}


def actions(request: HttpRequest, client: Client) -> Context:
    """Claim, assign or return: what this reader may do with this client now."""
    reader = request.user
    # Own, or a head's, or a director's: the same rule as `transferable_by`, without asking the database again.
    transferable = client.is_held and (
        reader.sees_everything or client.manager_id in {reader.pk, *reader.headed_manager_ids}
    )
    return {
        "claim_state": states([client], reader)[client.pk] if client.is_on_exchange else None,
        "may_assign": client.is_on_exchange and Access.HEAD.allows(reader),
        "return_words": (
            (gettext("Return") if client.manager_id == reader.pk else gettext("Release")) if transferable else ""
        ),
    }


def arrival(request: HttpRequest, client: Client) -> Context:
    """Since when and why the client is on the exchange; nothing for a client that has a manager. Who answers for its
    last manager may give it back, if a night took it."""
    arrival = next(iter(last_arrivals(client)), None) if client.is_on_exchange else None
    return {"arrival": arrival, "undo_until": arrival and _undo_until(arrival, client, request.user)}


def _undo_until(arrival: Detachment, client: Client, reader: Manager) -> dt.date | None:
    """The last day on which this reader may give the client back; None when he may not. One query, only for those who
    may at all."""
    answers = reader.sees_everything or (
        Access.HEAD.allows(reader) and arrival.manager_id in {reader.pk, *reader.headed_manager_ids}
    )
    if not arrival.run_id or not answers:
        return None
    terms = undo_terms()
    if terms.days is None or refusal(arrival, client, arrival.manager, terms.days, terms.now, by=reader):
        return None
    return undo_deadline(arrival, terms.days)


def signals(request: HttpRequest, client: Client) -> Context:
    """What a head is asked to look at; nothing, and no query, for everybody else."""
    return {"signals": on_card(client, request.user)}


def hand_over(request: HttpRequest, client: Client) -> Context:
    """What a claimer, or who has just got the client, should know before the first call."""
    reads = client.is_on_exchange or client.may_edit  # type: ignore[attr-defined]
    return {"brief": brief(client, clock.today()) if reads else None}


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
