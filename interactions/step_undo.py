"""Taking back a move of a sale that was a mistake: as if it had never been made."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.bulk.jobs import UNDO_DAYS
from clients.models import Manager
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import process_activity, process_path, sales, stage_tasks
from interactions.clockwork import recompute_clocks
from interactions.models import SalesProcess, StageChange, Step

#: As long as bulk actions are taken back.
LONGEST = dt.timedelta(days=UNDO_DAYS)


@transaction.atomic
def take_back_move(*, process: SalesProcess, step_id: int, by: Manager, now: dt.datetime | None = None) -> SalesProcess:
    """The sale is at the stage it came from, since when it was there; the step leaves the log, the client's history and
    its clock, and so do the plans it made, those somebody has done something about since aside.

    Nothing is checked: the sale has been at that stage, and nobody has moved it since.

    Raises:
        DomainError: somebody else made the step.
        Conflict: another step was made since, this one is too long ago, or the sale is gone.
    """
    now = now or clock.now()
    stored, clients = sales.locked(process)
    step = StageChange.objects.filter(process=process).select_related("event").first()
    if step is None or step.pk != step_id or step.step != Step.MOVED or not stored.is_open:
        raise Conflict(_("It was changed since."))
    if step.changed_by_id != by.pk:
        raise DomainError(_("Only who made this step takes it back."))
    if now - step.changed_at > LONGEST:
        raise Conflict(_("This can no longer be undone."))
    before = stored.stage_changes.exclude(pk=step.pk).filter(
        to_stage=step.from_stage, step__in=[Step.STARTED, Step.MOVED]
    )
    stored.stage = step.from_stage
    stored.stage_since = before.values_list("changed_at", flat=True).first()
    stored.save()
    stage_tasks.take_back(step)
    step.event.delete()
    process_activity.recompute([stored.pk])
    process_path.recompute([stored.pk])
    recompute_clocks(clients.values(), today=clock.local_date(now), cause="correction")
    return stored
