"""Forms of merging two clients."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.forms.links import ClientChoiceField, client_words
from clients.models import Client


class MergeForm(forms.Form):
    """The other row of the same client."""

    other = ClientChoiceField(
        label=_("The other one"), help_text=_("Type a few letters of the name, or the INN, and choose from the list.")
    )

    def __init__(self, *args: Any, clients: QuerySet[Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = clients
        self.fields["other"].widget.attrs["data-autofocus"] = ""


class KeepForm(forms.Form):
    """Which of the two stays. One without a lead manager never swallows one that has one."""

    keep = forms.ChoiceField(label=_("Which one stays"), widget=forms.RadioSelect)
    confirmed = forms.BooleanField(
        label=_("They are the same client. I know that this cannot be undone yet."),
        error_messages={"required": _("Say that they are the same client.")},
    )

    def __init__(self, *args: Any, pair: tuple[Client, Client], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair = pair
        may_stay = [client for client in pair if client.is_held] or list(pair)
        keep = self.fields["keep"]
        assert isinstance(keep, forms.ChoiceField)
        keep.choices = [(str(client.pk), client_words(client)) for client in may_stay]
        keep.initial = str(may_stay[0].pk)

    def clean(self) -> dict[str, Any]:
        if self.pair[0].pk == self.pair[1].pk:
            raise ValidationError(_("A client cannot be merged with itself."))
        return super().clean() or {}

    def sides(self) -> tuple[Client, Client]:
        """The one that stays and the one that goes."""
        one, other = self.pair
        return (one, other) if self.cleaned_data["keep"] == str(one.pk) else (other, one)
