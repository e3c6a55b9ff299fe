"""Filters that all reports share: whose figures, of which days, against which others. They also decide which
departments and managers are in the report."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.filter_choices import MANAGERS_AT_ONCE, department_choices, dictionary_choices, is_key
from clients.models import Client, Department, Region
from clients.models.policy import Category
from crm import clock
from crm.web.filtering import ListFilterSet
from crm.web.text import fold
from interactions.filters import DayFilter
from reports.frame.people import Reported, reported_to
from reports.frame.scope import Scope
from reports.rules import periods

#: In the place of a department: managers who belong to none.
NO_DEPARTMENT = "none"


class ScopeFilter(ListFilterSet):
    """Whose figures: a department with all below it, one manager, or all the reader may see figures of."""

    department = django_filters.ChoiceFilter(label=_("Department"), method="by_scope", empty_label=_("All"))
    manager = django_filters.ChoiceFilter(label=_("Manager"), method="by_scope", empty_label=_("All"))

    class Meta:
        model = Client
        fields: list[str] = []

    #: The filters of a report beside whose figures it shows: they stay when a number is followed.
    kept_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = self.request.user
        self.reported, self.departments = reported_to(reader)
        choices = department_choices(self.departments)
        if any(manager.department_id is None for manager in self.reported):
            choices.append((NO_DEPARTMENT, _("No department")))
        self.filters["department"].field.choices = choices
        wanted = self.data.get("manager")
        named = [each for each in self._of_department(self.data.get("department")) if each.is_active]
        if len(named) > MANAGERS_AT_ONCE and not is_key(wanted or ""):
            self._ask_for_names()
        else:
            named = [] if len(named) > MANAGERS_AT_ONCE else named
            named += [each for each in self.reported if str(each.pk) == wanted and each not in named]
            self.filters["manager"].field.choices = [(str(manager.pk), str(manager)) for manager in named]
        if len(self.reported) < 2:  # who reads of himself only has nobody to choose
            for name in ("department", "manager"):
                self.filters[name].field.widget = forms.HiddenInput()

    def _ask_for_names(self) -> None:
        """Of more managers than a select shows the beginnings of names are typed; those who fit are in the report."""
        by_name = django_filters.CharFilter(
            label=self.filters["manager"].label,
            method="by_scope",
            widget=forms.TextInput(attrs={"placeholder": _("begins with"), "autocomplete": "off"}),
        )
        by_name.parent, by_name.model = self, self._meta.model
        self.filters["manager"] = by_name

    def _of_department(self, key: str | None) -> list[Reported]:
        """The reported managers of a department and all below it; everybody without a key."""
        if not key:
            return self.reported
        if key == NO_DEPARTMENT:
            return [manager for manager in self.reported if manager.department_id is None]
        path = next((department.path for department in self.departments if str(department.pk) == key), "?")
        inside = {department.pk for department in self.departments if department.path.startswith(path)}
        return [each for each in self.reported if each.department_id in inside]

    def _chosen(self, name: str) -> str:
        return (self.form.cleaned_data.get(name) or "") if self.is_bound and self.form.is_valid() else ""

    @property
    def is_sound(self) -> bool:
        """False when the address asks for something that is not the reader's to ask for."""
        return not self.is_bound or self.form.is_valid()

    def _query(self, *names: str) -> str:
        chosen: dict[str, Any] = {name: value for name in names if (value := self._chosen(name))}
        values = {name: value.pk if isinstance(value, Model) else value for name, value in chosen.items()}
        return f"{urlencode(values, doseq=True)}&" if values else ""

    @cached_property
    def kept(self) -> str:
        """The filters that stay when a manager's number is followed: ``"category=A&"``, ready for more behind it."""
        return self._query(*self.kept_names)

    @cached_property
    def kept_in_departments(self) -> str:
        """The filters that stay when a department's number is followed."""
        return self._query("manager", *self.kept_names)

    @cached_property
    def scope(self) -> str:
        """All filters of the report."""
        return self._query("department", "manager", *self.kept_names)

    @property
    def is_everybody(self) -> bool:
        return not (self._chosen("department") or self._chosen("manager"))

    @property
    def has_manager(self) -> bool:
        return bool(self._chosen("manager"))

    @cached_property
    def managers(self) -> list[Reported]:
        """The managers of the report."""
        managers = self._of_department(self._chosen("department")) if self.is_sound else []
        if not (chosen := self._chosen("manager")):
            return managers
        if is_key(chosen):
            return [manager for manager in managers if str(manager.pk) == chosen]
        return [manager for manager in managers if manager.begins_with(fold(chosen).split())]

    @cached_property
    def shown_departments(self) -> list[Department]:
        """The departments of the report in the order of the tree."""
        key = self._chosen("department")
        if self.has_manager or key == NO_DEPARTMENT:
            return [each for each in self.departments if each.pk in {m.department_id for m in self.managers}]
        path = next((department.path for department in self.departments if str(department.pk) == key), "")
        return [department for department in self.departments if department.path.startswith(path)]

    def by_scope(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(manager_id__in=[manager.pk for manager in self.managers])


class ClientsMixin(django_filters.FilterSet):
    """Whose figures, and of which of their clients: for a report whose rows all have a client. Stands before
    :class:`ReportFilter`; the report reads them by :meth:`Scope.of_clients`."""

    category = django_filters.ChoiceFilter(
        label=_("Category"), method="ignore", choices=Category.choices, empty_label=_("Any")
    )
    region = django_filters.ChoiceFilter(label=_("Region"), method="ignore", empty_label=_("Any"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["region"].field.choices = dictionary_choices(region=Region)["region"]


PERIODS = {
    "30": _("last 30 days"),
    "90": _("last 90 days"),
    "365": _("last 365 days"),
    "month": _("this month"),
    "last_week": _("last week"),
    "last_month": _("last month"),
    "quarter": _("this quarter"),
    "year": _("this year"),
}
COMPARED = {
    "previous": _("with the period before"),
    "year_ago": _("with the same days a year ago"),
}


class PeriodForm(forms.Form):
    """Refuses a period that ends before it begins."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        end = until or clock.today()
        if since and since > end:
            raise ValidationError({"until" if until else "since": _("The end is before the start.")})
        if since and end - since > periods.LONGEST:
            raise ValidationError({"since": _("At most ten years.")})
        return cleaned


class ReportFilter(ScopeFilter):
    """Whose figures, of which days, compared with which. Days given by date go before the name of a period.

    A report adds its own filters with ``method="ignore"`` and names them in ``kept_names``; they arrive in
    ``Scope.options``.

    Class attributes:
        usual_period: the period without one in the address.
        may_be_nobodys: whether rows can be nobody's (no manager): then they belong to the whole and to "no department".
    """

    period = django_filters.ChoiceFilter(
        label=_("Period"), method="ignore", choices=list(PERIODS.items()), empty_label=_("Last 90 days")
    )
    since = DayFilter(label=_("From"), method="ignore")
    until = DayFilter(label=_("Until, inclusive"), method="ignore")
    compare = django_filters.ChoiceFilter(
        label=_("Compare"), method="ignore", choices=list(COMPARED.items()), empty_label=_("with nothing")
    )

    class Meta(ScopeFilter.Meta):
        form = PeriodForm

    kept_names = ("period", "since", "until", "compare")
    usual_period: ClassVar[str] = str(periods.USUAL_DAYS)
    may_be_nobodys: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "period" in self.filters:  # a report as of today has none
            words = str(PERIODS[self.usual_period])
            self.filters["period"].field.empty_label = words[:1].upper() + words[1:]
        choices = self.filters["department"].field.choices
        is_named = any(key == NO_DEPARTMENT for key, _words in choices)
        if self.may_be_nobodys and self.request.user.sees_everything and not is_named:
            self.filters["department"].field.choices = [*choices, (NO_DEPARTMENT, _("No department"))]

    def ignore(self, rows: Any, name: str, value: Any) -> Any:
        """The scope knows what they mean."""
        return rows

    @cached_property
    def days(self) -> periods.Period:
        """The period asked for; the usual one where it cannot be understood."""
        today = clock.today()
        since: Any = self._chosen("since") or None
        until: Any = self._chosen("until") or None
        if since or until:
            end = until or today
            return periods.Period(since or periods.usual(end).since, end)
        return periods.named(self._chosen("period") or self.usual_period, today)

    @property
    def compared(self) -> periods.Period | None:
        """The period the figures are held against."""
        match self._chosen("compare"):
            case "previous":
                return periods.previous(self.days)
            case "year_ago":
                return periods.year_ago(self.days)
        return None

    @property
    def includes_nobody(self) -> bool:
        """Whether what is nobody's belongs to the report: to that of the whole company, and to "no department"."""
        if not (self.may_be_nobodys and self.request.user.sees_everything and self.is_sound) or self.has_manager:
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
        """All filters but those of days: for links to other days."""
        return self._query("department", "manager", *(n for n in self.kept_names if n not in ReportFilter.kept_names))

    @property
    def options(self) -> Mapping[str, Any]:
        """The report's own filters, cleaned, those that say something; a row of the database as its key."""
        usual = {"department", "manager", *ReportFilter.kept_names}
        found = {name: self._chosen(name) for name in self.form.fields if name not in usual} if self.is_sound else {}
        return {
            name: value.pk if isinstance(value, Model) else value
            for name, value in found.items()
            if value not in (None, "")
        }

    @cached_property
    def asked(self) -> Scope:
        """What the figures are counted over, by the rules as they are set now. One query for the rules."""
        return Scope(
            reader=self.request.user,
            today=clock.today(),
            period=self.days,
            manager_ids=self.manager_ids,
            nobody=self.includes_nobody,
            options=self.options,
            rules=rulebook.load(),
        )
