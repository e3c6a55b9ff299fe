"""Filters of the report on points."""

import django_filters
from django.utils.translation import gettext_lazy as _

from interactions.models import EventKind
from reports.frame.filters import ReportFilter


class PointsFilter(ReportFilter):
    kind = django_filters.ModelChoiceFilter(
        label=_("Kind"), method="ignore", queryset=EventKind.objects.filter(is_system=False), empty_label=_("All")
    )

    kept_names = (*ReportFilter.kept_names, "kind")
    usual_period = "30"
