"""Making one client of two."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import merge_notices
from clients.merging import registry
from clients.merging.facts import Side, taken_over
from clients.merging.persons import merge_persons
from clients.merging.registry import Merge
from clients.models import Client, Manager, MergeRecord
from clients.zoning import lock_clients, redate_batch
from crm import clock
from crm.web.errors import Conflict, DomainError

#: What the clock and the program write themselves: computed anew when a merge is taken back, never put back.
COMPUTED = frozenset(
    {
        "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on", "zone", "search_name", "birthday_md",
        "updated_at",
    }
)  # fmt: skip


@transaction.atomic
def merge_clients(
    *,
    keep_id: int,
    drop_id: int,
    by: Manager,
    today: dt.date | None = None,
    choices: Mapping[str, Side] | None = None,
    persons: Sequence[tuple[int, int]] = (),
) -> Client:
    """Make one client of two: everything of ``drop`` goes to ``keep``, ``drop`` is deleted, the clock of ``keep`` is
    computed anew as the maximum of what is registered then. The lead manager of ``keep`` stays. What was done is kept
    for some days (``MergeRecord``), so that it can be taken back.

    Args:
        choices: whose value a fact gets (``clients.merging.facts``); what is not named goes by rule.
        persons: entries of one person at both, (at ``keep``, at ``drop``): they become one too.

    Raises:
        DomainError: both are the same; or only the dropped one has a lead manager, who would lose the client unseen.
        Conflict: one of them does not exist any more.
        ValidationError: a fact taken over from the dropped client breaks a rule.
    """
    today = today or clock.today()
    if keep_id == drop_id:
        raise DomainError(_("A client cannot be merged with itself."), field="other")
    clients = lock_clients([keep_id, drop_id])
    if len(clients) < 2:
        raise Conflict(_("This client does not exist any more."))
    keep, drop = clients[keep_id], clients[drop_id]
    if drop.is_held and not keep.is_held:
        raise DomainError(_("Keep the one that has a lead manager."), field="keep")
    merge = Merge(keep, drop, by, today)
    record = MergeRecord(keep_pk=keep.pk, drop_pk=drop.pk, keep_name=keep.name, drop_name=drop.name, by=by)
    changed, loser = taken_over(keep, drop, choices), drop.manager

    registry.watch_references(merge)
    merge_persons(merge, persons)
    for mover in registry.movers:
        mover(merge)
    drop._change_reason = keep._change_reason = merge.reason  # type: ignore[attr-defined]
    drop._history_user = keep._history_user = by  # type: ignore[attr-defined]
    drop.delete()
    for name, value in changed.items():
        setattr(keep, name, value)
    keep.full_clean(exclude=[field.name for field in keep._meta.fields if field.name not in changed])
    keep.save(update_fields=[*changed, "updated_at"])
    # A category taken over may mean another policy.
    redate_batch([keep.pk], today=today, cause="policy")
    record.undo = _what_was_done(merge, keep_id, drop_id)
    record.save()
    keep.refresh_from_db()
    merge_notices.merged(record, keep=keep, loser=loser)
    return keep


def _what_was_done(merge: Merge, keep_id: int, drop_id: int) -> dict[str, Any]:
    """The journal, with what changed of the kept client itself by its own name ("keep")."""
    done = merge.journal.result(moved_from=drop_id, moved_to=keep_id)
    label = Client._meta.label
    done["keep"] = {}
    for name, pk, changes in done["changed"]:
        if (name, pk) == (label, keep_id):
            done["keep"] = {column: pair for column, pair in changes.items() if column not in COMPUTED}
    done["changed"] = [entry for entry in done["changed"] if entry[:2] != (label, keep_id)]
    return done
