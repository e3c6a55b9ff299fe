"""Plan, fact and forecast of sales by month and manager. A manager's figures are those of the sales he is responsible
for, wherever their clients are now: what he won stays his."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from clients.models import Manager
from interactions.models import SalesPlan, SalesProcess
from interactions.rules.forecast import Figures
from interactions.rules.months import month_of

#: Figures by month and manager.
Table = Mapping[tuple[dt.date, int], Figures]

_MONEY = DecimalField(max_digits=20, decimal_places=4)
#: The amount of a sale by the chances of its stage. Divided by 100 SQLite would lose what is behind the point.
WEIGHTED = ExpressionWrapper(F("amount") * F("stage__probability") * Decimal("0.01"), output_field=_MONEY)


@dataclass(frozen=True, slots=True)
class Undated:
    """Open sales that are in no month to come: how many and what they come to."""

    count: int
    amount: Decimal


def forecast(people: QuerySet[Manager], first: dt.date, until: dt.date, today: dt.date) -> Table:
    """Figures of the months from ``first`` to before ``until``. Three queries.

    Open sales count in the month they are expected in, from the present one on: what was expected earlier and has not
    come is in ``slipped``.
    """
    table: dict[tuple[dt.date, int], dict[str, Any]] = defaultdict(dict)
    sales = SalesProcess.objects.filter(responsible__in=people).order_by()
    won = sales.filter(status="won", closed_on__gte=first, closed_on__lt=until)
    for row in _by_month(won, "closed_on").annotate(n=Count("pk"), total=Sum("amount")):
        table[row["month"], row["responsible"]] |= {"won": row["total"] or Decimal(), "won_count": row["n"]}
    awaited = sales.open().in_hand()
    awaited = awaited.filter(expected_close_on__gte=max(first, month_of(today)), expected_close_on__lt=until)
    counted = _by_month(awaited, "expected_close_on").annotate(n=Count("pk"), total=Sum("amount"), part=Sum(WEIGHTED))
    for row in counted:
        table[row["month"], row["responsible"]] |= {
            "open_amount": row["total"] or Decimal(),
            "open_count": row["n"],
            "weighted": row["part"] or Decimal(),
        }
    for plan in SalesPlan.objects.filter(manager__in=people, month__gte=first, month__lt=until):
        table[plan.month, plan.manager_id]["plan"] = plan.amount
    return {place: Figures(**figures) for place, figures in table.items()}


def undated(people: QuerySet[Manager], today: dt.date) -> dict[str, Undated]:
    """Open sales without an expected close, and those that should have been closed before this month. One query."""
    sales = SalesProcess.objects.filter(responsible__in=people).open().in_hand().order_by()
    conditions = {
        "slipped": Q(expected_close_on__lt=month_of(today)),
        "dateless": Q(expected_close_on=None),
    }
    sums = {
        f"{name}_{what}": aggregate("pk" if what == "count" else "amount", filter=condition)
        for name, condition in conditions.items()
        for what, aggregate in (("count", Count), ("amount", Sum))
    }
    found = sales.aggregate(**sums)
    return {name: Undated(found[f"{name}_count"], found[f"{name}_amount"] or Decimal()) for name in conditions}


def _by_month(rows: QuerySet[SalesProcess], date: str) -> QuerySet[Any]:
    return rows.annotate(month=TruncMonth(date)).values("month", "responsible")
