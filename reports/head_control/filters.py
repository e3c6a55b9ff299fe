"""Filters of the head's control: which variant, and which sales."""

from typing import ClassVar

import django_filters
from django import forms
from django.db.models import BigIntegerField
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import dictionary_choices
from interactions.models import ProcessKind
from reports.frame.filters import ClientsMixin, ReportFilter

INDICATORS = "indicators"
VARIANTS = {
    INDICATORS: _("four indicators"),
    "touches": _("touches per client"),
    "interactions": _("by interactions"),
    "warm": _("warm clients"),
    "interests": _("by interests"),
    "clients": _("by clients"),
    "clients-interests": _("by clients and interests"),
    "funnel": _("by stages of sales"),
}


class KeyFilter(django_filters.Filter):
    """One row of a table by its key, where a number leads; nobody chooses it from a list."""

    field_class = forms.IntegerField

    def __init__(self) -> None:
        super().__init__(method="ignore", widget=forms.HiddenInput, min_value=1, max_value=BigIntegerField.MAX_BIGINT)


class HeadControlFilter(ClientsMixin, ReportFilter):
    """Which variant, whose clients, which of them, and which sales count."""

    variant = django_filters.ChoiceFilter(
        label=_("Variant"),
        method="ignore",
        choices=[(key, words) for key, words in VARIANTS.items() if key != INDICATORS],
        empty_label=VARIANTS[INDICATORS],
    )
    kind = django_filters.ChoiceFilter(label=_("Kind of sale"), method="ignore", empty_label=_("Any"))
    stage = KeyFilter()
    product = KeyFilter()
    client = KeyFilter()

    kept_names: ClassVar[tuple[str, ...]] = (
        *("variant", "category", "region", "kind", "stage", "product", "client"),
        *ReportFilter.kept_names,
    )
    usual_period = "30"

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        self.filters["kind"].field.choices = dictionary_choices(kind=ProcessKind)["kind"]
