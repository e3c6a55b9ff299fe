"""Absences: asking for one, deciding, changing, ending earlier. One verb, one transaction.

An approved absence stops the clocks of the manager's clients, so every change of one computes their dates anew in the
same transaction; a job does it when they are many.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from clients import absence_notices as tell
from clients.models import Absence, Manager
from clients.periods import period
from clients.redating import request_redating
from clients.zoning import clients_of, lock_clients, redate, redate_batch
from crm import clock
from crm.web.errors import Conflict, DomainError

#: Up to so many clients get their new dates at once; more of them by a job.
FEW_CLIENTS = 500
#: The longest absence, days: a parental leave of three years.
LONGEST_DAYS = 1100

Status = Absence.Status
_OPEN = (Status.REQUESTED, Status.APPROVED)
#: No absence is entered so far from today: such a year is a typing error.
PLAUSIBLE_DAYS = 3700
#: What the transitions of colour caused by it are called.
_CAUSE = "freeze"


def may_decide(by: Manager, manager: Manager) -> bool:
    """Whether ``by`` enters and approves absences of ``manager``: a director, an administrator, the head of his
    department or of one above. A head never decides on his own."""
    return by.sees_everything or (by.pk != manager.pk and manager.pk in by.headed_manager_ids)


@dataclass(frozen=True, slots=True)
class CanBeDone:
    """What one person may do with one absence today."""

    decide: bool = False
    change: bool = False
    cancel: bool = False
    end: bool = False


def can_be_done(absence: Absence, *, by: Manager, today: dt.date) -> CanBeDone:
    """What ``by`` may do with an absence he sees. Asks the database nothing that was not asked before."""
    if absence.status not in _OPEN:
        return CanBeDone()
    decides = may_decide(by, absence.manager)
    own = by.pk == absence.manager_id
    approved = absence.status == Status.APPROVED
    under_way = approved and absence.starts_on <= today <= absence.ends_on
    begun = approved and absence.starts_on <= today
    return CanBeDone(
        decide=decides and not approved,
        change=decides or (own and not (approved and absence.ends_on < today)),
        cancel=((decides or own) and not begun) or (decides and begun and not under_way),
        end=(decides or own) and under_way,
    )


@transaction.atomic
def request_absence(
    *,
    manager: Manager,
    by: Manager,
    kind: str,
    starts_on: dt.date,
    ends_on: dt.date,
    deputy: Manager | None = None,
    reason: str = "",
) -> Absence:
    """Enter an absence: approved at once when ``by`` decides on this manager's, else it waits for who does.

    Days that are over may be entered too: people fall ill without notice.

    Raises:
        DomainError: somebody else's absence, overlapping days, a deputy who cannot stand in.
        ValidationError: a field is wrong.
    """
    decides = may_decide(by, manager)
    if not decides and by.pk != manager.pk:
        raise DomainError(_("You may enter only your own absence."), field="manager")
    absence = Absence(
        manager=manager,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        deputy=deputy,
        reason=reason,
        status=Status.REQUESTED,
        requested_by=by,
    )
    _lock(manager)
    if decides:
        _decide(absence, Status.APPROVED, by)
    check(absence)
    absence.save()
    if decides:
        _redate(manager)
        tell.decided(absence, by=by)
    else:
        tell.asked(absence)
    return absence


@transaction.atomic
def approve(*, absence: Absence, by: Manager) -> Absence:
    """The head agrees: the clocks stop on these days and the deputy stands in on them.

    Raises:
        Conflict: it does not wait any more.
        DomainError: not his to decide; the deputy cannot stand in any more.
    """
    absence = _waiting(absence, by)
    _decide(absence, Status.APPROVED, by)
    check(absence)
    absence.save()
    _redate(absence.manager)
    tell.decided(absence, by=by)
    return absence


@transaction.atomic
def decline(*, absence: Absence, by: Manager) -> Absence:
    """The head does not agree.

    Raises:
        Conflict: it does not wait any more.
        DomainError: not his to decide.
    """
    absence = _waiting(absence, by)
    _decide(absence, Status.DECLINED, by)
    absence.save()
    tell.decided(absence, by=by)
    return absence


@transaction.atomic
def change_absence(
    *,
    absence: Absence,
    by: Manager,
    kind: str,
    starts_on: dt.date,
    ends_on: dt.date,
    deputy: Manager | None = None,
    reason: str = "",
) -> Absence:
    """Other days, another deputy. Who decides changes an approved one as he likes; the manager himself may only make
    it shorter (he came back earlier) or name another deputy, and anything while it still waits.

    Raises:
        Conflict: it was declined or cancelled meanwhile.
        DomainError: not his to change; overlapping days; a deputy who cannot stand in.
        ValidationError: a field is wrong.
    """
    absence = _open(absence)
    if not may_decide(by, absence.manager):
        _refuse_stranger(absence, by)
        longer = starts_on < absence.starts_on or ends_on > absence.ends_on
        if absence.status == Status.APPROVED and longer:
            raise DomainError(
                _("What was approved is %(days)s. For more days, ask for a new absence.")
                % {"days": period(absence.starts_on, absence.ends_on)},
                field="starts_on" if starts_on < absence.starts_on else "ends_on",
            )
    absence.kind, absence.starts_on, absence.ends_on = kind, starts_on, ends_on
    before, absence.deputy, absence.reason = absence.deputy, deputy, reason
    check(absence)
    absence.save()
    if absence.status == Status.APPROVED:
        _redate(absence.manager)
        tell.decided(absence, by=by, former_deputy=before)
    return absence


@transaction.atomic
def cancel(*, absence: Absence, by: Manager, today: dt.date | None = None) -> Absence:
    """There will be no absence: the days count again.

    The manager himself cancels what waits or has not begun; an absence under way he ends (:func:`end_absence`), and
    one that is over only who decides takes away.

    Raises:
        Conflict: it was declined or cancelled already.
        DomainError: not his to cancel, or it has begun.
    """
    today = today or clock.today()
    absence = _open(absence)
    was_approved = absence.status == Status.APPROVED
    if not may_decide(by, absence.manager):
        _refuse_stranger(absence, by)
        if was_approved and absence.starts_on <= today:
            raise DomainError(_("It has begun: end it instead, or ask the head."))
    _decide(absence, Status.CANCELLED, by)
    absence.save()
    if was_approved:
        _redate(absence.manager)
        tell.decided(absence, by=by)
    return absence


@transaction.atomic
def end_absence(*, absence: Absence, by: Manager, today: dt.date | None = None) -> Absence:
    """He is back today: yesterday was the last day. An absence that began today never was.

    Raises:
        Conflict: it is not under way.
        DomainError: not his to end.
    """
    today = today or clock.today()
    absence = _open(absence)
    if absence.status != Status.APPROVED or not absence.starts_on <= today <= absence.ends_on:
        raise Conflict(_("This absence is not under way."))
    if not may_decide(by, absence.manager):
        _refuse_stranger(absence, by)
    if absence.starts_on == today:
        _decide(absence, Status.CANCELLED, by)
    else:
        absence.ends_on = today - dt.timedelta(days=1)
    absence.save()
    _redate(absence.manager)
    tell.decided(absence, by=by)
    return absence


@transaction.atomic
def store(*, absence: Absence, by: Manager) -> Absence:
    """Save an absence as an administrator wrote it: any status, any manager. Its rules hold here too.

    Raises:
        DomainError, ValidationError: as :func:`request_absence`.
    """
    before = Absence.objects.select_related("manager").filter(pk=absence.pk).first() if absence.pk else None
    managers = {absence.manager, before.manager} if before else {absence.manager}
    _lock(*managers)
    if before is None:
        absence.requested_by = by
    if absence.status != Status.REQUESTED and (before is None or before.status != absence.status):
        _decide(absence, absence.status, by)
    check(absence)
    absence.save()
    for manager in managers:
        _redate(manager)
    return absence


@transaction.atomic
def remove(*, absences: Iterable[Absence]) -> None:
    """Delete absences, as if they had never been (an administrator)."""
    gone = sorted(absences, key=lambda absence: (absence.manager_id, absence.pk))
    managers = {absence.manager for absence in gone}
    _lock(*managers)
    for absence in gone:
        absence.delete()
    for manager in sorted(managers, key=lambda manager: manager.pk):
        _redate(manager)


# --- checks -----------------------------------------------------------------------------------------------------------
def overlapping(absence: Absence) -> Absence | None:
    """Another absence of the same manager, waiting or approved, that shares a day with this one."""
    others = Absence.objects.filter(
        manager=absence.manager_id,
        status__in=_OPEN,
        starts_on__lte=absence.ends_on,
        ends_on__gte=absence.starts_on,
    )
    return others.exclude(pk=absence.pk).order_by("starts_on").first()


def is_away_throughout(manager: Manager, starts_on: dt.date, ends_on: dt.date) -> bool:
    """Whether approved absences of a manager cover every day of a period."""
    day = starts_on
    for first, last in (
        Absence.objects.approved()
        .filter(manager=manager, starts_on__lte=ends_on, ends_on__gte=starts_on)
        .order_by("starts_on")
        .values_list("starts_on", "ends_on")
    ):
        if first > day:
            return False
        day = max(day, last + dt.timedelta(days=1))
    return day > ends_on


def check(absence: Absence) -> None:
    """Whether an absence, waiting or approved, can be: the days, the deputy, no other one on the same days.

    Raises:
        DomainError, ValidationError: with the field.
    """
    absence.full_clean()
    if absence.status not in _OPEN:
        return
    for field in ("starts_on", "ends_on"):
        if abs((getattr(absence, field) - clock.today()).days) > PLAUSIBLE_DAYS:
            raise DomainError(_("Look at the year: this date cannot be meant."), field=field)
    if (absence.ends_on - absence.starts_on).days >= LONGEST_DAYS:
        raise DomainError(_("An absence lasts at most %(days)d days.") % {"days": LONGEST_DAYS}, field="ends_on")
    if not absence.manager.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": absence.manager}, field="manager")
    if other := overlapping(absence):
        raise DomainError(
            _("There is an absence already: %(days)s (%(status)s).")
            % {"days": period(other.starts_on, other.ends_on), "status": other.get_status_display()},
            field="starts_on",
        )
    deputy = absence.deputy
    if deputy is None:
        return
    if not deputy.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": deputy}, field="deputy")
    if is_away_throughout(deputy, absence.starts_on, absence.ends_on):
        raise DomainError(_("%(manager)s is away on these days too.") % {"manager": deputy}, field="deputy")


# --- steps ------------------------------------------------------------------------------------------------------------
def _lock(*managers: Manager) -> None:
    """One at a time for one manager: two overlapping absences cannot both pass the check. Clients first, as ever: those
    of all managers together, ascending, so that the night that holds some of them never waits for others."""
    clients: list[int] = []
    for manager in managers:
        if len(ids := clients_of(manager)) <= FEW_CLIENTS:
            clients += ids
    lock_clients(clients)
    people = Manager.objects.select_for_update(no_key=True, of=("self",))
    list(people.filter(pk__in=[manager.pk for manager in managers]).order_by("pk"))


def _open(absence: Absence) -> Absence:
    """The absence as it is now, locked with its manager.

    Raises:
        Conflict: it was declined or cancelled already.
    """
    _lock(absence.manager)
    now = Absence.objects.select_related("manager", "deputy").get(pk=absence.pk)
    if now.status not in _OPEN:
        raise Conflict(_("This absence is %(status)s already.") % {"status": now.get_status_display()})
    return now


def _waiting(absence: Absence, by: Manager) -> Absence:
    absence = _open(absence)
    if absence.status != Status.REQUESTED:
        raise Conflict(_("This absence is %(status)s already.") % {"status": absence.get_status_display()})
    if not may_decide(by, absence.manager):
        raise DomainError(_("This absence is somebody else's to decide."))
    return absence


def _refuse_stranger(absence: Absence, by: Manager) -> None:
    if by.pk != absence.manager_id:
        raise DomainError(_("This absence is not yours."))


def _decide(absence: Absence, status: str, by: Manager) -> None:
    absence.status, absence.decided_by, absence.decided_at = status, by, clock.now()


def _redate(manager: Manager) -> None:
    """The dates of his clients anew: at once when they are few, else by a job (the night looks after it once more)."""
    ids = clients_of(manager)
    if len(ids) > FEW_CLIENTS:
        request_redating(reason="absence", note=str(manager), manager=manager)
        return
    redate_batch(ids, today=clock.today(), cause=_CAUSE)
    transaction.on_commit(lambda: _redate_others(manager, ids))


def _redate_others(manager: Manager, ids: list[int]) -> None:
    """Clients that came to him while the absence was being saved: who gave them could not see it yet."""
    if others := set(clients_of(manager)) - set(ids):
        redate(others, today=clock.today(), cause=_CAUSE)
