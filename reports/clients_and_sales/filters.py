"""Which clients the report is about."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import LeadSource, OwnershipPeriod, Region
from reports.frame.filters import NO_DEPARTMENT, ClientsMixin, ReportFilter
from reports.frame.narrowing import NarrowingMixin
from reports.frame.scope import Scope
from reports.frame.tables import Line

#: In the place of a source or a region: clients without one.
NONE = "none"


class ClientsAndSalesFilter(NarrowingMixin, ClientsMixin, ReportFilter):
    """Also of clients of a source or region that is no longer in use: their numbers lead to them."""

    source = django_filters.ChoiceFilter(label=_("Source"), method="ignore", empty_label=_("Any"))
    reason = django_filters.ChoiceFilter(
        label=_("Why lost"), method="ignore", choices=OwnershipPeriod.Lost.choices, widget=forms.HiddenInput
    )

    usual_period = "year"
    narrowing = ("reason",)
    may_be_nobodys = True
    kept_names = (*ReportFilter.kept_names, "category", "region", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, entries in (("source", self.sources), ("region", self.regions)):
            choices = [(str(key), words) for key, words in entries.items()]
            self.filters[name].field.choices = [*choices, (NONE, _("not said"))]

    @cached_property
    def sources(self) -> Mapping[int, str]:
        return {each.pk: str(each) for each in LeadSource.objects.all()}

    @cached_property
    def regions(self) -> Mapping[int, str]:
        return {each.pk: str(each) for each in Region.objects.all()}

    @property
    def has_clients_chosen(self) -> bool:
        """Whether it is about some clients only: nobody plans for those alone."""
        return any(self._chosen(name) for name in ("category", "region", "source"))

    def plans_url(self, month: dt.date, line: Line | None = None) -> str:
        """Where the plans are set, from a month on: those of a line's department or manager, else of the report's."""
        department, who = self._chosen("department"), self._chosen("manager")
        if line and line.kind in ("department", "manager"):
            department, who = (line.key, "") if line.kind == "department" else ("", line.key)
        if department == NO_DEPARTMENT:
            department = ""
        asked = {"department": department, "who": who, "from": f"{month:%Y-%m}"}
        return f"{reverse('process-plans')}?{urlencode({name: value for name, value in asked.items() if value})}"


def of_clients(scope: Scope) -> Q:
    """The filters of clients, for rows that have one."""
    chosen = {name: scope.options[name] for name in ("category", "region", "source") if name in scope.options}
    return Q(**{f"client__{name}": None if value == NONE else value for name, value in chosen.items()})
