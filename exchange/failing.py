"""Claims that failed: no first contact in time, or given back without one. Too many of them pause claiming."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from crm import clock
from crm.web.errors import Conflict
from exchange.claims import touched
from exchange.models import Claim, ClaimPause, Detachment, FirstTouch
from exchange.rules.claiming import ONE_DAY, ClaimRules, pause_from


def claim_failed_by_return(client: Client, rules: ClaimRules, *, today: dt.date) -> Claim | None:
    """The claim that fails if the manager returns this locked client now: his own, of an earlier day, whose first
    contact is still owed. On the day of the claim everybody may have mistaken himself."""
    if rules.touch_days is None:
        return None
    duty = (
        FirstTouch.objects.open()
        .filter(client=client, manager=client.manager_id, claim__date__lt=today)
        .select_related("claim")
        .order_by("-claim__claimed_at")
        .first()
    )
    if duty is None:
        return None
    outcome = FirstTouch.Outcome.KEPT if touched([duty]) else FirstTouch.Outcome.FAILED
    settle([duty], outcome, today)
    return duty.claim if outcome == FirstTouch.Outcome.FAILED else None


def settle(duties: list[FirstTouch], outcome: str, day: dt.date) -> None:
    """Write down what became of first contacts that were owed."""
    FirstTouch.objects.open().filter(pk__in=[duty.pk for duty in duties]).update(outcome=outcome, settled_on=day)


def pause_if_too_many(manager: Manager, rules: ClaimRules, *, today: dt.date) -> ClaimPause | None:
    """Pause the claims of a locked manager if that many of them have failed. At most one pause a day."""
    last = ClaimPause.objects.filter(manager=manager).order_by("-starts_on").first()
    failures = list(failed_claims(manager).values_list("date", flat=True))
    if not pause_from(failures, last.starts_on if last else None, rules, today=today):
        return None
    pause, _is_new = ClaimPause.objects.get_or_create(
        manager=manager,
        starts_on=today,
        defaults={"until": today + dt.timedelta(days=rules.pause_days) - ONE_DAY, "failures": rules.failures or 0},
    )
    return pause


def failed_claims(manager: Manager) -> QuerySet[Detachment]:
    """The arrivals on the exchange by which claims of this manager failed; what was undone is no failure."""
    return Detachment.objects.filter(failed_claim__manager=manager, undone_at=None)


def lift_pause(*, pause: ClaimPause, by: Manager, now: dt.datetime | None = None) -> None:
    """A head lets a manager claim again before the pause is over.

    Raises:
        Conflict: it is over, or somebody lifted it already.
    """
    now = now or clock.now()
    lifted = ClaimPause.objects.filter(pk=pause.pk, lifted_at=None, until__gte=clock.local_date(now))
    if not lifted.update(lifted_at=now, lifted_by=by):
        raise Conflict(_("This pause is over already."))
