"""What the list of contact persons is filtered by."""

import datetime as dt
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.custom_filters import folded_pattern
from clients.models import ContactPerson
from clients.tag_filter import TagsFilter
from crm import clock
from crm.web.filtering import ListFilterSet
from crm.web.text import fold

YES_NO = [("yes", _("yes")), ("no", _("no"))]
BIRTHDAYS = [("week", _("in the next 7 days")), ("month", _("in the next 30 days"))]
_DAYS = {"week": 7, "month": 30}


def birthdays_between(first: dt.date, days: int) -> Q:
    """Whose birthday is on one of ``days`` days from ``first`` on, whatever the year. Who was born on 29 February has
    it on the 28th where there is none."""
    keys = set()
    for offset in range(days):
        day = first + dt.timedelta(days=offset)
        keys.add(day.month * 100 + day.day)
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).month == 3:
            keys.add(229)
    return Q(birthday_md__in=sorted(keys))


class YesNoFilter(filters.ChoiceFilter):
    """A fact that is so or not so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"choices": YES_NO, "empty_label": _("any"), **kwargs})

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(**{self.field_name: value == "yes"}) if value else qs


class PersonFilter(ListFilterSet):
    """The list of contact persons."""

    #: The tab; kept when another filter changes.
    whose = filters.CharFilter(method="ignore", widget=forms.HiddenInput)
    q = filters.CharFilter(
        label=_("Name or client"),
        method="by_words",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    position = filters.CharFilter(label=_("Position"), method="by_position")
    decides = YesNoFilter(label=_("Decides"), field_name="is_decision_maker")
    birthday = filters.ChoiceFilter(
        label=_("Birthday"), choices=BIRTHDAYS, method="by_birthday", empty_label=_("any day")
    )
    tags = TagsFilter()
    consent = YesNoFilter(label=_("Consent"), field_name="has_consented")
    active = YesNoFilter(label=_("Works there"), field_name="is_active")

    class Meta:
        model = ContactPerson
        fields: list[str] = []

    def ignore(self, queryset: QuerySet[ContactPerson], name: str, value: str) -> QuerySet[ContactPerson]:
        """The view has chosen the scope already."""
        return queryset

    def by_words(self, queryset: QuerySet[ContactPerson], name: str, value: str) -> QuerySet[ContactPerson]:
        """Each word in the person's name or in the client's."""
        for word in fold(value).split()[:6]:
            queryset = queryset.filter(Q(search_name__contains=word) | Q(client__search_name__contains=word))
        return queryset

    def by_position(self, queryset: QuerySet[ContactPerson], name: str, value: str) -> QuerySet[ContactPerson]:
        """Part of the position, in any case."""
        return queryset.filter(position__regex=folded_pattern(value))

    def by_birthday(self, queryset: QuerySet[ContactPerson], name: str, value: str) -> QuerySet[ContactPerson]:
        """From today on; those who work there."""
        return queryset.filter(birthdays_between(clock.today(), _DAYS[value]), is_active=True)
