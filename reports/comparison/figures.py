"""What managers did in the period, and which clients came to them and went. Whose it is: a contact and a sale are the
responsible's; a client is his who held it."""

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import OwnershipPeriod
from interactions.models import Approval, Event, ProcessStatus, SalesProcess
from reports.exchange_health.figures import arrivals
from reports.frame.figures import Figure, Unit, by, name_of_client
from reports.frame.scope import Scope
from reports.points.figures import FIGURES as POINTS


def contacts(scope: Scope) -> QuerySet[Event]:
    """Contacts that counted. That they are done, approved, and when, is said for the index; the day decides."""
    rows = Event.objects.done().order_by().filter(approval__in=[Approval.NOT_NEEDED, Approval.APPROVED])
    rows = rows.filter(scope.at_moments("occurred_at"), scope.on_days("counted_on"))
    return _listed(scope, rows, "responsible_id", "occurred_at")


def begun(scope: Scope) -> QuerySet[SalesProcess]:
    """Sales that began."""
    rows = SalesProcess.objects.order_by().filter(scope.on_days("started_on"))
    return _listed(scope, rows, "responsible_id", "started_on")


def closed(scope: Scope) -> QuerySet[SalesProcess]:
    """Sales that were won or lost."""
    rows = SalesProcess.objects.order_by().filter(scope.on_days("closed_on"))
    return _listed(scope, rows, "responsible_id", "closed_on")


def came(scope: Scope) -> QuerySet[OwnershipPeriod]:
    """Clients that came to a manager, from wherever."""
    rows = OwnershipPeriod.objects.order_by().filter(scope.on_days("since"))
    return _listed(scope, rows, "manager_id", "since")


def went(scope: Scope) -> QuerySet[OwnershipPeriod]:
    """Clients that went from a manager, to wherever."""
    rows = OwnershipPeriod.objects.order_by().filter(scope.on_days("until"))
    return _listed(scope, rows, "manager_id", "until")


def _listed(scope: Scope, rows: QuerySet, whose: str, moment: str) -> QuerySet:
    """With what every set of rows has."""
    return scope.of_ours(rows.annotate(whose=F(whose), moment=F(moment), named=name_of_client()))


FIGURES: dict[str, Figure] = {
    "contacts": Figure(_("Contacts"), contacts),
    **{key: POINTS[key] for key in ("done", "points")},
    "begun": Figure(_("Sales begun"), begun),
    "closed": Figure(_("Sales closed"), closed),
    "won": Figure(_("Sales won"), closed, by(status=ProcessStatus.WON)),
    "won_sum": Figure(_("Sum won"), closed, by(status=ProcessStatus.WON), sum_of="amount", unit=Unit.MONEY),
    "found": Figure(_("Clients found"), came, by(gained=OwnershipPeriod.Gained.CREATED)),
    "left_alone": Figure(
        _("Clients left alone too long"), arrivals, by(reason=OwnershipPeriod.Lost.IDLE, undone_at=None)
    ),
    "came": Figure(_("Clients that came"), came),
    "went": Figure(_("Clients that went"), went),
}
