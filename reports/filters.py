"""Filters of the reports; they also decide which departments and managers are in the report."""

import datetime as dt
from typing import Any, ClassVar
from urllib.parse import quote

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Department, Manager, Region
from clients.models.policy import Category
from clients.rules.zones import Zone
from crm import clock
from crm.web.text import fold
from exchange.filters import MANAGERS_AT_ONCE, department_choices, dictionary_choices

#: In the place of a department: managers who belong to none.
NO_DEPARTMENT = "none"


class ScopeFilter(django_filters.FilterSet):
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
        self.reported = list(
            Manager.objects.reported_to(reader)
            .select_related("department")
            .only("first_name", "last_name", "username", "is_active", "role", "department__name", "department__path")
        )
        found = {department.pk: department for department in Department.objects.visible_to(reader)}
        for manager in self.reported:  # a head's own clients are his even where he heads another department
            if manager.department:
                found.setdefault(manager.department.pk, manager.department)
        self.departments = sorted(found.values(), key=lambda department: department.path)
        choices = department_choices(self.departments)
        if any(manager.department_id is None for manager in self.reported):
            choices.append((NO_DEPARTMENT, _("No department")))
        self.filters["department"].field.choices = choices
        wanted = self.data.get("manager")
        named = [manager for manager in self._of_department(self.data.get("department")) if manager.is_active]
        if len(named) > MANAGERS_AT_ONCE:
            named = []
        named += [each for each in self.reported if str(each.pk) == wanted and each not in named]
        self.filters["manager"].field.choices = [(str(manager.pk), str(manager)) for manager in named]

    def _of_department(self, key: str | None) -> list[Manager]:
        """The reported managers of a department and all below it; everybody without a key."""
        if not key:
            return self.reported
        if key == NO_DEPARTMENT:
            return [manager for manager in self.reported if manager.department_id is None]
        path = next((department.path for department in self.departments if str(department.pk) == key), "?")
        return [each for each in self.reported if each.department and each.department.path.startswith(path)]

    def _chosen(self, name: str) -> str:
        return (self.form.cleaned_data.get(name) or "") if self.is_bound and self.form.is_valid() else ""

    @property
    def is_sound(self) -> bool:
        """False when the address asks for something that is not the reader's to ask for."""
        return not self.is_bound or self.form.is_valid()

    def _query(self, *names: str) -> str:
        values = {name: self._chosen(name) for name in names}
        return "".join(f"{name}={quote(str(value))}&" for name, value in values.items() if value)

    @property
    def kept(self) -> str:
        """The filters that stay when a manager's number is followed: ``"category=A&"``, ready for more behind it."""
        return self._query(*self.kept_names)

    @property
    def kept_in_departments(self) -> str:
        """The filters that stay when a department's number is followed."""
        return self._query("manager", *self.kept_names)

    @property
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
    def managers(self) -> list[Manager]:
        """The managers of the report."""
        managers = self._of_department(self._chosen("department")) if self.is_sound else []
        chosen = self._chosen("manager")
        return [manager for manager in managers if not chosen or str(manager.pk) == chosen]

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


class TrafficLightFilter(ScopeFilter):
    """Whose clients, and which of them. Choices are those the reader may see figures of."""

    category = django_filters.ChoiceFilter(label=_("Category"), choices=Category.choices, empty_label=_("Any"))
    region = django_filters.ChoiceFilter(label=_("Region"), field_name="region_id", empty_label=_("Any"))

    kept_names = ("category", "region")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["region"].field.choices = dictionary_choices(region=Region)["region"]

    @property
    def is_narrowed(self) -> bool:
        """Only some of the clients of each manager: no snapshot knows how many there were."""
        return bool(self._chosen("category") or self._chosen("region"))

    @property
    def qs(self) -> QuerySet[Client]:
        return super().qs if self.is_sound else self.queryset.none()


LEAVING = {"7": _("within 7 days"), "30": _("within 30 days")}
ZONES = {
    "green": _("green"),
    "yellow": _("yellow"),
    "red": _("red"),
    "risk": _("yellow or red"),
    "due": _("due for the exchange"),
}


class TrafficLightClientsFilter(TrafficLightFilter):
    """The clients behind a number of the report."""

    q = django_filters.CharFilter(label=_("Name"), method="by_text", widget=forms.SearchInput)
    zone = django_filters.ChoiceFilter(
        label=_("Zone"), method="by_zone", choices=list(ZONES.items()), empty_label=_("Any")
    )
    leaving = django_filters.ChoiceFilter(
        label=_("Leaves"), method="by_leaving", choices=list(LEAVING.items()), empty_label=_("Any time")
    )

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(search_name__contains=fold(value))

    def by_zone(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        today = clock.today()
        match value:
            case "red":
                return rows.filter(red_on__lte=today)  # people are shown red until the night takes the client
            case "risk":
                return rows.filter(yellow_on__lte=today)
            case _:
                return rows.in_zone(Zone(value), today)

    def by_leaving(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(detach_on__lte=clock.today() + dt.timedelta(days=int(value)))
