"""The clients of the head's control, one line each, the worst first; with their open sales below them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from clients.models import Client
from clients.rules.portrait import PORTRAIT_FIELDS
from interactions import process_activity
from interactions.models import SalesProcess
from reports.frame.figures import Number, Unit
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Table
from reports.head_control import figures
from reports.head_control.figures import FIGURES
from reports.rules.control import Light, Problem, light

#: So many clients stand on the page; all of them are behind its numbers.
SHOWN = 100
WORDS: Mapping[Light, str | Promise] = {
    Light.GREEN: gettext_lazy("green"),
    Light.YELLOW: gettext_lazy("yellow"),
    Light.RED: gettext_lazy("red"),
}
TONES = {Light.GREEN: "good", Light.YELLOW: "", Light.RED: "bad"}
COLUMNS = (
    Column("light", pgettext_lazy("of a client", "Light"), Unit.TEXT, sort=False),
    Column("sales", gettext_lazy("Open sales"), sort=False),
    Column("amount", gettext_lazy("Amount"), Unit.MONEY, sort=False),
    Column("overdue_plans", gettext_lazy("Overdue"), good="less", sort=False),
    Column("portrait", gettext_lazy("Portrait"), Unit.PERCENT, sort=False),
    Column("reached", gettext_lazy("Contacts on the card"), Unit.TEXT, sort=False),
    Column("contacts_made", gettext_lazy("Contacts made"), good="more", sort=False),
    Column("last_contact", gettext_lazy("Last contact"), Unit.DATE, sort=False),
)
_COUNTED = ("sales", "amount", "overdue_plans", "contacts_made")


def client_table(ask: Ask, *, with_sales: bool = False) -> Table:
    """At most :data:`SHOWN` clients; ``with_sales``: those with open sales, which stand below each. A fixed number of
    queries."""
    rows = _rows(ask.scope).filter(no_sale=False) if with_sales else _rows(ask.scope)
    clients = list(rows[: SHOWN + 1])
    more = len(clients) > SHOWN
    clients = clients[:SHOWN]
    counts = _counts(ask.scope, [client.pk for client in clients])
    sales = _sales(ask.scope, clients) if with_sales else {}
    lines: list[Line] = []
    for client in clients:
        lines.append(_line(ask, client, counts.get(client.pk, {})))
        lines += [_sale_line(sale, ask.scope) for sale in sales.get(client.pk, ())]
    return Table(
        "clients",
        gettext_lazy("Clients, the worst first"),
        COLUMNS,
        lines,
        name_label=gettext_lazy("Client"),
        note=_shown_words(len(clients)) if more else "",
        empty=gettext_lazy("Nobody holds such clients."),
    )


def _shown_words(number: int) -> str:
    words = ngettext(
        "The first %(number)d client is shown; the others are behind the numbers of the indicators.",
        "The first %(number)d clients are shown; the others are behind the numbers of the indicators.",
        number,
    )
    return words % {"number": number}


def _rows(scope: Scope) -> Any:
    """The clients with their problems, by their light, then by how long nobody spoke with them."""
    rank = Case(
        When(figures.shines(Light.RED)(scope), then=Value(0)),
        When(figures.shines(Light.YELLOW)(scope), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    promoted = {name: F(name) for name in (*Problem, "filled")}
    rows = figures.clients(scope).annotate(rank=rank, **promoted).select_related("manager")
    return rows.order_by("rank", F("last_contact_on").asc(nulls_first=True), "pk")


def _counts(scope: Scope, clients: Sequence[int]) -> dict[int, dict[str, Number]]:
    """The counts of these clients: one query for each set of rows."""
    found: dict[int, dict[str, Number]] = {}
    for keys in (("sales", "amount"), ("overdue_plans",), ("contacts_made",)):
        rows = FIGURES[keys[0]].rows(scope).filter(client__in=clients).values("client")
        numbers = {f"n_{key}": FIGURES[key].aggregate(scope) for key in keys}
        for row in rows.annotate(**numbers):
            found.setdefault(row["client"], {}).update({key: row[f"n_{key}"] or 0 for key in keys})
    return found


def _line(ask: Ask, client: Any, counts: Mapping[str, Number]) -> Line:
    problems = [problem for problem in Problem if getattr(client, problem)]
    shines = light(problems, figures.critical(ask.scope))
    cells = {key: Cell(counts.get(key, 0), key) for key in _COUNTED}
    cells["light"] = Cell(WORDS[shines], tone=TONES[shines])
    cells["portrait"] = Cell(
        100 * client.filled / len(PORTRAIT_FIELDS), tone="bad" if Problem.PORTRAIT in problems else ""
    )
    missing = Problem.CONTACTS in problems
    cells["reached"] = Cell(_("missing") if missing else _("there"), tone="bad" if missing else "")
    cells["last_contact"] = Cell(client.last_contact_on)
    return Line(
        kind="client",
        name=client.name,
        cells=cells,
        query=f"client={client.pk}&{ask.filterset.scope}",
        url=client.get_absolute_url(),
        key=str(client.pk),
        note=client.manager.short_name,
        tone=TONES[shines],
    )


def _sales(scope: Scope, clients: Iterable[Client]) -> dict[int, list[SalesProcess]]:
    rows = figures.sales(scope).filter(client__in=[client.pk for client in clients]).select_related("kind", "stage")
    found: dict[int, list[SalesProcess]] = {}
    for sale in rows.order_by("started_on", "pk"):
        found.setdefault(sale.client_id, []).append(sale)
    return found


def _sale_line(sale: SalesProcess, scope: Scope) -> Line:
    """A sale below its client: the stage in the place of the light. Its client is the reader's to read."""
    idle = process_activity.is_idle(sale, scope.today)
    cells = {
        "light": Cell(str(sale.stage or sale.kind), tone="bad" if idle else ""),
        "amount": Cell(sale.amount),
        "last_contact": Cell(sale.active_on),
    }
    return Line(
        kind="sale", name=sale.title, cells=cells, level=1, url=sale.get_absolute_url(), key=str(sale.pk),
        note=_("idle") if idle else "",
    )  # fmt: skip
