"""What a list is filtered by, as chips that can be taken off one by one."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

#: Belongs to the list, not to what is in it.
NOT_FILTERS = frozenset({"page", "sort", "next"})


@dataclass(frozen=True)
class Chip:
    """One active filter: its label, its value in words, and the address of the list without it."""

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
        return date_format(value, "SHORT_DATE_FORMAT")
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


def active_chips(filterset: Any, request: HttpRequest) -> list[Chip]:
    """The chips of a bound, valid filterset; hidden fields and empty values have none."""
    form = filterset.form
    if not form.is_bound or not form.is_valid():
        return []
    chips = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if _empty(value) or isinstance(field.widget, forms.HiddenInput):
            continue
        rest = request.GET.copy()
        full = form.add_prefix(name)
        for key in list(rest):
            if key in (full, "page") or key.startswith(
                (f"{full}_min", f"{full}_max", f"{full}_after", f"{full}_before")
            ):
                del rest[key]
        chips.append(Chip(field.label or name, _words(field, value), f"?{rest.urlencode()}" if rest else request.path))
    return chips
