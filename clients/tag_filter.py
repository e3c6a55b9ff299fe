"""The filter by tags that lists of clients, persons and sales share."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from clients import tags


class TagInput(forms.TextInput):
    """Tags, comma by comma; with JavaScript one by one, with suggestions (``static/js/tags.js``)."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "data-tags": reverse_lazy("tag-suggest"), **(attrs or {})})


class TagsFilter(django_filters.CharFilter):
    """The rows that carry all of the tags named."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label": _("Tags"), "widget": TagInput(), "max_length": 1000, **kwargs})

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return tags.with_all(qs, value) if value else qs
