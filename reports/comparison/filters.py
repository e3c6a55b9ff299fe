"""Who is compared, and in which respects."""

from dataclasses import replace
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from reports.comparison.indicators import INDICATORS, USUAL, Indicator
from reports.frame.filters import PeriodForm, ReportFilter
from reports.frame.scope import Scope
from reports.rules import periods

_CHOICES = [(each.key, each.label) for each in INDICATORS.values()]


class BegunPeriodForm(PeriodForm):
    """Refuses a period of which nothing is over."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (since := cleaned.get("since")) and since > clock.today():
            raise ValidationError({"since": _("Days to come cannot be compared.")})
        return cleaned


class ComparisonFilter(ReportFilter):
    """A period is always held against the one before and against a year ago: there is nothing to choose."""

    compare = None
    show = django_filters.MultipleChoiceFilter(
        label=_("Compare in"), method="ignore", choices=_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    detail = django_filters.ChoiceFilter(
        label=_("In detail"), method="ignore", choices=_CHOICES, empty_label=_("All side by side")
    )

    kept_names: ClassVar[tuple[str, ...]] = ("period", "since", "until", "show", "detail")

    class Meta(ReportFilter.Meta):
        form = BegunPeriodForm

    @cached_property
    def days(self) -> periods.Period:
        """Until today at the latest: on days to come nobody has worked or held a client yet."""
        asked = super().days
        until = min(asked.until, clock.today())
        return periods.Period(min(asked.since, until), until)

    @property
    def compared(self) -> periods.Period:
        return periods.previous(self.days)

    @property
    def in_detail(self) -> Indicator | None:
        """The one respect that is told in detail; None: all chosen ones, side by side."""
        return INDICATORS.get(self._chosen("detail"))

    @property
    def respects(self) -> list[Indicator]:
        """In which respects managers are compared, in the order they are declared in."""
        if self.in_detail:
            return [self.in_detail]
        chosen = self._chosen("show") or USUAL
        return [each for each in INDICATORS.values() if each.key in chosen]

    @cached_property
    def peers(self) -> list[Manager]:
        """With whom each is compared: everybody of the chosen department whose figures the reader may read, also where
        one manager was chosen: one alone has no median."""
        return self._of_department(self._chosen("department")) if self.is_sound else []

    def peers_of(self, key: str) -> list[int]:
        """Those of them in a department or below it; all without its key."""
        inside = set(self._of_department(key))
        return [each.pk for each in self.peers if each in inside]

    @property
    def asked_of_peers(self) -> Scope:
        """The figures of all of them."""
        everybody = self.request.user.sees_everything and not self._chosen("department")
        return replace(self.asked, manager_ids=None if everybody else frozenset(each.pk for each in self.peers))
