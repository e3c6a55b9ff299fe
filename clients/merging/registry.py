"""Who moves what when two clients become one.

The clients app moves what is its own; every other app registers in ``AppConfig.ready()`` a function that moves its rows
inside the same transaction, and says of every reference to a client what becomes of it. A test walks all models and
fails on a reference nobody has spoken for. Taking a merge back needs no word from them: ``clients.merging.journal``
notes what became of every row that stood at the dropped client. A mover that changes rows of somebody else has them
watched first (``merge.journal.watch``).
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from django.db import IntegrityError, models, transaction
from simple_history.utils import bulk_update_with_history

from clients.merging.journal import Journal
from clients.models import Client, Manager


@dataclass(frozen=True, slots=True)
class Merge:
    """What a mover is told: both rows are locked, ``drop`` is deleted when all movers have been called."""

    keep: Client
    drop: Client
    by: Manager
    today: dt.date
    journal: Journal = field(default_factory=Journal)

    @property
    def reason(self) -> str:
        """For the change log: it has room for a hundred characters."""
        return f"merged: #{self.drop.pk} {self.drop.name} into #{self.keep.pk}"[:100]


@dataclass(frozen=True, slots=True)
class Parting:
    """A merge that is taken back, as it is told to who has something to say: the rows stand where they stood, both
    clients are locked. What came to ``keep`` since, and hangs on a row that went back, may have to go with it."""

    keep: Client
    drop: Client
    by: Manager
    today: dt.date

    @property
    def reason(self) -> str:
        """For the change log."""
        return f"merge taken back: #{self.drop.pk} {self.drop.name}"[:100]


Mover = Callable[[Merge], None]
Parter = Callable[[Parting], None]
movers: list[Mover] = []
parters: list[Parter] = []
_handled: set[str] = set()


def register(mover: Mover, *, handles: Collection[str], parter: Parter | None = None) -> None:
    """Have ``mover`` called in every merge, and ``parter`` whenever one is taken back.

    ``handles``: the references it answers for, "interactions.Event.client"; moved, or knowingly left to be deleted with
    the dropped client.
    """
    if mover not in movers:
        movers.append(mover)
        if parter:
            parters.append(parter)
    _handled.update(handles)


def handled() -> frozenset[str]:
    """The references to a client that somebody answers for."""
    return frozenset(_handled)


def references() -> set[str]:
    """All references to a client in the program's tables, change logs aside."""
    return {f"{model._meta.app_label}.{model.__name__}.{field.name}" for model, field in references_to(Client)}


def watch_references(merge: Merge) -> None:
    """Note all rows that stand at the dropped client, and both clients."""
    for model, reference in references_to(Client):
        merge.journal.watch(model._base_manager.filter(**{reference.name: merge.drop.pk}))
    merge.journal.watch(Client._base_manager.filter(pk__in=[merge.keep.pk, merge.drop.pk]))


def references_to(target: type[models.Model]) -> list[tuple[type[models.Model], models.Field]]:
    """Every foreign key of the program to a table, hidden ones too, change logs aside: those stay as written."""
    from django.apps import apps

    return [
        (model, field)
        for model in apps.get_models()
        if not hasattr(model, "history_object") and not model.__name__.startswith("Historical")
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
        if field.remote_field and field.related_model is target and not _through_own_model(field)
    ]


def _through_own_model(field: models.Field) -> bool:
    """A many-to-many whose table is a model of its own: that one's foreign keys are listed."""
    return bool(field.many_to_many) and not field.remote_field.through._meta.auto_created  # type: ignore[union-attr]


def move_rows(rows: models.QuerySet, field: str, merge: Merge) -> None:
    """Give plain rows to the kept client one by one; one that would stand there twice is deleted."""
    repoint(rows.filter(**{field: merge.drop.pk}), field, merge.keep.pk)


def repoint(rows: models.QuerySet, field: str, target: int) -> None:
    """Let rows refer to something else, one by one; one that would stand there twice is deleted."""
    for pk in rows.values_list("pk", flat=True):
        row = rows.model._base_manager.filter(pk=pk)
        try:
            with transaction.atomic():
                row.update(**{field: target})
        except IntegrityError:
            row.delete()


def refer_to(merge: Merge, goes: models.Model, stays: int) -> None:
    """Everything that refers to a row refers to its twin, the row ``stays``; what would refer to it twice is
    deleted."""
    for model, reference in references_to(type(goes)):
        rows = model._base_manager.filter(**{reference.name: goes.pk})
        merge.journal.watch(rows)
        repoint(rows, reference.name, stays)


def move_with_history(rows: models.QuerySet, merge: Merge | Parting) -> int:
    """Give rows that keep a change log to the other client, and write it down there: to the kept one in a merge, to the
    one that comes back when it is taken back. Returns how many."""
    if isinstance(merge, Merge):
        return give_with_history(rows, merge.drop, merge.keep, merge)
    return give_with_history(rows, merge.keep, merge.drop, merge)


def give_with_history(rows: models.QuerySet, giver: Client, taker: Client, why: Merge | Parting) -> int:
    """Give rows of one client that keep a change log to another, and write it down there. Returns how many."""
    found = list(rows.filter(client=giver))
    for row in found:
        row.client = taker
    bulk_update_with_history(
        found, rows.model, ["client"], batch_size=500, default_user=why.by, default_change_reason=why.reason
    )
    return len(found)
