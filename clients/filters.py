"""What lists of clients can be filtered by."""

import datetime as dt
from typing import Any

import django_filters as filters
from django import forms
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import custom_fields, selectors
from clients.filter_choices import dictionary_choices, is_key, managers_named, some_managers
from clients.models import Absence, Client, ExportLog, Industry, LeadSource, Manager, Region
from clients.models.policy import Category
from clients.querysets import inn_begins_q
from clients.tag_filter import TagsFilter
from crm import clock
from crm.web.exports import export_labels
from crm.web.filtering import ListFilterSet
from crm.web.forms import DateInput
from crm.web.text import fold

ZONES = [
    ("green", _("green")),
    ("yellow", _("yellow")),
    ("red", _("red")),
    ("leaving7", _("leaving within 7 days")),
    ("leaving30", _("leaving within 30 days")),
    ("exchange", _("on the exchange")),
    ("archived", _("in the archive")),
]


def _managers(request: Any) -> QuerySet[Manager]:
    return selectors.managers_seen_by(request.user) if request else Manager.objects.none()


def _city_begins(value: str) -> Q:
    if connection.vendor == "postgresql":
        return Q(city__istartswith=value)
    # SQLite folds the case of ASCII only: Cyrillic is tried as it is typed, and as names are written.
    return Q(city__istartswith=value) | Q(city__startswith=value.capitalize()) | Q(city__startswith=value.title())


class ManagerNameFilter(filters.CharFilter):
    """By the beginnings of the lead manager's names: where there are too many managers for a select."""

    def filter(self, qs: QuerySet[Client], value: str) -> QuerySet[Client]:
        return qs.filter(manager__in=managers_named(value).values("pk")) if value else qs


_NAMES = ("last_name", "first_name", "username")


def _by_name(manager: Manager) -> tuple[str, ...]:
    return tuple(fold(getattr(manager, name)) for name in _NAMES)


class ClientFilter(ListFilterSet):
    """The list of clients."""

    #: The tab; kept when another filter changes.
    whose = filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    q = filters.CharFilter(
        label=_("Name, city or INN"),
        method="by_words",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    zone = filters.ChoiceFilter(label=_("Zone"), choices=ZONES, method="by_zone", empty_label=_("any"))
    manager = filters.ChoiceFilter(label=_("Lead manager"), field_name="manager_id", empty_label=_("anybody"))
    category = filters.ChoiceFilter(label=_("Category"), choices=Category, empty_label=_("any"))
    region = filters.ChoiceFilter(label=_("Region"), field_name="region_id", empty_label=_("any"))
    industry = filters.ChoiceFilter(label=_("Industry"), field_name="industry_id", empty_label=_("any"))
    source = filters.ChoiceFilter(label=_("Source"), field_name="source_id", empty_label=_("any"))
    city = filters.CharFilter(label=_("City"), method="by_city")
    tags = TagsFilter()
    silent_since = filters.DateFilter(
        label=_("Last contact before"), method="by_last_contact", widget=DateInput(), help_text=_("or none at all")
    )

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dictionaries = dictionary_choices(in_use=False, region=Region, industry=Industry, source=LeadSource)
        for name, choices in dictionaries.items():
            self.filters[name].field.choices = choices
        self._offer_managers()
        self.filters |= custom_fields.filters()

    def _offer_managers(self) -> None:
        """A select of the managers; where they are too many for one, their names are typed."""
        managers, asked = _managers(self.request), self.data.get("manager") or ""
        user = self.request.user if self.request else None
        if user is not None and not (user.sees_everything or user.headed_manager_ids):
            found: list[Manager] | None = sorted([user, *user.deputised_managers], key=_by_name)
        else:
            found = some_managers(managers)
        if found is None and is_key(asked):
            found = list(managers.filter(pk=asked))
        if found is not None:
            self.filters["manager"].field.choices = [(str(manager.pk), str(manager)) for manager in found]
            return
        by_name = ManagerNameFilter(label=self.filters["manager"].label)
        by_name.parent, by_name.model = self, Client
        self.filters["manager"] = by_name

    def ignore(self, queryset: QuerySet[Client], name: str, value: str) -> QuerySet[Client]:
        """The view has chosen the scope already."""
        return queryset

    def by_words(self, queryset: QuerySet[Client], name: str, value: str) -> QuerySet[Client]:
        """Each word in the name; or the whole as a city or as the first digits of an INN."""
        words = Q()
        for word in fold(value).split()[:6]:
            words &= Q(search_name__contains=word)
        if value.isdigit():
            words |= inn_begins_q(value)
        return queryset.filter(words | _city_begins(value))

    def by_city(self, queryset: QuerySet[Client], name: str, value: str) -> QuerySet[Client]:
        """From the first letters."""
        return queryset.filter(_city_begins(value))

    def by_zone(self, queryset: QuerySet[Client], name: str, value: str) -> QuerySet[Client]:
        """By the dates of today, as people see it; never by the stored zone."""
        return selectors.filter_zone(queryset, value, clock.today())

    def by_last_contact(self, queryset: QuerySet[Client], name: str, value: Any) -> QuerySet[Client]:
        """Left alone since before a date, or never contacted."""
        return queryset.filter(Q(last_contact_on__lt=value) | Q(last_contact_on__isnull=True))


def _exporters(request: Any) -> QuerySet[Manager]:
    return Manager.objects.filter(pk__in=ExportLog.objects.values("manager"))


class ExportLogFilter(filters.FilterSet):
    """The log of exports."""

    manager = filters.ModelChoiceFilter(label=_("Who"), queryset=_exporters, empty_label=_("anybody"))
    what = filters.ChoiceFilter(label=_("What"), empty_label=_("any"))
    since = filters.DateFilter(label=_("From"), method="by_since", widget=DateInput())
    until = filters.DateFilter(label=_("Until"), method="by_until", widget=DateInput())

    class Meta:
        model = ExportLog
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = ((name, str(label)) for name, label in export_labels().items())
        self.filters["what"].field.choices = sorted(named, key=lambda pair: pair[1])

    def by_since(self, queryset: QuerySet[ExportLog], name: str, value: Any) -> QuerySet[ExportLog]:
        """From the beginning of a day of the company."""
        return queryset.filter(made_at__gte=clock.day_start(value))

    def by_until(self, queryset: QuerySet[ExportLog], name: str, value: Any) -> QuerySet[ExportLog]:
        """Until the end of a day of the company."""
        return queryset.filter(made_at__lt=clock.day_start(value + dt.timedelta(days=1)))


#: The tabs of the list of absences.
ABSENCE_TABS = (
    ("", _("Now and ahead")),
    ("over", _("Over")),
    ("all", _("All")),
)


class AbsenceFilter(filters.FilterSet):
    """The list of absences."""

    #: The tab; kept when another filter changes.
    tab = filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    manager = filters.ModelChoiceFilter(label=_("Who is away"), queryset=_managers, empty_label=_("anybody"))
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Absence.Kind, empty_label=_("any"))

    class Meta:
        model = Absence
        fields: list[str] = []

    def ignore(self, queryset: QuerySet[Absence], name: str, value: str) -> QuerySet[Absence]:
        """The view has chosen the rows already."""
        return queryset
