"""The form of a file's name and comment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Attachment


class AttachmentForm(forms.Form):
    """What people call a file, and what they say of it."""

    name = forms.CharField(
        label=_("Name"), max_length=Attachment._meta.get_field("name").max_length, help_text=_("Its ending stays.")
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=Attachment._meta.get_field("comment").max_length, required=False
    )
