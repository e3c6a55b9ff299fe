"""The rows behind a number of a report: the report's own filters, which figure, and a word of the client's name."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from crm.web.text import fold
from reports.frame.figures import Figure, Number
from reports.frame.report import Report, find

#: The annotation with what a row adds to a sum.
AMOUNT = "figure_amount"


class RowsMixin(django_filters.FilterSet):
    """Which figure, and whose name has what in it. Stands before the filters of the report."""

    q = django_filters.CharFilter(label=_("Name"), method="ignore", widget=forms.SearchInput)
    what = django_filters.ChoiceFilter(label=_("What"), method="ignore", empty_label=None)

    report: ClassVar[Report]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, figure.label) for key, figure in self.report.figures.items()]
        self.filters["what"].field.choices = choices
        if "compare" in self.filters:
            self.filters["compare"].field.widget = forms.HiddenInput()  # rows are of one period; the way back keeps it

    @property
    def figure_key(self) -> str:
        return self._chosen("what") or next(iter(self.report.figures))

    @property
    def figure(self) -> Figure:
        return self.report.figures[self.figure_key]

    @property
    def options(self) -> Mapping[str, Any]:
        return {name: value for name, value in super().options.items() if name not in ("q", "what")}

    @property
    def rows(self) -> QuerySet:
        """The rows of the figure; with :data:`AMOUNT` where it is a sum. None where the address cannot be
        understood."""
        figure = self.figure
        rows = figure.of(self.asked)
        if words := self._chosen("q"):
            rows = rows.filter(named__contains=fold(words))
        if figure.sum_of:
            rows = rows.annotate(**{AMOUNT: F(figure.sum_of)})
        return rows if self.is_sound else rows.none()

    def total(self, rows: QuerySet) -> Number | None:
        """What the rows come to; None where the figure is a count."""
        if not self.figure.sum_of:
            return None
        return rows.order_by().aggregate(total=Sum(AMOUNT))["total"] or 0


@cache
def rows_filter(key: str) -> type[Any]:
    """The filters of the rows of a report."""
    found = find(key)
    assert found is not None
    declared: Report = found

    class RowsFilter(RowsMixin, declared.filterset_class):  # type: ignore[misc, name-defined]
        report = declared

    return RowsFilter
