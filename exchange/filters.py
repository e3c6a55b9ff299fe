"""Filters of the exchange board."""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import department_choices, dictionary_choices, manager_choices
from clients.models import Client, Department, Industry, LeadSource, Manager, Region
from clients.models.policy import Category
from crm import clock
from crm.web.filtering import ListFilterSet
from crm.web.text import digits, fold
from exchange.board import claimable_q, last_loss, owners_number, won_total
from exchange.models import Claim, Detachment
from interactions.models import LossReason, ProcessStatus, SalesProcess

STAYS = {
    "7": (0, 7, _("up to 7 days")),
    "30": (8, 30, _("8 to 30 days")),
    "90": (31, 90, _("31 to 90 days")),
    "more": (91, None, _("more than 90 days")),
}


TALKS = {
    "30": (0, 30, _("in the last 30 days")),
    "90": (31, 90, _("31 to 90 days ago")),
    "180": (91, 180, _("91 to 180 days ago")),
    "365": (181, 365, _("181 to 365 days ago")),
    "more": (366, None, _("more than a year ago")),
}


class ExchangeFilter(ListFilterSet):
    """What the board can be narrowed down by. Clients nobody may contact now are hidden unless they are asked for."""

    q = django_filters.CharFilter(label=_("Name or INN"), method="by_text", widget=forms.SearchInput)
    may = django_filters.ChoiceFilter(
        label=_("I can claim it"),
        method="by_may",
        choices=[("yes", _("now")), ("no", _("not now"))],
        empty_label=_("Any"),
    )
    region = django_filters.ChoiceFilter(label=_("Region"), field_name="region_id", empty_label=_("Any"))
    industry = django_filters.ChoiceFilter(label=_("Industry"), field_name="industry_id", empty_label=_("Any"))
    won = django_filters.ChoiceFilter(
        label=_("Bought before"), method="by_won", choices=[("yes", _("yes")), ("no", _("never"))], empty_label=_("Any")
    )
    talk = django_filters.ChoiceFilter(
        label=_("Last contact"),
        method="by_talk",
        choices=[*((key, words) for key, (_from, _to, words) in TALKS.items()), ("never", _("never"))],
        empty_label=_("Any time"),
    )
    sum = django_filters.NumberFilter(label=_("Bought for at least"), method="by_sum", min_value=0)
    loss = django_filters.ChoiceFilter(label=_("Why lost"), method="by_loss", empty_label=_("Any"))
    stay = django_filters.ChoiceFilter(
        label=_("On the exchange"),
        method="by_stay",
        choices=[(key, words) for key, (_from, _to, words) in STAYS.items()],
        empty_label=_("Any time"),
    )
    owners = django_filters.ChoiceFilter(
        label=_("Owners so far"),
        method="by_owners",
        choices=[("1", _("one")), ("2", _("two")), ("3", _("three or more"))],
        empty_label=_("Any"),
    )
    claimed = django_filters.ChoiceFilter(
        label=_("Claimed before"),
        method="by_claimed",
        choices=[("never", _("never")), ("yes", _("yes")), ("failed", _("yes, in vain"))],
        empty_label=_("Any"),
    )
    category = django_filters.ChoiceFilter(label=_("Category"), choices=Category.choices, empty_label=_("Any"))
    source = django_filters.ChoiceFilter(label=_("Source"), field_name="source_id", empty_label=_("Any"))
    city = django_filters.CharFilter(label=_("City"), method="by_city")
    department = django_filters.ChoiceFilter(label=_("Last department"), method="by_department", empty_label=_("Any"))
    manager = django_filters.ChoiceFilter(label=_("Last manager"), field_name="last_manager_id", empty_label=_("Any"))
    shelf = django_filters.ChoiceFilter(
        label=_("Not to be contacted"),
        method="by_shelf",
        choices=[("with", _("show them too")), ("only", _("only these"))],
        empty_label=_("hidden"),
    )

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dictionaries = dictionary_choices(region=Region, industry=Industry, source=LeadSource, loss=LossReason)
        for name, choices in dictionaries.items():
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

    def by_may(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        free = claimable_q(self.request.user, now=clock.now())
        return rows.filter(free if value == "yes" else ~free)

    def by_talk(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "never":
            return rows.filter(last_contact_on=None)
        shortest, longest, _words = TALKS[value]
        today = clock.today()
        rows = rows.filter(last_contact_on__lte=today - dt.timedelta(days=shortest))
        if longest is None:
            return rows
        return rows.filter(last_contact_on__gte=today - dt.timedelta(days=longest))

    def by_sum(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.alias(bought_for=won_total()).filter(bought_for__gte=value)

    def by_loss(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        # The reason shown is that of the last lost sale: that one is meant.
        lost = SalesProcess.objects.filter(client=OuterRef("pk"), loss_reason=value, status=ProcessStatus.LOST)
        return rows.filter(Exists(lost)).alias(why_lost=last_loss("loss_reason")).filter(why_lost=value)

    def by_owners(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        rows = rows.alias(number_of_owners=owners_number())
        return rows.filter(number_of_owners__gte=3) if value == "3" else rows.filter(number_of_owners=int(value))

    def by_claimed(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "failed":
            failed = Detachment.objects.filter(client=OuterRef("pk"), failed_claim__isnull=False, undone_at=None)
            return rows.filter(Exists(failed))
        claimed = Exists(Claim.objects.filter(client=OuterRef("pk")))
        return rows.filter(claimed if value == "yes" else ~claimed)

    def by_shelf(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        # The view hides them where nothing is asked for (there is no filter to apply then).
        return rows.filter(quarantine_until__gte=clock.today()) if value == "only" else rows

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
