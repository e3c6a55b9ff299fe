"""The filter of the questions about sales."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.text import fold
from interactions import stage_approvals
from interactions.filters import APPROVAL_TABS
from interactions.models import StageApproval


class StageApprovalFilter(django_filters.FilterSet):
    """The questions a head answers: those that wait unless the answered ones are asked for."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Client or sale")}),
    )
    asked_by = django_filters.ModelChoiceFilter(
        label=_("Asked by"), queryset=Manager.objects.none(), empty_label=_("anybody")
    )
    status = django_filters.ChoiceFilter(label=_("Status"), choices=APPROVAL_TABS[1:], widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Bound even without a query: "waiting" is a filter too.
        super().__init__(data if data is not None else QueryDict(), *args, **kwargs)
        people = self.queryset.order_by().values("asked_by").distinct()
        self.form.fields["asked_by"].queryset = Manager.objects.filter(pk__in=people)

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(Q(process__title__icontains=value) | Q(process__client__search_name__contains=fold(value)))

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        rows: QuerySet[StageApproval] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("status") else stage_approvals.waiting(rows)
