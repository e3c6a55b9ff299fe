"""Filters of the report on the exchange: whose figures, and of which days."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web.forms import DateInput
from reports.exchange_health_figures import FIGURES, Scope
from reports.filters import NO_DEPARTMENT, ScopeFilter
from reports.rules import flows

PERIODS = {
    "30": _("last 30 days"),
    "90": _("last 90 days"),
    "365": _("last 365 days"),
    "month": _("this month"),
    "last_month": _("last month"),
    "quarter": _("this quarter"),
    "year": _("this year"),
}


class PeriodForm(forms.Form):
    """Refuses a period that ends before it begins."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        end = until or clock.today()
        if since and since > end:
            raise ValidationError({"until" if until else "since": _("The end is before the start.")})
        if since and end - since > flows.LONGEST:
            raise ValidationError({"since": _("At most ten years.")})
        return cleaned


class HealthFilter(ScopeFilter):
    """Whose figures, and of which days. Days given by date go before the name of a period."""

    period = django_filters.ChoiceFilter(
        label=_("Period"), method="ignore", choices=list(PERIODS.items()), empty_label=_("Last 90 days")
    )
    since = django_filters.DateFilter(label=_("From"), method="ignore", widget=DateInput)
    until = django_filters.DateFilter(label=_("Until, inclusive"), method="ignore", widget=DateInput)

    class Meta(ScopeFilter.Meta):
        form = PeriodForm

    kept_names = ("period", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.filters["department"].field.choices
        # Clients may have come to the exchange from nobody (imported); they too must be somewhere.
        if self.request.user.sees_everything and not any(key == NO_DEPARTMENT for key, _words in choices):
            self.filters["department"].field.choices = [*choices, (NO_DEPARTMENT, _("No department"))]

    def ignore(self, rows: Any, name: str, value: Any) -> Any:
        """The scope knows what they mean."""
        return rows

    @cached_property
    def days(self) -> flows.Period:
        """The period asked for; the usual one where it cannot be understood."""
        today = clock.today()
        since: Any = self._chosen("since") or None
        until: Any = self._chosen("until") or None
        if since or until:
            end = until or today
            return flows.Period(since or flows.usual(end).since, end)
        return flows.named(self._chosen("period") or str(flows.USUAL_DAYS), today)

    @property
    def includes_nobody(self) -> bool:
        """Whether what came from nobody belongs to the report: to that of the whole company, and to "no
        department"."""
        if not self.request.user.sees_everything or self.has_manager or not self.is_sound:
            return False
        return self._chosen("department") in ("", NO_DEPARTMENT)

    @property
    def manager_ids(self) -> frozenset[int] | None:
        """Whose figures; None when they are everybody's."""
        if self.is_sound and self.is_everybody and self.request.user.sees_everything:
            return None
        return frozenset(manager.pk for manager in self.managers)

    @property
    def scope_without_days(self) -> str:
        """Department and manager: for links to other days."""
        return self._query("department", "manager")

    def scope_of(self, *, stale_days: int | None, touch_days: int) -> Scope:
        """What the figures are counted over."""
        return Scope(
            today=clock.today(),
            period=self.days,
            manager_ids=self.manager_ids,
            nobody=self.includes_nobody,
            stale_days=stale_days,
            touch_days=touch_days,
        )


class HealthRowsFilter(HealthFilter):
    """The rows behind a number of the report."""

    what = django_filters.ChoiceFilter(
        label=_("What"),
        method="ignore",
        choices=[(key, figure.label) for key, figure in FIGURES.items()],
        empty_label=None,
    )
    q = django_filters.CharFilter(label=_("Name"), method="ignore", widget=forms.SearchInput)
    reason = django_filters.NumberFilter(method="ignore", widget=forms.HiddenInput)

    field_order = ("q", "what", "period", "since", "until", "department", "manager")

    @property
    def figure_key(self) -> str:
        return self._chosen("what") or "came"

    @property
    def words(self) -> str:
        return self._chosen("q")

    @property
    def reason_id(self) -> int | None:
        """The reason of return asked for: a key of the dictionary."""
        found: Any = self._chosen("reason")
        if not found:
            return None
        return int(found) if abs(found) < 2**63 else 0  # no key is that large, and none is 0
