"""Reads of the report on the exchange. Its queries do not grow with departments, managers or clients."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext as _

from crm import clock
from exchange.claim_rulebook import STALE_DAYS
from reports.exchange_health import figures, words
from reports.exchange_health.figures import FIGURES, PAST
from reports.frame.figures import Number, Unit, summed
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Picture, Result, Table, Tile
from reports.frame.tree import Numbers, tree
from reports.kept.reading import Changed, changed, tally
from reports.rules.charts import Series, columns
from reports.rules.flows import Flow, flows, median

#: What the table shows of each department and manager; those of ``_OF_TAKEN`` with their share of what was taken.
COLUMNS = ("came", "taken", "contacted", "won", "failed", "now", "stale")
_OF_TAKEN = frozenset({"contacted", "won", "failed"})


@dataclass(frozen=True, slots=True)
class Reason:
    """How many were returned or released for one reason of the dictionary."""

    pk: int
    name: str
    number: int


@dataclass(frozen=True)
class Health:
    """Everything the report knows. ``numbers``: the figures by manager, ``then_…`` of the period it is compared with;
    of None: what is nobody's."""

    ask: Ask
    numbers: Mapping[int | None, Numbers]
    reasons: list[Reason]
    points: list[Flow]
    median_days: int | None

    @property
    def scope(self) -> Scope:
        return self.ask.scope

    @cached_property
    def total(self) -> dict[str, Number]:
        return {**dict.fromkeys(FIGURES, 0), **summed(self.numbers.values())}

    @property
    def balance(self) -> int:
        """By how many clients the exchange grew in the period."""
        return sum(point.balance for point in self.points)

    def cell(self, key: str, numbers: Numbers | None = None, *, of: str = "") -> Cell:
        """A number of the whole, or of a line."""
        found = self.total if numbers is None else numbers
        return Cell(
            found.get(key, 0),
            figure=key,
            share_of=found.get(of, 0) if of else None,
            then=found.get(f"then_{key}", 0) if self.ask.compared and key in PAST else None,
        )


def build(ask: Ask) -> Result:
    """The report: eleven queries beside those of the filters, and five more when it is compared."""
    report = _read(ask)
    managers = tree(ask.filterset, report.numbers, lambda numbers: _cells(report, numbers), sort=ask.sort)
    lists = [_came(report), _went(report), _waiting(report), _after(report)]
    picture = _picture(report)
    return Result(
        scope=ask.scope,
        headline=words.headline(report),
        remarks=words.remarks(report, managers.lines),
        tiles=_tiles(report),
        pictures=[picture] if picture else [],
        tables=[_managers(managers.lines, managers.total), *lists],
        compared=ask.compared.period if ask.compared else None,
        folded=managers.folded,
        extra={"lists": lists},
    )


def _read(ask: Ask) -> Health:
    scope = ask.scope
    since = changed(scope)
    numbers = tally(FIGURES, scope, since=since)
    if ask.compared:
        for pk, found in tally(FIGURES, ask.compared, keys=PAST, since=since).items():
            numbers.setdefault(pk, {}).update({f"then_{key}": value for key, value in found.items()})
    by_day, stays = _by_day(scope, since)
    return Health(ask, numbers, _reasons(scope), flows(scope.period, by_day), median(stays))


def _reasons(scope: Scope) -> list[Reason]:
    rows = figures.arrivals(scope).filter(return_reason__isnull=False)
    found = rows.values("return_reason_id", "return_reason__name").annotate(number=Count("*"))
    named = [Reason(row["return_reason_id"], gettext(row["return_reason__name"]), row["number"]) for row in found]
    return sorted(named, key=lambda reason: (-reason.number, reason.name))


def _by_day(scope: Scope, since: Changed | None) -> tuple[dict[tuple[str, dt.date], int], dict[int, int]]:
    """What came and went on each day; and after how many days on the exchange how many were taken."""
    zone = clock.company_zone()
    by_day: Counter[tuple[str, dt.date]] = Counter()
    stays: Counter[int] = Counter()
    for day, found in tally(FIGURES, scope, "date", keys=["taken"], since=since).items():
        by_day["taken", day] += int(found["taken"])
    for waited, found in tally(FIGURES, scope, "waited", keys=["taken"], since=since).items():
        stays[max(0, waited.days)] += int(found["taken"])
    came = figures.arrivals(scope).values("date").annotate(number=Count("*"))
    for day, number in came.values_list("date", "number"):
        by_day["came", day] += number
    for day, found in tally(FIGURES, scope, "date", keys=["archived", "restored"], since=since).items():
        for key, value in found.items():
            by_day[key, day] += int(value)
    undone = figures.undone(scope).values(day=TruncDate("undone_at", tzinfo=zone)).annotate(number=Count("*"))
    for day, number in undone.values_list("day", "number"):
        by_day["undone", day] += number
    return by_day, stays


# --- by department and manager ----------------------------------------------------------------------------------------
def _cells(report: Health, numbers: Numbers) -> dict[str, Cell]:
    return {key: report.cell(key, numbers, of="taken" if key in _OF_TAKEN else "") for key in COLUMNS}


def _managers(lines: list[Line], total: Line) -> Table:
    return Table(
        "managers",
        _("By department and manager"),
        [
            Column("came", _("Came from him"), good="less"),
            Column("taken", _("Went to him")),
            Column("contacted", _("Contacted in time"), good="more"),
            Column("won", pgettext("sales", "Won"), good="more"),
            Column("failed", pgettext("claims", "Failed"), good="less"),
            Column("now", _("There now")),
            Column("stale", _("Wanted by nobody")),
        ],
        lines,
        total,
        name_label=_("Department, manager"),
        note=" ".join(
            (
                _(
                    "An arrival belongs to the manager the client came from, a claim to who got the client, and both "
                    "to the department he works in today."
                ),
                _(
                    "Contacts, sales and failures are those of the clients taken in the period, as long as the manager "
                    "held them on from then."
                ),
                _(
                    "There now and wanted by nobody: as of today, by the last manager; those set aside are not called "
                    "wanted by nobody."
                ),
            )
        ),
    )


# --- of all of them ---------------------------------------------------------------------------------------------------
def _list(key: str, title: str, lines: list[Line], total: Line | None = None) -> Table:
    return Table(key, title, [Column("number", _("Clients"), sort=False)], lines, total, name_label=title)


def _line(report: Health, key: str, name: str, *, of: str = "") -> Line:
    return Line("count", name, {"number": report.cell(key, of=of)}, query=report.ask.filterset.scope, key=key)


def _came(report: Health) -> Table:
    reasons = [
        Line(
            "reason",
            reason.name,
            {"number": Cell(reason.number, figure="came", query=f"reason={reason.pk}&")},
            query=report.ask.filterset.scope,
            level=1,
            key=str(reason.pk),
        )
        for reason in report.reasons
    ]
    lines = [
        _line(report, "came_idle", _("Left alone too long")),
        _line(report, "came_returned", _("Returned by the manager")),
        _line(report, "came_released", _("Released by the head")),
        *reasons,
        _line(report, "came_untouched", _("Claimed and not contacted")),
        _line(report, "came_left", _("The manager left")),
        _line(report, "came_reassigned", _("Handed over")),
        _line(report, "restored", _("Back from the archive")),
    ]
    # Reasons are parts of what was returned and released; what never happens is not talked about.
    lines = [line for line in lines if line.key not in ("came_reassigned", "restored") or line.cells["number"].value]
    return _list("in", pgettext("exchange", "In"), lines)


def _went(report: Health) -> Table:
    lines = [
        _line(report, "claimed", _("Claimed")),
        _line(report, "assigned", _("Assigned by the head")),
        _line(report, "undone", _("Given back (undone)")),
        _line(report, "archived", _("Archived")),
    ]
    return _list("out", pgettext("exchange", "Out"), lines)


def _waiting(report: Health) -> Table:
    lines = [
        _line(report, "age_7", _("Up to 7 days")),
        _line(report, "age_30", pgettext("exchange", "8 to 30 days")),
        _line(report, "age_90", pgettext("exchange", "31 to 90 days")),
        _line(report, "age_more", _("More than 90 days")),
        _line(report, "quarantined", _("Set aside among them")),
    ]
    if (days := report.scope.rules[STALE_DAYS]) is not None:
        said = ngettext("Wanted by nobody for %(days)s day", "Wanted by nobody for %(days)s days", days)
        lines.append(_line(report, "stale", said % {"days": days}))
    whole = Line("total", "", {"number": report.cell("now")}, query=report.ask.filterset.scope)
    return _list("now", _("On the exchange now"), lines, whole)


def _after(report: Health) -> Table:
    """What became of those taken: contact, sale, win; each with its share."""
    lines = [
        _line(report, "contacted", _("First contact in time"), of="taken"),
        _line(report, "in_time", _("First contact still due"), of="taken"),
        _line(report, "started", _("A sale begun"), of="taken"),
        _line(report, "won", pgettext("sales", "Won"), of="taken"),
        _line(report, "failed", _("Failed claims"), of="taken"),
        _line(report, "pauses", _("Pauses of claiming")),
    ]
    return _list("after", _("Those taken"), lines)


def _tiles(report: Health) -> list[Tile]:

    def tile(key: str, label: str, good: str = "", of: str = "") -> Tile:
        return Tile(label, report.cell(key, of=of), good=good)

    tone = "bad" if report.balance > 0 else "good" if report.balance < 0 else ""
    return [
        tile("came", _("Came"), "less"),
        tile("taken", _("Taken"), "more"),
        Tile(_("The exchange grew by"), Cell(report.balance, tone=tone), Unit.CHANGE),
        tile("contacted", _("Contacted in time"), "more", of="taken"),
        tile("won", pgettext("sales", "Won"), "more", of="taken"),
        tile("now", _("On the exchange now")),
    ]


def _picture(report: Health) -> Picture | None:
    points = report.points
    series = [
        Series("in", pgettext("exchange", "in"), [point.inward for point in points], tone="exchange"),
        Series("out", pgettext("exchange", "out"), [point.outward for point in points], tone="green"),
    ]
    chart = columns([point.period.since for point in points], series)
    if chart is None:
        return None
    template = "reports/charts/columns.html"
    return Picture("flow", _("In and out"), template, chart, words.picture(points), _points(report), wide=True)


def _points(report: Health) -> Table:
    kinds = {
        "came": _("Came"),
        "restored": _("From the archive"),
        "taken": _("Taken"),
        "undone": _("Given back"),
        "archived": _("Archived"),
    }
    scope = report.ask.filterset.scope_without_days
    lines = [
        Line(
            "part",
            words.days(point.period),
            {
                **{kind: Cell(getattr(point, kind), figure=kind) for kind in kinds},
                "balance": Cell(point.balance),
            },
            query=f"{scope}since={point.period.since}&until={point.period.until}&",
            key=str(point.period.since),
        )
        for point in report.points
    ]
    heads = [
        *(Column(kind, label, sort=False) for kind, label in kinds.items()),
        Column("balance", _("Balance"), Unit.CHANGE),
    ]
    return Table("flow", _("Clients that came to the exchange and left it"), heads, lines, name_label=_("From"))
