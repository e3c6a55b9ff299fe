"""What the report on interactions can be narrowed to."""

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from interactions.models import EventKind
from reports.frame.filters import ClientsMixin, ReportFilter


class InteractionsFilter(ClientsMixin, ReportFilter):
    """Period, whose, of which clients, of which kind."""

    kind = django_filters.ModelChoiceFilter(
        label=_("Kind"), method="ignore", queryset=EventKind.objects.all(), empty_label=_("Any")
    )
    #: A line of the table leads here. Whoever reads the report may know the name of every client.
    client = django_filters.ModelChoiceFilter(
        label=_("Client"), method="ignore", queryset=Client.objects.all(), widget=forms.HiddenInput
    )

    #: Keys of kinds that are left out, "1.4": behind the numbers of the others.
    but = django_filters.CharFilter(
        label=_("Other kinds"),
        method="ignore",
        widget=forms.HiddenInput,
        max_length=200,
        validators=[RegexValidator(r"^\d{1,9}(\.\d{1,9})*\Z")],
    )

    kept_names = (*ReportFilter.kept_names, "category", "region", "kind", "client")
