"""Reading the facts of the claim rules, and saying in words what they decide (the rules: ``rules.claiming``)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, DateField, IntegerField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from clients.card_rows import CLIENT, register, rows_of
from clients.freezing import freeze_book
from clients.models import Client, Manager, OwnershipPeriod
from crm import clock
from crm.web.errors import DomainError
from crm.web.prepared import Param, Prepared
from crm.web.tags.times import on_day
from exchange.claim_rulebook import load_claim_rules
from exchange.models import Claim, ClaimPause, FirstTouch
from exchange.rules.claiming import ONE_DAY, Claimer, ClaimRules, Lot, Refusal, refusals
from interactions.models import Event


class ClaimRefused(DomainError):
    """The rules of claiming say no; ``refusals`` are all of them."""

    def __init__(self, found: Sequence[Refusal], *, field: str | None = None) -> None:
        super().__init__(" ".join(refusal_words(each) for each in found), field=field)
        self.refusals = list(found)


@dataclass(frozen=True, slots=True)
class ClaimState:
    """Whether a manager may take a client from the exchange now.

    Attributes:
        claimable: he may.
        reasons: every rule that says no, in words; empty when he may.
        opens: from when it would be possible if nothing else happens, in short words ("24 Nov 10:42"); "" where
            waiting alone does not help.
        refusals: the rules behind the words.
    """

    claimable: bool
    reasons: tuple[str, ...] = ()
    opens: str = ""
    refusals: tuple[Refusal, ...] = ()

    @property
    def reason(self) -> str:
        return " ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a manager may still claim: shown before he claims.

    Attributes:
        held, cap: clients he holds, and how many are the most; ``cap`` None: no such rule.
        claimed_today, daily: claims of today, and how many are the most; None: no such rule.
        paused_until: the last day of a pause; None without one.
        works: he belongs to a department; else nothing of this concerns him.
    """

    held: int
    cap: int | None
    claimed_today: int
    daily: int | None
    paused_until: dt.date | None
    works: bool

    @property
    def left(self) -> int | None:
        """How many clients he may still take today; None: without limit."""
        if not self.works or self.paused_until:
            return 0
        rests = [self.cap - self.held if self.cap is not None else None]
        rests.append(self.daily - self.claimed_today if self.daily is not None else None)
        return min((max(0, rest) for rest in rests if rest is not None), default=None)


def budget(
    reader: Manager,
    *,
    now: dt.datetime | None = None,
    rules: ClaimRules | None = None,
    claimer: Claimer | None = None,
) -> Budget:
    """What this manager may still claim now. Two queries; none where rules and claimer were read already."""
    rules = rules or load_claim_rules()
    claimer = claimer or claimer_of(reader, today=clock.local_date(now or clock.now()))
    return Budget(
        held=claimer.held,
        cap=rules.cap,
        claimed_today=claimer.claimed_today,
        daily=rules.daily,
        paused_until=claimer.paused_until if rules.failures is not None else None,
        works=claimer.works,
    )


def states(
    clients: Collection[Client],
    reader: Manager,
    *,
    now: dt.datetime | None = None,
    rules: ClaimRules | None = None,
    claimer: Claimer | None = None,
) -> dict[int, ClaimState]:
    """Whether ``reader`` may claim each of these clients now, and if not, why and from when. Three queries, however
    many; one where rules and claimer were read already."""
    now = now or clock.now()
    rules, today = rules or load_claim_rules(), clock.local_date(now)
    claimer = claimer or claimer_of(reader, today=today)
    lots = lots_of([client for client in clients if client.is_on_exchange], reader)
    found = {}
    for client in clients:
        if client.pk not in lots:
            found[client.pk] = ClaimState(False, (gettext("This client is not on the exchange."),))
            continue
        refused = refusals(lots[client.pk], claimer, rules, now=now, today=today)
        found[client.pk] = ClaimState(
            not refused, tuple(refusal_words(each) for each in refused), opens_words(refused, now), tuple(refused)
        )
    return found


def claimer_of(manager: Manager, *, today: dt.date) -> Claimer:
    """The facts about who wants to claim, as they stand in the database. One query."""
    of_him = {"manager": OuterRef("pk")}
    held = Client.objects.filter(**of_him).order_by().values("manager").annotate(n=Count("pk")).values("n")
    day = Claim.objects.by_hand().filter(date=today, **of_him).order_by().values("manager").annotate(n=Count("pk"))
    pauses = ClaimPause.objects.filter(until__gte=today, lifted_at=None, **of_him).order_by().values("manager")
    row = (
        Manager.objects.filter(pk=manager.pk)
        .order_by()
        .annotate(
            number_held=Coalesce(Subquery(held, output_field=IntegerField()), 0),
            number_today=Coalesce(Subquery(day.values("n"), output_field=IntegerField()), 0),
            paused=Subquery(pauses.annotate(last=Max("until")).values("last"), output_field=DateField()),
        )
        .values("number_held", "number_today", "paused", "is_active", "department_id")
        .get()
    )
    return Claimer(
        held=row["number_held"],
        claimed_today=row["number_today"],
        paused_until=row["paused"],
        works=row["is_active"] and row["department_id"] is not None,
    )


def lots_of(clients: Iterable[Client], manager: Manager) -> dict[int, Lot]:
    """The facts about clients of the exchange as they matter to this manager. One query."""
    here = {client.pk: client for client in clients if client.exchange_since}
    periods: dict[int, OwnershipPeriod] = {}
    # The latest of his periods with each client; in it he gave it back himself, or not.
    ended = OwnershipPeriod.objects.filter(client__in=here, manager=manager, until__isnull=False)
    for each in ended.order_by("until", "pk"):
        periods[each.client_id] = each
    lots = {}
    for pk, client in here.items():
        assert client.exchange_since is not None
        period = periods.get(pk)
        lots[pk] = Lot(
            since=client.exchange_since,
            arrived_on=clock.local_date(client.exchange_since),
            quarantine_until=client.quarantine_until,
            held_until=period.until if period else None,
            gave_back=period is not None and period.lost == OwnershipPeriod.Lost.RETURNED,
        )
    return lots


def lock_manager(manager: Manager) -> Manager:
    """Lock a manager's row, after the client's: claims of one manager are counted one after the other."""
    return Manager.objects.select_for_update(no_key=True, of=("self",)).get(pk=manager.pk)


def open_touch(claim: Claim, *, rules: ClaimRules) -> FirstTouch | None:
    """Write down that a claimed client needs a first contact; None when the rule is switched off."""
    if rules.touch_days is None or claim.client_id is None:
        return None
    return FirstTouch.objects.create(
        claim=claim, client_id=claim.client_id, manager_id=claim.manager_id, due_on=touch_due(claim, rules.touch_days)
    )


def touch_due(claim: Claim, days: int) -> dt.date:
    """The last day for the first contact: days on which the clock stands still do not count."""
    bare = claim.date + dt.timedelta(days=days)
    return freeze_book([claim.manager_id], after=claim.date).of(claim.manager_id).shifted(claim.date, bare)


def touched(touches: Iterable[FirstTouch]) -> set[int]:
    """The ids of those duties (with their claims) that were met: a counted contact dated from the day of the claim on,
    that was written down, or took place (it was planned before), after the claim. One query."""
    duties = list(touches)
    found: set[int] = set()
    events = Event.objects.counted().filter(client__in={duty.client_id for duty in duties})
    if duties:
        events = events.filter(counted_on__gte=min(duty.claim.date for duty in duties))
    by_client: dict[int, list[tuple[dt.date, dt.datetime]]] = {}
    for client, counted_on, *moments in events.values_list("client_id", "counted_on", "created_at", "occurred_at"):
        if counted_on is not None:
            by_client.setdefault(client, []).append((counted_on, max(moments)))
    for duty in duties:
        since = duty.claim
        if any(on >= since.date and at >= since.claimed_at for on, at in by_client.get(duty.client_id, ())):
            found.add(duty.pk)
    return found


register(
    "touches",
    lambda: FirstTouch.objects.open().filter(client=CLIENT),
    claim=("claimed_at", "date", "manager", "client", "assigned_by"),
)


def touch_of(client: Client) -> FirstTouch | None:
    """The first contact that is still owed to a held client; None when none is, or it took place. On the card two
    queries, where one was owed; else none."""
    if not client.is_held:
        return None
    duties = [duty for duty in rows_of(client, "touches") if duty.manager_id == client.manager_id]
    duty = max(duties, key=lambda duty: duty.claim.claimed_at, default=None)
    return duty if duty and _is_asked_for() and not touched([duty]) else None


def _is_asked_for() -> bool:
    """Whether first contacts are asked for now: what was owed when the rule was switched off is owed no more."""
    return load_claim_rules().touch_days is not None


def owed(manager: Manager, *, until: dt.date | None = None) -> list[FirstTouch]:
    """The first contacts this manager still owes (due up to ``until``), the most urgent first. Three queries, one where
    there is none."""
    rows = [duty for duty in _duties(manager=manager.pk) if until is None or duty.due_on <= until]
    if not rows or not _is_asked_for():
        return []
    met = touched(rows)
    return [row for row in rows if row.pk not in met]


_duties = Prepared(
    lambda: (
        FirstTouch.objects.open()
        .filter(manager=Param("manager"), client__manager=Param("manager"))
        .select_related("claim", "client")
        .order_by("due_on", "pk")
    )
)


def refusal_words(refusal: Refusal) -> str:
    """One rule that says no, for who wants to claim."""
    words: Mapping[str, str] = {
        "works": gettext("Only people of a department can claim clients."),
        "quarantine": gettext("Nobody may contact it before %(date)s."),
        "pause": gettext("Claims without a first contact: claiming is paused until %(date)s."),
        "delay": gettext("Just arrived: it can be claimed from %(moment)s."),
        "cooldown": gettext("Held it before: possible again from %(date)s."),
        "daily": ngettext(
            "%(number)d client claimed today: that is the limit of a day, go on tomorrow.",
            "%(number)d clients claimed today: that is the limit of a day, go on tomorrow.",
            refusal.number,
        ),
        "cap": ngettext(
            "%(number)d client held is the most: give one back first.",
            "%(number)d clients held are the most: give one back first.",
            refusal.number,
        ),
    }
    return words[refusal.rule] % {
        "date": on_day(_told(refusal)),
        "moment": moment_words(refusal.at) if refusal.at else "",
        "number": refusal.number,
    }


def _told(refusal: Refusal) -> dt.date | None:
    """The day that is named: of a pause its last one, else the first on which the rule says no no more."""
    return refusal.on - ONE_DAY if refusal.on and refusal.rule == "pause" else refusal.on


def moment_words(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """Day and time in the reader's time zone; the time alone when it is today."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate(now or clock.now()):
        return f"{local:%H:%M}"
    return f"{on_day(moment)} {local:%H:%M}"


def opens_words(refused: Sequence[Refusal], now: dt.datetime) -> str:
    """From when a claim is possible if nothing else happens; "" where it is now, or where waiting does not help."""
    if not refused or any(each.on is None and each.at is None for each in refused):
        return ""
    latest = max(refused, key=lambda each: each.at or clock.day_start(each.on or dt.date.max))
    if latest.at:
        return moment_words(latest.at, now)
    return on_day(latest.on)
