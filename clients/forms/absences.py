"""The form of an absence."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from clients.forms.links import ManagerChoiceField
from clients.models import Absence, Manager
from crm.web.forms import DateInput, PageFormHelper, two_columns


class AbsenceForm(forms.Form):
    """Who is away, when, and who stands in.

    ``people``: on whose absences the user decides; when that is nobody but himself, he is not asked who.
    """

    manager = ManagerChoiceField(label=_("Who is away"), queryset=Manager.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=Absence.Kind)
    starts_on = forms.DateField(label=_("From"), widget=DateInput())
    ends_on = forms.DateField(label=_("Until, inclusive"), widget=DateInput())
    deputy = ManagerChoiceField(
        label=_("Deputy"),
        queryset=Manager.objects.none(),
        required=False,
        empty_label=_("nobody"),
        help_text=_("On these days the deputy sees and does with the clients everything but giving them away."),
    )
    reason = forms.CharField(label=_("Comment"), max_length=200, required=False)

    def __init__(
        self, *args: Any, user: Manager, people: QuerySet[Manager] | None, away: Manager | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        deputies = self.fields["deputy"]
        assert isinstance(deputies, forms.ModelChoiceField)
        near = (away or user).department_id
        deputies.queryset = (
            Manager.objects.filter(is_active=True)
            .exclude(pk=(away or (user if people is None else None)) and (away or user).pk)
            .select_related("department")
            .order_by(Case(When(department=near, then=Value(0)), default=Value(1)), "last_name", "first_name", "pk")
        )
        names = ["kind", two_columns("starts_on", "ends_on"), "deputy", "reason"]
        if people is None or away is not None:
            del self.fields["manager"]
        else:
            self.fields["manager"].queryset = people.select_related("department")  # type: ignore[attr-defined]
            names.insert(0, "manager")
        self.helper = PageFormHelper()
        self.helper.layout = Layout(*names)
