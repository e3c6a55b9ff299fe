"""What a stage plans when a sale enters it: once in each sale, however often the sale comes back there."""

import datetime as dt

from django.utils import timezone

from clients.days_off import days_off
from clients.models import Manager
from crm.web.preferences import of_person
from interactions import services
from interactions.models import Event, EventStatus, PlannedTask, SalesProcess, StageChange, StageTask
from interactions.planning import at_time_of
from interactions.rules.workdays import working_day_after

#: When on its day a task stands, where its responsible is.
_AT = dt.time(10)


def plan(process: SalesProcess, step: StageChange, *, by: Manager, now: dt.datetime) -> list[Event]:
    """Plan what the stage the sale has just entered asks for; inside the transaction of the step. One query where it
    asks for nothing.

    What nobody who works here is responsible for, or what is on the exchange, is planned for ``by``.
    """
    planned = PlannedTask.objects.filter(process=process).values("task")
    tasks = list(StageTask.objects.filter(stage=process.stage).exclude(pk__in=planned).select_related("kind"))
    if not tasks:
        return []
    who = process.responsible if process.responsible.is_active and process.client.is_held else by
    events = []
    for task in tasks:
        event = Event(
            client=process.client,
            process=process,
            kind=task.kind,
            status=EventStatus.PLANNED,
            subject=task.subject,
            occurred_at=_due(task, who, now),
            responsible=who,
        )
        events.append(services.register_event(event=event, by=by, now=now))
        PlannedTask.objects.create(process=process, task=task, step=step, event=event)
    return events


def take_back(step: StageChange) -> None:
    """Remove the plans this step made, those somebody has done something about since aside."""
    for planned in step.planned_tasks.select_related("event").filter(event__status=EventStatus.PLANNED):
        event = planned.event
        assert event is not None, "the filter says so"
        if event.history.count() == 1:
            services.delete_event(event=event)


def _due(task: StageTask, who: Manager, now: dt.datetime) -> dt.datetime:
    """So many working days from today, as the responsible works and where he is."""
    with of_person(who):
        today = timezone.localdate(now)
        # Twice the days and two months hold every holiday and absence that may lie between.
        off = days_off(who, today, today + dt.timedelta(days=2 * task.due_days + 62))
        day = working_day_after(today, task.due_days, off)
        return at_time_of(timezone.make_aware(dt.datetime.combine(day, _AT)), day, now=now)
