"""The form of one fact, in its place on the card."""

import copy
from typing import Any

from django import forms

from clients import custom_fields
from clients.facts import PROSE
from clients.forms.cards import ClientForm
from clients.forms.choices import limit_choices
from clients.models import Client


class FactForm(forms.Form):
    """One field of a client as the big form has it, and ``was``: a mark of the value the form was opened with."""

    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, client: Client, name: str, was: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        if custom := custom_fields.named(name):
            self.fields[name] = custom_fields.form_field(custom, client.custom.get(custom.key))
            value = custom_fields.initial(custom, client)
        else:
            self.fields[name] = copy.deepcopy(ClientForm.base_fields[name])
            limit_choices(self, client)
            value = Client._meta.get_field(name).value_from_object(client)  # type: ignore[union-attr]
        self.initial = {**self.initial, name: value, "was": was}
        widget = self.fields[name].widget
        widget.attrs |= {"autofocus": True, "autocomplete": "off"}
        if name in PROSE:
            widget.attrs["rows"] = 4

    @property
    def fact(self) -> forms.BoundField:
        """The field itself."""
        return self[self.name]

    def open_anew(self, was: str) -> None:
        """What was typed stays; the value it is typed over is now this one."""
        self.data = {**self.data.dict(), "was": was}  # type: ignore[union-attr]
