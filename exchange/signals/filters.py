"""What the list of signals can be narrowed down by."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import manager_choices
from clients.models import Manager
from crm.web.forms import DateInput
from exchange.models import Signal

#: The tabs of the list.
SEEN_TABS = (("", _("To look at")), ("seen", _("Looked at")), ("all", _("All")))


class SignalFilter(django_filters.FilterSet):
    """Whose, which and when; the tab is kept when a filter changes."""

    kind = django_filters.ChoiceFilter(label=_("What"), choices=Signal.Kind.choices, empty_label=_("Any"))
    manager = django_filters.ChoiceFilter(label=_("Manager"), field_name="manager_id", empty_label=_("All"))
    since = django_filters.DateFilter(label=_("From"), field_name="date", lookup_expr="gte", widget=DateInput())
    until = django_filters.DateFilter(label=_("To"), method="by_last_day", widget=DateInput())

    class Meta:
        model = Signal
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = self.request.user
        whose = Manager.objects.reported_to(reader).exclude(pk=reader.pk)
        self.filters["manager"].field.choices = manager_choices(whose, chosen=self.data.get("manager"))

    def by_last_day(self, rows: QuerySet, name: str, value: dt.date) -> QuerySet:
        return rows.filter(date__lte=value)
