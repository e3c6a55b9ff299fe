"""Rows of a file put to a kind of import as the engine puts them, without files and pages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from clients.importing import registry
from clients.importing.registry import Cell, Context, ImportKind, ParsedRow, Plan
from clients.models import ImportJob, ImportRow, Manager
from crm import clock


class Remembered(dict):
    """``registry.Identities`` in memory."""

    def load(self, keys: Iterable[str]) -> None:
        self.loaded = set(keys)

    def line(self, key: str) -> int | None:
        assert key in self.loaded, "asked for without being read"
        return self.get(key)

    def add(self, key: str, line: int) -> None:
        self.setdefault(key, line)


def job_of(kind: ImportKind, by: Manager) -> ImportJob:
    return ImportJob.objects.create(owner=by, kind=kind.key, name="file.csv", size=1, file="imports/none")


def parsed(rows: Sequence[Mapping[str, Cell | Sequence[Cell]]], first: int = 2) -> list[ParsedRow]:
    """Rows as dictionaries; a list is a field with several columns."""
    return [
        ParsedRow(
            line, {key: value if isinstance(value, list) else [value] for key, value in row.items() if value != ""}
        )
        for line, row in enumerate(rows, start=first)
    ]


def put(
    kind_key: str,
    rows: Sequence[Mapping[str, Any]],
    by: Manager,
    *,
    is_dry: bool = False,
    identities: Remembered | None = None,
    job: ImportJob | None = None,
    first: int = 2,
    **options: Any,
) -> list[Plan]:
    """Prepare and write these rows as one chunk. Options that are not given are as the form has them."""
    kind = registry.find(kind_key)
    assert kind is not None
    form = kind.options_form(user=by)
    defaults = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    for name, field in form.fields.items():
        if hasattr(field, "queryset") and defaults[name]:
            defaults[name] = field.queryset.get(pk=defaults[name])
    ctx = Context(
        job or job_of(kind, by),
        by,
        {**defaults, **options},
        {key for row in rows for key in row},
        is_dry,
        clock.today(),
        clock.now(),
        Remembered() if identities is None else identities,
    )
    with transaction.atomic():
        plans = list(kind.prepare(parsed(rows, first), ctx))
        kind.write([plan for plan in plans if plan.is_written], ctx)
        transaction.set_rollback(is_dry)
    assert [plan.row.line for plan in plans] == list(range(first, first + len(rows)))
    for plan in plans:
        ImportRow.objects.create(
            job=ctx.job, line=plan.row.line, outcome=plan.outcome, target=plan.target, kept=plan.kept, is_dry=is_dry
        )
    return plans


def undo(plans: Sequence[Plan], kind_key: str, by: Manager) -> list[str]:
    """Take these rows back, the newest first; in the order of the rows."""
    kind = registry.find(kind_key)
    assert kind is not None
    job = ImportJob.objects.latest("pk")
    rows = list(job.rows.filter(is_dry=False, outcome__in=["created", "updated"]).order_by("-line"))
    ctx = Context(job, by, {}, set(), False, clock.today(), clock.now(), Remembered())
    with transaction.atomic():
        answers = kind.undo(rows, ctx)
    return [answers[row.pk] for row in reversed(rows)]


def outcomes(plans: Sequence[Plan]) -> list[str]:
    return [str(plan.outcome) for plan in plans]


def words(plan: Plan) -> str:
    """All that was found in a row."""
    return " ".join(finding.words for finding in plan.findings)
