"""Planning an event with each of many clients."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.bulk.clients import OfTheList
from clients.bulk.forms import BulkForm
from clients.bulk.registry import changed_since
from clients.holidays import days_off
from clients.models import Client, Manager
from crm import clock
from crm.web.errors import Conflict
from crm.web.forms import PageFormHelper, two_columns
from interactions import services
from interactions.forms import DayField
from interactions.models import Event, EventKind, EventStatus
from interactions.planning import quick_days_of
from interactions.rules.spreading import days_needed, working_days
from interactions.selectors import local_today

#: Nobody plans further ahead by spreading; about a year of working days.
_MOST_DAYS = 250
_LEAD, _ME = "lead", "me"


def propose_tomorrow(form: BulkForm) -> None:
    """The day of an empty form: the reader's next working day. One query."""
    if not form.is_bound:
        form.initial["day"] = quick_days_of(form.user, ("tomorrow",))[0].day


class PlanForm(BulkForm):
    """What, when, and by whom."""

    kind = forms.ModelChoiceField(label=_("What"), queryset=EventKind.objects.choosable(), empty_label=None)
    subject = forms.CharField(label=_("About what"), max_length=255, required=False)
    day = DayField(label=_("Day"))
    time = forms.TimeField(
        label=_("Time"), initial="10:00", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    per_day = forms.IntegerField(
        label=_("At most so many a day"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=_("Spreads them over working days, in the order of the list. Empty: all on one day."),
    )
    whose = forms.ChoiceField(
        label=_("Responsible"), choices=[(_LEAD, _("the lead manager of each client")), (_ME, _("me"))], initial=_LEAD
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        propose_tomorrow(self)
        self.helper = PageFormHelper()
        self.helper.layout = Layout(
            two_columns("kind", "subject"), two_columns("day", "time"), two_columns("per_day", "whose")
        )

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if day < local_today():
            raise forms.ValidationError(_("A plan lies ahead, not in the past."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if not (per_day := data.get("per_day")):
            return {**data, "days": [data["day"]], "per_day": self.total}
        number = days_needed(self.total, per_day)
        if number > _MOST_DAYS:
            words = ngettext(
                "That would take %(count)d working day: plan more a day.",
                "That would take %(count)d working days: plan more a day.",
                number,
            )
            self.add_error("per_day", words % {"count": number})
            return data
        off = days_off(data["day"], data["day"] + dt.timedelta(days=3 * _MOST_DAYS))
        return {**data, "days": working_days(data["day"], number, off)}


class PlanEvents(OfTheList):
    """Plan the same with each of the clients, on one day or spread over several."""

    key = "client-plan"
    label = _("Plan an event")
    icon = "calendar-plus"
    order = 10
    form_class = PlanForm
    refusal = _("You may not plan anything with it, or nobody holds it.")

    def rows(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.editable_by(user).held().select_related("manager")

    def apply(self, row: Client, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        day = asked["days"][number // asked["per_day"]]
        planned = services.register_event(
            event=Event(
                client=row,
                kind=asked["kind"],
                status=EventStatus.PLANNED,
                subject=asked["subject"],
                occurred_at=max(timezone.make_aware(dt.datetime.combine(day, asked["time"])), clock.now()),
                responsible=row.manager if asked["whose"] == _LEAD else by,
            ),
            by=by,
        )
        return {"event": planned.pk, "version": planned.updated_at.isoformat()}

    def undo(self, row: Client, before: Mapping[str, Any], by: Manager) -> None:
        planned = Event.objects.planned().filter(pk=before["event"], client=row).first()
        if planned is None or planned.updated_at.isoformat() != before["version"]:
            raise Conflict(changed_since())
        services.delete_event(event=planned)
