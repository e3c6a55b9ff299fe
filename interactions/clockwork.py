"""Joins events with the clients' clocks: what counts is decided here at write time, and the maximum is read back."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Max

from clients import rulebook
from clients.models import Client, Manager
from clients.rulebook import RuleValues
from clients.zoning import set_last_contact, set_last_contacts
from crm import clock
from crm.web.access import Access
from interactions.models import Approval, Event, EventStatus
from interactions.rulebook import BACKDATING
from interactions.rules.contacts import counted_on, needs_approval


def set_counted_on(event: Event, *, today: dt.date) -> None:
    """Set ``counted_on`` of an event from its status, kind, date and approval; without saving."""
    event.counted_on = counted_on(
        is_done=event.status == EventStatus.DONE,
        counts_as_contact=event.kind.counts_as_contact,
        awaits_approval=event.approval in (Approval.PENDING, Approval.REJECTED),
        occurred_on=clock.local_date(event.occurred_at),
        today=today,
    )


def set_approval(event: Event, *, by: Manager, today: dt.date, rules: RuleValues | None = None) -> None:
    """Ask the head when a contact is dated too far back; an entry of who decides on the client needs nobody else.
    Without saving.

    ``rules``: the values in force, where many events are looked at; else they are read (one query), and only for a
    contact dated before today.
    """
    event.approval, event.approved_by = Approval.NOT_NEEDED, None
    occurred_on = clock.local_date(event.occurred_at)
    if not event.kind.counts_as_contact or occurred_on >= today:
        return
    limit = (rules or rulebook.load())[BACKDATING]
    if not needs_approval(occurred_on=occurred_on, today=today, limit_days=limit):
        return
    if _decides_on(event.client, by):
        event.approval, event.approved_by = Approval.APPROVED, by
    else:
        event.approval = Approval.PENDING


def _decides_on(client: Client, by: Manager) -> bool:
    """Whether ``by`` heads whoever holds the client, or holds it as a head: who only stands in for a colleague of
    another department asks that department's head, as everybody does (``led_by`` of the querysets)."""
    if by.access_level < Access.HEAD:
        return False
    return by.sees_everything or client.manager_id in (None, by.pk) or client.manager_id in by.headed_manager_ids


def recompute_clocks(clients: Iterable[Client], *, today: dt.date, cause: str = "contact") -> None:
    """Read the last counted contact of each locked client from what is really registered, and move its clock.

    The rows must be locked first (``lock_clients``): then a contact that committed meanwhile is seen here.
    """
    for client in clients:
        last = Event.objects.last_contact_of(client.pk)
        if last != client.last_contact_on:
            set_last_contact(client, last, today=today, cause=cause)


def recompute_clocks_at_once(clients: Collection[Client], *, today: dt.date, cause: str = "contact") -> None:
    """The same for many, as bulk writers need it: their last contacts are read by one query."""
    counted = Event.objects.counted().filter(client__in=clients).order_by().values_list("client")
    set_last_contacts(clients, dict(counted.annotate(Max("counted_on"))), today=today, cause=cause)
