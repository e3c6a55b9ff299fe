"""Taking imported entries back: new ones go if nobody worked with them, completed ones get their facts back."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import Count, Model
from django.utils.translation import gettext as _

from clients import tags
from clients.importing.kinds import completing, extras
from clients.importing.registry import Context, Outcome
from clients.models import Client, ImportRow
from clients.zoning import lock_clients

#: Writes these facts of entries: (entries, names of the facts, context).
Store = Callable[[Sequence[Any], set[str], Context], None]
#: References that are no reason to keep an entry: what an import makes itself, and the program's own records. Apps
#: above add theirs.
_harmless = {
    "clients.ContactPoint.client",
    "clients.ContactPoint.person",
    "clients.ClientTag.client",
    "clients.PersonTag.person",
    "clients.OwnershipPeriod.client",
    "clients.RecentItem.client",
    "clients.DuplicatePair.one",
    "clients.DuplicatePair.other",
}


def register_harmless(*references: str) -> None:
    """Rows of these references ("exchange.ZoneTransition.client") go with an imported entry that is taken back."""
    _harmless.update(references)


def take_back(model: type[Model], rows: Sequence[ImportRow], ctx: Context, store: Store) -> dict[int, str]:
    """See ``ImportKind.undo``; for clients and for what hangs on them."""
    entries, answers = editable_entries(model, rows, ctx)
    left = [row for row in rows if row.pk not in answers]
    # A row further down may have completed what a row further up has made: the newest goes first.
    answers |= _put_back(model, [row for row in left if row.outcome == Outcome.UPDATED], entries, ctx, store)
    return answers | _remove(model, [row for row in left if row.outcome == Outcome.CREATED], ctx)


def editable_entries(
    model: type[Model], rows: Sequence[ImportRow], ctx: Context
) -> tuple[dict[int, Any], dict[int, str]]:
    """What these rows became, its clients locked; and why some of them stay: row → words."""
    targets = model._default_manager.filter(pk__in=[row.target for row in rows])
    lock_clients(targets.values_list("pk" if model is Client else "client_id", flat=True))
    entries = targets.in_bulk()
    editable = set(targets.editable_by(ctx.by).values_list("pk", flat=True))  # type: ignore[attr-defined]
    answers = {}
    for row in rows:
        if row.target not in entries:
            answers[row.pk] = _("It is not here any more.")
        elif row.target not in editable:
            answers[row.pk] = _("It is not yours any more.")
    return entries, answers


def worked_with(model: type[Model], ids: Collection[int]) -> set[int]:
    """Those of these entries that were changed since they were imported, or that something else refers to now. One
    query for each kind of reference."""
    changes = model.history.filter(id__in=ids).values("id").annotate(times=Count("pk"))  # type: ignore[attr-defined]
    found = set(changes.filter(times__gt=1).values_list("id", flat=True))
    for reference, rows, name in _references(model):
        if reference not in _harmless and (left := set(ids) - found):
            found |= set(rows.filter(**{f"{name}__in": left}).values_list(name, flat=True).distinct())
    return found


def _references(model: type[Model]) -> Iterable[tuple[str, Any, str]]:
    for other in apps.get_models():
        if other.__name__.startswith("Historical"):
            continue
        for field in other._meta.local_fields:
            if field.remote_field and field.related_model is model:
                yield f"{other._meta.app_label}.{other.__name__}.{field.name}", other._base_manager, field.attname


def _remove(model: type[Model], rows: Sequence[ImportRow], ctx: Context) -> dict[int, str]:
    by_entry = {row.target: row for row in rows if row.target}
    stay = worked_with(model, by_entry.keys()) | _with_more(model, by_entry)
    going = by_entry.keys() - stay
    model._default_manager.filter(pk__in=going).delete()
    completing.log_removed(model, going, ctx)
    return {row.pk: _("Somebody has worked with it since.") if pk in stay else "" for pk, row in by_entry.items()}


def _with_more(model: type[Model], by_entry: Mapping[int, ImportRow]) -> set[int]:
    """Entries that got phones or tags since."""
    links, name = tags.links_of(model)
    found = [("points", row) for row in extras.points_of(model, by_entry).values_list(extras.owner(model), "pk")]
    found += [("tags", row) for row in links.filter(**{f"{name}__in": by_entry}).values_list(name, "tag_id")]
    return {pk for what, (pk, key) in found if key not in by_entry[pk].kept.get("made", {}).get(what, ())}


def _put_back(
    model: type[Model], rows: Sequence[ImportRow], entries: Mapping[int, Any], ctx: Context, store: Store
) -> dict[int, str]:
    answers: dict[int, str] = {}
    changed, names = {}, set()
    for row in rows:
        entry = entries[row.target or 0]
        back, stay = completing.put_back(entry, row.kept)
        if back:
            changed[entry.pk] = entry
            names.update(back)
        answers[row.pk] = completing.stays(model, stay)
    if changed:
        store(list(changed.values()), names, ctx)
        completing.log(list(changed.values()), ctx, is_new=False)
    extras.remove(model, rows)
    return answers
