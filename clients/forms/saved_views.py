"""Forms of saved views."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients import saved_views
from clients.models import Department, Manager


class SaveViewForm(forms.Form):
    """In the menu over a list: a name, and whether one's department sees it too."""

    name = forms.CharField(label=_("Name"), max_length=80)
    share = forms.BooleanField(label=_("My department sees it too"), required=False)

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        # There is one beside the filters, whose fields may have the same names.
        super().__init__(*args, **{"auto_id": "save_view_%s", **kwargs})
        if user.department is None:
            del self.fields["share"]


class SavedViewForm(forms.Form):
    """Another name for a view, other readers."""

    name = forms.CharField(label=_("Name"), max_length=80)
    department = forms.ModelChoiceField(
        label=_("Shared with"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=_("nobody"),
        help_text=_("Everybody in it opens the view with the rows he himself may see."),
    )

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = saved_views.departments_to_share_with(user)
