"""The figures of clients and sales.

Whose a row is: a new client belongs to the first manager it ever had, a lost one to who lost it, one taken from the
exchange to who got it, a won sale to who is responsible for it.
"""

from collections.abc import Callable

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import OwnershipPeriod
from exchange.models import Claim, Detachment, Shelving
from interactions.models import ProcessStatus, SalesProcess
from reports.clients_and_sales.filters import of_clients
from reports.exchange_health.figures import shelved
from reports.frame.figures import Figure, Unit, by, name_of_client
from reports.frame.scope import Scope


def newcomers(scope: Scope) -> QuerySet[OwnershipPeriod]:
    """Clients that got their first manager in the period; not those a base that was imported brought along."""
    earlier = OwnershipPeriod.objects.filter(client=OuterRef("client")).filter(
        Q(since__lt=OuterRef("since")) | Q(since=OuterRef("since"), pk__lt=OuterRef("pk"))
    )
    rows = OwnershipPeriod.objects.filter(scope.on_days("since")).exclude(gained=OwnershipPeriod.Gained.IMPORTED)
    return _ours(rows.filter(~Exists(earlier)), scope, "manager_id", "since")


def taken(scope: Scope) -> QuerySet[Claim]:
    """What was claimed or assigned from the exchange."""
    return _ours(Claim.objects.filter(scope.on_days("date")), scope, "manager_id", "date")


def lost(scope: Scope) -> QuerySet[Detachment]:
    """What came to the exchange and was not given back as if nothing had been."""
    rows = Detachment.objects.filter(scope.on_days("date"), undone_at=None)
    if reason := scope.options.get("reason"):
        rows = rows.filter(reason=reason)
    return _ours(rows, scope, "manager_id", "date")


def archived(scope: Scope) -> QuerySet[Shelving]:
    """What was archived from the exchange."""
    return shelved(scope).filter(of_clients(scope), action=Shelving.Action.ARCHIVE)


def won(scope: Scope) -> QuerySet[SalesProcess]:
    """The sales won in the period."""
    rows = SalesProcess.objects.filter(scope.on_days("closed_on"), status=ProcessStatus.WON)
    return _ours(rows, scope, "responsible_id", "closed_on")


def won_from_new(scope: Scope) -> QuerySet[SalesProcess]:
    """Of them the first sale its client ever made with us."""
    return won(scope).filter(~Exists(_won_before()))


def won_from_existing(scope: Scope) -> QuerySet[SalesProcess]:
    """Of them all that were not the first of their client."""
    return won(scope).filter(Exists(_won_before()))


def _won_before() -> QuerySet[SalesProcess]:
    return SalesProcess.objects.filter(client=OuterRef("client"), status=ProcessStatus.WON).filter(
        Q(closed_on__lt=OuterRef("closed_on")) | Q(closed_on=OuterRef("closed_on"), pk__lt=OuterRef("pk"))
    )


def _ours(rows: QuerySet, scope: Scope, whose: str, day: str) -> QuerySet:
    named = rows.order_by().filter(of_clients(scope))
    return scope.of_ours(named.annotate(whose=F(whose), moment=F(day), day=F(day), named=name_of_client()))


def _sums(key: str, label: object, sum_label: object, rows: Callable[[Scope], QuerySet]) -> dict[str, Figure]:
    return {
        key: Figure(label, rows),  # type: ignore[arg-type]
        f"{key}_sum": Figure(sum_label, rows, sum_of="amount", unit=Unit.MONEY),  # type: ignore[arg-type]
    }


FIGURES: dict[str, Figure] = {
    "new": Figure(_("New clients"), newcomers),
    "taken": Figure(_("Taken from the exchange"), taken),
    "lost": Figure(_("Lost to the exchange"), lost),
    "back": Figure(_("Lost, and held by somebody again"), lost, by(client__manager__isnull=False)),
    "archived": Figure(_("Archived"), archived),
    **_sums("won", _("Won sales"), _("Sum of the won sales"), won),
    **_sums("won_new", _("Won from new clients"), _("Sum won from new clients"), won_from_new),
    **_sums("won_old", _("Won from existing clients"), _("Sum won from existing clients"), won_from_existing),
    "priced": Figure(_("Won sales with a sum"), won, by(amount__isnull=False)),
}
