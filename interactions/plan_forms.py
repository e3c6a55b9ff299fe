"""Forms of plans: finishing one with what follows it, and moving one to another day."""

import datetime as dt
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.forms import PageFormHelper, two_columns
from interactions import planning
from interactions.forms import WITH_MENTIONS, DayField, MomentField, NextStepForm
from interactions.models import Agreement, Event


class QuickNextForm(NextStepForm):
    """ "What next, and when?" with a few days one key away. A moment that was typed says it more exactly."""

    next_in = forms.ChoiceField(
        label=_("When"),
        choices=[("", _("Not yet")), *((key, planning.WORDS[key]) for key in planning.NEXT)],
        required=False,
    )

    #: Whose days off the quick choices skip, and whose time of day they keep.
    reader: Manager
    like: dt.datetime

    def clean(self) -> dict[str, Any]:
        quick = self.cleaned_data.get("next_in")
        if quick and not self.cleaned_data.get("next_at") and "next_at" not in self.errors:
            (chosen,) = planning.quick_days_of(self.reader, [quick])
            self.cleaned_data["next_at"] = planning.at_time_of(self.like, chosen.day, now=clock.now())
        return super().clean()

    def quick_moments(self) -> list[tuple[planning.QuickDay, dt.datetime]]:
        """The quick choices with the moments they mean, for the page to show and fill in."""
        now = clock.now()
        days = planning.quick_days_of(self.reader, planning.NEXT)
        return [(each, planning.at_time_of(self.like, each.day, now=now)) for each in days]


class FinishForm(QuickNextForm):
    """A planned event took place: what came of it, when, and what next."""

    result = forms.CharField(
        label=_("What came of it"),
        max_length=20000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-autosize": "", "data-autofocus": "", **WITH_MENTIONS}),
    )
    occurred_at = MomentField(label=_("When it was"), required=False)

    def __init__(self, *args: Any, event: Event, reader: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader, self.like = reader, event.occurred_at


class NewAgreementForm(forms.ModelForm):
    """A promise made in this very contact."""

    class Meta:
        model = Agreement
        fields = ["side", "text", "due_on"]
        field_classes = {"due_on": DayField}


#: So many promises of one contact; more of them are added in the event itself.
AGREEMENT_ROWS = 3
NewAgreements = forms.formset_factory(NewAgreementForm, extra=AGREEMENT_ROWS, max_num=AGREEMENT_ROWS)


class ReplanForm(forms.Form):
    """When a plan is to be instead: a day, at the same time, or a moment; and how long."""

    at = MomentField(label=_("When"), required=False)
    minutes = forms.IntegerField(
        label=_("How long, minutes"),
        required=False,
        min_value=5,
        max_value=7 * 24 * 60,
        help_text=_("Empty: as long as before."),
    )
    day = DayField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        self.fields["at"].widget.attrs["data-autofocus"] = ""
        self.helper = PageFormHelper()
        self.helper.layout = Layout(two_columns("at", "minutes"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if day := cleaned.get("day"):
            cleaned["at"] = planning.at_time_of(self.event.occurred_at, day, now=clock.now())
        elif not cleaned.get("at") and not cleaned.get("minutes") and not self.errors:
            self.add_error("at", _("Say when."))
        return cleaned
