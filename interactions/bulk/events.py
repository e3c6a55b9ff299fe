"""What can be done with many events at once: with planned ones; what was done is history."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.bulk.exporting import ExportRows
from clients.bulk.forms import BulkForm
from clients.bulk.registry import OfClients, changed_since
from clients.models import Manager
from crm import clock
from crm.web.errors import Conflict
from interactions import services, undo
from interactions.bulk.planning import propose_tomorrow
from interactions.bulk.responsible import ResponsibleForm, refuse_departed, refuse_stranger
from interactions.forms import CancelForm, DayField
from interactions.models import Event, EventStatus
from interactions.planning import at_time_of
from interactions.replanning import replan_event
from interactions.selectors import local_today


class OfTheList(OfClients):
    """Rows that are events."""

    page = "event-list"
    model = Event

    def count_words(self, number: int) -> str:
        return ngettext("%(count)d event", "%(count)d events", number) % {"count": number}


class OfPlans(OfTheList):
    """Only planned ones."""

    refusal = _("It is no longer planned, or you may not change it.")

    def rows(self, user: Manager) -> QuerySet[Event]:
        return self.rows_to_undo(user).planned()  # type: ignore[attr-defined]

    def rows_to_undo(self, user: Manager) -> QuerySet[Event]:
        return Event.objects.editable_by(user).select_related("client", "kind", "responsible", "process")


class MoveForm(BulkForm):
    """To which day."""

    day = DayField(label=_("Day"), help_text=_("Each keeps its time of day."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        propose_tomorrow(self)

    def clean_day(self) -> Any:
        if (day := self.cleaned_data["day"]) < local_today():
            raise forms.ValidationError(_("A plan lies ahead, not in the past."))
        return day


class MoveEvents(OfPlans):
    """Plan them for another day."""

    key = "event-move-day"
    label = _("Another day")
    icon = "calendar-event"
    order = 10
    form_class = MoveForm

    def apply(self, row: Event, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        now = clock.now()
        at = at_time_of(row.occurred_at, asked["day"], now=now)
        if at == row.occurred_at:
            return None
        return {"ticket": replan_event(event=row, at=at, by=by, now=now).undo}

    def undo(self, row: Event, before: Mapping[str, Any], by: Manager) -> None:
        undo.take_back(event=row, ticket=before["ticket"], by=by)


class CancelManyForm(BulkForm, CancelForm):
    """Why; may stay empty."""


class CancelEvents(OfPlans):
    """They do not take place."""

    key = "event-cancel"
    label = _("Cancel")
    icon = "x-circle"
    order = 30
    form_class = CancelManyForm

    def apply(self, row: Event, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        before = undo.Before.of(row)
        cancelled = services.cancel_event(event=row, by=by, result=asked["result"])
        return {"ticket": undo.ticket(before, cancelled)}

    def undo(self, row: Event, before: Mapping[str, Any], by: Manager) -> None:
        undo.take_back(event=row, ticket=before["ticket"], by=by)


class ChangeResponsible(OfPlans):
    """Somebody else does them."""

    key = "event-responsible"
    label = _("Another responsible")
    icon = "person-check"
    order = 20
    form_class = ResponsibleForm

    def apply(self, row: Event, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        manager, before = asked["manager"], row.responsible_id
        if manager.pk == before:
            return None
        refuse_stranger(manager, row.client, by)
        row.responsible = manager
        services.change_event(event=row, by=by)
        return {"before": before, "after": manager.pk}

    def undo(self, row: Event, before: Mapping[str, Any], by: Manager) -> None:
        if row.responsible_id != before["after"] or row.status != EventStatus.PLANNED:
            raise Conflict(changed_since())
        refuse_departed(before["before"])
        row.responsible_id = before["before"]
        services.change_event(event=row, by=by)


class ExportEvents(OfTheList, ExportRows):
    key = "event-export"
    export_url = "event-export"
    everything: ClassVar = {"status": "all", "who": "all"}
