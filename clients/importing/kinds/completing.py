"""What a row adds to an entry that is here: which facts change, and how that is remembered and taken back."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from clients.importing.kinds.facts import LEAVE_OUT
from clients.importing.kinds.options import OVERWRITE
from clients.importing.registry import Context, Outcome, Plan


def facts_to_change(entry: Model, values: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
    """Those of the row's facts that the entry does not have, or has otherwise where the row overwrites."""
    overwrites = ctx.options["duplicates"] == OVERWRITE
    return {
        name: value
        for name, value in values.items()
        if (now := getattr(entry, name)) != value and (overwrites or now in ("", None, False))
    }


def change(plan: Plan, entry: Model, facts: dict[str, Any], ctx: Context) -> None:
    """Set these facts on the instance and remember in the plan what stood there. What the model's own rules refuse is
    taken off ``facts``, or refuses the row: then the instance is as it was."""
    was = {name: getattr(entry, name) for name in facts}
    for name, value in facts.items():
        setattr(entry, name, value)
    _complain(plan, entry, facts, ctx)
    refused = plan.outcome == Outcome.REFUSED
    for name in was if refused else was.keys() - facts.keys():
        setattr(entry, name, was[name])
    if not refused:
        _remember(plan, was, facts)


def remember(plan: Plan, entry: Model, facts: Mapping[str, Any]) -> None:
    """Set facts that need no check, and remember in the plan what stood there."""
    _remember(plan, {name: getattr(entry, name) for name in facts}, facts)
    for name, value in facts.items():
        setattr(entry, name, value)


def _remember(plan: Plan, was: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    plan.kept.setdefault("before", {}).update({name: stored(was[name]) for name in facts})
    plan.kept.setdefault("after", {}).update({name: stored(value) for name, value in facts.items()})


def put_back(entry: Model, kept: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Give the instance back what stood there before. Returns the facts put back, and those changed since: they
    stay."""
    back, stay = [], []
    for name, value in kept.get("before", {}).items():
        if stored(getattr(entry, name)) != kept["after"].get(name):
            stay.append(name)
            continue
        setattr(entry, name, entry._meta.get_field(name).to_python(value))  # type: ignore[union-attr]
        back.append(name)
    return back, stay


def stored(value: Any) -> Any:
    """A fact as JSON keeps it."""
    return value if value is None or isinstance(value, str | bool | int | dict) else str(value)


def _complain(plan: Plan, entry: Model, values: dict[str, Any], ctx: Context) -> None:
    model = type(entry)
    exclude = {field.name for field in model._meta.fields if field.attname not in values or field.is_relation}
    for check in (lambda: entry.clean_fields(exclude=exclude), entry.clean):
        try:
            check()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                if ctx.options["wrong"] == LEAVE_OUT and values.pop(name, None) is not None:
                    plan.mend(" ".join(messages), name)
                else:
                    plan.refuse(" ".join(messages), name)


def log(entries: Collection[Model], ctx: Context, *, is_new: bool) -> None:
    """Say in the log of changes who imported them. A dry run has nobody to tell: a quarter of its time."""
    if not entries or ctx.is_dry:
        return
    history = type(next(iter(entries))).history  # type: ignore[attr-defined]
    history.bulk_history_create(
        entries, batch_size=500, update=not is_new, default_user=ctx.by, default_change_reason=reason(ctx),
        default_date=ctx.now,
    )  # fmt: skip


def log_removed(model: type[Model], ids: Collection[int], ctx: Context) -> None:
    """The same for entries that were deleted just now: a deletion of many knows nobody."""
    gone = model.history.filter(id__in=ids, history_type="-")  # type: ignore[attr-defined]
    gone.update(history_user=ctx.by, history_change_reason=reason(ctx))


def reason(ctx: Context) -> str:
    """For the log of changes, which has no language."""
    return f"import {ctx.job.pk}: {ctx.job.name}"[:100]


def stays(model: type[Model], names: Collection[str]) -> str:
    """Why an entry is not quite as it was: these facts were changed since. "" where there are none."""
    if not names:
        return ""
    labels = [str(model._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
    return _("Changed since, and left so: %(facts)s.") % {"facts": ", ".join(labels)}
