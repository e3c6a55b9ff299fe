"""The form of a regulation of contact."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.access import Access
from crm.web.forms import PageFormHelper, two_columns
from interactions.forms.fields import DayField
from interactions.models import EventKind, Regulation
from interactions.regulations import departments_regulated_by


class RegulationForm(forms.ModelForm):
    """Whose clients are to be spoken with how often, from which day on."""

    class Meta:
        model = Regulation
        fields = ["department", "category", "kind", "times", "per", "since"]
        field_classes = {"since": DayField}

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department, kind, since = self.fields["department"], self.fields["kind"], self.fields["since"]
        department.queryset = departments_regulated_by(user)
        department.empty_label = _("All departments")
        if not user.sees_everything:
            department.required, department.empty_label = True, None
        kind.queryset = EventKind.objects.choosable().filter(counts_as_contact=True)
        kind.empty_label = _("Any contact")
        department.help_text = _("It also rules the departments below.")
        self.fields["category"].help_text = kind.help_text = ""
        self.fields["category"].choices = [("", _("All categories")), *self.fields["category"].choices[1:]]
        self.fields["times"].help_text = _(
            "0: no contact is asked for. Empty: this regulation ends, the one above it rules again."
        )
        self.fields["times"].initial, since.initial = 1, clock.today()
        if not Access.ADMIN.allows(user):
            since.widget.attrs["min"] = clock.today().isoformat()
        self.helper = PageFormHelper()
        self.helper.layout = Layout(two_columns("department", "category"), "kind", two_columns("times", "per"), "since")

    def _post_clean(self) -> None:
        """The service checks the row: what it replaces is not known here."""
