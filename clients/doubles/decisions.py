"""What people say of two clients that look like one."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from clients.models import DuplicatePair, Manager
from clients.zoning import lock_clients
from crm import clock


@transaction.atomic
def declare_different(
    *, one_id: int, other_id: int, by: Manager, now: dt.datetime | None = None
) -> DuplicatePair | None:
    """They are two: neither the scan nor any check brings them together again. None where somebody had said so
    before."""
    lock_clients([one_id, other_id])
    one, other = sorted((one_id, other_id))
    pair, _created = DuplicatePair.objects.get_or_create(one_id=one, other_id=other)
    if pair.status == DuplicatePair.Status.DIFFERENT:
        return None
    pair.status, pair.decided_by, pair.decided_at = DuplicatePair.Status.DIFFERENT, by, now or clock.now()
    pair.save(update_fields=["status", "decided_by", "decided_at"])
    return pair


@transaction.atomic
def reopen(*, pair: DuplicatePair) -> bool:
    """They may be one after all. Returns whether anything changed."""
    lock_clients([pair.one_id, pair.other_id])
    decided = DuplicatePair.objects.filter(pk=pair.pk, status=DuplicatePair.Status.DIFFERENT)
    return bool(decided.update(status=DuplicatePair.Status.OPEN, decided_by=None, decided_at=None))


def told_apart(client_id: int) -> Collection[int]:
    """The clients of which somebody said that they are not this one."""
    pairs = DuplicatePair.objects.filter(Q(one=client_id) | Q(other=client_id), status=DuplicatePair.Status.DIFFERENT)
    return {pk for pair in pairs.values_list("one", "other") for pk in pair} - {client_id}
