"""The forecast: plan, fact and what is to be expected, by month and by manager."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.views import Access, PageView
from interactions.forms import EARLIEST, LATEST
from interactions.forms.scope import ScopeForm
from interactions.plans import planned_by
from interactions.rules.forecast import Figures, bars, total
from interactions.rules.months import month_of, months_from, shifted
from interactions.selectors.forecast import Table, forecast, undated
from interactions.views.sales.base import SALES

#: How many months are shown, and how many of them have passed.
MONTHS, PASSED = 9, 3


def month_in(words: str) -> dt.date | None:
    """A month as addresses name it ("2026-11"); None where it is none anybody could mean."""
    try:
        month = dt.date.fromisoformat(f"{words}-01")
    except ValueError:
        return None
    return month if EARLIEST < month < shifted(LATEST, -MONTHS) else None


class Forecast(PageView):
    """By month, and the chosen month by manager."""

    access = Access.SALES
    title = _("Forecast of sales")
    template_name = "interactions/forecast.html"
    partial_template_name = "interactions/_forecast.html"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list"))]

    @cached_property
    def scope(self) -> ScopeForm:
        return ScopeForm(self.request.GET, user=self.request.user)

    @cached_property
    def people(self) -> QuerySet[Manager]:
        return self.scope.people()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = clock.today()
        first = month_in(self.request.GET.get("from", "")) or shifted(month_of(today), -PASSED)
        months = list(months_from(first, MONTHS))
        table = forecast(self.people, first, shifted(first, MONTHS), today)
        by_month = [(month, total([each for (at, _who), each in table.items() if at == month])) for month in months]
        chosen = month_in(self.request.GET.get("month", "")) or month_of(today)
        chosen = chosen if chosen in months else months[0]
        return super().get_context_data(
            filters_main=list(self.scope),
            by_month=by_month,
            whole=total([figures for _month, figures in by_month]),
            bars=bars(by_month),
            this_month=month_of(today),
            chosen=chosen,
            managers=self.by_manager(table, chosen),
            earlier=shifted(first, -PASSED),
            later=shifted(first, PASSED),
            one=self.scope.one(),
            may_plan=planned_by(self.request.user).exists(),
            **undated(self.people, today),
            **kwargs,
        )

    def by_manager(self, table: Table, month: dt.date) -> list[tuple[Manager, Figures]]:
        """Who has a figure in this month, the largest forecast first; nobody is listed for having none."""
        found = {who: figures for (at, who), figures in table.items() if at == month and not figures.is_empty}
        people = Manager.objects.filter(pk__in=found).select_related("department")
        return sorted(((each, found[each.pk]) for each in people), key=lambda row: (-row[1].forecast, str(row[0])))
