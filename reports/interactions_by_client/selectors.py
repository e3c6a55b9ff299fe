"""Reads of the report on interactions. Its queries do not grow with managers, clients or events."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Count, Window
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.models import Client
from interactions.models import EventKind
from reports.frame.done_events import by_kind_and_part, by_whose_in_groups
from reports.frame.figures import Number, number_of_rows, summed, tally
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Picture, Result, Table, Tile
from reports.frame.tree import tree
from reports.interactions_by_client import words
from reports.interactions_by_client.figures import FIGURES, done, done_with
from reports.rules.charts import Series, columns
from reports.rules.periods import Period, parts

#: So many clients have a line, those with most interactions first; the others are behind the numbers.
CLIENTS_SHOWN = 20
#: The page shows the first of them.
CLIENTS_ON_PAGE = 10
#: Of more interactions than this (of a large company as a whole) no lines of clients are made: they would cost more
#: than they say.
MOST_BY_CLIENT = 300_000
#: So many kinds, the first in the company's own order, have a column and a colour of their own, whatever the period;
#: the others share one.
KINDS_SHOWN = 3
#: What is told as it is now.
NOW = ("planned", "overdue")

Numbers = Mapping[str, Number]
#: Of which client, of which kind, how many were done, how many of them count as a contact.
Row = tuple[int, int, int, int]


def build(ask: Ask) -> Result:
    """The report: eleven queries at most beside those of the filters, four more when it is compared."""
    return _Report(ask).result


def _by_client(rows: Iterable[Row], kinds: Mapping[int, EventKind]) -> dict[int, dict[str, Number]]:
    """What was done: ``kind_3``, all by hand together, contacts, and steps of sales."""
    found: dict[int, dict[str, Number]] = defaultdict(lambda: defaultdict(int))
    for client, kind, number, counted in rows:
        numbers = found[client]
        numbers["counted"] += counted
        if kinds[kind].is_system:
            numbers["steps"] += number
        else:
            numbers["done"] += number
            numbers[f"kind_{kind}"] += number
    return found


def _summed(by_part: Mapping[tuple[int, int], int]) -> Counter[int]:
    """Of each kind, in all parts."""
    found: Counter[int] = Counter()
    for (kind, _part), number in by_part.items():
        found[kind] += number
    return found


@dataclass
class _Report:
    ask: Ask

    @property
    def scope(self) -> Scope:
        return self.ask.scope

    @property
    def result(self) -> Result:
        lines = tree(self.ask.filterset, self.numbers, self.cells, sort=self.ask.sort)
        clients = self.clients()
        picture = self.picture()
        return Result(
            scope=self.scope,
            headline=words.headline(self.total, self.spoken_with),
            remarks=words.remarks(self.total, self.ask.filterset.scope),
            tiles=self.tiles(),
            pictures=[picture] if picture else [],
            tables=[
                Table("managers", _("By department and manager"), self.columns, lines.lines, lines.total),
                self.by_kind(),
                clients,
            ],
            compared=self.ask.compared.period if self.ask.compared else None,
            folded=lines.folded,
        )

    # --- what is read -------------------------------------------------------------------------------------------------
    @cached_property
    def numbers(self) -> dict[int | None, dict[str, Number]]:
        """By whose they are."""
        found: dict[int | None, dict[str, Number]] = defaultdict(dict)
        for whose, of_groups in by_whose_in_groups(self.scope, self.groups).items():
            found[whose].update(of_groups)
        for whose, numbers in tally(FIGURES, self.scope, keys=NOW).items():
            found[whose].update(numbers)
        if self.ask.compared:
            for whose, then in by_whose_in_groups(self.ask.compared, self.groups).items():
                found[whose].update({f"then_{key}": number for key, number in then.items()})
        return found

    @cached_property
    def total(self) -> Numbers:
        return summed(self.numbers.values())

    @cached_property
    def spoken_with(self) -> int | None:
        """With how many clients something was done; None where they are too many to be told apart."""
        if self.total.get("done", 0) > MOST_BY_CLIENT:
            return None
        return self.busiest[0][1] if self.busiest else 0

    @cached_property
    def busiest(self) -> list[tuple[int, int]]:
        """The clients with whom most was done, each with how many clients there are. One query."""
        # By the keys of kinds, without a join: all that is asked is in the index of done events.
        events = done(self.scope).filter(kind__in=self.groups["done"]).values("client")
        found = events.annotate(number_of=number_of_rows(), clients=Window(Count("client")))
        rows = found.order_by("-number_of", "client")
        return list(rows.values_list("client", "clients")[:CLIENTS_SHOWN])

    @cached_property
    def all_kinds(self) -> dict[int, EventKind]:
        return {kind.pk: kind for kind in EventKind.objects.all()}

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """The kinds that are counted together, by the columns they make up."""
        by_hand = [kind.pk for kind in self.all_kinds.values() if not kind.is_system]
        own = {f"kind_{kind.pk}": [kind.pk] for kind in self.kinds}
        return {"done": by_hand, "steps": [pk for pk in self.all_kinds if pk not in by_hand], **own}

    @cached_property
    def parts(self) -> list[Period]:
        return parts(self.scope.period)

    @cached_property
    def by_part(self) -> dict[tuple[int, int], int]:
        """What was done by hand, by kind and the place of the part of the period."""
        return self._by_part(self.scope, [part.since for part in self.parts])

    def _by_part(self, scope: Scope, starts: Sequence[dt.date]) -> dict[tuple[int, int], int]:
        found = by_kind_and_part(scope, starts)
        return {key: number for key, number in found.items() if not self.all_kinds[key[0]].is_system}

    @cached_property
    def kinds(self) -> list[EventKind]:
        """Those with a column of their own."""
        return [kind for kind in self.all_kinds.values() if not kind.is_system][:KINDS_SHOWN]

    # --- what is shown ------------------------------------------------------------------------------------------------
    @cached_property
    def columns(self) -> list[Column]:
        kinds = [
            Column(f"kind_{kind.pk}", str(kind), good="more" if kind.counts_as_contact else "") for kind in self.kinds
        ]
        return [
            Column("done", _("Done"), title=_("What took place in the period, steps of sales left out."), good="more"),
            *kinds,
            Column("others", _("Others"), title=_("Of other kinds.")),
            Column(
                "counted", _("Contacts"), title=_("What counts as a contact, steps of sales included."), good="more"
            ),
            Column("steps", _("Sale steps"), title=_("Sales begun, moved on, won and lost.")),
            Column("planned", _("Planned"), title=_("Planned now, whatever the period.")),
            Column(
                "overdue",
                _("Overdue"),
                good="less",
                title=_("Planned for a moment that has passed, whatever the period."),
            ),
        ]

    def cells(self, numbers: Numbers) -> dict[str, Cell]:
        def then(key: str) -> Number | None:
            return numbers.get(f"then_{key}", 0) if self.ask.compared else None

        found = {key: Cell(numbers.get(key, 0), key, then=then(key)) for key in ("done", "counted", "steps")}
        for kind in self.kinds:
            key = f"kind_{kind.pk}"
            found[key] = Cell(numbers.get(key, 0), "done", f"kind={kind.pk}&", then=then(key))
        shown = ".".join(str(kind.pk) for kind in self.kinds)
        found["others"] = Cell(self.others(numbers), "done", f"but={shown}&", then=self.others(numbers, "then_"))
        late = numbers.get("overdue", 0)
        found["planned"] = Cell(numbers.get("planned", 0), "planned")
        found["overdue"] = Cell(late, "overdue", tone="bad" if late else "")
        return found

    def others(self, numbers: Numbers, prefix: str = "") -> Number | None:
        """What was done of the kinds without a column of their own."""
        if prefix and not self.ask.compared:
            return None
        shown = sum(numbers.get(f"{prefix}kind_{kind.pk}", 0) for kind in self.kinds)
        return numbers.get(f"{prefix}done", 0) - shown

    def by_kind(self) -> Table:
        """All kinds, the commonest first."""
        now = _summed(self.by_part)
        compared = self.ask.compared
        then = _summed(self._by_part(compared, [compared.period.since])) if compared else None
        lines = []
        for pk, number in now.most_common():
            kind = self.all_kinds[pk]
            cell = Cell(number, "done", then=None if then is None else then[pk], share_of=self.total["done"])
            query = f"{self.ask.filterset.scope}kind={kind.pk}&"
            lines.append(Line("kind", str(kind), {"done": cell}, query=query, url=f"?{query}", key=str(kind.pk)))
        columns = [Column("done", _("Done"), sort=False)]
        return Table("kinds", _("By kind"), columns, lines, name_label=_("Kind"))

    def tiles(self) -> list[Tile]:
        cells = self.cells(self.total)
        return [
            Tile(_("Done"), cells["done"], good="more", icon="check2-circle"),
            Tile(_("Clients"), Cell(self.spoken_with, "clients" if self.spoken_with else ""), icon="people"),
            Tile(_("Planned ahead"), cells["planned"], icon="calendar3"),
            Tile(_("Overdue now"), cells["overdue"], good="less", icon="exclamation-triangle"),
        ]

    def clients(self) -> Table:
        """Those with whom most was done. Three queries."""
        if self.spoken_with is None:
            return Table("clients", _("By client"), self.columns, [], empty=_("Choose a department or a manager."))
        wanted = [client for client, _clients in self.busiest]
        rows = done_with(self.scope, wanted).values("client", "kind")
        counted = rows.annotate(n_done=number_of_rows(), n_counted=Count("counted_on"))
        numbers = _by_client(counted.values_list("client", "kind", "n_done", "n_counted"), self.all_kinds)
        for client, found in self._plans_of(wanted).items():
            numbers[client].update(found)
        named = Client.objects.select_related("manager").in_bulk(wanted)
        kept = self.ask.filterset.scope
        lines = [
            Line(
                "client",
                named[pk].name,
                {key: replace(cell, then=None) for key, cell in self.cells(numbers[pk]).items()},
                query=f"{kept}client={pk}&",
                url=f"?{kept}client={pk}",
                key=str(pk),
                note=str(named[pk].manager or ""),
            )
            for pk in wanted
        ]
        hidden = self.spoken_with - len(lines)
        return Table(
            "clients",
            _("By client"),
            self.columns,
            lines,
            name_label=_("Client"),
            note=words.hidden_clients(hidden),
            most=CLIENTS_ON_PAGE,
        )

    def _plans_of(self, clients: list[int]) -> dict[int, dict[str, Number]]:
        """What is planned with these clients. One query."""
        rows = FIGURES["planned"].rows(self.scope).filter(client__in=clients).values("client")
        found = rows.annotate(**{f"n_{key}": FIGURES[key].aggregate(self.scope) for key in NOW})
        return {row["client"]: {key: row[f"n_{key}"] for key in NOW} for row in found}

    # --- the picture --------------------------------------------------------------------------------------------------
    def picture(self) -> Picture | None:
        """How much was done in each part of the period, the commonest kinds in colours of their own. One query."""
        named = {kind.pk: str(kind) for kind in self.kinds} | {0: _("Others")}
        shown = self.parts
        starts = [part.since for part in shown]
        amounts: dict[int, list[int]] = {pk: [0] * len(shown) for pk in named}
        for (kind, place), number in self.by_part.items():
            amounts[kind if kind in named else 0][place] += number
        series = [Series(str(pk), name, amounts[pk], "" if pk else "muted") for pk, name in named.items()]
        chart = columns(starts, series, stacked=True)
        if chart is None:
            return None
        lines = [
            Line(
                "part",
                date_format(part.since, "j E Y"),
                {str(pk): Cell(amounts[pk][place]) for pk in named},
                key=str(part.since),
            )
            for place, part in enumerate(shown)
        ]
        return Picture(
            "time",
            _("What was done, over time"),
            "reports/charts/columns.html",
            chart,
            words.picture(self.total, len(shown)),
            Table("time", _("Over time"), [Column(str(pk), name, sort=False) for pk, name in named.items()], lines),
            wide=True,
        )
