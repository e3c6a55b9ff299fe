"""What pages say about leaving: when a client is expected to go, what keeps it, who was told, what would save it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext, ngettext

from clients.models import Client, Manager
from clients.panels import Keeper, Outlook
from crm.web.access import Access
from crm.web.prepared import Params, Prepared
from crm.web.tags.times import on_day
from exchange.holds import facts_of
from exchange.models import HoldKind, LeavingWarning, Protection
from exchange.rulebook import load_rules
from exchange.rules.holding import Facts, Hold, Leaving, leaving
from exchange.rules.night import UNLIMITED, NightRules

#: How many clients' facts are read by one query.
CHUNK = 1000
#: The card says when a client is expected to leave from so many days before.
CARD_DAYS = 60
ONE_DAY = dt.timedelta(days=1)

ICONS = {
    "contract": "file-earmark-text",
    "protection": "shield",
    "undo": "arrow-counterclockwise",
    "process": "funnel",
    "plan": "calendar-event",
    "warning": "bell",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules know about one client: its facts and what follows from them."""

    facts: Facts
    leaving: Leaving


def know(clients: Iterable[Any], rules: NightRules, *, today: dt.date) -> dict[int, Known]:
    """When each of these held clients leaves if nothing happens: the coming night is tomorrow's. One query a chunk."""
    night, found = today + ONE_DAY, {}
    rows = list(clients)
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        facts = facts_of(chunk, rules, day=night)
        for client in chunk:
            assert client.detach_on is not None
            known = facts[client.pk]
            found[client.pk] = Known(known, leaving(known, rules, detach_on=client.detach_on, day=night))
    return found


def outlooks(clients: Sequence[Client], today: dt.date) -> dict[int, Outlook]:
    """For the lists and the card: expected day and what keeps, in words. Two queries."""
    rules = load_rules()
    found = know(clients, rules, today=today)
    for client in clients:
        # The card asks twice: for the box that explains the colour, and for "What keeps it".
        client._known = (rules, found[client.pk])  # type: ignore[attr-defined]
    return {pk: outlook(known, rules) for pk, known in found.items()}


#: Of so many the first is known at once, as a rule.
_FIRST = 40
_told = Prepared(lambda: Client.objects.filter(pk__in=Params("clients")).select_related("manager"))


def first_leaving(near: Iterable[Any], today: dt.date, *, days: int, number: int) -> list[Client]:
    """The first of these clients to leave within so many days, whatever keeps them now; each with its outlook, as
    ``clients.panels.tell_leaving`` sets it. Four queries at most.

    Args:
        near: rows with ``pk``, ``manager_id``, ``clock_date`` and ``detach_on``: clients would take longer to make.
    """
    rules, last = load_rules(), today + dt.timedelta(days=days)
    order = sorted(near, key=lambda row: row.detach_on)
    soon: list[tuple[dt.date, int, Known]] = []
    for chunk in (order[:_FIRST], order[_FIRST:]):
        # Nobody leaves before the day of his dates.
        if chunk and not (len(soon) >= number and soon[number - 1][0] < chunk[0].detach_on):
            found = know(chunk, rules, today=today)
            soon = sorted(
                [*soon, *((each.leaving.on, pk, each) for pk, each in found.items() if each.leaving.on <= last)],
                key=lambda each: each[:2],
            )
    clients = {client.pk: client for client in _told(clients=[pk for _on, pk, _known in soon[:number]])} if soon else {}
    for _on, pk, known in soon[:number]:
        if pk in clients:  # gone since the rows were read
            clients[pk].leaving = outlook(known, rules)  # type: ignore[attr-defined]
    return [clients[pk] for _on, pk, _known in soon[:number] if pk in clients]


# --- words ------------------------------------------------------------------------------------------------------------
def outlook(known: Known, rules: NightRules) -> Outlook:
    """A client's expected day with what keeps it, in words."""
    used = sorted(known.facts.used, key=lambda plan: plan[1])
    keepers, times = [], len(used)
    for hold in known.leaving.holds:
        number = 0
        if hold.kind == "plan":
            before = [n for n, (source, until) in enumerate(used, 1) if source == hold.source and hold.until <= until]
            times += not before
            number = before[0] if before else times
        keepers.append(keeper(hold, rules, number=number))
    return Outlook(known.leaving.on, tuple(keepers))


def keeper(hold: Hold, rules: NightRules, *, number: int = 0) -> Keeper:
    """A hold in words; ``number``: which time in a row a plan keeps the client."""
    words = _words(hold, rules, number) % {
        "date": on_day(hold.until),
        "what": hold.label,
        "number": number,
        "times": rules.plan_times,
    }
    name = HoldKind(hold.kind).label
    return Keeper(hold.kind, ICONS[hold.kind], str(name), words, hold.until, hold.source)


def _words(hold: Hold, rules: NightRules, number: int) -> str:
    match hold.kind:
        case "contract":
            return gettext("Contract until %(date)s: %(what)s")
        case "protection":
            return gettext("Protected by the head until %(date)s: %(what)s")
        case "process":
            return gettext("The open sale “%(what)s” holds it until %(date)s.")
        case "plan" if rules.plan_times >= UNLIMITED:
            return gettext("The contact planned for %(date)s holds it until then.")
        case "plan":
            return gettext("The contact planned for %(date)s holds it until then: %(number)d of %(times)d in a row.")
        case "undo":
            return gettext("It was given back and stays until %(date)s at least.")
        case _:
            return gettext("Its manager must have been warned long enough: it stays until %(date)s.")


# --- the card ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Given:
    """A protection or a contract that runs."""

    pk: int
    keeper: Keeper


@dataclass(frozen=True, slots=True)
class Keeping:
    """The box "What keeps it" of the card.

    Attributes:
        outlook: expected day and what keeps, when that is near enough to be told; else None.
        given: the protections and contracts that run, whenever the client would leave.
        others: what else keeps it: sales, plans, warnings.
        plan_words: what a planned contact would do; "" where the rule is off.
        may_protect, may_contract: which rules are on.
    """

    outlook: Outlook | None
    given: Sequence[Given]
    others: Sequence[Keeper]
    plan_words: str
    may_protect: bool
    may_contract: bool


def keeping(client: Client, today: dt.date) -> Keeping:
    """What keeps a held client. Two queries, none when the card has asked already."""
    assert client.detach_on is not None
    if not hasattr(client, "_known"):
        outlooks([client], today)
    rules, known = client._known  # type: ignore[attr-defined]
    expected = outlook(known, rules)
    near = expected if expected.on <= today + dt.timedelta(days=CARD_DAYS) or _is_near(client, today) else None
    given = [
        Given(int(fact.source.partition(":")[2]), keeper(fact.hold, rules))
        for fact in known.facts.facts
        if fact.kind in ("protection", "contract")
    ]
    return Keeping(
        outlook=near,
        given=sorted(given, key=lambda each: (each.keeper.until, each.pk)),
        others=[each for each in expected.keepers if each.kind not in ("protection", "contract")] if near else [],
        plan_words=plan_words(known.facts, rules) if near else "",
        may_protect=rules.protection,
        may_contract=rules.contract,
    )


def _is_near(client: Client, today: dt.date) -> bool:
    return client.detach_on is not None and client.detach_on <= today + dt.timedelta(days=CARD_DAYS)


def plans_left(facts: Facts, rules: NightRules) -> int | None:
    """How many new plans may still keep the client before it has a contact; None when plans keep nothing at all."""
    return None if rules.plan_days is None else max(0, rules.plan_times - len(facts.used))


def plan_words(facts: Facts, rules: NightRules) -> str:
    """What planning a contact would do for a client."""
    left = plans_left(facts, rules)
    if left is None or rules.plan_days is None:
        return ""
    if not left:
        return ngettext(
            "A plan no longer holds it: one has done so already.",
            "A plan no longer holds it: %(count)d have done so already.",
            len(facts.used),
        ) % {"count": len(facts.used)}
    return ngettext(
        "A contact planned within %(days)d day holds it until then.",
        "A contact planned within %(days)d days holds it until then.",
        rules.plan_days,
    ) % {"days": rules.plan_days}


# --- the preview ------------------------------------------------------------------------------------------------------
#: The tabs of the preview: up to how many days from today.
PERIODS = {"tomorrow": 1, "week": 7, "month": 30}


def previewed_by(reader: Manager) -> QuerySet[Client]:
    """Of whose clients a reader is shown when they leave: his own and those he stands in for; a head his
    departments'; a director all."""
    held = Client.objects.held()
    if reader.sees_everything:
        return held
    whose = {reader.pk, *reader.deputised_manager_ids}
    if reader.access_level >= Access.HEAD:
        whose |= reader.headed_manager_ids
    return held.filter(manager__in=sorted(whose))


@dataclass(frozen=True, slots=True)
class Expected:
    """One client that leaves within the month if nothing happens."""

    client: Client
    on: dt.date
    known: Known


@dataclass(frozen=True, slots=True)
class Preview:
    """Everybody of a scope who leaves within the month if nothing happens, by the expected day."""

    rows: Sequence[Expected]
    rules: NightRules
    today: dt.date

    def within(self, period: str) -> list[Expected]:
        """Those of a tab."""
        last = self.today + dt.timedelta(days=PERIODS[period])
        return [row for row in self.rows if row.on <= last]

    @property
    def counts(self) -> Mapping[str, int]:
        return Counter({period: len(self.within(period)) for period in PERIODS})


def preview(clients: QuerySet[Client], *, today: dt.date) -> Preview:
    """Who of these held clients leaves when. One query for the rules, one for the candidates, one a thousand of them.

    Nobody leaves before the day of his dates, so the candidates are those whose dates lie in the month or before.
    """
    rules = load_rules()
    last = today + dt.timedelta(days=PERIODS["month"])
    near = clients.filter(detach_on__lte=last).order_by("detach_on", "pk")
    candidates = list(near.only("manager_id", "clock_date", "detach_on", "name"))
    known = know(candidates, rules, today=today)
    rows = [Expected(client, known[client.pk].leaving.on, known[client.pk]) for client in candidates]
    return Preview(
        sorted((row for row in rows if row.on <= last), key=lambda row: (row.on, row.client.pk)), rules, today
    )


def by_manager(rows: Sequence[Expected]) -> list[Expected]:
    """The rows of each manager together, managers by department and name. One query."""
    people = Manager.objects.filter(pk__in={row.client.manager_id for row in rows})
    order = people.order_by(F("department__path").asc(nulls_last=True), "last_name", "first_name", "pk")
    places = {pk: place for place, pk in enumerate(order.values_list("pk", flat=True))}
    return sorted(rows, key=lambda row: (places[row.client.manager_id], row.on, row.client.pk))


@dataclass(slots=True)
class PreviewRow:
    """One client of the preview as it is shown."""

    client: Client
    outlook: Outlook
    warning: LeavingWarning | None
    plans_left: int | None
    plans_used: int
    may_protect: bool


def preview_rows(page: Sequence[Expected], rules: NightRules, reader: Manager) -> list[PreviewRow]:
    """One page of the preview with names and warnings. Two queries."""
    clients = Client.objects.select_related("manager__department").in_bulk([row.client.pk for row in page])
    told = _latest_warnings(page)
    led = None if reader.sees_everything else reader.headed_manager_ids
    may_lead = reader.access_level >= Access.HEAD and rules.protection
    found = []
    for row in page:
        client = clients.get(row.client.pk)
        if client is None or client.manager is None:
            continue  # gone since the candidates were read
        words = outlook(row.known, rules)
        client.leaving = words  # type: ignore[attr-defined]
        found.append(
            PreviewRow(
                client=client,
                outlook=words,
                warning=told.get(client.pk),
                plans_left=plans_left(row.known.facts, rules),
                plans_used=len(row.known.facts.used),
                may_protect=may_lead and (led is None or client.manager_id in led),
            )
        )
    return found


def _latest_warnings(page: Sequence[Expected]) -> dict[int, LeavingWarning]:
    """The latest warning of each client in its present stretch."""
    stretches = {row.client.pk: (row.client.manager_id, row.client.clock_date) for row in page}
    rows = LeavingWarning.objects.filter(client__in=list(stretches)).select_related("manager", "deputy", "head")
    return {
        row.client_id: row
        for row in rows.order_by("warned_on", "pk")
        if (row.manager_id, row.clock_date) == stretches[row.client_id]
    }


def export_rows(rows: Sequence[Expected], rules: NightRules, reader: Manager) -> Iterator[list[Any]]:
    """All rows of a tab for a spreadsheet, read in chunks while they are sent."""
    for start in range(0, len(rows), CHUNK):
        for row in preview_rows(rows[start : start + CHUNK], rules, reader):
            client, warning = row.client, row.warning
            yield [
                *(client.name, client.manager, client.manager.department if client.manager else ""),
                *(row.outlook.on, client.detach_on, client.last_contact_on, client.clock_date),
                *(" ".join(keeper.words for keeper in row.outlook.keepers), warning.warned_on if warning else ""),
            ]


# --- forms ------------------------------------------------------------------------------------------------------------
def default_until(limit: dt.date, *, today: dt.date, kind: str) -> dt.date:
    """A sensible last day: a month for a protection, a year for a contract, never beyond the limit."""
    days = 365 if kind == Protection.Kind.CONTRACT else 30
    return min(limit, today + dt.timedelta(days=days))
