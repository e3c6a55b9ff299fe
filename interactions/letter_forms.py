"""The form of a letter to a client."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import ContactPoint, LetterTemplate


class PointChoice(forms.ModelChoiceField):
    """An e-mail address, as it is written."""

    def label_from_instance(self, point: ContactPoint) -> str:
        return f"{point.value} ({point.comment})" if point.comment else point.value


class LetterForm(forms.Form):
    """What is sent, and to which of the addresses.

    Args:
        points: the addresses to choose from; without any, the letter can only be copied.
        templates: what may be taken instead of what is written.
    """

    to = PointChoice(label=pgettext_lazy("letter", "To"), queryset=ContactPoint.objects.none(), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(
        label=_("Text"),
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 12, "data-autofocus": "", "data-autosize": ""}),
    )
    template = forms.ModelChoiceField(
        label=_("Another letter"), queryset=LetterTemplate.objects.none(), required=False, empty_label=None
    )

    def __init__(self, *args: Any, points: list[ContactPoint], templates: list[LetterTemplate], **kwargs: Any) -> None:
        # It stands in the drawer over pages whose forms have such fields too.
        super().__init__(*args, auto_id="letter_%s", **kwargs)
        self.fields["to"].queryset = ContactPoint.objects.filter(pk__in=[point.pk for point in points])
        self.fields["template"].queryset = LetterTemplate.objects.filter(pk__in=[one.pk for one in templates])
        self.fields["template"].choices = [(one.pk, str(one)) for one in templates]
        if not points:
            del self.fields["to"]
