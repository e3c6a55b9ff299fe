"""Filters of a list of clients by the values of the fields a company adds; alike on PostgreSQL and SQLite."""

import re
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from clients.custom_types import DECIMALS, DIGITS, TEXT_LENGTH, type_of
from clients.models import CustomField
from crm.web.forms import DateInput
from crm.web.text import fold

#: The choice "nothing is filled in".
EMPTY = "-"


def folded_pattern(text: str) -> str:
    """A regular expression that finds ``text`` however it is written: in any case, ``е`` for ``ё``.

    Letters are spelled out, so that no database's idea of case, which may be ASCII's, is asked.
    """
    return "".join(_spelled(letter) for letter in fold(text))


def _spelled(letter: str) -> str:
    variants = {letter, letter.upper()} | ({"ё", "Ё"} if letter == "е" else set())
    single = sorted(variant for variant in variants if len(variant) == 1)
    return f"[{''.join(single)}]" if len(single) > 1 else re.escape(letter)


class OfCustomField:
    """A filter by one field; its rows are those that have a value, unless what is asked for is that they have none."""

    def __init__(self, *args: Any, custom: CustomField, lookup: str, **kwargs: Any) -> None:
        self.custom, self.lookup = custom, lookup
        super().__init__(*args, **kwargs)

    def filter(self, queryset: QuerySet, value: Any) -> QuerySet:
        """The rows whose value is as asked for."""
        return queryset if value in (None, "") else self.found(queryset, value)

    def found(self, queryset: QuerySet, value: Any) -> QuerySet:
        # A name of our own for the value: the key may be called like a lookup.
        alias = f"custom_{self.custom.pk}"
        asked = Q(**{f"{alias}__{self.lookup}": value})
        return queryset.alias(**{alias: KeyTransform(self.custom.key, F("custom"))}).filter(asked)

    def without(self) -> Q:
        """Those of whom nobody has said."""
        return ~Q(custom__has_key=self.custom.key)


class TextFilter(OfCustomField, django_filters.CharFilter):
    def found(self, queryset: QuerySet, value: str) -> QuerySet:
        return super().found(queryset, folded_pattern(value))


class NumberFilter(OfCustomField, django_filters.NumberFilter):
    def found(self, queryset: QuerySet, value: Any) -> QuerySet:
        return super().found(queryset, type_of(self.custom).to_json(value))


class DateFilter(OfCustomField, django_filters.DateFilter):
    def found(self, queryset: QuerySet, value: Any) -> QuerySet:
        return super().found(queryset, type_of(self.custom).to_json(value))


class ChoiceFilter(OfCustomField, django_filters.MultipleChoiceFilter):
    """Any of several."""

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        if not value:
            return queryset
        found = self.found(queryset, [option for option in value if option != EMPTY])
        if EMPTY not in value:
            return found
        return queryset.filter(Q(pk__in=found.order_by().values("pk")) | self.without())


class YesNoFilter(OfCustomField, django_filters.ChoiceFilter):
    def found(self, queryset: QuerySet, value: str) -> QuerySet:
        if value == EMPTY:
            return queryset.filter(self.without())
        return super().found(queryset, type_of(self.custom).to_json(value))


def filters_of(field: CustomField, name: str) -> dict[str, django_filters.Filter]:
    """The filters of one field; ``name``: what the first of them is called."""
    label = field.label
    ends = {
        f"{name}-from": {"lookup": "gte", "label": _("%(field)s from") % {"field": label}},
        f"{name}-to": {"lookup": "lte", "label": _("%(field)s to") % {"field": label}},
    }
    empty = (EMPTY, _("not filled in"))
    match field.type:
        case CustomField.Type.NUMBER:
            return {
                end: NumberFilter(custom=field, max_digits=DIGITS, decimal_places=DECIMALS, **words)
                for end, words in ends.items()
            }
        case CustomField.Type.DATE:
            return {end: DateFilter(custom=field, widget=DateInput(), **words) for end, words in ends.items()}
        case CustomField.Type.CHOICE:
            choices = [*((option, option) for option in field.options), empty]
            several = forms.SelectMultiple(attrs={"size": min(len(choices), 4)})
            return {name: ChoiceFilter(custom=field, lookup="in", label=label, choices=choices, widget=several)}
        case CustomField.Type.YES_NO:
            answers = [("yes", _("yes")), ("no", _("no")), empty]
            asked = {"choices": answers, "empty_label": _("any")}
            return {name: YesNoFilter(custom=field, lookup="exact", label=label, **asked)}
    return {name: TextFilter(custom=field, lookup="regex", label=label, max_length=TEXT_LENGTH)}
