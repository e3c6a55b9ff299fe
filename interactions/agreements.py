"""Agreements by themselves: written down without another contact. One verb, one transaction; permission is the
caller's."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import Client
from crm.web.errors import DomainError
from interactions.models import Agreement, Event, EventStatus


@transaction.atomic
def add_agreement(*, client: Client, side: str, text: str, due_on: dt.date | None = None) -> Agreement:
    """Write down a promise of one side. Its home is the last talk with the client, where it will have been given.

    Raises:
        DomainError: nobody has talked with this client yet.
        ValidationError: no such side, or nothing was promised.
    """
    talk = last_talk(client)
    if talk is None:
        raise DomainError(_("Nobody has talked with this client yet: register the contact, with what was agreed."))
    agreement = Agreement(event=talk, side=side, text=" ".join(text.split()), due_on=due_on)
    agreement.full_clean()
    agreement.save()
    return agreement


def last_talk(client: Client) -> Event | None:
    """The latest done event with a client that somebody entered."""
    done = Event.objects.by_hand().filter(client=client, status=EventStatus.DONE)
    return done.order_by("-occurred_at", "-pk").first()
