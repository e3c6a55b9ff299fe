"""Filters that tell the rows behind a number apart, "lost at this stage", and never narrow the report itself: of a
report narrowed to one stage the other stages would say nothing."""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters

from reports.frame.drill_down import RowsMixin


class NarrowingMixin(django_filters.FilterSet):
    """Stands before :class:`~reports.frame.filters.ReportFilter`. What it names is hidden on the page and not among
    ``kept_names``: the way back from the rows leads to the whole report."""

    narrowing: ClassVar[tuple[str, ...]] = ()

    @property
    def options(self) -> Mapping[str, Any]:
        options = super().options
        if isinstance(self, RowsMixin):
            return options
        return {name: value for name, value in options.items() if name not in self.narrowing}
