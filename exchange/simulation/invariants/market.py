"""The market: the ledger, the limits of claiming, first contacts and pauses, counted anew from the rows."""

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import F, Max, Q

from clients.models import Client, Manager, OwnershipPeriod
from crm import clock
from exchange.models import Claim, ClaimPause, DetachHold, Detachment, Protection, Shelving
from exchange.simulation.invariants.broken import Look
from exchange.simulation.invariants.naive import Book
from interactions.models import Event

_FIELDS = ("pk", "client_id", "manager_id", "assigned_by_id", "claimed_at", "date", "exchange_since", "overrides")
ONE_DAY = dt.timedelta(days=1)


class Ledger:
    """Remembers every row it ever saw: none of them may change or disappear."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[Any, ...]] = {}
        self._last = 0
        self._settled: set[int] = set()
        #: Claims the simulation was told it made; None where others claim too.
        self.made: int | None = None

    def check(self, look: Look) -> None:
        new = self._read(look)
        if new:
            _by_the_rules(look, new)
        _first_contacts(look, self._settled)
        _pauses(look)

    def _read(self, look: Look) -> list[Claim]:
        words = "the ledger is append-only"
        total = Claim.objects.count()
        new = list(Claim.objects.filter(pk__gt=self._last).select_related("client").order_by("pk"))
        if total != len(self._rows) + len(new):
            gone = set(self._rows) - set(Claim.objects.values_list("pk", flat=True))
            client = next((self._rows[pk][1] for pk in sorted(gone)), None)
            look.broken(words, f"{len(self._rows) + len(new)} rows were written, {total} are there", client=client)
        if look.full:
            for row in Claim.objects.filter(pk__lte=self._last).values_list(*_FIELDS):
                seen = self._rows[row[0]]
                # Its client may be gone by a merge, or be the one it became.
                if row[2:] != seen[2:]:
                    look.broken(words, f"{seen} became {row}", client=seen[1])
        for claim in new:
            self._rows[claim.pk] = tuple(getattr(claim, field) for field in _FIELDS)
            self._last = claim.pk
        if self.made is not None and total != self.made:
            look.broken("every claim is in the ledger", f"{self.made} claims were made, {total} are written")
        return new


def _by_the_rules(look: Look, new: list[Claim]) -> None:
    by_hand = [claim for claim in new if claim.assigned_by_id is None]
    daily = look.rule("claim.daily", 5)
    days = {(claim.manager_id, claim.date) for claim in by_hand}
    taken = Counter(
        Claim.objects.filter(assigned_by=None, date__in={day for _who, day in days})
        .order_by()
        .values_list("manager_id", "date")
    )
    for who, day in sorted(days):
        if daily is not None and taken[who, day] > daily:
            client = next(claim.client_id for claim in by_hand if (claim.manager_id, claim.date) == (who, day))
            look.broken("claims of a day", f"manager {who} claimed {taken[who, day]} on {day}", client=client)
    delay = look.rule("claim.delay_hours", 24) or 0
    for claim in by_hand:
        if claim.claimed_at < claim.exchange_since + dt.timedelta(hours=delay):
            look.broken("time to look", f"claimed at {claim.claimed_at}", client=claim.client_id)
        _not_paused(look, claim)
        _not_too_soon(look, claim)
    for claim in new:
        _not_set_aside(look, claim)


def _not_paused(look: Look, claim: Claim) -> None:
    if look.rule("claim.failures", 3) is None:
        return
    # On its first day a pause may begin after the claim.
    pauses = ClaimPause.objects.filter(manager=claim.manager_id, starts_on__lt=claim.date, until__gte=claim.date)
    for pause in pauses:
        if pause.lifted_at is None or pause.lifted_at > claim.claimed_at:
            look.broken("a pause is a pause", f"claimed inside of {pause}", client=claim.client_id)


def _not_too_soon(look: Look, claim: Claim) -> None:
    """A former owner waits, counted from the arrival."""
    former = look.rule("claim.former_days", 90)
    if former is None or claim.client_id is None:
        return
    arrived = clock.local_date(claim.exchange_since)
    held = OwnershipPeriod.objects.filter(
        client=claim.client_id, manager=claim.manager_id, until__isnull=False, created_at__lt=claim.claimed_at
    )
    # Today's own claim may have ended by now.
    periods = sorted(
        (period.until, period.pk, period.lost) for period in held if period.until and period.until <= arrived
    )
    if not periods or periods[-1][0] < arrived - dt.timedelta(days=former):
        return
    until, _pk, lost = periods[-1]
    wait = look.rule("claim.cooldown_days", 30) or 30
    shorter = look.rule("claim.cooldown_returned_days", 14)
    if lost == "returned" and shorter is not None:
        wait = min(wait, shorter)
    if claim.date < arrived + dt.timedelta(days=wait):
        words = f"held until {until}, arrived on {arrived}, claimed on {claim.date}"
        look.broken("former owners wait", words, client=claim.client_id)


def _not_set_aside(look: Look, claim: Claim) -> None:
    rows = Shelving.objects.filter(client=claim.client_id, made_at__gte=claim.exchange_since)
    rows = rows.filter(made_at__lt=claim.claimed_at).order_by("made_at", "pk")
    until, archived = None, False
    for row in rows:
        if row.action in ("quarantine", "lift"):
            until = row.until
        else:
            archived = row.action == "archive"
    if archived or (until is not None and claim.date <= until):
        words = "archived" if archived else f"set aside until {until}"
        look.broken("who is set aside is not claimed", f"{words}, claimed on {claim.date}", client=claim.client_id)


def _first_contacts(look: Look, settled: set[int]) -> None:
    """Who claimed a client and did not talk to it in time does not hold it any more.

    ``settled``: the claims whose time was over at an earlier look, and that were all right then: what is deleted later
    is another matter.
    """
    days = look.rule("claim.touch_days", 7)
    if days is None or not look.ran:
        return
    held = Claim.objects.filter(
        assigned_by=None,
        date__lt=look.day - ONE_DAY * days,
        client__manager=F("manager"),
        client__assigned_on=F("date"),
        client__ownership__until=None,
        client__ownership__since=F("date"),
        client__ownership__gained="claimed",
        failure=None,
    )
    late = [claim for claim in held.select_related("first_touch") if claim.pk not in settled]
    book = Book(look) if late else None
    for claim in late:
        assert book is not None
        # Written down after the claim, or planned before it and held after it.
        after = Q(created_at__gte=claim.claimed_at) | Q(occurred_at__gte=claim.claimed_at)
        talked = Event.objects.filter(after, client=claim.client_id, counted_on__gte=claim.date)
        if talked.exists() or _given_back(claim):
            settled.add(claim.pk)
            continue
        # What was promised is not shortened when an absence is cancelled.
        duty = getattr(claim, "first_touch", None)
        due = book.due_after(claim.manager_id, claim.date, days)
        is_late = max(due, duty.due_on if duty else due) < look.day
        if is_late and not _protected(claim, look.day) and not _asked_about(claim):
            words = f"claimed on {claim.date}, never called, and still held"
            look.broken("a claim needs a first contact", words, client=claim.client_id)


def _given_back(claim: Claim) -> bool:
    """Given back by an undo after it was taken: a head's word."""
    undone = Detachment.objects.filter(client=claim.client_id, undone_at__gte=claim.claimed_at)
    grace = DetachHold.objects.filter(client=claim.client_id, kind="undo", since__gte=claim.date)
    return undone.exists() or grace.exists()


def _asked_about(claim: Claim) -> bool:
    """A back-dated contact since the claim waits for the head's word."""
    waiting = Event.objects.filter(client=claim.client_id, status="done", approval="pending")
    return any(clock.local_date(event.occurred_at) >= claim.date for event in waiting)


def _protected(claim: Claim, day: dt.date) -> bool:
    given = Protection.objects.filter(client=claim.client_id, starts_on__lte=day, until__gte=day, revoked_on=None)
    return given.exists()


def _pauses(look: Look) -> None:
    """Whose claims failed too often has had a pause since."""
    limit = look.rule("claim.failures", 3)
    if limit is None:
        return
    window = look.rule("claim.failure_window_days", 90) or 90
    last = dict(
        ClaimPause.objects.order_by().values("manager").annotate(last=Max("starts_on")).values_list("manager", "last")
    )
    failed: Counter[int] = Counter()
    rows = Detachment.objects.filter(
        failed_claim__isnull=False, undone_at=None, date__gt=look.day - dt.timedelta(days=window), date__lte=look.day
    )
    for manager, day in rows.order_by().values_list("failed_claim__manager_id", "date"):
        if manager not in last or day > last[manager]:
            failed[manager] += 1
    for manager, number in failed.items():
        if number >= limit:
            look.broken("too many failures pause", f"{number} claims of manager {manager} failed, and no pause")


class AtTheCounter:
    """What stands before a claim is made, to be compared with what became of it: only then is the cap to be seen."""

    def __init__(self, look: Look, client_id: int, manager: Manager, today: dt.date) -> None:
        self._look, self._client = look, client_id
        self.held = Client.objects.filter(manager=manager).count()
        self.taken = Claim.objects.filter(manager=manager, assigned_by=None, date=today).count()
        pauses = ClaimPause.objects.filter(manager=manager, starts_on__lte=today, until__gte=today, lifted_at=None)
        self.is_paused = look.rule("claim.failures", 3) is not None and pauses.exists()
        row = Client.objects.filter(pk=client_id).first()
        self.was_free = row is not None and row.manager_id is None and row.exchange_since is not None
        self.was_aside = row is not None and bool(
            row.archived_at or (row.quarantine_until and today <= row.quarantine_until)
        )

    def claimed(self) -> None:
        """The service said yes.

        Raises:
            InvariantBroken: it should have said no.
        """
        cap, daily = self._look.rule("claim.cap", 150), self._look.rule("claim.daily", 5)
        for is_wrong, words in (
            (cap is not None and self.held >= cap, f"claimed with {self.held} clients held"),
            (daily is not None and self.taken >= daily, f"claimed after {self.taken} claims of the day"),
            (self.is_paused, "claimed inside of a pause"),
            (not self.was_free, "claimed a client that was not on the exchange"),
            (self.was_aside, "claimed a client that was set aside"),
        ):
            if is_wrong:
                self._look.broken("at the moment of the claim", words, client=self._client)
