"""Editing one fact of a client in its place on the card, and taking that back.

What may be edited so is listed here. It is written by ``services.update_client``, as by the big form, so that history,
checks and the clock are the same; what it was before is read from the history, which is what *Undo* writes back.
"""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients import custom_fields, duplicates, services
from clients.facts import ABOUT, PORTRAIT_TEXTS, fact
from clients.models import Client, Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError

FIELDS = frozenset({*ABOUT, *PORTRAIT_TEXTS, "notes"})


def may_be_edited(name: str) -> bool:
    """Whether there is such a fact: one of the program's, or a field the company added."""
    return name in FIELDS or custom_fields.named(name) is not None


def mark(client: Client, name: str) -> str:
    """A short mark of the value a client has in a field: another value has another mark."""
    if custom := custom_fields.named(name):
        value = json.dumps(client.custom.get(custom.key), sort_keys=True)
    else:
        value = Client._meta.get_field(name).value_to_string(client)  # type: ignore[union-attr]
    return hashlib.sha256(value.encode()).hexdigest()[:16]


@transaction.atomic
def set_fact(*, client_id: int, name: str, value: Any, was: str, by: Manager) -> tuple[Client, int | None]:
    """Write one field. Returns the client and which record of its history holds the value of before; None when the
    value was the same and nothing was written.

    Raises:
        Conflict: the value is no longer the one marked ``was``.
        DomainError: another client has this INN.
        ValidationError: the value is wrong.
    """
    client = _locked(client_id)
    if mark(client, name) != was:
        words = _("Somebody has changed this meanwhile. Now it is: %(value)s. Save again to write yours over it.")
        raise Conflict(words % {"value": fact(client, name).words or _("empty")}, field=name)
    if custom := custom_fields.named(name):
        stored = client.custom.get(custom.key)
        if custom_fields.clean(custom, value, before=stored) == stored:
            return client, None
        before = _record_of(client, "custom")
        return services.update_client(client=client, by=by, custom={custom.key: value}), before
    if getattr(client, name) == value:
        return client, None
    before = _record_of(client, name)
    setattr(client, name, value)
    if name in ("inn", "kpp"):
        _refuse_doubles(client, name)
    return services.update_client(client=client, by=by), before


@transaction.atomic
def undo(*, client_id: int, name: str, record: int, now: str, by: Manager) -> Client:
    """Write back the value a record of the history holds, if the value is still the one marked ``now``.

    Raises:
        Conflict: somebody has changed it since, or there is no such record of this client.
    """
    client = _locked(client_id)
    if mark(client, name) != now:
        raise Conflict(_("Somebody has changed this since: it was not taken back."))
    custom = custom_fields.named(name)
    attribute = "custom" if custom else _attribute(name)
    former = client.history.filter(pk=record).values_list(attribute, flat=True)
    if not former:
        raise Conflict(_("What it was before is not known any more."))
    if custom:
        return services.update_client(client=client, by=by, custom={custom.key: former[0].get(custom.key)})
    setattr(client, attribute, former[0])
    return services.update_client(client=client, by=by)


def _locked(client_id: int) -> Client:
    client = lock_clients([client_id]).get(client_id)
    if client is None:
        raise Conflict(_("This client does not exist any more."))
    return client


def _attribute(name: str) -> str:
    return str(Client._meta.get_field(name).attname)  # type: ignore[union-attr]


def _record_of(client: Client, name: str) -> int:
    """The record of the history that holds the present value. Imports write none: then it is made now."""
    attribute = _attribute(name)
    latest = client.history.first()
    if latest is None or getattr(latest, attribute) != getattr(client, attribute):
        Client.history.bulk_history_create([client], update=latest is not None, default_date=clock.now())
        latest = client.history.first()
    return int(latest.pk)


def _refuse_doubles(client: Client, name: str) -> None:
    """As the big form does; there one may insist."""
    found = duplicates.find(inn=client.inn, kpp=client.kpp, exclude_pk=client.pk)
    if found:
        words = _("%(client)s has this INN already. If it really is another one, save it in the whole form.")
        raise DomainError(words % {"client": found[0].client}, field=name)
