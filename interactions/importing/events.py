"""Rows that are events: whose they are, what of them counts, and how they move the clients' clocks."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import rulebook
from clients.importing.kinds import completing, owners
from clients.importing.kinds.books import PeopleBook
from clients.importing.kinds.facts import read_facts, understanding
from clients.importing.kinds.options import RowOptions
from clients.importing.kinds.undoing import editable_entries, worked_with
from clients.importing.kinds.whose import CODE, Candidates, owner_of
from clients.importing.registry import Context, ImportField, ImportKind, Outcome, ParsedRow, Plan
from clients.models import Client, ContactPerson, ImportRow, Manager
from clients.rules import import_values
from clients.rules.import_matching import Identity
from clients.rules.import_people import Name, is_same_person, person_name
from clients.rules.import_values import BadValue
from clients.zoning import lock_clients
from crm.web.errors import DomainError
from interactions.clockwork import recompute_clocks_at_once, set_approval, set_counted_on
from interactions.importing import event_facts
from interactions.importing.event_facts import FACTS, KindBook, moment_of
from interactions.models import Event, EventKind, EventParticipant, EventStatus
from interactions.reminders import set_remind_at
from interactions.services import refuse_plan_of_nobody


class EventOptions(RowOptions):
    """What rows are that do not say it."""

    kind = forms.ModelChoiceField(
        label=gettext_lazy("Kind of the rows that name none"),
        queryset=EventKind.objects.none(),
        required=False,
        empty_label=gettext_lazy("refuse such rows"),
    )

    field_order: ClassVar[Sequence[str]] = ("kind", "wrong")

    def __init__(self, *args: Any, user: Manager, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field: Any = self.fields["kind"]
        field.queryset = EventKind.objects.choosable()


@dataclass
class EventData:
    """What a row says, and the event it becomes, not saved."""

    owner: Identity
    values: dict[str, Any]
    kind: EventKind | None = None
    responsible: Manager | None = None
    people: list[str] = field(default_factory=list)
    client: Client | None = None
    event: Event | None = None
    persons: list[ContactPerson] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class EventImport(ImportKind):
    """What was done with our clients, and what is planned. Sales are imported by ``import_sales``."""

    key = "events"
    label = gettext_lazy("Events")
    hint = gettext_lazy("A row is a call, a meeting, a letter … with a client that is here already.")
    icon = "telephone"
    order = 30
    options_form = EventOptions
    model: ClassVar[type[Event]] = Event

    def fields(self, user: Manager) -> Sequence[ImportField]:
        return [*owners.FACTS, *event_facts.fields()]

    def complaints(self, columns: Collection[str], user: Manager) -> list[str]:
        return [*owners.complaints(columns), *super().complaints(columns, user)]

    def prepare(self, rows: Sequence[ParsedRow], ctx: Context) -> Sequence[Plan]:
        reader = _Reader(ctx)
        plans = [reader.plan(row) for row in rows]
        understood = [plan for plan in plans if plan.outcome != Outcome.REFUSED]
        here = Candidates([plan.data.owner for plan in understood], ctx.by)
        for plan in understood:
            plan.data.client = owner_of(plan, plan.data.owner, here, ctx, key="client")
        _Decider([plan for plan in understood if plan.data.client], ctx).decide()
        return plans

    def write(self, plans: Sequence[Plan], ctx: Context) -> None:
        events = [plan.data.event for plan in plans]
        Event.objects.bulk_create(events)
        for plan, event in zip(plans, events, strict=True):
            plan.target = event.pk
        completing.log(events, ctx, is_new=True)
        EventParticipant.objects.bulk_create(
            row
            for plan in plans
            for row in (
                *(EventParticipant(event=plan.data.event, person=person) for person in plan.data.persons),
                *(EventParticipant(event=plan.data.event, name=name) for name in plan.data.names),
            )
        )
        clients = {plan.data.client.pk: plan.data.client for plan in plans if plan.data.event.counted_on}
        recompute_clocks_at_once(clients.values(), today=ctx.today)

    def undo(self, rows: Sequence[ImportRow], ctx: Context) -> Mapping[int, str]:
        entries, answers = editable_entries(Event, rows, ctx)
        left = {row.target: row for row in rows if row.pk not in answers and row.target}
        stay = worked_with(Event, left.keys())
        going = left.keys() - stay
        clients = {entries[pk].client_id for pk in going if entries[pk].counted_on}
        Event.objects.filter(pk__in=going).delete()
        completing.log_removed(Event, going, ctx)
        recompute_clocks_at_once(lock_clients(clients).values(), today=ctx.today, cause="correction")
        words = _("Somebody has worked with it since.")
        return answers | {row.pk: words if pk in stay else "" for pk, row in left.items()}

    def words(self, plan: Plan) -> Mapping[str, str]:
        said = dict(super().words(plan))
        if plan.data and (event := plan.data.event):
            said |= {
                "client": str(event.client),
                "date": date_format(timezone.localtime(event.occurred_at), "SHORT_DATETIME_FORMAT"),
                "kind": str(event.kind),
                "status": event.get_status_display(),
                "responsible": str(event.responsible),
            }
        return said


class _Reader:
    """Makes plans of rows: everything a row says by itself."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.kinds = KindBook(EventKind.objects.choosable())
        self.people = PeopleBook() if "responsible" in ctx.columns else None

    def plan(self, row: ParsedRow) -> Plan:
        plan = Plan(row)
        owner = owners.read_owner(plan, self.ctx)
        plan.data = data = EventData(owner or Identity(), read_facts(plan, FACTS, self.ctx))
        if "date" not in data.values and plan.outcome != Outcome.REFUSED:
            plan.refuse(_("It does not say when it was."), "date")
        data.kind = self.ctx.options.get("kind")
        if text := import_values.clean(row.text("kind")):
            with understanding(plan, "kind", self.ctx, is_vital=True):
                data.kind = self.kinds.find(text)
        if data.kind is None and plan.outcome != Outcome.REFUSED:
            plan.refuse(_("It does not say what it was: a call, a meeting …"), "kind")
        data.responsible = self.ctx.by
        if self.people and (text := import_values.clean(row.text("responsible"))):
            with understanding(plan, "responsible", self.ctx, is_vital=True):
                data.responsible = self.people.find(text)
        cells = ";".join(row.texts("person")).replace("\n", ";").split(";")
        data.people = list(dict.fromkeys(name[:200] for cell in cells if (name := import_values.clean(cell))))
        return plan


class _Decider:
    """Says of rows whose client is known, one after the other, what becomes of them."""

    def __init__(self, plans: Sequence[Plan], ctx: Context) -> None:
        self.plans, self.ctx = plans, ctx
        self.rules = rulebook.load()
        self.persons: defaultdict[int, list[ContactPerson]] = defaultdict(list)
        named = {plan.data.client.pk for plan in plans if plan.data.people}
        for person in ContactPerson.objects.filter(client__in=named) if named else ():
            self.persons[person.client_id].append(person)

    def decide(self) -> None:
        for plan in self.plans:
            self._build(plan)
        built = [plan for plan in self.plans if plan.outcome != Outcome.REFUSED]
        events = [plan.data.event for plan in built]
        self.ctx.identities.load(event.external_id for event in events)
        by_code = {row.external_id: row for row in _with_codes(event.external_id for event in events)}
        alike = _alike(events)
        for plan in built:
            self._decide(plan, plan.data.event, by_code, alike)

    def _decide(
        self, plan: Plan, event: Event, by_code: Mapping[str, Event], alike: Mapping[tuple[Any, ...], int]
    ) -> None:
        line = self.ctx.identities.line(event.external_id)
        if line and line != plan.row.line:
            plan.skip(_("Row %(row)d is the same event.") % {"row": line})
        elif (known := by_code.get(event.external_id)) and known.client_id != event.client_id:
            plan.refuse(_("An event with this code is here already, with another client."), "code")
        elif known or (pk := alike.get(_said(event))):
            plan.outcome, plan.target = Outcome.SAME, known.pk if known else pk
        if plan.outcome in (Outcome.CREATED, Outcome.SAME):
            self.ctx.identities.add(event.external_id, plan.row.line)

    def _build(self, plan: Plan) -> None:
        """The event of a row, checked and counted."""
        data, ctx = plan.data, self.ctx
        moment, says_hour = moment_of(data.values["date"], data.values.get("time"))
        status = data.values.get("status")
        if not status:
            is_past = moment <= ctx.now or (not says_hour and data.values["date"].day <= ctx.today)
            status = EventStatus.DONE if is_past else EventStatus.PLANNED
        if status == EventStatus.DONE and not says_hour and data.values["date"].day == ctx.today:
            moment = min(moment, ctx.now)
        if status == EventStatus.DONE and moment > ctx.now:
            plan.refuse(_("What is done cannot lie in the future."), "date")
            return
        minutes = data.values.get("minutes")
        data.event = event = Event(
            client=data.client,
            kind=data.kind,
            status=status,
            occurred_at=moment,
            ends_at=moment + dt.timedelta(minutes=minutes) if minutes else None,
            responsible=data.responsible,
            author=ctx.by,
            created_at=ctx.now,
            **{name: data.values.get(name, "") for name in ("subject", "text", "result")},
        )
        self._refuse_responsible(plan, event)
        try:
            refuse_plan_of_nobody(event, {data.client.pk: data.client}, ctx.by)
        except DomainError as error:
            plan.refuse(str(error), "client")
        event.external_id = CODE + (data.values.get("code") or _fingerprint(event))
        if status == EventStatus.DONE:
            set_approval(event, by=ctx.by, today=ctx.today, rules=self.rules)
        set_counted_on(event, today=ctx.today)
        set_remind_at(event, now=ctx.now)
        self._participants(plan)

    def _refuse_responsible(self, plan: Plan, event: Event) -> None:
        """Nobody puts events on a colleague's account; who has left may be responsible for what was, not for plans."""
        by, who = self.ctx.by, event.responsible
        mine = {by.pk, *by.deputised_manager_ids, *by.headed_manager_ids, event.client.manager_id}
        if who.pk not in mine and not by.sees_everything:
            plan.refuse(_("You cannot enter events of %(manager)s.") % {"manager": who}, "responsible")
        elif not who.is_active and event.status == EventStatus.PLANNED:
            plan.refuse(_("%(manager)s does not work here any more.") % {"manager": who}, "responsible")

    def _participants(self, plan: Plan) -> None:
        """Those among the client's persons, and the names of the others: linked later."""
        data = plan.data
        for text in data.people:
            try:
                name = person_name(text)
            except BadValue:
                data.names.append(text)
                continue
            same = [
                person
                for person in self.persons[data.client.pk]
                if is_same_person(name, Name(person.last_name, person.first_name, person.middle_name), shares=True)
            ]
            if len(same) == 1 and same[0] not in data.persons:
                data.persons.append(same[0])
            elif len(same) != 1:
                data.names.append(text)


def _fingerprint(event: Event) -> str:
    """What an event without a code is known by: the same file imported twice brings it once."""
    moment = event.occurred_at.astimezone(dt.UTC)
    parts = (event.client_id, event.kind_id, event.responsible_id, moment, event.subject, event.text, event.result)
    said = "|".join(str(part) for part in parts)
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _said(event: Event) -> tuple[Any, ...]:
    return event.client_id, event.kind_id, event.occurred_at, event.subject


def _with_codes(codes: Iterable[str]) -> Iterable[Event]:
    return Event.objects.filter(external_id__in=list(codes)).only("pk", "external_id", "client_id")


def _alike(events: Sequence[Event]) -> dict[tuple[Any, ...], int]:
    """Events that say the same and were registered here by hand."""
    rows = Event.objects.filter(
        client__in={event.client_id for event in events}, occurred_at__in={event.occurred_at for event in events}
    )
    return {_said(event): event.pk for event in rows.only("client_id", "kind_id", "occurred_at", "subject")}
