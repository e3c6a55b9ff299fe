"""The form of a row's tags."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.tag_filter import TagInput


class TagsForm(forms.Form):
    """All tags of a row as one types them."""

    names = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=2000,
        widget=TagInput({"data-autofocus": ""}),
        help_text=_("Separated by commas."),
    )
