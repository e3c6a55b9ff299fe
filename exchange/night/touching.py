"""Taking back claimed clients that got no first contact in time; who fails too often may not claim for a while."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from clients.freezing import freeze_book
from clients.models import Client, Manager, OwnershipPeriod
from clients.notices import notify
from clients.superiors import superiors
from crm import clock
from exchange import claim_notices
from exchange.claim_rulebook import load_claim_rules
from exchange.claims import touched
from exchange.failing import pause_if_too_many, settle
from exchange.models import ClaimPause, Detachment, FirstTouch, NightlyRun, Protection
from exchange.night.effects import count
from exchange.night.sweep import Chunk, Sweeper
from exchange.rules.claiming import ClaimRules
from exchange.rules.night import NightRules
from exchange.services import put_on_exchange
from interactions.models import Event

#: So many days after it was settled a first contact is looked at again: it may have been deleted.
_LOOK_BACK = 60
#: Who owes a first contact is reminded so many days before the last one, and on it.
REMIND_DAYS = 2


def take_back(
    sweeper: Sweeper, rules: NightRules, claim_rules: ClaimRules, *, moment: dt.datetime, told_on: dt.date
) -> int:
    """Settle the first contacts whose time is over: made, no longer owed, or the client goes back. Returns how many
    clients went back.

    By what is registered now. A protection or a contract keeps the client; then the question is asked again when it has
    ended. A night that is caught up (on ``told_on``) takes nobody back: nobody was reminded, and perhaps nobody could
    write anything down; what fell due meanwhile is due today.
    """
    run = sweeper.run
    if claim_rules.touch_days is not None:
        _reopen(run)
    late = _late(run, told_on)
    if claim_rules.touch_days is None:
        late.update(outcome=FirstTouch.Outcome.ENDED, settled_on=run.date)
        return 0
    before = Detachment.objects.filter(run=run, reason=OwnershipPeriod.Lost.UNTOUCHED).count()
    clients = Client.objects.held().filter(Exists(late.filter(client=OuterRef("pk"))))
    sweeper.walk("touch", clients, lambda rows: _settle_chunk(run, rows, rules, claim_rules, moment, told_on))
    # Whom its claimer does not hold any more: the duty ended with that.
    late.exclude(Exists(_held_by_its_claimer())).update(outcome=FirstTouch.Outcome.ENDED, settled_on=run.date)
    return Detachment.objects.filter(run=run, reason=OwnershipPeriod.Lost.UNTOUCHED).count() - before


def _reopen(run: NightlyRun) -> None:
    """A first contact that was made and is gone since (deleted, moved, dated otherwise) is owed again, until today."""
    gone = Q(client__last_contact_on=None) | Q(client__last_contact_on__lt=F("claim__date"))
    since = run.date - dt.timedelta(days=_LOOK_BACK)
    kept = FirstTouch.objects.filter(outcome=FirstTouch.Outcome.KEPT, settled_on__gte=since)
    lost = kept.filter(gone, Exists(_held_by_its_claimer()))
    # (Whether it was made since is read again from the events, before anybody is taken.)
    kept.filter(pk__in=list(lost.values_list("pk", flat=True))).update(
        outcome=FirstTouch.Outcome.OPEN, settled_on=None, due_on=run.date
    )


def _late(run: NightlyRun, told_on: dt.date) -> QuerySet[FirstTouch]:
    """The duties whose time is over; for a night that is caught up all that fell due until then."""
    return FirstTouch.objects.open().filter(due_on__lt=max(run.date, told_on))


def _held_by_its_claimer() -> Any:
    return Client.objects.filter(pk=OuterRef("client"), manager=OuterRef("manager"))


def _settle_chunk(
    run: NightlyRun,
    rows: Chunk,
    rules: NightRules,
    claim_rules: ClaimRules,
    moment: dt.datetime,
    told_on: dt.date,
) -> int:
    clients = {row.pk: row for row in rows}
    late = _late(run, told_on).filter(client__in=clients)
    duties = list(late.select_related("claim").order_by("pk"))
    settle([each for each in duties if clients[each.client_id].manager_id != each.manager_id], "ended", run.date)
    duties = [each for each in duties if clients[each.client_id].manager_id == each.manager_id]
    made = touched(duties)
    settle([each for each in duties if each.pk in made], "kept", run.date)
    if told_on > run.date:
        late.filter(pk__in=[each.pk for each in duties if each.pk not in made]).update(due_on=told_on)
        return 0
    kept = _kept(clients, rules, run.date) | _asked_about(duties)
    open_still = [each for each in duties if each.pk not in made and each.client_id not in kept]
    failed = [each for each in open_still if not _prolonged(each, claim_rules, run.date)]
    for duty in failed:
        _take(run, clients[duty.client_id], duty, moment)
    settle(failed, "failed", run.date)
    # Managers after clients, by ascending id: the lock order of the claims.
    for manager in (
        Manager.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in={duty.manager_id for duty in failed})
        .order_by("pk")
    ):
        pause_if_too_many(manager, claim_rules, today=run.date)
    return len(failed)


def _kept(clients: dict[int, Client], rules: NightRules, day: dt.date) -> set[int]:
    """Those a head keeps with their manager, whatever is owed."""
    given = Protection.objects.switched_on(rules).in_force(day).filter(client__in=clients)
    return set(given.values_list("client_id", flat=True))


def _asked_about(duties: list[FirstTouch]) -> set[int]:
    """Those with a back-dated contact since the claim that waits for the head's word: it may still count."""
    if not duties:
        return set()
    waiting = Event.objects.waiting_approval().filter(client__in={duty.client_id for duty in duties})
    since = {duty.client_id: duty.claim.date for duty in duties}
    return {
        client
        for client, at in waiting.values_list("client_id", "occurred_at")
        if clock.local_date(at) >= since[client]
    }


def _prolonged(duty: FirstTouch, claim_rules: ClaimRules, day: dt.date) -> bool:
    """Whether an absence or a holiday that was entered since gives more time; what was promised is never shortened."""
    assert claim_rules.touch_days is not None
    bare = duty.claim.date + dt.timedelta(days=claim_rules.touch_days)
    frozen = freeze_book([duty.manager_id], after=duty.claim.date).of(duty.manager_id)
    due_on = frozen.shifted(duty.claim.date, bare)
    if due_on < day:
        return False
    FirstTouch.objects.filter(pk=duty.pk).update(due_on=due_on)
    return True


def _take(run: NightlyRun, client: Client, duty: FirstTouch, moment: dt.datetime) -> None:
    # The night's rows carry only what most steps need; this rare one saves the whole client.
    whole = Client.objects.select_related("manager__department").get(pk=client.pk)
    put_on_exchange(
        whole,
        lost=OwnershipPeriod.Lost.UNTOUCHED,
        by=None,
        now=moment,
        day=run.date,
        run=run,
        failed_claim=duty.claim,
    )
    count(run, detached=1)


def tell(run: NightlyRun, *, told_on: dt.date) -> None:
    """Tell who lost a claimed client, with his head; and remind who has to call in the next days."""
    who = superiors(told_on)
    mine: dict[int, list[list[int]]] = defaultdict(list)
    theirs: dict[int, list[list[int]]] = defaultdict(list)
    taken = Detachment.objects.filter(run=run, reason=OwnershipPeriod.Lost.UNTOUCHED, undone_at=None)
    for row in taken.select_related("manager__department").order_by("pk"):
        mine[row.manager_id].append([row.client_id])
        if head := who.head_of(row.manager):
            theirs[head].append([row.client_id])
    pauses = dict(ClaimPause.objects.filter(starts_on=run.date).values_list("manager", "until"))
    data = {
        pk: {"clients": rows, "paused_until": pauses[pk].isoformat() if pk in pauses else ""}
        for pk, rows in mine.items()
    }
    board = reverse("exchange-board")
    key = str(run.date)
    if data:
        notify(kind=claim_notices.FAILED, recipients=data, key=key, date=told_on, data=data, url=board)
    if theirs:
        each = {pk: {"clients": rows} for pk, rows in theirs.items()}
        notify(kind=claim_notices.FAILED_HEAD, recipients=each, key=key, date=told_on, data=each, url=board)
    _remind(told_on)


def _remind(told_on: dt.date) -> None:
    if load_claim_rules().touch_days is None:
        return
    duties = list(
        FirstTouch.objects.open()
        .filter(due_on__in=[told_on, told_on + dt.timedelta(days=REMIND_DAYS)])
        .filter(Exists(_held_by_its_claimer()))
        .select_related("claim")
        .order_by("due_on", "pk")
    )
    met = touched(duties)
    rows: dict[int, list[list[Any]]] = defaultdict(list)
    for duty in duties:
        if duty.pk not in met:
            rows[duty.manager_id].append([duty.client_id, duty.due_on.isoformat()])
    if rows:
        each = {pk: {"clients": clients} for pk, clients in rows.items()}
        notify(
            kind=claim_notices.OWED, recipients=each, key=str(told_on), date=told_on, data=each, url=reverse("my-day")
        )
