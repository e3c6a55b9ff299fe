"""Joining clients, persons and managers: relations and co-managers. Permission is the caller's."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import (
    Client,
    ClientRelation,
    CoManager,
    ContactPerson,
    Manager,
    PersonRelation,
)
from crm.web.errors import DomainError


@transaction.atomic
def relate_clients(*, source: Client, target: Client, kind: str, comment: str = "") -> ClientRelation:
    """Write down that ``source`` is a ``kind`` of ``target``.

    Raises:
        DomainError: that is written down already, from whichever side.
        ValidationError: both sides are the same client.
    """
    relation = ClientRelation(source=source, target=target, kind=kind, comment=comment)
    relation.clean()
    if ClientRelation.objects.of(source).filter(kind=kind, source__in=[source, target], target__in=[source, target]):
        raise DomainError(_("This relation is already here."), field="other")
    relation.full_clean()
    relation.save()
    return relation


@transaction.atomic
def relate_persons(*, source: ContactPerson, target: ContactPerson, kind: str, comment: str = "") -> PersonRelation:
    """Write down that ``source`` is a ``kind`` of ``target``.

    Raises:
        DomainError: that is written down already.
        ValidationError: both sides are the same person.
    """
    relation = PersonRelation(source=source, target=target, kind=kind, comment=comment)
    relation.clean()
    both = [source, target]
    if PersonRelation.objects.filter(kind=kind, source__in=both, target__in=both).exists():
        raise DomainError(_("This relation is already here."), field="other")
    relation.full_clean()
    relation.save()
    return relation


@transaction.atomic
def add_co_manager(*, client: Client, manager: Manager) -> CoManager:
    """Let a manager work with a client beside its lead manager.

    Raises:
        DomainError: he leads it, works with it already, or does not work here any more.
    """
    if not manager.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": manager}, field="manager")
    if client.manager_id == manager.pk:
        raise DomainError(_("%(manager)s leads this client.") % {"manager": manager}, field="manager")
    added, created = CoManager.objects.get_or_create(client=client, manager=manager)
    if not created:
        raise DomainError(_("%(manager)s is already a co-manager here.") % {"manager": manager}, field="manager")
    return added
