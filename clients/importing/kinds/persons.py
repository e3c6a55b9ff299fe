"""Rows that are people at clients: whose they are, found again, added or completed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.importing.kinds import completing, extras, owners, person_facts, words
from clients.importing.kinds.extras import Extras
from clients.importing.kinds.facts import read_contacts, read_facts
from clients.importing.kinds.options import CREATE, SKIP, DuplicateOptions
from clients.importing.kinds.undoing import take_back
from clients.importing.kinds.whose import Candidates, owner_of
from clients.importing.registry import Context, ImportField, ImportKind, Outcome, ParsedRow, Plan
from clients.models import Client, ContactPerson, ContactPoint, ImportRow, Manager
from clients.models.client import month_and_day
from clients.rules.import_matching import Identity, Sign
from clients.rules.import_people import Name, is_same_person, person_keys
from crm.web.text import fold


@dataclass
class PersonData:
    """What a row says, and the person it is about: a new one that is not saved, or one that is here."""

    owner: Identity
    values: dict[str, Any]
    points: list[ContactPoint] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    client: Client | None = None
    person: ContactPerson | None = None

    @property
    def name(self) -> Name:
        return Name(*(self.values.get(part, "") for part in ("last_name", "first_name", "middle_name")))

    @property
    def keys(self) -> tuple[list[str], list[str]]:
        """What later rows find this one by, and what it looks for itself; once its client is known."""
        contacts = [point.normalized for point in self.points]
        return person_keys(self.client.pk, self.name, contacts) if self.client else ([], [])


class PersonImport(ImportKind):
    """People at our clients."""

    key = "persons"
    label = gettext_lazy("Contact persons")
    hint = gettext_lazy("A row is a person at a client that is here already.")
    icon = "person-vcard"
    order = 20
    options_form = DuplicateOptions
    model: ClassVar[type[ContactPerson]] = ContactPerson

    def fields(self, user: Manager) -> Sequence[ImportField]:
        return [*owners.FACTS, *person_facts.fields()]

    def complaints(self, columns: Collection[str], user: Manager) -> list[str]:
        found = owners.complaints(columns)
        if not {"name", "first_name", "last_name"} & set(columns):
            found.append(_("Say which column is the name of the person."))
        return found

    def prepare(self, rows: Sequence[ParsedRow], ctx: Context) -> Sequence[Plan]:
        plans = [_read(row, ctx) for row in rows]
        understood = [plan for plan in plans if plan.outcome != Outcome.REFUSED]
        here = Candidates([plan.data.owner for plan in understood], ctx.by)
        for plan in understood:
            plan.data.client = owner_of(plan, plan.data.owner, here, ctx, key="client")
        _Decider([plan for plan in understood if plan.data.client], ctx).decide()
        return plans

    def write(self, plans: Sequence[Plan], ctx: Context) -> None:
        new = [plan for plan in plans if plan.outcome == Outcome.CREATED]
        persons = [plan.data.person for plan in new]
        for person in persons:
            _derive(person)
        ContactPerson.objects.bulk_create(persons)
        for plan, person in zip(new, persons, strict=True):
            plan.target, plan.kept = person.pk, {}
        completing.log(persons, ctx, is_new=True)
        changed = {plan.data.person.pk: plan.data.person for plan in plans if plan not in new and plan.data.values}
        if changed:
            names = {name for plan in plans if plan.outcome == Outcome.UPDATED for name in plan.data.values}
            store(list(changed.values()), names, ctx)
            completing.log(list(changed.values()), ctx, is_new=False)
        rows = [(plan, plan.data.person, plan.data.points, plan.data.tags) for plan in plans]
        extras.write(ContactPerson, rows, ctx)

    def undo(self, rows: Sequence[ImportRow], ctx: Context) -> Mapping[int, str]:
        return take_back(ContactPerson, rows, ctx, store)

    def words(self, plan: Plan) -> Mapping[str, str]:
        said = dict(super().words(plan))
        if plan.data and plan.data.person:
            said |= {"name": plan.data.person.name, "client": str(plan.data.client)}
            said |= extras.words(plan.data.points)
        return said

    def targets(self, keys: Collection[int], user: Manager) -> Mapping[int, tuple[str, str]]:
        persons = ContactPerson.objects.visible_to(user).filter(pk__in=list(keys)).select_related("client")
        return {each.pk: (f"{each.name} · {each.client}", each.client.get_absolute_url()) for each in persons}


def _read(row: ParsedRow, ctx: Context) -> Plan:
    """Everything a row says by itself."""
    plan = Plan(row)
    owner = owners.read_owner(plan, ctx)
    values = person_facts.with_name(plan, read_facts(plan, person_facts.FACTS, ctx), ctx)
    points = read_contacts(plan, ("phone", "email"), ctx)
    tags = extras.read_tags(plan, ctx)
    plan.data = PersonData(owner or Identity(), values, points, tags)
    return plan


class _Decider:
    """Says of rows whose client is known, one after the other, what becomes of them."""

    def __init__(self, plans: Sequence[Plan], ctx: Context) -> None:
        self.plans, self.ctx = plans, ctx
        self.policy = ctx.options["duplicates"]
        persons = ContactPerson.objects.filter(client__in={plan.data.client.pk for plan in plans})
        self.of_client: defaultdict[int, list[ContactPerson]] = defaultdict(list)
        for person in persons:
            self.of_client[person.client_id].append(person)
        self.known = Extras(ContactPerson, {person.pk for person in persons})

    def decide(self) -> None:
        keys = {plan.row.line: plan.data.keys for plan in self.plans}
        self.ctx.identities.load({key for said, asked in keys.values() for key in (*said, *asked)})
        for plan in self.plans:
            said, asked = keys[plan.row.line]
            lines = (self.ctx.identities.line(key) for key in asked if self.policy != CREATE)
            if line := next((line for line in lines if line and line != plan.row.line), None):
                plan.skip(words.said_before(line, Sign.NAME))
                continue
            self._decide(plan)
            if plan.outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.SAME):
                for key in said:
                    self.ctx.identities.add(key, plan.row.line)

    def _decide(self, plan: Plan) -> None:
        data: PersonData = plan.data
        same = [] if self.policy == CREATE else self._same(data)
        if len(same) > 1:
            names = ", ".join(person.name for person in same[:4])
            plan.refuse(_("It may be one of these: %(persons)s.") % {"persons": names}, "name")
        elif same:
            self._here(plan, same[0])
        else:
            person = ContactPerson(client=data.client, created_at=self.ctx.now)
            completing.change(plan, person, data.values, self.ctx)
            data.person = person

    def _same(self, data: PersonData) -> list[ContactPerson]:
        """The persons of the client that the row means: by their name, or by a phone and the first name."""
        contacts = {point.normalized for point in data.points}
        return [
            person
            for person in self.of_client[data.client.pk if data.client else 0]
            if is_same_person(
                data.name,
                Name(person.last_name, person.first_name, person.middle_name),
                shares=bool(contacts & self.known.contacts[person.pk]),
            )
        ]

    def _here(self, plan: Plan, person: ContactPerson) -> None:
        data: PersonData = plan.data
        plan.outcome, plan.target, data.person = Outcome.SAME, person.pk, person
        if self.policy == SKIP:
            return
        data.values = completing.facts_to_change(person, data.values, self.ctx)
        data.points, data.tags = self.known.missing(person.pk, data.points, data.tags)
        if data.values or data.points or data.tags:
            plan.outcome = Outcome.UPDATED
            completing.change(plan, person, data.values, self.ctx)


def store(persons: Sequence[ContactPerson], names: set[str], ctx: Context) -> None:
    """Write these facts of persons whose clients are locked."""
    for person in persons:
        _derive(person)
    ContactPerson.objects.bulk_update(persons, sorted({*names, "search_name", "birthday_md"}), batch_size=100)


def _derive(person: ContactPerson) -> None:
    """What ``save`` would set."""
    person.search_name, person.birthday_md = fold(person.name)[:460], month_and_day(person.birthday)
