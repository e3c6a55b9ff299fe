"""Rows that are clients: understood, found again, added or completed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import custom_fields
from clients.importing.kinds import client_facts, completing, extras, words
from clients.importing.kinds.books import DictionaryBook, PeopleBook
from clients.importing.kinds.client_facts import DICTIONARIES, FACTS
from clients.importing.kinds.client_writing import ClientWriter, store
from clients.importing.kinds.extras import Extras
from clients.importing.kinds.facts import read_contacts, read_facts, understanding
from clients.importing.kinds.options import CREATE, OVERWRITE, SKIP, ClientOptions, givable_by
from clients.importing.kinds.undoing import take_back
from clients.importing.kinds.whose import CODE, Candidates
from clients.importing.registry import Context, ImportField, ImportKind, Outcome, ParsedRow, Plan
from clients.models import Client, ContactPoint, ImportRow, Manager
from clients.rules import import_values
from clients.rules.import_matching import Identity, asked_by, keys_of, said_by, unlike_asked_by
from clients.rules.import_values import BadValue
from crm.web.text import fold


@dataclass
class ClientData:
    """What a row says, and the client it is about: a new one that is not saved, or one that is here, locked.

    Attributes:
        values: facts by their attribute.
        wanted: entries of dictionaries that are to be made: attribute → name.
    """

    identity: Identity
    values: dict[str, Any]
    custom: dict[str, Any] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)
    points: list[ContactPoint] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    manager: Manager | None = None
    client: Client | None = None


class ClientImport(ImportKind):
    """Companies and persons we sell to."""

    key = "clients"
    label = gettext_lazy("Clients")
    hint = gettext_lazy("A row is a company or a person we sell to; a name is enough.")
    icon = "people"
    order = 10
    options_form = ClientOptions
    model: ClassVar[type[Client]] = Client

    def fields(self, user: Manager) -> Sequence[ImportField]:
        return client_facts.fields()

    def prepare(self, rows: Sequence[ParsedRow], ctx: Context) -> Sequence[Plan]:
        reader = _Reader(ctx)
        plans = [reader.plan(row) for row in rows]
        understood = [plan for plan in plans if plan.outcome != Outcome.REFUSED]
        identities = [plan.data.identity for plan in understood]
        ctx.identities.load(keys_of(identities))
        here = Candidates(identities, ctx.by)
        decider = _Decider(ctx, here, Extras(Client, here.editable))
        for plan in understood:
            decider.decide(plan)
        return plans

    def write(self, plans: Sequence[Plan], ctx: Context) -> None:
        ClientWriter(ctx).write(plans)

    def undo(self, rows: Sequence[ImportRow], ctx: Context) -> Mapping[int, str]:
        return take_back(Client, rows, ctx, store)

    def words(self, plan: Plan) -> Mapping[str, str]:
        said = dict(super().words(plan))
        client = plan.data.client if plan.data else None
        if client is None:
            return said
        for fact in FACTS:
            if fact.key in said:
                said[fact.key] = str(getattr(client, fact.key, "") or said[fact.key])
        said |= extras.words(plan.data.points)
        if client.manager:
            said["manager"] = str(client.manager)
        return said


class _Reader:
    """Makes plans of rows: everything a row says by itself."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        makes = bool(ctx.options.get("new_entries")) and ctx.by.sees_everything
        self.books = {name: DictionaryBook(model, makes) for name, model in DICTIONARIES.items() if name in ctx.columns}
        self.people = PeopleBook() if "manager" in ctx.columns else None
        readers = custom_fields.readers()
        self.custom = {key: read for key, read in readers.items() if custom_fields.PREFIX + key in ctx.columns}

    def plan(self, row: ParsedRow) -> Plan:
        plan = Plan(row)
        values = read_facts(plan, FACTS, self.ctx)
        if isinstance(inn := values.pop("inn", None), import_values.Inn):
            values["inn"] = inn.inn
            if inn.kpp:
                values.setdefault("kpp", inn.kpp)
        if "name" not in values and plan.outcome != Outcome.REFUSED:
            plan.refuse(_("Nobody can tell who it is: there is no name."), "name")
        points = read_contacts(plan, ("phone", "email"), self.ctx)
        identity = Identity(
            name=values.get("name", ""),
            city=values.get("city", ""),
            inn=values.get("inn", ""),
            kpp=values.get("kpp", "") if "inn" in values else "",
            code=values.pop("code", ""),
            contacts=tuple(point.normalized for point in points),
        )
        if identity.code:
            values["external_id"] = CODE + identity.code
        plan.data = data = ClientData(identity, values, points=points, tags=extras.read_tags(plan, self.ctx))
        self._dictionaries(plan, data)
        self._custom(plan, data)
        self._manager(plan, data)
        return plan

    def _dictionaries(self, plan: Plan, data: ClientData) -> None:
        for name, book in self.books.items():
            if text := import_values.clean(plan.row.text(name)):
                with understanding(plan, name, self.ctx):
                    if (pk := book.find(text)) is None:
                        data.wanted[name] = text
                    else:
                        data.values[f"{name}_id"] = pk

    def _custom(self, plan: Plan, data: ClientData) -> None:
        for key, read in self.custom.items():
            name = custom_fields.PREFIX + key
            if text := plan.row.text(name):
                with understanding(plan, name, self.ctx):
                    data.custom[key] = _read_own(read, text)

    def _manager(self, plan: Plan, data: ClientData) -> None:
        text = import_values.clean(plan.row.text("manager"))
        if not text or self.people is None:
            data.manager = self.ctx.options.get("manager")
            return
        with understanding(plan, "manager", self.ctx, is_vital=True):
            data.manager = self.people.find(text)


def _read_own(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise BadValue("own", words=str(error)) from None


class _Decider:
    """Says of understood rows, one after the other, what becomes of them."""

    def __init__(self, ctx: Context, here: Candidates, known: Extras) -> None:
        self.ctx, self.here, self.known = ctx, here, known
        self.policy = ctx.options["duplicates"]
        self.may_give = set(givable_by(ctx.by).values_list("pk", flat=True))

    def decide(self, plan: Plan) -> None:
        identity, only_strong = plan.data.identity, self.policy == CREATE
        if self._is_said_twice(plan, identity, only_strong=only_strong):
            return
        found = self.here.match(identity, only_strong=only_strong)
        if found.contradicts:
            plan.refuse(words.contradicts(self.here.clients[found.contradicts]), "code")
        elif found.several:
            plan.refuse(words.ambiguous(self.here.several(found), found.by), "name")
        elif found.unlike:
            plan.refuse(words.unlike(self.here.clients[found.unlike]), "phone")
        elif found.pk is None:
            self._new(plan)
        elif found.pk not in self.here.editable:
            plan.skip(words.whose(self.here.clients[found.pk]), "name")
        elif self.policy == CREATE:
            plan.skip(words.here_already(self.here.clients[found.pk], found.by), "name")
        else:
            self._here(plan, self.here.clients[found.pk])
        if plan.outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.SAME):
            for key in said_by(identity):
                self.ctx.identities.add(key, plan.row.line)

    def _is_said_twice(self, plan: Plan, identity: Identity, *, only_strong: bool) -> bool:
        """Whether an earlier row of the file is the same client, or has its phone under another name."""
        for sign, key in asked_by(identity, only_strong=only_strong):
            if (line := self.ctx.identities.line(key)) and line != plan.row.line:
                plan.skip(words.said_before(line, sign))
                return True
        for key in () if only_strong else unlike_asked_by(identity):
            if (line := self.ctx.identities.line(key)) and line != plan.row.line:
                plan.refuse(words.unlike_before(line), "phone")
                return True
        return False

    def _new(self, plan: Plan) -> None:
        data: ClientData = plan.data
        client = Client(created_by=self.ctx.by, created_at=self.ctx.now, custom=data.custom)
        manager = data.manager
        if manager is not None and manager.pk not in self.may_give:
            plan.refuse(_("You cannot give clients to %(manager)s.") % {"manager": manager}, "manager")
            return
        completing.change(plan, client, data.values, self.ctx)
        if plan.outcome == Outcome.REFUSED:
            return
        plan.kept.clear()
        client.search_name = fold(client.name)[:255]
        client.manager, client.assigned_on = manager, self.ctx.today if manager else None
        data.client = client

    def _here(self, plan: Plan, client: Client) -> None:
        data: ClientData = plan.data
        plan.outcome, plan.target, data.client = Outcome.SAME, client.pk, client
        if data.manager and "manager" in plan.row.cells and data.manager.pk != client.manager_id:
            plan.mend(_("Who leads a client is not changed by an import."), "manager")
        if self.policy == SKIP:
            return
        facts = completing.facts_to_change(client, data.values, self.ctx)
        if facts.get("external_id") and client.external_id:
            del facts["external_id"]  # it is another program's, or another code's
        data.wanted = {
            name: text
            for name, text in data.wanted.items()
            if self.policy == OVERWRITE or not getattr(client, f"{name}_id")
        }
        if custom := self._custom(client, data.custom):
            facts["custom"] = custom
        data.points, data.tags = self.known.missing(client.pk, data.points, data.tags)
        if facts or data.wanted or data.points or data.tags:
            plan.outcome = Outcome.UPDATED
            completing.change(plan, client, facts, self.ctx)
            data.values = facts

    def _custom(self, client: Client, said: Mapping[str, Any]) -> dict[str, Any]:
        """All values of the company's own fields as they will be; empty where none of them changes."""
        now = client.custom
        new = {key: value for key, value in said.items() if value is not None and key not in now}
        if self.policy == OVERWRITE:
            new |= {key: value for key, value in said.items() if value is not None and now.get(key) != value}
        return {**now, **new} if new else {}
