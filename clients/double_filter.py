"""What the list of possible duplicates is filtered by."""

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clients.models import DuplicatePair, Manager
from crm.web.text import fold

#: The tabs.
STATUSES = {
    DuplicatePair.Status.OPEN.value: _("To be looked at"),
    DuplicatePair.Status.DIFFERENT.value: _("Not duplicates"),
}
REASONS = [("inn", _("INN")), ("phone", _("phone")), ("email", _("e-mail")), ("name", _("name"))]


def _managers(request: HttpRequest) -> QuerySet[Manager]:
    return Manager.objects.reported_to(request.user)  # type: ignore[arg-type]


class DuplicateFilter(filters.FilterSet):
    """Pairs of clients."""

    #: The tab; kept when another filter changes.
    status = filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    q = filters.CharFilter(
        label=_("Name"), method="by_name", widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"})
    )
    reason = filters.ChoiceFilter(label=_("Alike by"), choices=REASONS, method="by_reason", empty_label=_("anything"))
    manager = filters.ModelChoiceFilter(
        label=_("Lead manager"), queryset=_managers, method="by_manager", empty_label=_("anybody")
    )

    def ignore(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows

    def by_name(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        words = fold(value)
        return rows.filter(Q(one__search_name__contains=words) | Q(other__search_name__contains=words))

    def by_reason(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(reasons__icontains=f'"{value}"')

    def by_manager(self, rows: QuerySet, name: str, value: Manager) -> QuerySet:
        return rows.filter(Q(one__manager=value) | Q(other__manager=value))
