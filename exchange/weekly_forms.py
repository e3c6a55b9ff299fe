"""Filter and form of the weekly list."""

from collections.abc import Iterable, Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.filter_choices import department_choices
from clients.models import Client, Manager
from crm import clock
from crm.web.forms import DateInput
from crm.web.text import fold
from exchange.forms import load_words
from exchange.giving_forms import with_load
from exchange.shelving import ONE_DAY

#: More than a page of clients is not decided on at once.
MOST = 200

DECISIONS = {
    "assign": _("Assign to one manager"),
    "spread": _("Spread among those here today"),
    "aside": _("Set aside until a day"),
    "archive": _("Archive for good"),
}
#: What each decision cannot do without.
_NEEDS = {"assign": ("manager",), "spread": (), "aside": ("until", "reason"), "archive": ("reason",)}


class WeeklyFilter(django_filters.FilterSet):
    """What the list can be narrowed down by."""

    q = django_filters.CharFilter(label=_("Name"), method="by_text", widget=forms.SearchInput)
    department = django_filters.ChoiceFilter(label=_("Last department"), method="by_department", empty_label=_("All"))

    class Meta:
        model = Client
        fields: list[str] = []

    def __init__(self, *args: Any, receivers: Iterable[Manager], **kwargs: Any) -> None:
        """``receivers``: the people of the reader's departments."""
        super().__init__(*args, **kwargs)
        found = {receiver.department.pk: receiver.department for receiver in receivers if receiver.department}
        departments = sorted(found.values(), key=lambda department: department.path)
        self._paths = {str(department.pk): department.path for department in departments}
        self.filters["department"].field.choices = department_choices(departments)

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(search_name__contains=fold(value))

    def by_department(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(last_manager__department__path__startswith=self._paths[value])


class DecisionForm(forms.Form):
    """What becomes of the marked clients."""

    decision = forms.ChoiceField(
        label=_("What becomes of the marked ones"),
        choices=list(DECISIONS.items()),
        widget=forms.RadioSelect,
        initial="assign",
    )
    manager = forms.TypedChoiceField(label=_("To whom"), required=False, empty_value=None)
    until = forms.DateField(label=_("Until, inclusive"), widget=DateInput(), required=False)
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        required=False,
        help_text=_(
            "Needed to set aside and to archive; to assign, only against a rule. Everybody in sales can read it."
        ),
    )

    def __init__(self, *args: Any, receivers: Sequence[Manager], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "decide_%s"
        by_key = {str(manager.pk): manager for manager in receivers}
        manager = self.fields["manager"]
        manager.choices = [("", ""), *((key, load_words(each)) for key, each in by_key.items())]  # type: ignore[attr-defined]
        manager.coerce = by_key.__getitem__  # type: ignore[attr-defined]
        self.fields["until"].widget.attrs["min"] = (clock.today() + ONE_DAY).isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in _NEEDS.get(cleaned.get("decision", ""), ()):
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, self.fields[name].error_messages["required"])
        return cleaned


def receivers_of(reader: Manager) -> list[Manager]:
    """To whom the reader may give clients, with how many each holds. One query."""
    return list(with_load(Manager.objects.assignable_by(reader)))


def keys_of(values: Iterable[str]) -> list[int]:
    """The keys among what was posted, each once, in their order; nonsense is left out."""
    keys = (int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19)
    return list(dict.fromkeys(keys))
