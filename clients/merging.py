"""Two rows of one client become one.

The clients app moves what is its own; every other app registers in ``AppConfig.ready()`` a function that moves its rows
inside the same transaction, and says of every reference to a client what becomes of it. A test walks all models and
fails on a reference nobody has spoken for.

What stays is decided by rule: the kept client's facts, with its gaps filled from the other one. Choosing field by
field, and taking a merge back, are to come; the deleted row and every moved one stand in the change log.
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_update_with_history

from clients.models import (
    Attachment,
    Client,
    ClientRelation,
    ClientTag,
    CoManager,
    ContactPerson,
    ContactPoint,
    Manager,
    OwnershipPeriod,
    RecentItem,
)
from clients.zoning import lock_clients, redate_batch
from crm import clock
from crm.web.errors import Conflict, DomainError


@dataclass(frozen=True, slots=True)
class Merge:
    """What a mover is told: both rows are locked, ``drop`` is deleted when all movers have been called."""

    keep: Client
    drop: Client
    by: Manager
    today: dt.date

    @property
    def reason(self) -> str:
        """For the change log: it has room for a hundred characters."""
        return f"merged: #{self.drop.pk} {self.drop.name} into #{self.keep.pk}"[:100]


Mover = Callable[[Merge], None]
_movers: list[Mover] = []
_handled: set[str] = set()

#: Facts of the program and of the clock; never filled from the other client.
_OWN = {
    "id", "kind", "name", "search_name", "manager", "assigned_on", "last_contact_on", "clock_date", "yellow_on",
    "red_on", "detach_on", "zone", "exchange_since", "last_manager", "quarantine_until", "archived_at", "created_at",
    "created_by", "updated_at", "birthday_md",
}  # fmt: skip
#: Facts that only make sense together, by the one that decides: an INN with another company's KPP is nobody's.
_TOGETHER = {"inn": ("inn", "kpp", "ogrn"), "bank_account": ("bank_account", "bik", "bank_name")}


def register(mover: Mover, *, handles: Collection[str]) -> None:
    """Have ``mover`` called in every merge.

    ``handles``: the references it answers for, "interactions.Event.client"; moved, or knowingly left to be deleted with
    the dropped client.
    """
    if mover not in _movers:
        _movers.append(mover)
    _handled.update(handles)


def handled() -> frozenset[str]:
    """The references to a client that somebody answers for."""
    return frozenset(_handled)


def references() -> set[str]:
    """All references to a client in the program's tables, change logs aside."""
    from django.apps import apps

    found = set()
    for model in apps.get_models():
        if hasattr(model, "history_object") or model.__name__.startswith("Historical"):
            continue
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if field.remote_field and field.related_model is Client:
                found.add(f"{model._meta.app_label}.{model.__name__}.{field.name}")
    return found


def move_rows(rows: models.QuerySet, field: str, merge: Merge) -> None:
    """Give plain rows to the kept client one by one; one that would stand there twice is deleted."""
    for pk in rows.filter(**{field: merge.drop.pk}).values_list("pk", flat=True):
        row = rows.model._base_manager.filter(pk=pk)
        try:
            with transaction.atomic():
                row.update(**{field: merge.keep.pk})
        except IntegrityError:
            row.delete()


def move_with_history(rows: models.QuerySet, merge: Merge) -> None:
    """Give rows that keep a change log to the kept client, and write it down there."""
    found = list(rows.filter(client=merge.drop))
    for row in found:
        row.client = merge.keep
    bulk_update_with_history(
        found, rows.model, ["client"], batch_size=500, default_user=merge.by, default_change_reason=merge.reason
    )


@transaction.atomic
def merge_clients(*, keep_id: int, drop_id: int, by: Manager, today: dt.date | None = None) -> Client:
    """Make one client of two: everything of ``drop`` goes to ``keep``, ``drop`` is deleted, the clock of ``keep`` is
    computed anew as the maximum of what is registered then. The lead manager of ``keep`` stays.

    There is no choice per field and no undo yet.

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
    merge = Merge(clients[keep_id], clients[drop_id], by, today)
    if merge.drop.is_held and not merge.keep.is_held:
        raise DomainError(_("Keep the one that has a lead manager."), field="keep")
    for mover in (_move_own, *_movers):
        mover(merge)
    keep, drop = merge.keep, merge.drop
    filled = gaps_filled_from(keep, drop)
    drop._change_reason = keep._change_reason = merge.reason  # type: ignore[attr-defined]
    drop._history_user = keep._history_user = by  # type: ignore[attr-defined]
    drop.delete()
    for name, value in filled.items():
        setattr(keep, name, value)
    keep.full_clean(exclude=[field.name for field in keep._meta.fields if field.name not in filled])
    keep.save(update_fields=[*filled, "updated_at"])
    # A category taken over may mean another policy.
    redate_batch([keep.pk], today=today, cause="policy")
    keep.refresh_from_db()
    return keep


def gaps_filled_from(keep: Client, drop: Client) -> dict[str, Any]:
    """What the kept client would take over from the other: its empty facts, and long texts one after the other."""
    filled: dict[str, Any] = {}
    with_others = {name: group for group in _TOGETHER.values() for name in group}
    for field in Client._meta.concrete_fields:
        name, theirs = field.name, getattr(drop, field.attname)
        if name in _OWN or name in with_others or theirs in (None, ""):
            continue
        ours = getattr(keep, field.attname)
        if ours in (None, ""):
            filled[name] = getattr(drop, name)
        elif isinstance(field, models.TextField) and theirs not in ours:
            both = f"{ours}\n\n{theirs}"
            if len(both) <= (field.max_length or len(both)):
                filled[name] = both
    if further := {key: value for key, value in drop.custom.items() if key not in keep.custom}:
        filled["custom"] = {**keep.custom, **further}
    for decides, group in _TOGETHER.items():
        ours, theirs = getattr(keep, decides), getattr(drop, decides)
        if theirs and (not ours or ours == theirs):
            filled |= {name: getattr(drop, name) for name in group if getattr(drop, name) and not getattr(keep, name)}
    return filled


def _move_own(merge: Merge) -> None:
    keep, drop = merge.keep, merge.drop
    points = ContactPoint.objects.filter(client=drop)
    known = ContactPoint.objects.filter(client=keep, person=None).values("normalized")
    points.filter(person=None, normalized__in=known).delete()
    if ContactPoint.objects.filter(client=keep, person=None, is_primary=True).exists():
        # The kept client's main number stays its main number.
        points.filter(person=None).update(is_primary=False)
    points.update(client=keep)
    move_with_history(ContactPerson.objects.all(), merge)

    ClientRelation.objects.of(keep).filter(models.Q(source=drop) | models.Q(target=drop)).delete()
    for relation in ClientRelation.objects.of(drop):
        other = relation.other_side(drop)
        if ClientRelation.objects.of(keep).filter(models.Q(source=other) | models.Q(target=other), kind=relation.kind):
            relation.delete()
    ClientRelation.objects.filter(source=drop).update(source=keep)
    ClientRelation.objects.filter(target=drop).update(target=keep)

    for model in (ClientTag, Attachment, RecentItem):
        move_rows(model.objects.all(), "client", merge)

    taken = [keep.manager_id, *CoManager.objects.filter(client=keep).values_list("manager", flat=True)]
    CoManager.objects.filter(client=drop).exclude(manager__in=[pk for pk in taken if pk]).update(client=keep)

    periods = OwnershipPeriod.objects.filter(client=drop)
    periods.filter(until=None).update(until=merge.today, lost=OwnershipPeriod.Lost.REASSIGNED, changed_by=merge.by)
    periods.update(client=keep)


_handled.update(
    f"clients.{name}"
    for name in (
        "ContactPerson.client",
        "ContactPoint.client",
        "ClientRelation.source",
        "ClientRelation.target",
        "CoManager.client",
        "ClientTag.client",
        "Attachment.client",
        "RecentItem.client",
        "OwnershipPeriod.client",
    )
)
