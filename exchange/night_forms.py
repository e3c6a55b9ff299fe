"""Forms of the nights."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Department
from crm.web.forms import PageFormHelper
from exchange.night_selectors import Part


class UndoForm(forms.Form):
    """Which part of a night is undone. Every choice says how many clients it would give back."""

    department = forms.ChoiceField(label=_("Whose clients"), required=False)

    def __init__(self, *args: Any, parts: Sequence[Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = {str(part.department.pk) if part.department else "": part for part in parts}
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            (key, self._words(part)) for key, part in self.parts.items()
        ]
        self.helper = PageFormHelper()
        self.helper.layout = Layout(HTML('{% include "exchange/_night_undo_note.html" %}'), "department")

    @staticmethod
    def _words(part: Part) -> str:
        name = "\u2003" * part.depth + str(part.department) if part.department else gettext("All of them")
        if part.undoable == part.left:
            return f"{name} ({part.undoable})"
        return gettext("%(name)s (%(number)d of %(left)d)") % {
            "name": name,
            "number": part.undoable,
            "left": part.left,
        }

    def clean_department(self) -> Department | None:
        return self.parts[self.cleaned_data["department"]].department
