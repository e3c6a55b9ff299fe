"""Somebody else is responsible: for many plans, or for many sales."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.bulk.forms import OneManagerForm
from clients.models import Client, CoManager, Manager
from crm.web.errors import Conflict, DomainError
from interactions import selectors


class ResponsibleForm(OneManagerForm):
    """Who. For which client he may be responsible is looked at row by row."""

    def people(self) -> QuerySet[Manager]:
        return candidates(self.user)


def candidates(user: Manager) -> QuerySet[Manager]:
    """Everybody who may be responsible with one or another of this person's clients."""
    if user.sees_everything:
        return Manager.objects.sellers() | Manager.objects.filter(pk=user.pk)
    clients = Client.objects.editable_by(user).order_by()
    helpers = CoManager.objects.filter(client__in=clients.values("pk")).values("manager")
    leads = CoManager.objects.filter(manager=user).values("client__manager")
    ids = {user.pk, *user.deputised_manager_ids, *user.headed_manager_ids}
    return Manager.objects.filter(Q(pk__in=ids) | Q(pk__in=helpers) | Q(pk__in=leads), is_active=True)


def refuse_stranger(manager: Manager, client: Client, by: Manager) -> None:
    """
    Raises:
        DomainError: he does not work with this client.
    """
    if not selectors.possible_responsibles(by, client).filter(pk=manager.pk).exists():
        raise DomainError(_("%(manager)s does not work with this client.") % {"manager": manager})


def refuse_departed(manager_id: int) -> None:
    """
    Raises:
        Conflict: to whom it would be given back does not work here any more.
    """
    former = Manager.objects.get(pk=manager_id)
    if not former.is_active:
        raise Conflict(_("%(manager)s does not work here any more.") % {"manager": former})
