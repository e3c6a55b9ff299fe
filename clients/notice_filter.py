"""What the list of notices can be filtered by."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Notice
from clients.notice_settings import kinds_for


class NoticeFilter(filters.FilterSet):
    """One's own notices: the unread, those of one kind."""

    #: The tab; kept when another filter changes.
    show = filters.ChoiceFilter(choices=[("unread", _("unread"))], method="by_state", widget=forms.HiddenInput)
    kind = filters.ChoiceFilter(label=_("Kind"), empty_label=_("all kinds"))

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = self.request.user
        self.filters["kind"].extra["choices"] = [(kind.key, kind.name) for kind in kinds_for(reader)]

    def by_state(self, queryset: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        return queryset.filter(read_at=None)
