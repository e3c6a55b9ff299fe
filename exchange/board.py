"""What the board of the exchange reads: its rows, what may be claimed, what has changed since a page was drawn.

A page costs the same number of queries however long it is.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from clients.models import Client, ContactPerson, Manager, OwnershipPeriod
from clients.models.client import ClientKind
from clients.models.policy import Category
from crm import clock
from crm.web.prepared import Param, Params, Prepared
from crm.web.tags.numbers import money
from crm.web.tags.times import ago, on_day
from crm.web.words import once_a_language
from exchange.claim_rulebook import load_claim_rules
from exchange.claims import ClaimState, claimer_of, lots_of, moment_words, states
from exchange.inbound import inbound_since
from exchange.models import Claim, Detachment
from exchange.rules.claiming import Claimer, ClaimRules, Lot, cooldown_ends, refusals
from exchange.rules.worth import CALLED_DAYS, Facts, Reason, next_birthday, worth
from interactions.models import Direction, Event, ProcessStatus, SalesProcess

#: Words such as "taken by X at 10:42" are said for so many hours after: as long as a page stays open for a day's work.
TOLD_HOURS = 12
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Came:
    """How a client came to the exchange: why, from whom, and what he wrote."""

    reason: str
    manager: str
    comment: str


@dataclass(slots=True)
class BoardRow:
    """One client of the board with what is known about it.

    Attributes:
        days: whole days on the exchange.
        came: how it came; None for a client that was imported onto the exchange.
        last_talk: of which kind the latest counted contact was; "" where there was none.
        won, total, lost: past sales: how many were won and for how much, how many were lost.
        loss_reason: why the last lost sale was lost; "" when nobody wrote it down.
        owners: how many managers held the client so far.
        state: may the reader claim it.
        facts: what the reasons to take it are made of.
        worth: these reasons in words, two at most; none while nobody may contact the client.
        stands_out: the first of them tells more than that nobody ever claimed it.
        taken, notice: what the row says after a claim: is it the reader's now, or was somebody quicker.
    """

    client: Client
    days: int
    came: Came | None
    last_talk: str
    won: int
    total: Decimal
    lost: int
    loss_reason: str
    owners: int
    state: ClaimState
    facts: Facts
    worth: tuple[str, ...] = ()
    stands_out: bool = False
    quarantined: bool = False
    taken: bool = False
    notice: str = ""


@dataclass(slots=True)
class GoneRow:
    """A client that has left the exchange, for the place where its row stood.

    Attributes:
        taken: the reader has it.
        notice: who has it, in words.
    """

    client: Client
    notice: str
    taken: bool = False


# --- rows -------------------------------------------------------------------------------------------------------------
def board_rows(
    clients: Sequence[Client],
    reader: Manager,
    *,
    now: dt.datetime | None = None,
    rules: ClaimRules | None = None,
    claimer: Claimer | None = None,
) -> list[BoardRow]:
    """The rows of the board for one page of clients: five queries at most, each driven by the page's ids. ``rules`` and
    ``claimer``: where they were read already."""
    now = now or clock.now()
    today = clock.local_date(now)
    facts = _facts([client.pk for client in clients], today)
    birthdays = _birthdays(clients, today)
    may = states(clients, reader, now=now, rules=rules, claimer=claimer)
    rows = []
    for client in clients:
        fact = facts.get(client.pk, {})
        talk = fact.get("talk") or {}
        won, total = fact.get("won") or 0, fact.get("total") or Decimal(0)
        since = clock.local_date(client.exchange_since) if client.exchange_since else today
        birthday, whose = birthdays.get(client.pk, (None, ""))
        rows.append(
            BoardRow(
                client=client,
                days=(today - since).days,
                came=_came(fact.get("arrival")),
                last_talk=gettext(talk["kind"]) if talk else "",
                won=won,
                total=total,
                lost=fact.get("lost") or 0,
                loss_reason=gettext(fact["loss"]) if fact.get("loss") else "",
                owners=fact.get("owners") or 0,
                state=may[client.pk],
                quarantined=client.is_quarantined(today),
                facts=Facts(
                    called_on=clock.local_date(fact["called"]) if fact.get("called") else None,
                    is_open=bool(fact.get("open")),
                    open_amount=fact.get("open_amount"),
                    open_stage=gettext(fact["open_stage"]) if fact.get("open_stage") else "",
                    won=won,
                    total=total,
                    lost_on=fact.get("lost_on"),
                    loss_reason=gettext(fact["loss"]) if fact.get("loss") else "",
                    heard_on=_heard_on(talk),
                    birthday=birthday,
                    whose=whose,
                    category=client.category,
                    is_new=not fact.get("claimed"),
                ),
            )
        )
    phrases = worth_of(rows, today=today)
    for row in rows:
        row.worth = phrases[row.client.pk]
        row.stands_out = any(reason.kind != "new" for reason in worth(row.facts, today))
    return rows


def _facts(ids: list[int], today: dt.date) -> dict[int, dict[str, Any]]:
    """For each client its last contact, its last arrival, when it called lately, its largest open sale, how many were
    won and lost, the last that was lost, the number of owners, and whether anybody ever took it from the exchange. One
    query."""
    lately = clock.day_start(today - dt.timedelta(days=CALLED_DAYS))
    return {row["pk"]: row for row in _asked(ids=ids, lately=lately)} if ids else {}


def _came(arrival: dict[str, str] | None) -> Came | None:
    if not arrival:
        return None
    reason = gettext(arrival["given"]) if arrival["given"] else _reasons()[arrival["reason"]]
    return Came(
        reason, " ".join(arrival[name] for name in ("first", "last")).strip() or arrival["login"], arrival["said"]
    )


@once_a_language
def _reasons() -> dict[str, str]:
    return {value: capfirst(str(label)) for value, label in OwnershipPeriod.Lost.choices}


def _facts_query() -> QuerySet[Any, Any]:
    of_client = {"client": OuterRef("pk")}
    talks = Event.objects.counted().filter(**of_client).order_by("-occurred_at", "-pk")
    arrivals = Detachment.objects.filter(**of_client).order_by("-detached_at", "-pk")
    called = inbound_since(Param("lately", DateTimeField())).filter(**of_client).order_by("-occurred_at")
    sales, losses = SalesProcess.objects.filter(**of_client).order_by().values("client"), _losses()
    counted = {
        status: Subquery(sales.filter(status=status).annotate(n=Count("pk")).values("n"))
        for status in (ProcessStatus.WON, ProcessStatus.LOST)
    }
    opened = SalesProcess.objects.filter(status=ProcessStatus.OPEN, **of_client).order_by(
        F("amount").desc(nulls_last=True), "-pk"
    )
    rows = Client.objects.filter(pk__in=Params("ids")).annotate(
        talk=_one(talks, kind="kind__name", on="counted_on", way="kind__direction"),
        arrival=_one(
            arrivals,
            reason="reason",
            given="return_reason__name",
            said="comment",
            first="manager__first_name",
            last="manager__last_name",
            login="manager__username",
        ),
        called=Subquery(called.values("occurred_at")[:1]),
        won=counted[ProcessStatus.WON],
        total=won_total(),
        lost=counted[ProcessStatus.LOST],
        loss=Subquery(losses.values("loss_reason__name")[:1]),
        lost_on=Subquery(losses.values("closed_on")[:1]),
        open=Subquery(opened.values("pk")[:1]),
        open_amount=Subquery(opened.values("amount")[:1]),
        open_stage=Subquery(opened.values("stage__name")[:1]),
        owners=owners_number(),
        claimed=Exists(Claim.objects.filter(**of_client)),
    )
    names = ("talk", "arrival", "called", "won", "total", "lost", "loss", "lost_on")
    return rows.order_by().values("pk", *names, "open", "open_amount", "open_stage", "owners", "claimed")


def _one(rows: QuerySet[Any], **names: str) -> Subquery:
    """Some facts of the first of these rows, together."""
    return Subquery(rows.annotate(told=JSONObject(**names)).values("told")[:1])


_asked = Prepared(_facts_query)


def _birthdays(clients: Sequence[Client], today: dt.date) -> dict[int, tuple[dt.date, str]]:
    """The birthday that comes next of each client or of somebody who works there, and whose it is ("": the client's
    own). One query."""
    found = {client.pk: (client.birthday, "") for client in clients if client.birthday}
    people = ContactPerson.objects.filter(
        client__in=[client.pk for client in clients], birthday__isnull=False, is_active=True
    )
    for person in people.order_by("pk"):
        assert person.birthday is not None
        known = found.get(person.client_id)
        if known is None or next_birthday(person.birthday, today) < next_birthday(known[0], today):
            found[person.client_id] = (person.birthday, str(person))
    return found


def _heard_on(talk: dict[str, str]) -> dt.date | None:
    """When the client spoke last, if it did after us."""
    return dt.date.fromisoformat(talk["on"]) if talk and talk["way"] == Direction.INCOMING else None


def worth_of(rows: Iterable[BoardRow], *, today: dt.date | None = None) -> dict[int, tuple[str, ...]]:
    """Why each of these clients might be worth taking: at most two short phrases, the best first. No query."""
    today = today or clock.today()
    return {
        row.client.pk: ()
        if row.quarantined
        else tuple(worth_words(reason, row.client) for reason in worth(row.facts, today))
        for row in rows
    }


def worth_words(reason: Reason, client: Client) -> str:
    """One reason to take a client, in the reader's words."""
    facts = {
        "date": on_day(reason.on),
        "number": reason.number,
        "sum": short_sum(reason.amount),
        "name": reason.name,
        "ago": ago(reason.on),
    }
    match reason.kind:
        case "called":
            words = gettext("Got in touch with us %(ago)s")
        case "open" if reason.amount and reason.name:
            words = gettext("Open sale of %(sum)s at the stage “%(name)s”")
        case "open" if reason.amount:
            words = gettext("Open sale of %(sum)s")
        case "open" if reason.name:
            words = gettext("Open sale at the stage “%(name)s”")
        case "open":
            words = gettext("Open sale")
        case "bought" if reason.number == 1:
            words = gettext("Bought once: %(sum)s") if reason.amount else gettext("Bought once")
        case "bought" if reason.amount:
            words = ngettext("Bought %(number)d time: %(sum)s", "Bought %(number)d times: %(sum)s", reason.number)
        case "bought":
            words = ngettext("Bought %(number)d time", "Bought %(number)d times", reason.number)
        case "birthday" if reason.name:
            words = gettext("Birthday on %(date)s: %(name)s")
        case "birthday":
            is_person = client.kind == ClientKind.PERSON
            words = gettext("Birthday on %(date)s") if is_person else gettext("Founding day on %(date)s")
        case "ask_again" if reason.name:
            words = ngettext(
                "Lost %(number)d month ago (%(name)s): ask again",
                "Lost %(number)d months ago (%(name)s): ask again",
                reason.number,
            )
        case "ask_again":
            words = ngettext(
                "Lost %(number)d month ago: ask again",
                "Lost %(number)d months ago: ask again",
                reason.number,
            )
        case "our_turn":
            words = gettext("The client was the last to get in touch (%(date)s): our turn")
        case "category":
            words = gettext("Category %(name)s")
        case _:
            words = gettext("Never claimed")
    return words % facts


def short_sum(amount: Decimal | None) -> str:
    """A sum as people say it: "1.2 M" from a million on, whole numbers below."""
    if amount is None:
        return ""
    if amount < _MILLION:
        return money(round(amount))
    # Translators: a sum in millions, such as "1.2 M".
    number = number_format(round(amount / _MILLION, 1), decimal_pos=None, force_grouping=True)
    return gettext("%(number)s M") % {"number": number}


# --- expressions ------------------------------------------------------------------------------------------------------
def won_total() -> Coalesce:
    """The sum of a client's won sales, as an expression to annotate or to sort by."""
    won = SalesProcess.objects.filter(client=OuterRef("pk"), status=ProcessStatus.WON).order_by()
    money_field = DecimalField(max_digits=16, decimal_places=2)
    return Coalesce(
        Subquery(won.values("client").annotate(n=Sum("amount")).values("n"), output_field=money_field),
        Value(Decimal(0), output_field=money_field),
        output_field=money_field,
    )


def owners_number() -> Coalesce:
    """How many managers held a client so far."""
    owners = OwnershipPeriod.objects.filter(client=OuterRef("pk")).order_by().values("client")
    return Coalesce(Subquery(owners.annotate(n=Count("manager", distinct=True)).values("n")), 0)


def claims_number() -> Coalesce:
    """How often a client was taken, or given, from the exchange."""
    claims = Claim.objects.filter(client=OuterRef("pk")).order_by().values("client")
    return Coalesce(Subquery(claims.annotate(n=Count("pk")).values("n")), 0)


def last_loss(field: str) -> Subquery:
    """A field of the last sale a client did not buy."""
    return Subquery(_losses().values(field)[:1])


def _losses() -> QuerySet[SalesProcess]:
    lost = SalesProcess.objects.filter(client=OuterRef("pk"), status=ProcessStatus.LOST)
    return lost.order_by("-closed_on", "-pk")


def claimable_q(
    reader: Manager, *, now: dt.datetime, rules: ClaimRules | None = None, claimer: Claimer | None = None
) -> Q:
    """Which clients of the exchange ``reader`` may claim at this moment: ``rules.claiming.refusals`` as SQL. Three
    queries at most; the cool-downs are worked out by the rule itself, for the few clients he held lately."""
    rules = rules or load_claim_rules()
    today = clock.local_date(now)
    claimer = claimer or claimer_of(reader, today=today)
    anything = Lot(since=clock.at(dt.date(2000, 1, 1)), arrived_on=dt.date(2000, 1, 1))
    if refusals(anything, claimer, rules, now=now, today=today):
        return Q(pk__in=[])
    free = Q(quarantine_until=None) | Q(quarantine_until__lt=today)
    if rules.delay_hours:
        free &= Q(exchange_since__lte=now - dt.timedelta(hours=rules.delay_hours))
    return free & ~Q(pk__in=_cooling(reader, rules, today))


def _cooling(reader: Manager, rules: ClaimRules, today: dt.date) -> list[int]:
    if rules.former_days is None:
        return []
    longest = max(rules.cooldown_days, rules.cooldown_returned_days or 0)
    arrived = clock.day_start(today - dt.timedelta(days=longest))
    periods = OwnershipPeriod.objects.filter(client=OuterRef("pk"), manager=reader)
    # By his own loss too: of two clients that were merged one may have been here long before.
    lost = Exists(periods.filter(until__gt=today - dt.timedelta(days=longest)))
    lately = Client.objects.on_exchange().filter(Q(exchange_since__gte=arrived) | lost)
    his = list(lately.filter(Exists(periods)))
    ends = {pk: cooldown_ends(lot, rules) for pk, lot in lots_of(his, reader).items()}
    return sorted(pk for pk, free in ends.items() if free and today < free)


def claimable_first(condition: Q) -> Case:
    """To sort by: what may be claimed now comes before the rest."""
    return Case(When(condition, then=0), default=1)


def category_rank() -> Case:
    """To sort by: A, B, C, then those without a category."""
    whens = (When(category=value, then=number) for number, value in enumerate(Category.values))
    return Case(*whens, default=len(Category.values))


# --- what has changed -------------------------------------------------------------------------------------------------
def gone(ids: Collection[int], reader: Manager, *, now: dt.datetime) -> list[GoneRow]:
    """Which of these clients have left the exchange within the last hours, and who has them. One query.

    Of clients that were not on the exchange then nothing is said: what was open to everybody in sales lately is no
    secret, the rest is not asked about here.
    """
    since = now - dt.timedelta(hours=TOLD_HOURS)
    left = Q(manager__isnull=False) | Q(exchange_since=None) | Q(archived_at__isnull=False)
    claims = Claim.objects.filter(client=OuterRef("pk"), claimed_at__gte=since).order_by("-claimed_at", "-pk")
    undone = Detachment.objects.filter(client=OuterRef("pk"), undone_at__gte=since)
    clients = (
        Client.objects.known_to(reader)
        .filter(left, pk__in=ids)
        .select_related("manager")
        .annotate(
            taken_at=Subquery(claims.values("claimed_at")[:1]),
            given_by=Subquery(claims.values("assigned_by")[:1]),
            was_undone=Exists(undone),
        )
    )
    return [row for client in clients.order_by("pk") if (row := _gone_row(client, reader, since, now)) is not None]


def _gone_row(client: Any, reader: Manager, since: dt.datetime, now: dt.datetime) -> GoneRow | None:
    names = {"manager": client.manager}
    if client.archived_at and client.archived_at >= since:
        return GoneRow(client, gettext("Put into the archive."))
    if not client.is_held or not (client.taken_at or client.was_undone):
        return None
    if client.manager_id == reader.pk:
        return GoneRow(client, "", taken=True)
    if not client.taken_at:
        return GoneRow(client, gettext("Given back to %(manager)s.") % names)
    names["time"] = moment_words(client.taken_at, now)
    if client.given_by:
        return GoneRow(client, gettext("Given to %(manager)s at %(time)s.") % names)
    return GoneRow(client, gettext("Taken by %(manager)s at %(time)s.") % names)


def arrived_since(moment: dt.datetime, *, but: Collection[int] = (), most: int = 99) -> int:
    """How many clients came to the exchange after a moment, those to be claimed later included. Counts up to
    ``most``."""
    rows = Client.objects.on_exchange().filter(exchange_since__gt=moment).exclude(pk__in=but)
    return rows.exclude(quarantine_until__gte=clock.today()).order_by()[:most].count()
