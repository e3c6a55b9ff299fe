"""What a head notes at an event."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from crm.web.forms import PageFormHelper
from interactions.models import HeadComment


class HeadCommentForm(forms.ModelForm):
    """A private comment, and whether the responsible may read it."""

    class Meta:
        model = HeadComment
        fields = ["text", "for_responsible"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2, "data-autosize": ""})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = PageFormHelper()
        self.helper.layout = Layout("text", "for_responsible")
