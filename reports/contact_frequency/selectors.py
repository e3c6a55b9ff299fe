"""Reads of the report on contact frequency. Its queries do not grow with managers, clients, events or regulations."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from interactions.due_contacts import due_contacts
from interactions.regulations import regulation_book
from interactions.rules.regulations import RegulationBook
from reports.contact_frequency import words
from reports.contact_frequency.figures import (
    LATE,
    MISSED,
    SOON,
    STATE,
    held_now_by,
    holdings_by,
    kind_names,
    kinds,
    name_of,
)
from reports.contact_frequency.filters import NO_CATEGORY
from reports.frame.figures import Number, Unit, number_of_rows, summed
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Picture, Result, Table, Tile
from reports.frame.tree import sorted_lines, tree
from reports.rules.charts import Amount, bars
from reports.rules.comparing import FEW
from reports.rules.shares import percent

#: So many of those who are overdue have a line; all of them are behind the number.
LATE_SHOWN = 30
#: Of more clients than this (of a large company as a whole) nobody is named, and nothing is judged: each contact of
#: the period would have to be looked at. What is due now is counted of any number.
MOST_LOOKED_AT = 50_000
JUDGED = ("asked", "kept", "missed")
NOW = ("ruled", "late", "soon")

Numbers = Mapping[str, Number]


def build(ask: Ask) -> Result:
    """The report: about fifteen queries beside those of the filters, four more when it is compared."""
    return _Report(ask).result


@dataclass(frozen=True, slots=True)
class Judged:
    """So many holdings of one manager, with clients of one category, that fared alike: the state of each kind."""

    whose: int
    category: str
    states: Mapping[str, int]
    number: int


def judged(scope: Scope, book: RegulationBook) -> list[Judged]:
    """All holdings of the period. Three queries and, for each row there is, one look at its contacts of each kind."""
    rows = holdings_by(scope, book)
    states = [name for name in rows.query.annotations if name.startswith(STATE)]
    found = rows.values("whose", "client__category", *states).annotate(number_of=number_of_rows())
    return [
        Judged(
            row["whose"],
            row["client__category"],
            {name.removeprefix(STATE): row[name] for name in states},
            row["number_of"],
        )
        for row in found
    ]


def add(numbers: dict[str, Number], state: int, number: int, prefix: str = "") -> None:
    """Count holdings of one state."""
    if state:
        numbers[f"{prefix}asked"] += number
        numbers[f"{prefix}{'missed' if state == MISSED else 'kept'}"] += number


@dataclass
class _Report:
    ask: Ask

    @property
    def scope(self) -> Scope:
        return self.ask.scope

    @property
    def result(self) -> Result:
        found = tree(self.ask.filterset, self.numbers, self.cells, sort=self.ask.sort)
        columns = [
            Column("ruled", _("Under a regulation now"), title=_("Clients held now of whom contacts are asked for.")),
            *self.judged_columns,
            Column("late", _("Overdue now"), good="less", title=_("The next contact was due before today.")),
            Column("soon", _("Due within 7 days"), title=_("The next contact is due today or within 7 days.")),
        ]
        return Result(
            scope=self.scope,
            headline=words.headline(self.total) if self.is_judged else words.of_now(self.total),
            remarks=words.remarks(
                self.total,
                self.ask.filterset.scope,
                is_regulated=bool(self.book.kinds),
                is_judged=self.is_judged,
            ),
            tiles=self.tiles(),
            pictures=self.pictures(found.lines),
            tables=[
                Table(
                    "managers",
                    _("By department and manager"),
                    columns,
                    found.lines,
                    found.total,
                    note=words.how_it_counts(),
                    empty=_("Nothing was asked for in this period."),
                ),
                self.regulations(),
                self.late(),
            ],
            compared=self.ask.compared.period if self.ask.compared and self.is_judged else None,
            folded=found.folded,
        )

    # --- what is read -------------------------------------------------------------------------------------------------
    @cached_property
    def book(self) -> RegulationBook:
        return regulation_book()

    @cached_property
    def names(self) -> dict[int | None, str]:
        """The kinds of contact asked for, as far as the reader wants to know."""
        return kind_names(kinds(self.book, self.scope))

    @cached_property
    def judged(self) -> list[Judged]:
        return judged(self.scope, self.book) if self.is_judged else []

    @cached_property
    def due_now(self) -> dict[int, dict[str, int]]:
        """Who is ruled now, late, soon to be spoken with. One query."""
        found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(NOW, 0))
        # Of whom nothing is asked is left out here: asked by a condition, it would be worked out twice for everybody.
        rows = self.held.values_list("whose", "due").annotate(number_of=number_of_rows())
        for whose, due, number in rows:
            if due:
                found[whose]["ruled"] += number
            if name := {SOON: "soon", LATE: "late"}.get(due):
                found[whose][name] += number
        return found

    @cached_property
    def is_judged(self) -> bool:
        return sum(numbers["ruled"] for numbers in self.due_now.values()) <= MOST_LOOKED_AT

    @cached_property
    def held(self) -> QuerySet:
        return held_now_by(self.scope, self.book)

    @cached_property
    def numbers(self) -> dict[int | None, dict[str, Number]]:
        """By whose they are."""
        found: dict[int | None, dict[str, Number]] = defaultdict(lambda: defaultdict(int))
        for each in self.judged:
            add(found[each.whose], max(each.states.values(), default=0), each.number)
        for whose, due in self.due_now.items():
            found[whose].update(due)
        if self.ask.compared and self.is_judged:
            for each in judged(self.ask.compared, self.book):
                add(found[each.whose], max(each.states.values(), default=0), each.number, "then_")
        return found

    @cached_property
    def total(self) -> Numbers:
        return summed(self.numbers.values())

    # --- what is shown ------------------------------------------------------------------------------------------------
    @property
    def judged_columns(self) -> list[Column]:
        return [
            Column(
                "asked",
                pgettext("regulation", "Asked for"),
                title=_("Clients somebody held long enough that a contact was to be made."),
            ),
            Column("kept", pgettext("regulation", "Kept"), good="more", title=_("All contacts asked for were made.")),
            Column("missed", _("Missed"), good="less", title=_("Fewer contacts were made than asked for.")),
            Column("share", _("Kept, share"), Unit.PERCENT, good="more"),
        ]

    def cells(self, numbers: Numbers) -> dict[str, Cell]:
        due = {key: Cell(numbers.get(key, 0), key) for key in NOW}
        if not self.is_judged:
            return dict.fromkeys((*JUDGED, "share"), Cell(None)) | due
        is_compared = self.ask.compared is not None
        found = {
            key: Cell(numbers.get(key, 0), key, then=numbers.get(f"then_{key}", 0) if is_compared else None)
            for key in JUDGED
        }
        asked = numbers.get("asked", 0)
        found["missed"] = replace(found["missed"], tone="bad" if numbers.get("missed") else "")
        found["share"] = Cell(
            percent(numbers.get("kept", 0), asked),
            then=percent(numbers.get("then_kept", 0), numbers.get("then_asked", 0)) if is_compared else None,
            few=0 < asked < FEW,
        )
        return found | due

    def tiles(self) -> list[Tile]:
        cells = self.cells(self.total)
        return [
            Tile(_("Regulation kept"), cells["share"], Unit.PERCENT, good="more", icon="calendar-check"),
            Tile(_("Missed"), cells["missed"], good="less", icon="calendar-x"),
            Tile(_("Overdue now"), cells["late"], good="less", icon="exclamation-triangle"),
            Tile(_("Due within 7 days"), cells["soon"], icon="calendar-event"),
        ]

    def regulations(self) -> Table:
        """Each kind of contact asked for, and of it each category."""
        lines = []
        for kind, name in self.names.items() if self.is_judged else ():
            key = name_of(kind)
            query = f"{self.ask.filterset.scope}asked_for={key}&"
            found = self._by_category(key)
            lines.append(Line("kind", name, self.share_cells(summed(found.values())), query=query, key=key))
            for category, numbers in sorted(found.items(), key=lambda each: each[0] or "~"):
                words_of = _("Category %(category)s") % {"category": category} if category else _("Without a category")
                inside = category or NO_CATEGORY
                cells = self.share_cells(numbers)
                lines.append(Line("category", words_of, cells, f"{query}category={inside}&", 1, key=f"{key} {inside}"))
        return Table(
            "regulations",
            _("By what was asked for"),
            [replace(column, sort=False) for column in self.judged_columns],
            lines,
            name_label=_("Contact"),
            empty="" if self.is_judged else _("Choose a department or a manager."),
        )

    def _by_category(self, kind: str) -> dict[str, dict[str, Number]]:
        """What was asked of one kind; without categories of which nothing was."""
        found: dict[str, dict[str, Number]] = defaultdict(lambda: defaultdict(int))
        for each in self.judged:
            if state := each.states.get(kind):
                add(found[each.category], state, each.number)
        return found

    def share_cells(self, numbers: Numbers) -> dict[str, Cell]:
        """Without what is told as it is now, and without a comparison."""
        cells = self.cells(numbers)
        return {key: replace(cells[key], then=None) for key in (*JUDGED, "share")}

    def late(self) -> Table:
        """Who has waited longest, by name; when which contact was due."""
        late = self.held.filter(due=LATE) if self.is_judged else self.held.none()
        rows = late.select_related("manager__department")
        clients = list(rows.order_by(F("last_contact_on").asc(nulls_first=True), "pk")[:LATE_SHOWN])
        due = due_contacts(clients, self.scope.today)
        wanted = set(self.names)
        lines = []
        for client in clients:
            first = next((each for each in due.get(client.pk, ()) if each.regulation.kind in wanted), None)
            if first is None:  # given away, or no longer regulated, since the number was counted
                continue
            lines.append(
                Line(
                    "client",
                    client.name,
                    {
                        "contact": Cell(self.names[first.regulation.kind]),
                        "due": Cell(first.due_on, tone="bad"),
                        "last": Cell(first.last_on),
                        "manager": Cell(str(client.manager)),
                    },
                    url=client.get_absolute_url(),
                    key=str(client.pk),
                )
            )
        columns = [
            Column("contact", _("Contact"), Unit.TEXT, sort=False),
            Column("due", _("Was due on"), Unit.DATE, sort=False),
            Column("last", _("Last one"), Unit.DATE, sort=False),
            Column("manager", _("Manager"), Unit.TEXT, sort=False),
        ]
        hidden = int(self.total.get("late", 0)) - len(lines) if self.is_judged else 0
        return Table(
            "late",
            _("Overdue now, those first who were left alone longest"),
            columns,
            lines,
            name_label=_("Client"),
            note=words.hidden_clients(hidden),
            empty=_("No contact is overdue.") if self.is_judged else _("Choose a department or a manager."),
        )

    def pictures(self, lines: list[Line]) -> list[Picture]:
        """How far each manager, or department, keeps them."""
        of_managers = [line for line in lines if line.kind == "manager"] or lines
        ordered = sorted_lines(of_managers, "-share")  # as a picture reads, whatever order the table has
        shown = [line for line in ordered if line.cells["share"].value is not None]
        chart = bars([Amount(str(line.name), float(line.cells["share"].value)) for line in shown], unit="percent")  # type: ignore[arg-type]
        if chart is None:
            return []
        title, words_of = _("Who keeps the regulations, %"), words.picture(self.total)
        return [Picture("kept", title, "reports/charts/bars.html", chart, words_of)]
