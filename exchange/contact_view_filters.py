"""What the log of looks at contacts can be filtered by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.forms import DateInput
from crm.web.text import fold
from exchange.models import ContactView


def _people(request: Any) -> QuerySet[Manager]:
    return Manager.objects.reported_to(request.user) if request else Manager.objects.none()


class ContactViewFilter(django_filters.FilterSet):
    """Who, when, whose contacts."""

    manager = django_filters.ModelChoiceFilter(label=_("Who"), queryset=_people, empty_label=_("anybody"))
    q = django_filters.CharFilter(label=_("Client"), method="by_client", widget=forms.SearchInput)
    since = django_filters.DateFilter(label=_("From"), field_name="date", lookup_expr="gte", widget=DateInput())
    until = django_filters.DateFilter(label=_("Until"), field_name="date", lookup_expr="lte", widget=DateInput())

    class Meta:
        model = ContactView
        fields: list[str] = []

    def by_client(self, rows: QuerySet[ContactView], name: str, value: str) -> QuerySet[ContactView]:
        """Each word in the client's name."""
        for word in fold(value).split()[:6]:
            rows = rows.filter(client__search_name__contains=word)
        return rows
