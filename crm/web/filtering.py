"""What a list is filtered by, and as chips that can be taken off one by one."""

import copy
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

#: Belongs to the list, not to what is in it.
NOT_FILTERS = frozenset({"page", "sort", "next"})


class _Filters(dict[str, Any]):
    """Filters of a class, copied for each request no deeper than they are changed."""

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        copies = {name: copy.copy(each) for name, each in self.items()}
        for each in copies.values():
            each.extra = dict(each.extra)
            each.method = each.method  # bound to the filter itself, which is another one now
        return copies


class ListFilterSet(django_filters.FilterSet):
    """A FilterSet that is made for every showing of a list.

    django-filter copies every choice of every select twice, and makes a class of form each time: that costs more than
    most lists' rows. Here the fields are made once, for this request, and belong to its form.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.base_filters: Any = _Filters(type(self).base_filters)
        super().__init__(*args, **kwargs)

    @property
    def form(self) -> forms.Form:
        """The form of this request; its fields are nobody else's."""
        if not hasattr(self, "_form"):
            self._form = self._meta.form(self.data if self.is_bound else None, prefix=self.form_prefix)
            self._form.fields.update((name, each.field) for name, each in self.filters.items())
        return self._form


@dataclass(frozen=True)
class Chip:
    """One active filter: its name, its label, its value in words, and the address of the list without it."""

    name: str
    label: str | Promise
    value: str
    remove_url: str


def _words(field: forms.Field, value: Any) -> str:
    """A cleaned value as a person would say it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, slice):
        low, high = value.start, value.stop
        return f"{_words(field, low) if low else '…'} – {_words(field, high) if high else '…'}"
    if hasattr(value, "strftime"):
        return date_format(value, _("j M Y"))
    if isinstance(value, list | tuple | set) or hasattr(value, "all"):
        return ", ".join(_words(field, item) for item in value)
    if hasattr(value, "pk"):
        return str(value)
    for key, label in getattr(field, "choices", ()) or ():
        if isinstance(label, list | tuple):
            for inner_key, inner_label in label:
                if str(inner_key) == str(value):
                    return str(inner_label).strip()
        elif str(key) == str(value):
            return str(label).strip()
    return str(value)


def _empty(value: Any) -> bool:
    if value is None or value == "" or value is False:
        return True
    if hasattr(value, "exists"):
        return not value
    return isinstance(value, list | tuple | set) and not value


def active_filters(filterset: Any, *, with_hidden: bool = False) -> list[tuple[str, str | Promise, str]]:
    """What a bound, valid filterset is filtered by: the name of each filter, its label, its value in words.

    Empty values are left out, hidden fields too; ``with_hidden`` leaves in those that choose among known values.
    """
    form = filterset.form
    if not form.is_bound or not form.is_valid():
        return []
    found = ((name, field, form.cleaned_data.get(name)) for name, field in form.fields.items())
    return [
        (name, field.label or name, _words(field, value))
        for name, field, value in found
        if not _empty(value) and (not field.widget.is_hidden or (with_hidden and hasattr(field, "choices")))
    ]


def active_chips(filterset: Any, request: HttpRequest, *, with_hidden: bool = False) -> list[Chip]:
    """The same as chips that can be taken off."""
    chips = []
    for name, label, value in active_filters(filterset, with_hidden=with_hidden):
        rest = request.GET.copy()
        full = filterset.form.add_prefix(name)
        for key in list(rest):
            if key in (full, "page") or key.startswith(
                (f"{full}_min", f"{full}_max", f"{full}_after", f"{full}_before")
            ):
                del rest[key]
        chips.append(Chip(name, label, value, f"?{rest.urlencode()}" if rest else request.path))
    return chips
