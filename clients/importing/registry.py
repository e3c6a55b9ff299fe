"""What a row of an imported file can become: one class per kind of import, registered under its key.

A kind knows nothing of files, jobs and pages. The engine (``clients.importing.jobs``) hands it at most ``CHUNK`` rows
at a time, cells sorted under the keys of its fields, and keeps what it answers:

1. ``prepare(rows, ctx)`` reads what it needs set-based, locks the clients concerned (``clients.zoning.lock_clients``),
   and decides the fate of every row: exactly one :class:`Plan` per row, in their order. It writes nothing.
2. ``write(plans, ctx)`` does what was decided, set-based, and completes each plan: ``target`` (the key of what was
   made or changed) and ``kept`` (what ``undo`` needs).
3. ``undo(rows, ctx)`` takes rows back, newest first, where nobody changed them since.

A chunk is one transaction. A dry run is the same two steps, rolled back: so nothing may be done that a rollback does
not take along (letters and tasks by ``transaction.on_commit``). Because rolled back chunks leave nothing in the
database, rows that mean the same thing find each other through ``ctx.identities``, which outlives the chunks of a pass.

Whatever ``write`` raises, the engine rolls back, halves the chunk and tries again, down to the single row that is at
fault: that one is refused with the words of a DomainError or ValidationError. Kinds catch nothing.

The apps above register theirs in ``AppConfig.ready()``::

    registry.register(ClientImport())
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from django.db.models import Model
from django.forms import Form
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from clients.models import ImportJob, ImportRow, Manager
from crm.web.access import Access

#: A cell as it was read: text from CSV; from a spreadsheet also what a cell there can be. Empty cells are never handed
#: on. Text is stripped, without NUL and other control characters, at most ``reading.LONGEST_CELL`` characters long.
Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta
Outcome = ImportRow.Outcome


@dataclass(frozen=True)
class ImportField:
    """One thing a column may hold.

    Attributes:
        key: its name in mappings and in ``ParsedRow``.
        label: what people call it.
        synonyms: other headers that mean it, in any case: English, Russian, 1C's own. ``label`` is one by itself.
        is_required: a file without such a column is not begun with.
        is_many: several columns may hold it ("Phone", "Phone 2"); ``ParsedRow.every`` gives them all.
        hint: one short line beside the choice: how it is written, what it does.
    """

    key: str
    label: str | Promise
    synonyms: Sequence[str] = ()
    is_required: bool = False
    is_many: bool = False
    hint: str | Promise = ""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a row, or what was mended in it.

    Attributes:
        words: in the language of the import's owner; a whole sentence.
        field: the key of the field it is about; "" for the row as a whole.
        value: the cell as it stood.
        is_mended: only told; the row is not refused for it.
    """

    words: str
    field: str = ""
    value: str = ""
    is_mended: bool = False


@dataclass(frozen=True)
class ParsedRow:
    """A row of the file under the names of the kind's fields.

    Attributes:
        line: its number, as a spreadsheet shows it.
        cells: field → its cells in the order of the columns; fields without any are not there.
        findings: what the reader had to say of it (cells cut short, too many of them): part of its answer already.
    """

    line: int
    cells: Mapping[str, Sequence[Cell]]
    findings: Sequence[Finding] = ()

    def get(self, key: str) -> Cell | None:
        """The first cell of this field; None where all are empty."""
        return next(iter(self.cells.get(key, ())), None)

    def every(self, key: str) -> Sequence[Cell]:
        """All filled cells of this field."""
        return self.cells.get(key, ())

    def text(self, key: str) -> str:
        """The first cell as text: a number without a fraction has no ".0", a moment is ISO; "" where it is empty."""
        return as_text(self.get(key))

    def texts(self, key: str) -> list[str]:
        """All filled cells of this field as text."""
        return [as_text(cell) for cell in self.every(key)]


def as_text(cell: Cell | None) -> str:
    """A cell as the text that somebody would have typed for it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


@dataclass
class Plan:
    """What becomes of a row.

    Attributes:
        row: the row.
        outcome: decided by ``prepare``; ``write`` may still change it.
        findings: why it is refused or passed over, what was mended; the reader's own need not be repeated.
        target: the key of what it became (``write``) or of what is here already (``prepare``).
        data: the kind's own: whatever ``write`` needs.
        kept: what ``undo`` needs, as JSON: {"before": {…}, "after": {…}, "made": {…}}.
    """

    row: ParsedRow
    outcome: Outcome = Outcome.CREATED
    findings: list[Finding] = field(default_factory=list)
    target: int | None = None
    data: Any = None
    kept: dict[str, Any] = field(default_factory=dict)

    def refuse(self, words: str, key: str = "", value: str | None = None) -> None:
        """Mark the row as refused; several reasons add up. ``value``: the cell, by default the field's text."""
        self.outcome = Outcome.REFUSED
        self._add(words, key, value, is_mended=False)

    def skip(self, words: str, key: str = "", value: str | None = None) -> None:
        """Mark the row as passed over: nothing is wrong with it, and there is nothing to mend."""
        self.outcome = Outcome.SKIPPED
        self._add(words, key, value, is_mended=False)

    def mend(self, words: str, key: str = "", value: str | None = None) -> None:
        """Tell that a cell was understood differently from what it says, or passed over. The row goes on."""
        self._add(words, key, value, is_mended=True)

    @property
    def is_written(self) -> bool:
        """Whether ``write`` has anything to do with it."""
        return self.outcome in (Outcome.CREATED, Outcome.UPDATED)

    def _add(self, words: str, key: str, value: str | None, *, is_mended: bool) -> None:
        cell = self.row.text(key) if value is None and key else value or ""
        self.findings.append(Finding(words, key, cell, is_mended))


class Identities(Protocol):
    """Which row of this file said first what something is: remembered through all chunks of a pass, dry or not.

    A key is a text of any length that the kind makes up: "inn:7701234567/770101001", "phone:+79161234567".
    """

    def load(self, keys: Iterable[str]) -> None:
        """Read what is remembered of these keys, in one query: call it once for the chunk."""

    def line(self, key: str) -> int | None:
        """The row of this pass that was first to add this key; None where there was none."""

    def add(self, key: str, line: int) -> None:
        """Remember it; what is remembered already stays."""


@dataclass(frozen=True)
class Context:
    """What a chunk is done in.

    Attributes:
        job: the import; the kind reads at most ``pk`` and ``name`` of it.
        by: its owner: what he may touch is asked anew in every chunk.
        options: the cleaned data of ``options_form``.
        columns: the keys of the fields that have a column.
        is_dry: this will be rolled back. The kind decides nothing by it;
            only what is told of a change (logs, listeners) may be left out.
        today: the company's date.
        now: the moment of the chunk.
        identities: see there.
    """

    job: ImportJob
    by: Manager
    options: Mapping[str, Any]
    columns: Collection[str]
    is_dry: bool
    today: dt.date
    now: dt.datetime
    identities: Identities


class OptionsForm(Form):
    """What a kind asks beside the columns. Every field has an initial value or is not required."""

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)


class ImportKind:
    """What the rows of a file become.

    Class attributes:
        key: its name in jobs and addresses; at most 20 characters.
        label: "Clients", "Contact persons", "Events".
        hint: one line under the label: what a row is, what it needs.
        icon: a name of Bootstrap Icons.
        order: place among the kinds.
        access: the lowest role it is offered to.
        options_form: asks for the duplicates' policy and the like; its data are read anew for every chunk.
        model: what the rows become; has ``visible_to`` and its entries ``get_absolute_url``.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    hint: ClassVar[str | Promise] = ""
    icon: ClassVar[str] = "file-earmark-arrow-up"
    order: ClassVar[int] = 50
    access: ClassVar[Access] = Access.SALES
    options_form: ClassVar[type[OptionsForm]] = OptionsForm
    model: ClassVar[type[Model]]

    def fields(self, user: Manager) -> Sequence[ImportField]:
        """What a column may hold, in the order of the choice; the company's own fields among them."""
        raise NotImplementedError

    def complaints(self, columns: Collection[str], user: Manager) -> list[str]:
        """Why a file with these columns cannot be begun with, in whole sentences."""
        lacking = [str(field.label) for field in self.fields(user) if field.is_required and field.key not in columns]
        return [_("Say which column is “%(field)s”.") % {"field": label} for label in lacking]

    def prepare(self, rows: Sequence[ParsedRow], ctx: Context) -> Sequence[Plan]:
        """Decide what becomes of each row: one plan per row, in their order. Writes nothing.

        A constant number of queries, whatever the rows. Rows of one chunk may mean the same thing as well.
        """
        raise NotImplementedError

    def write(self, plans: Sequence[Plan], ctx: Context) -> None:
        """Do what was decided: ``plans`` are the prepared ones that are new or completed (``Plan.is_written``).

        Raises:
            DomainError, ValidationError: a rule refuses something; the engine finds out which row it is.
        """
        raise NotImplementedError

    def words(self, plan: Plan) -> Mapping[str, str]:
        """A prepared row as it will be, for the preview: field → what is stored, in words. Asked of a few rows only."""
        return {key: plan.row.text(key) for key in plan.row.cells}

    def undo(self, rows: Sequence[ImportRow], ctx: Context) -> Mapping[int, str]:
        """Take these new or completed rows back, the newest first: the key of each row → "" or why it stays.

        What was made goes unless somebody has worked with it since; what was completed gets back the facts that still
        are as the import left them.
        """
        raise NotImplementedError

    def targets(self, keys: Iterable[int], user: Manager) -> Mapping[int, tuple[str, str]]:
        """What rows became, as far as this person may see it: key → (its name, its address). One query."""
        rows = self.model._default_manager.visible_to(user).filter(pk__in=list(keys))  # type: ignore[attr-defined]
        return {row.pk: (str(row), row.get_absolute_url()) for row in rows}


#: Told in the transaction in which an import ends, or has been taken back.
Listener = Callable[[ImportJob], None]

_kinds: dict[str, ImportKind] = {}
_listeners: list[Listener] = []


def register(*kinds: ImportKind) -> None:
    """Offer these kinds. A second one of the same key replaces the first."""
    for kind in kinds:
        _kinds[kind.key] = kind


def find(key: str) -> ImportKind | None:
    """The kind of this key."""
    return _kinds.get(key)


def kinds_for(user: Manager) -> list[ImportKind]:
    """What this person may import."""
    return sorted((kind for kind in _kinds.values() if kind.access.allows(user)), key=lambda kind: kind.order)


def register_listener(listener: Listener) -> None:
    """Tell ``listener`` of every import that is finished or taken back."""
    if listener not in _listeners:
        _listeners.append(listener)


def announce(job: ImportJob) -> None:
    """Tell everybody who wants to know."""
    for listener in _listeners:
        listener(job)
