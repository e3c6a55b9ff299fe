"""What the journal of inquiries is filtered by."""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clients.models import LeadSource, Manager
from crm.web.text import fold
from interactions.filters import DayFilter
from interactions.forms.inquiries import incoming_kinds
from interactions.models import Inquiry, Product
from interactions.selectors import local_start

#: The tabs: a question people ask of the journal.
TABS = (
    ("", _("For me")),
    ("waiting", _("Nobody's yet")),
    ("answered", _("Answered by me")),
    ("all", _("All")),
)


def _people(request: Any) -> QuerySet[Manager]:
    return Manager.objects.reported_to(request.user) if request else Manager.objects.none()


class InquiryFilter(django_filters.FilterSet):
    """What waits for the reader, unless he asks for others. The rows say what is hidden from him (``telling_to``)."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Client, words or phone")}),
    )
    kind = django_filters.ModelChoiceFilter(
        label=_("How it came"), queryset=lambda _request: incoming_kinds(), empty_label=_("any")
    )
    assigned = django_filters.ModelChoiceFilter(
        label=_("Who goes on with it"), field_name="assigned_to", queryset=_people, empty_label=_("anybody")
    )
    since = DayFilter(label=_("From"), method="filter_since")
    until = DayFilter(label=_("To"), method="filter_until")
    state = django_filters.ChoiceFilter(
        label=_("Status"), field_name="status", choices=Inquiry.Status, empty_label=_("any")
    )
    source = django_filters.ModelChoiceFilter(
        label=_("Source"), queryset=LeadSource.objects.all(), empty_label=_("any")
    )
    product = django_filters.ModelChoiceFilter(label=_("Product"), queryset=Product.objects.all(), empty_label=_("any"))
    #: The tab.
    status = django_filters.ChoiceFilter(choices=TABS[1:], method="filter_tab", widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Bound even without a query: "for me" is a filter too.
        super().__init__(data if data is not None else QueryDict(), *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("status") else rows.waiting_for(self.request.user)

    def filter_tab(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "waiting":
            return rows.filter(status=Inquiry.Status.WAITING)
        return rows.filter(taken_by=self.request.user) if value == "answered" else rows

    def filter_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        typed = Q(typed__icontains=value)
        words = Q(text__icontains=value) | Q(client__search_name__contains=fold(value))
        return rows.filter(words | (typed & Q(is_typed_hidden=False)))

    def filter_since(self, rows: QuerySet, _name: str, value: dt.date) -> QuerySet:
        return rows.filter(received_at__gte=local_start(value))

    def filter_until(self, rows: QuerySet, _name: str, value: dt.date) -> QuerySet:
        return rows.filter(received_at__lt=local_start(value + dt.timedelta(days=1)))
