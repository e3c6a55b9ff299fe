"""What every kind of import asks beside the columns."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.importing.kinds.facts import LEAVE_OUT, REFUSE
from clients.importing.registry import OptionsForm
from clients.models import Manager

SKIP, COMPLETE, OVERWRITE, CREATE = "skip", "complete", "overwrite", "create"
WRONG_CELLS = [
    (REFUSE, _("refuse the row: it comes back in the file of errors")),
    (LEAVE_OUT, _("take the row without that cell")),
]


class RowOptions(OptionsForm):
    """What becomes of a row with a cell nobody understands."""

    wrong = forms.ChoiceField(
        label=_("A cell nobody understands"), choices=WRONG_CELLS, initial=REFUSE, widget=forms.RadioSelect
    )


class DuplicateOptions(RowOptions):
    """What becomes of a row that is here already."""

    duplicates = forms.ChoiceField(
        label=_("What is here already"),
        choices=[
            (SKIP, _("leave it as it is")),
            (COMPLETE, _("fill in what is empty")),
            (OVERWRITE, _("overwrite it; empty cells change nothing")),
            (CREATE, _("add another one, unless code or INN are the same")),
        ],
        initial=COMPLETE,
        widget=forms.RadioSelect,
    )

    field_order: ClassVar[Sequence[str]] = ("duplicates", "wrong")


class ClientOptions(DuplicateOptions):
    """Whose the new ones are."""

    manager = forms.ModelChoiceField(
        label=_("Lead manager of the new ones"),
        queryset=Manager.objects.none(),
        required=False,
        help_text=_("A column with managers goes before it."),
    )
    new_entries = forms.BooleanField(
        label=_("Add regions, industries and sources that are not here yet"), required=False
    )

    field_order: ClassVar[Sequence[str]] = ("duplicates", "manager", "wrong", "new_entries")

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field: Any = self.fields["manager"]
        field.queryset = givable_by(user)
        field.initial = user.pk if user.department_id else None
        if not Manager.objects.assignable_by(user).exists():
            # A salesperson's client is his own.
            field.required, field.empty_label = True, None
        else:
            field.empty_label = _("nobody yet")
        if not user.sees_everything:
            del self.fields["new_entries"]


def givable_by(user: Manager) -> QuerySet[Manager]:
    """To whom this person may give a new client: himself, and whom he may give clients to at all."""
    return (Manager.objects.assignable_by(user) | Manager.objects.sellers().filter(pk=user.pk)).distinct()
