"""Filters of the report on the exchange."""

import django_filters
from django import forms

from exchange.models import ReturnReason
from reports.frame.filters import ReportFilter


class HealthFilter(ReportFilter):
    """Clients may have come to the exchange from nobody (imported); they too must be somewhere."""

    #: Narrows the arrivals behind a number to one reason of return; nobody types it.
    reason = django_filters.ModelChoiceFilter(
        method="ignore", queryset=ReturnReason.objects.all(), widget=forms.HiddenInput
    )

    may_be_nobodys = True
