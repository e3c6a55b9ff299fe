"""What is asked before something is done to many rows."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.forms.choices import in_use
from clients.forms.links import ManagerChoiceField
from clients.models import LeadSource, Manager, Region
from clients.models.policy import Category


class BulkForm(forms.Form):
    """The particulars of an action. It is filled in once and read again for every chunk of the job: what its owner may
    not choose any more by then is refused then. Without fields it is a question: really?"""

    def __init__(self, *args: Any, user: Manager, total: int, **kwargs: Any) -> None:
        """``user``: whose job it is; ``total``: how many rows it is about."""
        super().__init__(*args, **kwargs)
        self.user, self.total = user, total
        for field in list(self.fields.values())[:1]:
            field.widget.attrs["autofocus"] = True


class OneManagerForm(BulkForm):
    """One manager, of those this person may name."""

    manager = ManagerChoiceField(label=_("Manager"), queryset=Manager.objects.none(), empty_label=_("choose a manager"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = self.people().select_related("department")

    def people(self) -> QuerySet[Manager]:
        """Who may be chosen."""
        raise NotImplementedError


class ReassignForm(OneManagerForm):
    """To whom the clients are handed."""

    def people(self) -> QuerySet[Manager]:
        return Manager.objects.assignable_by(self.user)


class CoManagerForm(OneManagerForm):
    """Who works with the clients too."""

    def people(self) -> QuerySet[Manager]:
        return Manager.objects.sellers()


class FactsForm(BulkForm):
    """Where the clients belong; what is left empty stays as it is."""

    category = forms.ChoiceField(label=_("Category"), required=False)
    source = forms.ModelChoiceField(label=_("Source"), queryset=None, required=False, empty_label=_("as it is"))
    region = forms.ModelChoiceField(label=_("Region"), queryset=None, required=False, empty_label=_("as it is"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("as it is")), *Category.choices]
        self.fields["source"].queryset = in_use(LeadSource.objects.all(), None)
        self.fields["region"].queryset = in_use(Region.objects.all(), None)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not any(data.values()):
            raise forms.ValidationError(_("Choose at least one of them."))
        return data
