"""What became, or would become, of the rows of an import, for its page."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from clients.importing import jobs
from clients.importing.passes import PREVIEW
from clients.models import ImportJob, ImportRow, Manager
from crm.web.pagination import paginate

Status, Outcome = ImportJob.Status, ImportRow.Outcome
#: Beside the outcomes: rows that could not be taken back.
STAY = "stay"
ALL = "all"


@dataclass
class Figure:
    """How many rows have one outcome; ``promised``: how many the check had said, where it was another number."""

    outcome: str
    label: Any
    number: int
    promised: int | None = None
    is_current: bool = False


@dataclass
class Preview:
    """The first rows as they will be: a table."""

    labels: list[Any] = field(default_factory=list)
    rows: list[tuple[ImportRow, list[str]]] = field(default_factory=list)


def results(job: ImportJob, outcome: str, page: str | None, reader: Manager) -> dict[str, Any]:
    """The figures by outcome, one page of rows with what they became, the preview of what was only checked."""
    is_dry = job.status == Status.CHECKED
    rows = job.rows.filter(is_dry=is_dry)
    chosen = outcome if outcome in (*Outcome.values, STAY) else "" if outcome == ALL else _first_to_look_at(job)
    shown = paginate(_only(rows, chosen), page)
    _name_targets(job, shown.rows, reader)
    return {
        "figures": [_figure(job, choice, chosen, is_dry) for choice in Outcome],
        "stay": job.counts.get("stay", 0),
        "undone": job.counts.get("undone", 0),
        "chosen": chosen,
        "page": shown,
        "preview": _preview(job, rows, reader) if is_dry else None,
    }


def _first_to_look_at(job: ImportJob) -> str:
    """What needs a look first: what was refused; else everything."""
    return Outcome.REFUSED if job.counts.get("refused") else ""


def _only(rows: QuerySet[ImportRow], chosen: str) -> QuerySet[ImportRow]:
    if chosen == STAY:
        rows = rows.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED], undone=False)
    elif chosen:
        rows = rows.filter(outcome=chosen)
    return rows.order_by("line").defer("cells", "kept")


def _figure(job: ImportJob, outcome: ImportRow.Outcome, chosen: str, is_dry: bool) -> Figure:
    number, promised = job.counts.get(outcome, 0), job.promised.get(outcome, 0)
    differs = not is_dry and number != promised
    return Figure(outcome, outcome.label, number, promised if differs else None, is_current=outcome == chosen)


def _name_targets(job: ImportJob, rows: Any, reader: Manager) -> None:
    """Give each row ``name`` and ``url`` of what it became; empty where the reader may not see it."""
    kind = jobs.kind_of(job)
    keys = {row.target for row in rows if row.target and not row.undone}
    found = kind.targets(keys, reader) if kind and keys else {}
    for row in rows:
        row.name, row.url = found.get(row.target, ("", ""))


def _preview(job: ImportJob, rows: QuerySet[ImportRow], reader: Manager) -> Preview:
    kind = jobs.kind_of(job)
    if kind is None:
        return Preview()
    found = [row for row in rows.order_by("line").defer("cells")[:PREVIEW] if row.kept.get("will")]
    named = {key for row in found for key in row.kept["will"]}
    fields = [field for field in kind.fields(reader) if field.key in named]
    return Preview(
        [field.label for field in fields],
        [(row, [row.kept["will"].get(field.key, "") for field in fields]) for row in found],
    )
