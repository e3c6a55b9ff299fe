"""The figures of the funnel. A sale counts to who is responsible for it, wherever its client is now."""

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from interactions.models import ProcessStatus, SalesProcess
from interactions.process_activity import idle_q
from interactions.selectors.forecast import WEIGHTED
from interactions.selectors.funnel import came_to
from reports.frame.figures import Figure, Unit, by, name_of_client
from reports.frame.scope import Scope
from reports.sales_funnel.filters import NONE


def begun(scope: Scope) -> QuerySet[SalesProcess]:
    """The cohort: what was begun in the period, whatever became of it since."""
    return _narrowed(SalesProcess.objects.filter(scope.on_days("started_on")), scope).annotate(moment=F("started_on"))


def in_hand(scope: Scope) -> QuerySet[SalesProcess]:
    """What is open now, whenever it was begun; as on the board, without sales nobody works on because their clients are
    on the exchange. ``weighted``: what they come to by the chances of their stages."""
    rows = _narrowed(SalesProcess.objects.open().in_hand(), scope).annotate(moment=F("stage_since"))
    return rows.annotate(weighted=WEIGHTED)


def _narrowed(rows: QuerySet[SalesProcess], scope: Scope) -> QuerySet[SalesProcess]:
    options = scope.options
    rows = rows.order_by().filter(scope.of_clients("client__"), kind=options["kind"])
    if reached := options.get("reached"):
        rows = rows.filter(came_to(int(reached)))
    if stage := options.get("at"):
        rows = rows.filter(stage=None if stage == NONE else int(stage))
    if reason := options.get("reason"):
        rows = rows.filter(loss_reason=None if reason == NONE else int(reason))
    return scope.of_ours(rows.annotate(whose=F("responsible_id"), named=name_of_client()))


def _idle(scope: Scope) -> Q:
    return idle_q(scope.today)


_OPEN, _WON, _LOST = (by(status=status) for status in (ProcessStatus.OPEN, ProcessStatus.WON, ProcessStatus.LOST))

FIGURES: dict[str, Figure] = {
    "begun": Figure(_("Sales begun"), begun),
    "begun_sum": Figure(_("Sum of the sales begun"), begun, sum_of="amount", unit=Unit.MONEY),
    "won": Figure(_("Begun and won"), begun, _WON),
    "won_sum": Figure(_("Sum of those begun and won"), begun, _WON, sum_of="amount", unit=Unit.MONEY),
    "lost": Figure(_("Begun and lost"), begun, _LOST),
    "lost_sum": Figure(_("Sum of those begun and lost"), begun, _LOST, sum_of="amount", unit=Unit.MONEY),
    "open": Figure(_("Begun and still open"), begun, _OPEN),
    "open_sum": Figure(_("Sum of those begun and still open"), begun, _OPEN, sum_of="amount", unit=Unit.MONEY),
    "now": Figure(_("Open now"), in_hand),
    "now_sum": Figure(_("Sum of what is open now"), in_hand, sum_of="amount", unit=Unit.MONEY),
    "weighted": Figure(_("Weighted sum of what is open now"), in_hand, sum_of="weighted", unit=Unit.MONEY),
    "idle": Figure(_("Idle: nothing happened for too long"), in_hand, _idle),
}
