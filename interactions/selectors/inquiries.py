"""What the pages of inquiries read."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, CoManager, Manager
from crm import clock
from interactions import distribution, inquiries
from interactions.models import Inquiry


@dataclass(frozen=True, slots=True)
class Destinations:
    """Who may go on with an inquiry that is being taken.

    Attributes:
        people: who may be named; nobody where there is nothing to choose.
        otherwise: who it is when nobody is named, in words.
        first: who is named unless something else is chosen.
    """

    people: QuerySet[Manager]
    otherwise: str | Promise
    first: Manager | None = None


def answered_by(manager: Manager) -> QuerySet[Inquiry]:
    """What ``manager`` answered, the latest first."""
    rows = Inquiry.objects.visible_to(manager).filter(taken_by=manager)
    return rows.select_related("client", "kind", "assigned_to")


def destinations(client: Client | None, by: Manager) -> Destinations:
    """For an inquiry of ``client`` (None: a new one) answered by ``by``. As ``inquiries.take`` decides it."""
    if client is None or not (client.is_held or client.exchange_since or client.archived_at):
        return _of_nobodys(by, is_new=client is None)
    if not client.is_held:
        return Destinations(Manager.objects.none(), _("whoever claims it"))
    keeper = inquiries.keeper_of(client, today=clock.today())
    words = _in_words(keeper, by)
    if not Client.objects.editable_by(by).filter(pk=client.pk).exists():
        return Destinations(Manager.objects.none(), words)
    beside = Q(pk=by.pk) | Q(pk__in=CoManager.objects.filter(client=client).values("manager"))
    people = Manager.objects.filter(beside, is_active=True).exclude(pk=keeper.pk if keeper else None)
    return Destinations(people, words, by if by != keeper and _works_on(client, by) else None)


def _in_words(keeper: Manager | None, by: Manager) -> str | Promise:
    if keeper is None:
        return _("the heads decide")
    return _("you") if keeper == by else gettext("its manager: %(manager)s") % {"manager": keeper}


def _of_nobodys(by: Manager, *, is_new: bool) -> Destinations:
    people = Manager.objects.assignable_by(by)
    if not is_new:
        return Destinations(people, _("whose turn it is by the rules"))
    people = (people | Manager.objects.sellers().filter(pk=by.pk)).distinct()
    keeps_it = by.department_id is not None and not distribution.has_rules()
    return Destinations(people, _("whose turn it is by the rules"), by if keeps_it else None)


def _works_on(client: Client, by: Manager) -> bool:
    """Its manager, who stands in for him, a co-manager; a head above them is only asked about it."""
    if client.manager_id in {by.pk, *by.deputised_manager_ids}:
        return True
    return CoManager.objects.filter(client=client, manager=by).exists()


def passable_to(inquiry: Inquiry, by: Manager) -> QuerySet[Manager]:
    """To whom ``by`` may pass an inquiry that waits: who may work on its client, and where he may give the client away,
    those he may give it to. As ``inquiries.pass_on`` decides it."""
    client = inquiry.client
    people = Q(pk__in=CoManager.objects.filter(client=client).values("manager")) | Q(pk=client.manager_id)
    if not client.is_held or Client.objects.transferable_by(by).filter(pk=client.pk).exists():
        people |= Q(pk__in=Manager.objects.assignable_by(by).values("pk"))
    found = Manager.objects.filter(people, is_active=True)
    return found.exclude(pk=inquiry.assigned_to_id) if inquiry.assigned_to_id else found
