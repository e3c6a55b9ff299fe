"""Taking a merge back: the dropped client comes back with its key and its rows, the kept one gets its own facts again.

What somebody has changed since is left as it is, and said. What came to the kept client since stays there, unless it
hangs on something that goes back (an event in a sale).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_update_with_history

from clients import merge_notices
from clients.merging import registry
from clients.merging.facts import TOGETHER
from clients.merging.journal import chunks, client_columns, frozen_rows, thaw
from clients.merging.registry import Parting
from clients.models import Client, Manager, MergeRecord, OwnershipPeriod
from clients.zoning import clear_zone_dates, lock_clients, redate_batch
from crm import clock
from crm.web.errors import Conflict, DomainError

#: For so many days a merge may be taken back.
UNDO_DAYS = 7
GONE = _("This client does not exist any more.")


def undo_until(record: MergeRecord) -> dt.datetime:
    """The last moment at which it may be taken back."""
    return record.merged_at + dt.timedelta(days=UNDO_DAYS)


def may_undo(record: MergeRecord, now: dt.datetime) -> bool:
    """Whether *Undo* is offered: its days are not over, and nobody has done it."""
    return record.undone_at is None and bool(record.undo) and now <= undo_until(record)


def former_manager(record: MergeRecord) -> int | None:
    """Who held the dropped client; None for nobody, and when what was kept is forgotten."""
    label = Client._meta.label
    return next((row["manager_id"] for name, row in record.undo.get("deleted", ()) if name == label), None)


def forget_old(*, now: dt.datetime | None = None) -> int:
    """Empty what is kept of merges whose days are over: it holds facts of people. Returns of how many."""
    before = (now or clock.now()) - dt.timedelta(days=UNDO_DAYS)
    return MergeRecord.objects.filter(merged_at__lt=before).exclude(undo={}).update(undo={})


@transaction.atomic
def undo_merge(*, record_id: int, by: Manager, now: dt.datetime | None = None) -> MergeRecord:
    """Make two clients of one again. ``undo["left"]`` of the record says in words what could not be put back.

    Raises:
        Conflict: it was taken back already; or the kept client is gone, perhaps merged itself.
        DomainError: its days are over.
    """
    now = now or clock.now()
    keep_pk = MergeRecord.objects.values_list("keep_pk", flat=True).get(pk=record_id)
    keep = lock_clients([keep_pk]).get(keep_pk)
    record = MergeRecord.objects.select_for_update(no_key=True).get(pk=record_id)
    if record.undone_at:
        raise Conflict(_("This merge was taken back already."))
    if not may_undo(record, now):
        raise DomainError(_("The time to take it back is over."))
    if keep is None:
        raise Conflict(_why_gone(record))
    restoring = _Restoring(record, keep, by, clock.local_date(now))
    drop = restoring.run()
    record.undone_at, record.undone_by, record.undo = now, by, {"left": restoring.left}
    record.save(update_fields=["undone_at", "undone_by", "undo"])
    merge_notices.parted(record, drop=drop)
    return record


def _why_gone(record: MergeRecord) -> str:
    later = MergeRecord.objects.filter(drop_pk=record.keep_pk, undone_at=None).first()
    if later is None:
        return str(GONE)
    return gettext("It was merged into “%(client)s” itself: take that back first.") % {"client": later.keep_name}


class _Restoring:
    """One merge that is being taken back."""

    def __init__(self, record: MergeRecord, keep: Client, by: Manager, today: dt.date) -> None:
        self.record, self.keep, self.by, self.today = record, keep, by, today
        self.done: Mapping[str, Any] = record.undo
        #: What could not be put back, in words.
        self.left: list[str] = []

    def run(self) -> Client:
        """Put everything back. Returns the client that is there again."""
        self._restore_facts()
        drop = self._restore_client()
        parting = Parting(self.keep, drop, self.by, self.today)
        self._move_back(parting)
        self._restore_changed(parting)
        self._restore_deleted()
        if not drop.is_held:
            _close_open_periods(drop, self.today)
        for parter in registry.parters:
            parter(parting)
        redate_batch([self.keep.pk, drop.pk], today=self.today, cause="policy")
        return drop

    # --- the two clients ----------------------------------------------------------------------------------------------
    def _restore_facts(self) -> None:
        """The kept client's own facts, where nobody has changed them since."""
        keep, back = self.keep, {}
        columns = {field.attname: field for field in Client._meta.concrete_fields}
        now = frozen_rows(Client, [keep.pk])[keep.pk]
        changes = {name: pair for name, pair in self.done["keep"].items() if name in columns}
        if custom := changes.pop("custom", None):
            back["custom"] = self._custom(*custom)
        for name, (before, after) in changes.items():
            if now[name] == after:
                back[name] = columns[name].to_python(before)
            else:
                self._leave(keep, str(columns[name].verbose_name))
        if _code_taken({**now, **back}, keep.pk):
            back = {name: value for name, value in back.items() if name not in TOGETHER["inn"]}
            self._leave(keep, "INN")
        if not back:
            return
        for name, value in back.items():
            setattr(keep, name, value)
        keep._change_reason, keep._history_user = self._reason, self.by  # type: ignore[attr-defined]
        keep.save(update_fields=[columns[name].name for name in back] + ["updated_at"])

    def _custom(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(self.keep.custom)
        for key in {**before, **after}:
            if before.get(key) != after.get(key) and values.get(key) == after.get(key):
                values.pop(key, None)
                if key in before:
                    values[key] = before[key]
        return values

    def _restore_client(self) -> Client:
        label = Client._meta.label
        row = next(frozen for name, frozen in self.done["deleted"] if name == label)
        values = thaw(Client, row)
        for name, missing in _missing(Client, [row]).items():
            if values.get(name) in missing:
                values[name] = None
        drop = Client(**values)
        if _code_taken(row, drop.pk):
            for name in TOGETHER["inn"]:
                setattr(drop, name, "")
            self._leave(drop, "INN")
        if drop.external_id and Client.objects.filter(external_id=drop.external_id).exists():
            drop.external_id = ""
        if drop.is_held and not Manager.objects.sellers().filter(pk=drop.manager_id).exists():
            self._leave(drop, gettext("lead manager"))
            drop.manager = None
            clear_zone_dates(drop)
        drop.save_base(raw=True, force_insert=True)
        Client.history.bulk_history_create([drop], default_user=self.by, default_change_reason=self._reason)
        return drop

    @property
    def _reason(self) -> str:
        return f"merge taken back: #{self.record.drop_pk} {self.record.drop_name}"[:100]

    def _leave(self, client: Client, what: str) -> None:
        self.left.append(f"{client}: {what}")

    # --- their rows ---------------------------------------------------------------------------------------------------
    def _move_back(self, parting: Parting) -> None:
        for path, pks in self.done["moved"].items():
            label, column = path.rsplit(".", 1)
            if (model := _model(label)) is None:
                continue
            for some in chunks(pks):
                rows = model._base_manager.filter(pk__in=some, **{column: parting.keep.pk})
                _write(rows, {column: parting.drop.pk}, parting)

    def _restore_changed(self, parting: Parting) -> None:
        """To whom a row belongs, and what else was changed of it: each where it still is as the merge left it."""
        for label, pk, changes in self.done["changed"]:
            if (model := _model(label)) is None or not (now := frozen_rows(model, [pk]).get(pk)):
                continue
            owners = client_columns(model)
            for part in (
                {name: pair for name, pair in changes.items() if name in owners},
                {name: pair for name, pair in changes.items() if name not in owners},
            ):
                if part and all(now.get(name) == after for name, (_before, after) in part.items()):
                    before = thaw(model, {name: pair[0] for name, pair in part.items()})
                    _write(model._base_manager.filter(pk=pk), before, parting)

    def _restore_deleted(self) -> None:
        by_label: dict[str, list[dict[str, Any]]] = {}
        for label, frozen in self.done["deleted"]:
            if label != Client._meta.label:
                by_label.setdefault(label, []).append(frozen)
        for label, rows in by_label.items():
            if (model := _model(label)) is None:
                continue
            missing = _missing(model, rows)
            lost = sum(not _insert(model, row, missing) for row in rows)
            if lost:
                self.left.append(f"{model._meta.verbose_name_plural}: {lost}")


def _model(label: str) -> type[models.Model] | None:
    """None for a table that an update of the program has taken away since."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def _write(rows: models.QuerySet, values: Mapping[str, Any], parting: Parting) -> None:
    """Write these columns, with the change log where there is one; what breaks a rule by now is left as it is."""
    try:
        with transaction.atomic():
            if not hasattr(rows.model, "history"):
                rows.update(**values)
                return
            found = list(rows)
            for row in found:
                for name, value in values.items():
                    setattr(row, name, value)
            fields = [field.name for field in rows.model._meta.concrete_fields if field.attname in values]
            bulk_update_with_history(
                found, rows.model, fields, default_user=parting.by, default_change_reason=parting.reason
            )
    except IntegrityError:
        return


def _insert(model: type[models.Model], frozen: Mapping[str, Any], missing: Mapping[str, Collection[int]]) -> bool:
    """A row that was deleted, with its key; False where what it refers to is gone, or it stands there anew."""
    values = thaw(model, frozen)
    for name, gone in missing.items():
        if values[name] in gone:
            if not model._meta.get_field(name.removesuffix("_id")).null:
                return False
            values[name] = None
    try:
        with transaction.atomic():
            model(**values).save_base(raw=True, force_insert=True)
    except IntegrityError:
        return False
    return True


def _missing(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """The keys these rows refer to that are gone, by column: the database would only find out at the very end."""
    missing = {}
    for field in model._meta.concrete_fields:
        target = field.related_model
        if target is None:
            continue
        wanted = {row[field.attname] for row in rows if row.get(field.attname) is not None}
        there: set[int] = set()
        for some in chunks(sorted(wanted)):
            there |= set(target._base_manager.filter(pk__in=some).values_list("pk", flat=True))
        if wanted - there:
            missing[field.attname] = wanted - there
    return missing


def _code_taken(row: Mapping[str, Any], pk: int) -> bool:
    """Whether another client has this INN and KPP by now."""
    return bool(row["inn"]) and Client.objects.filter(inn=row["inn"], kpp=row["kpp"]).exclude(pk=pk).exists()


def _close_open_periods(drop: Client, today: dt.date) -> None:
    OwnershipPeriod.objects.filter(client=drop, until=None).update(until=today, lost=OwnershipPeriod.Lost.LEFT)
