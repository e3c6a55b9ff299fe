"""The head's control, variant by variant. A fixed number of queries, however many managers and clients there are."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from django.db.models import Case, Count, When
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from interactions.models import ProcessKind, Product, Stage
from reports.frame.figures import Number, Unit, number_of_rows, tally
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Result, Table
from reports.frame.tree import Tree, tree
from reports.head_control import figures
from reports.head_control.client_lines import client_table
from reports.head_control.figures import FIGURES
from reports.head_control.filters import INDICATORS, VARIANTS
from reports.head_control.pictures import pictures
from reports.head_control.words import headline, remarks
from reports.kept import reading
from reports.rules.control import Light, Problem, light

Numbers = Mapping[str, Number]
JUDGED = frozenset({*Light, *Problem})
JUDGES = {key: FIGURES[key] for key in ("clients", *Light, *Problem)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A column and what its cells are made of.

    Attributes:
        share_of: the figure its number is a part of.
        per: the number is divided by that figure, and leads nowhere.
        figure: what it counts, where the column has another key.
        is_past: counted over the period, so that it can be held against another one.
    """

    column: Column
    share_of: str = ""
    per: str = ""
    figure: str = ""
    is_past: bool = False

    @property
    def counted(self) -> str:
        return self.figure or self.column.key


def _count(key: str, label: str | Promise, *, good: str = "", title: str | Promise = "", **facts: str | bool) -> Shown:
    return Shown(Column(key, label, FIGURES[key].unit, title, good), **facts)  # type: ignore[arg-type]


_CLIENTS = _count("clients", _("Clients"), title=_("Clients the manager leads now"))
_OF_CLIENTS = {"share_of": "clients"}
_SALES = (
    _count("sales", _("Open sales")),
    _count("amount", _("Amount")),
    _count("idle", _("Idle"), good="less", title=_("Left alone for longer than their stage allows"), share_of="sales"),
    _count("late", _("Late"), good="less", title=_("Expected to close before today"), share_of="sales"),
    _count("unplanned_sales", _("Nothing planned"), good="less", title=_("No next step"), share_of="sales"),
)
COLUMNS: dict[str, Sequence[Shown]] = {
    INDICATORS: (
        _CLIENTS,
        _count(Light.GREEN, _("Green"), good="more", title=_("All four indicators are in order"), **_OF_CLIENTS),
        _count(
            Light.YELLOW, _("Yellow"), good="less", title=_("Something is missing, nothing critical"), **_OF_CLIENTS
        ),
        _count(Light.RED, _("Red"), good="less", title=_("Something critical, by the rules"), **_OF_CLIENTS),
        _count(Problem.NO_SALE, _("No open sale"), good="less", **_OF_CLIENTS),
        _count(
            Problem.OVERDUE, _("Overdue plan"), good="less", title=_("Planned for a day that is over"), **_OF_CLIENTS
        ),
        _count(Problem.PORTRAIT, _("Portrait not filled"), good="less", **_OF_CLIENTS),
        _count(
            Problem.CONTACTS,
            _("Contacts missing"),
            good="less",
            title=_("No contact person, or one without phone and e-mail"),
            **_OF_CLIENTS,
        ),
    ),
    "touches": (
        _CLIENTS,
        _count("contacts_made", _("Contacts"), good="more", title=_("Counted contacts of the period"), is_past=True),
        Shown(Column("each", _("Per client"), Unit.TIMES, good="more"), "", "clients", "contacts_made", is_past=True),
        _count("touched", _("With a contact"), good="more", is_past=True, **_OF_CLIENTS),
        _count("untouched", _("Without a contact"), good="less", is_past=True, **_OF_CLIENTS),
    ),
    "interactions": (
        _CLIENTS,
        _count("done", _("Done"), good="more", title=_("Done in the period, whatever it was"), is_past=True),
        _count("contacts_made", _("Contacts"), good="more", title=_("Counted contacts of the period"), is_past=True),
        _count("plans", _("Planned"), title=_("Planned for today and later")),
        _count("overdue_plans", _("Overdue"), good="less", title=_("Planned for a day that is over")),
        _count(Problem.OVERDUE, _("Clients overdue"), good="less", **_OF_CLIENTS),
        _count("unplanned", _("Nothing planned"), good="less", title=_("Clients without a next step"), **_OF_CLIENTS),
    ),
    "warm": (
        _CLIENTS,
        _count("warm", _("Warm"), good="more", **_OF_CLIENTS),
        _count("warm_sale", _("Open sale"), good="more", **_OF_CLIENTS),
        _count("warm_contact", _("Recent contact"), good="more", **_OF_CLIENTS),
        _count("cold", _("Cold"), good="less", title=_("Neither an open sale nor a recent contact"), **_OF_CLIENTS),
    ),
    "interests": _SALES,
}


def head_control(ask: Ask) -> Result:
    """The variant that is asked for."""
    variant = ask.scope.options.get("variant", INDICATORS)
    build = _BUILDERS.get(variant, _managers)
    tables = build(ask, variant)
    compares = any(shown.is_past for shown in COLUMNS.get(variant, ()))
    return Result(
        scope=ask.scope,
        tables=[table for table, _folded in tables],
        headline=headline(variant, tables[0][0], ask.scope),
        remarks=remarks(variant, tables[0][0]),
        pictures=pictures(tables[0][0], figures.critical(ask.scope)) if variant == INDICATORS else [],
        compared=ask.compared.period if ask.compared and compares else None,
        folded=any(folded for _table, folded in tables),
    )


Built = list[tuple[Table, bool]]


# --- by manager -------------------------------------------------------------------------------------------------------
def _managers(ask: Ask, variant: str) -> Built:
    """The table of departments and managers; of one manager with his clients below."""
    columns = COLUMNS[variant]
    found = _tree(ask, columns, _numbers(ask, columns))
    table = _table("managers", capfirst(VARIANTS[variant]), columns, found)
    if variant == INDICATORS and ask.filterset.has_manager:
        return [(table, found.folded), (client_table(ask), False)]
    return [(table, found.folded)]


def _tree(ask: Ask, columns: Sequence[Shown], numbers: Mapping[int | None, Numbers]) -> Tree:
    return tree(ask.filterset, numbers, _cells(columns, ask), sort=ask.sort)


def _table(key: str, title: str | Promise, columns: Sequence[Shown], found: Tree) -> Table:
    return Table(key, title, [shown.column for shown in columns], found.lines, found.total, _("Manager"))


def _cells(columns: Sequence[Shown], ask: Ask) -> Callable[[Numbers], dict[str, Cell]]:
    is_compared = ask.compared is not None

    def cells(sums: Numbers) -> dict[str, Cell]:
        return {shown.column.key: _cell(shown, sums, is_compared) for shown in columns}

    return cells


def _cell(shown: Shown, sums: Numbers, is_compared: bool) -> Cell:
    value = sums.get(shown.counted, 0)
    then = sums.get(_then(shown.counted), 0) if is_compared and shown.is_past else None
    if shown.per:
        whole = sums.get(shown.per, 0)
        return Cell(
            value=float(value / whole) if whole else None,
            then=float(then / whole) if whole and then is not None else None,
        )
    return Cell(value, shown.counted, then=then, share_of=sums.get(shown.share_of, 0) if shown.share_of else None)


def _then(key: str) -> str:
    return f"then_{key}"


def _numbers(ask: Ask, columns: Sequence[Shown]) -> dict[int | None, dict[str, Number]]:
    """What the columns count, by manager; with what is compared."""
    keys = {name for shown in columns for name in (shown.counted, shown.share_of, shown.per) if name}
    found: dict[int | None, dict[str, Number]] = {}
    if keys & JUDGED:
        found = {whose: dict(counts) for whose, counts in judged(ask.scope).items()}
        keys -= {*JUDGED, "clients"}
    if keys:
        for whose, counts in tally(FIGURES, ask.scope, keys=sorted(keys)).items():
            found.setdefault(whose, {}).update(counts)
    past = sorted({shown.counted for shown in columns if shown.is_past})
    if ask.compared and past:
        for whose, counts in tally(FIGURES, ask.compared, keys=past).items():
            found.setdefault(whose, {}).update({_then(key): value for key, value in counts.items()})
    return found


def judged(scope: Scope) -> Mapping[int | None, Numbers]:
    """How many clients of which light and with which problem each manager has. Where nothing is kept, one query: each
    client is looked at once, and the groups of equal problems are judged by the rule."""
    kept = reading.numbers(JUDGES, scope)
    if kept is not None:
        return kept
    critical = figures.critical(scope)
    bits = {problem: 1 << place for place, problem in enumerate(Problem)}
    # One number for all four: it is grouped by, and there are sixteen of them.
    wrong = reduce(add, (Case(When(**{problem: True}, then=bit), default=0) for problem, bit in bits.items()))
    rows = figures.clients(scope).annotate(wrong=wrong).values("whose", "wrong").annotate(n=number_of_rows())
    found: dict[int | None, Counter[str]] = {}
    for whose, wrongs, number in rows.values_list("whose", "wrong", "n"):
        problems = [problem for problem, bit in bits.items() if wrongs & bit]
        counts = found.setdefault(whose, Counter())
        for key in ("clients", light(problems, critical), *problems):
            counts[key] += number
    return found


# --- by interest ------------------------------------------------------------------------------------------------------
_PRODUCT = (_SALES[0],)


def _interests(ask: Ask, variant: str) -> Built:
    """Open sales by manager, by kind and by product."""
    of_kind = tally(FIGURES, ask.scope, "kind", keys=[shown.counted for shown in _SALES])
    kinds = ProcessKind.objects.filter(pk__in=list(of_kind)).order_by("position", "name")
    by_kind = [_interest(ask, "kind", kind, _SALES, of_kind[kind.pk]) for kind in kinds]
    # A sale may have the same product on two lines.
    rows = figures.sales(ask.scope).filter(lines__product__isnull=False).values("lines__product")
    of_product = {row["lines__product"]: row["n"] for row in rows.annotate(n=Count("pk", distinct=True))}
    products = Product.objects.filter(pk__in=list(of_product)).order_by("position", "name")
    by_product = [_interest(ask, "product", each, _PRODUCT, {"sales": of_product[each.pk]}) for each in products]
    kinds_table = Table("kinds", _("By kind"), [shown.column for shown in _SALES], by_kind, name_label=_("Kind"))
    products_table = Table(
        "products",
        _("By product"),
        [shown.column for shown in _PRODUCT],
        by_product,
        name_label=_("Product"),
        note=_("A sale of several products stands under each of them."),
        empty=_("No open sale names a product."),
    )
    return [*_managers(ask, variant), (kinds_table, False), (products_table, False)]


def _interest(ask: Ask, name: str, row: ProcessKind | Product, columns: Sequence[Shown], counts: Numbers) -> Line:
    query = f"{ask.filterset.scope}{name}={row.pk}&"
    return Line(name, str(row), _cells(columns, ask)(counts), query=query, key=str(row.pk))


# --- by client --------------------------------------------------------------------------------------------------------
def _clients(ask: Ask, variant: str) -> Built:
    """The clients, the worst first."""
    return [(client_table(ask, with_sales=variant == "clients-interests"), False)]


# --- by stage ---------------------------------------------------------------------------------------------------------
def _stages(ask: Ask, variant: str) -> Built:
    """How many open sales stand at which stage, a table for each kind that has any."""
    found: dict[int, dict[int | None, dict[str, Number]]] = {}
    groups = tally(FIGURES, ask.scope, "whose", "kind", "stage", keys=["sales", "amount"])
    for (whose, kind, stage), counts in groups.items():
        numbers = found.setdefault(kind, {}).setdefault(whose, {"sales": 0, "amount": 0})
        numbers["sales"] += counts["sales"]
        numbers["amount"] += counts["amount"]
        if stage is not None:
            numbers[f"stage_{stage}"] = counts["sales"]
    tables = []
    stages = Stage.objects.filter(process_kind__in=list(found)).order_by("position")
    by_kind: dict[int, list[Stage]] = {}
    for stage in stages:
        by_kind.setdefault(stage.process_kind_id, []).append(stage)
    for kind in ProcessKind.objects.filter(pk__in=list(found)).order_by("position", "name"):
        tables.append(_stage_table(ask, kind, by_kind.get(kind.pk, []), found[kind.pk]))
    return tables or [(Table("kinds", _("Open sales"), [], [], empty=_("There is no open sale.")), False)]


def _stage_table(ask: Ask, kind: ProcessKind, stages: Sequence[Stage], numbers: Mapping) -> tuple[Table, bool]:
    columns = [Column(f"stage_{stage.pk}", str(stage)) for stage in stages]
    whole = f"kind={kind.pk}&"

    def cells(sums: Numbers) -> dict[str, Cell]:
        said = {
            f"stage_{stage.pk}": Cell(
                sums.get(f"stage_{stage.pk}", 0), "sales", f"{whole}stage={stage.pk}&", share_of=sums.get("sales", 0)
            )
            for stage in stages
        }
        totals = {key: Cell(sums.get(key, 0), key, whole) for key in ("sales", "amount")}
        return {**said, **totals}

    found = tree(ask.filterset, numbers, cells, sort=ask.sort)
    ends = [Column("sales", _("Open sales")), Column("amount", _("Amount"), Unit.MONEY)]
    table = Table(f"kind_{kind.pk}", str(kind), [*columns, *ends], found.lines, found.total, _("Manager"))
    return table, found.folded


_BUILDERS: dict[str, Callable[[Ask, str], Built]] = {
    "interests": _interests,
    "clients": _clients,
    "clients-interests": _clients,
    "funnel": _stages,
}
