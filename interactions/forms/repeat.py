"""How a plan recurs: the rule beside the event's own fields."""

import datetime as dt
from typing import Any

from crispy_forms.layout import HTML, Layout
from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.forms import PageFormHelper, two_columns
from interactions import recurring, selectors
from interactions.forms.events import EventForm, tell_lengths
from interactions.forms.fields import WITH_MENTIONS, DayField, MomentField, RemindField
from interactions.models import Event, EventKind, EventSeries, EventStatus
from interactions.models.series import Frequency, OffDays

#: The fields of the rule, drawn by ``interactions/_repeat.html``: those of a frequency are shown with it.
REPEAT = HTML('{% include "interactions/_repeat.html" %}')
_RULE = ("frequency", "interval", "by_weekday", "off_days", "until", "count")


class RepeatFields(forms.Form):
    """A rule; empty as long as no frequency is chosen."""

    frequency = forms.ChoiceField(
        label=_("Repeat"), required=False, choices=[("", _("does not repeat")), *Frequency.choices]
    )
    interval = forms.IntegerField(
        label=_("Every"), required=False, min_value=1, max_value=99, initial=1, help_text=_("2: every other time.")
    )
    weekdays = forms.MultipleChoiceField(
        label=_("On"),
        required=False,
        choices=[(str(number + 1), name) for number, name in WEEKDAYS_ABBR.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    by_weekday = forms.BooleanField(
        label=_("On the same weekday of the month"), required=False, help_text=_("The second Tuesday, not the 10th.")
    )
    off_days = forms.ChoiceField(
        label=_("On days off"),
        required=False,
        choices=OffDays.choices,
        initial=OffDays.SHIFT,
        help_text=_("Weekends, holidays, absences of the responsible."),
    )
    until = DayField(label=_("Until"), required=False)
    count = forms.IntegerField(label=_("How many times"), required=False, min_value=1, max_value=500)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("frequency"):
            self._check_rule(cleaned)
        return cleaned

    def _check_rule(self, cleaned: dict[str, Any]) -> None:
        until, first = cleaned.get("until"), self.first_at(cleaned)
        if until and cleaned.get("count"):
            self.add_error("count", _("Either until a day, or so many times: not both."))
        if until and first and until < timezone.localdate(first):
            self.add_error("until", _("The end is before the start."))

    def first_at(self, cleaned: dict[str, Any]) -> dt.datetime | None:
        """When the first occurrence is."""
        return cleaned.get("occurred_at")

    def series(self, onto: EventSeries | None = None) -> EventSeries | None:
        """The rule that was chosen, put into ``onto``; None when the event does not recur."""
        data = self.cleaned_data
        if not data.get("frequency"):
            return None
        series = onto or EventSeries()
        for name in _RULE:
            setattr(series, name, data[name])
        series.interval, series.off_days = data["interval"] or 1, data["off_days"] or OffDays.SHIFT
        series.weekdays = "".join(sorted(data["weekdays"]))
        return series


class RepeatForm(RepeatFields):
    """A plan is to recur from now on."""

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        frequency = self.fields["frequency"]
        assert isinstance(frequency, forms.ChoiceField)
        frequency.choices, frequency.required, frequency.initial = Frequency.choices, True, Frequency.WEEKLY
        frequency.widget.attrs["data-autofocus"] = ""
        self.fields["weekdays"].initial = [str(timezone.localtime(event.occurred_at).isoweekday())]
        self.helper = PageFormHelper()
        self.helper.layout = Layout(REPEAT)

    def first_at(self, _cleaned: dict[str, Any]) -> dt.datetime:
        return self.event.occurred_at


class NewEventForm(RepeatFields, EventForm):
    """A new event in full; a planned one may recur."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout.append(REPEAT)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("frequency") and cleaned.get("status") != EventStatus.PLANNED:
            self.add_error("frequency", _("Only what is planned can recur."))
        return cleaned


class FollowingForm(RepeatFields, forms.ModelForm):
    """An occurrence of a recurring event and all that follow it: what is the same in all of them, and the rule."""

    remind_before = RemindField(label=_("Remind"))

    class Meta:
        model = Event
        fields = ["kind", "subject", "text", "occurred_at", "ends_at", "remind_before", "responsible"]
        field_classes = {"occurred_at": MomentField, "ends_at": MomentField}
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "data-autosize": "", **WITH_MENTIONS})}

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event, rule = self.instance, self.instance.series
        self.fields["kind"].queryset = EventKind.objects.choosable() | EventKind.objects.filter(pk=event.kind_id)
        self.fields["kind"].empty_label = None
        tell_lengths(self.fields["kind"])
        self.fields["responsible"].queryset = selectors.possible_responsibles(user, event.client, event.responsible_id)
        frequency = self.fields["frequency"]
        frequency.choices, frequency.required = Frequency.choices, True
        self.initial.update({name: getattr(rule, name) for name in _RULE})
        self.initial.update(weekdays=list(rule.weekdays), count=recurring.times_left(rule, event))
        self.helper = PageFormHelper()
        self.helper.layout = Layout(
            two_columns("kind", "responsible"),
            two_columns("occurred_at", "ends_at", "remind_before"),
            "subject",
            "text",
            REPEAT,
        )

    def rule(self) -> EventSeries:
        """The series as it was edited."""
        series = self.series(self.instance.series)
        assert series is not None, "a frequency is required"
        return series
