"""The night after an import: it only asks."""

from clients.models import ImportJob
from crm import clock
from exchange.models import DryOrder

#: What decides on who leaves: clients, and what was done with them.
_KINDS = {"clients", "events"}
REASON = "import"


def order_dry_night(job: ImportJob) -> None:
    """A listener of ``clients.importing.registry``: the base has changed at once, so the next night detaches nobody
    before an administrator has looked at it. One order at a time is enough."""
    changed = sum(job.counts.get(outcome, 0) for outcome in ("created", "updated", "undone"))
    if job.kind in _KINDS and changed and not DryOrder.objects.filter(reason=REASON, lifted_at=None).exists():
        DryOrder.objects.create(reason=REASON, ordered_by=job.owner, ordered_at=clock.now())
