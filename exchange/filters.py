"""Filters of the exchange board."""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Department, Industry, LeadSource, Manager, Region
from clients.models.policy import Category
from crm import clock
from crm.web.text import digits, fold
from interactions.models import ProcessStatus, SalesProcess

#: Longer lists of managers are shown only within a department: a select of thousands helps nobody.
MANAGERS_AT_ONCE = 200

STAYS = {
    "7": (0, 7, _("up to 7 days")),
    "30": (8, 30, _("8 to 30 days")),
    "90": (31, 90, _("31 to 90 days")),
    "more": (91, None, _("more than 90 days")),
}


class ExchangeFilter(django_filters.FilterSet):
    """What the board can be narrowed down by."""

    q = django_filters.CharFilter(label=_("Name or INN"), method="by_text", widget=forms.SearchInput)
    region = django_filters.ChoiceFilter(label=_("Region"), field_name="region_id", empty_label=_("Any"))
    industry = django_filters.ChoiceFilter(label=_("Industry"), field_name="industry_id", empty_label=_("Any"))
    category = django_filters.ChoiceFilter(label=_("Category"), choices=Category.choices, empty_label=_("Any"))
    won = django_filters.ChoiceFilter(
        label=_("Bought before"), method="by_won", choices=[("yes", _("yes")), ("no", _("no"))], empty_label=_("Any")
    )
    source = django_filters.ChoiceFilter(label=_("Source"), field_name="source_id", empty_label=_("Any"))
    city = django_filters.CharFilter(label=_("City"), method="by_city")
    stay = django_filters.ChoiceFilter(
        label=_("On the exchange"),
        method="by_stay",
        choices=[(key, words) for key, (_from, _to, words) in STAYS.items()],
        empty_label=_("Any time"),
    )
    department = django_filters.ChoiceFilter(label=_("Last department"), method="by_department", empty_label=_("Any"))
    manager = django_filters.ChoiceFilter(label=_("Last manager"), field_name="last_manager_id", empty_label=_("Any"))

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in dictionary_choices(region=Region, industry=Industry, source=LeadSource).items():
            self.filters[name].field.choices = choices
        departments = list(Department.objects.all())
        self._paths = {str(department.pk): department.path for department in departments}
        self.filters["department"].field.choices = department_choices(departments)
        path = self._paths.get(self.data.get("department") or "")
        self.filters["manager"].field.choices = manager_choices(
            Manager.objects.filter(department__path__startswith=path) if path else Manager.objects.all(),
            chosen=self.data.get("manager"),
        )

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        number = digits(value)
        found = Q(search_name__contains=fold(value))
        # A word with a number in it ("Pump 77") is a name; digits alone may be an INN.
        return rows.filter(found | Q(inn__startswith=number) if number and number == value.strip() else found)

    def by_city(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        # SQLite compares Cyrillic letter by letter: the spellings people really type are tried.
        found = Q()
        for spelling in {value, value.lower(), value.capitalize(), value.title()}:
            found |= Q(city__icontains=spelling)
        return rows.filter(found)

    def by_won(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        won = Exists(SalesProcess.objects.filter(client=OuterRef("pk"), status=ProcessStatus.WON))
        return rows.filter(won if value == "yes" else ~won)

    def by_stay(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        shortest, longest, _words = STAYS[value]
        today = clock.today()
        rows = rows.filter(exchange_since__lt=clock.day_start(today - dt.timedelta(days=shortest - 1)))
        if longest is None:
            return rows
        return rows.filter(exchange_since__gte=clock.day_start(today - dt.timedelta(days=longest)))

    def by_department(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(last_manager__department__path__startswith=self._paths[value])


class LeavingFilter(django_filters.FilterSet):
    """What the preview of leaving clients can be narrowed down by. Tab and order are kept when a filter changes."""

    period = django_filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    by = django_filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    q = django_filters.CharFilter(label=_("Name"), method="by_text", widget=forms.SearchInput)
    department = django_filters.ChoiceFilter(label=_("Department"), method="by_department", empty_label=_("All"))
    manager = django_filters.ChoiceFilter(label=_("Manager"), field_name="manager_id", empty_label=_("All"))

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = self.request.user
        departments = list(Department.objects.visible_to(reader))
        self._paths = {str(department.pk): department.path for department in departments}
        if departments:
            self.filters["department"].field.choices = department_choices(departments)
        else:
            del self.filters["department"]
        whose = Manager.objects.reported_to(reader) | Manager.objects.filter(pk__in=reader.deputised_manager_ids)
        if path := self._paths.get(self.data.get("department") or ""):
            whose = whose.filter(department__path__startswith=path)
        if departments or reader.deputised_manager_ids:
            self.filters["manager"].field.choices = manager_choices(whose, chosen=self.data.get("manager"))
        else:
            del self.filters["manager"]

    def ignore(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """The view knows what they mean."""
        return rows

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(search_name__contains=fold(value))

    def by_department(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(manager__department__path__startswith=self._paths[value])


def dictionary_choices(**models: Any) -> dict[str, list[tuple[str, str]]]:
    """The entries in use of several dictionaries by one query, translated: ``{"region": [("3", "North"), ...]}``."""
    parts = [
        model.objects.order_by().filter(is_active=True).values_list(Value(key), "position", "name", "pk")
        for key, model in models.items()
    ]
    found: dict[str, list[tuple[str, str]]] = {key: [] for key in models}
    for key, _position, name, pk in parts[0].union(*parts[1:], all=True).order_by("position", "name"):
        found[key].append((str(pk), gettext(name)))
    return found


def department_choices(departments: list[Department]) -> list[tuple[str, str]]:
    """Departments in the order of the tree, indented by their depth below the highest one shown."""
    depths = [department.path.count("/") for department in departments]
    top = min(depths, default=0)
    return [
        (str(department.pk), "\u2003" * (depth - top) + department.name)
        for department, depth in zip(departments, depths)
    ]


def manager_choices(managers: QuerySet[Manager], *, chosen: str | None) -> list[tuple[str, str]]:
    """Managers by name; of a very long list only the chosen one (narrow it by the department first)."""
    found = list(managers.only("first_name", "last_name", "username")[: MANAGERS_AT_ONCE + 1])
    if len(found) > MANAGERS_AT_ONCE:
        found = list(managers.filter(pk=chosen)) if _is_key(chosen or "") else []
    return [(str(manager.pk), str(manager)) for manager in found]


def _is_key(text: str) -> bool:
    """Whether a text of the address can be a primary key at all ("²" is a digit too, but no number)."""
    return text.isascii() and text.isdigit() and len(text) < 19
