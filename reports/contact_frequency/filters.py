"""What the report on contact frequency can be narrowed to."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.policy import Category
from interactions.models import EventKind, Regulation
from reports.frame.filters import ClientsMixin, ReportFilter

#: In the place of a kind: what any contact meets.
ANY_CONTACT = "any"
#: In the place of a category: clients that have none.
NO_CATEGORY = "none"


class FrequencyFilter(ClientsMixin, ReportFilter):
    """Period, whose, of which clients, what was asked for."""

    category = django_filters.ChoiceFilter(
        label=_("Category"),
        method="ignore",
        choices=[*Category.choices, (NO_CATEGORY, _("Without a category"))],
        empty_label=_("Any"),
    )
    asked_for = django_filters.ChoiceFilter(
        label=pgettext_lazy("regulation", "Asked for"), method="ignore", empty_label=_("Everything")
    )

    kept_names = (*ReportFilter.kept_names, "category", "region", "asked_for")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = EventKind.objects.filter(pk__in=Regulation.objects.order_by().values("kind"))
        choices = [(ANY_CONTACT, _("Any contact")), *((str(kind.pk), str(kind)) for kind in kinds)]
        self.filters["asked_for"].field.choices = choices
