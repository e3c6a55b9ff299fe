"""The market of the demo company: everything the exchange can show is there, and every row obeys the rules."""

import datetime as dt
from collections import Counter

import pytest

from clients.models import Client, ExportLog, Manager, Notice, OwnershipPeriod
from crm import clock
from crm.demo import company
from crm.demo.words import words_of
from exchange import departures
from exchange.board import board_rows
from exchange.claims import states
from exchange.hand_over import brief
from exchange.models import (
    Claim,
    ClaimPause,
    ContactView,
    Departure,
    DepartureItem,
    Detachment,
    FirstTouch,
    Shelving,
    Signal,
    SignalLook,
)
from exchange.rules.claiming import Refusal
from exchange.rules.worth import worth
from exchange.signals.selectors import for_reader
from exchange.simulation.invariants import colours, leavers, market, owners, trails
from exchange.simulation.invariants.broken import Look
from exchange.weekly import weekly_clients
from interactions.models import HandOver

from .test_company import NOON, TODAY, _make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

DAY = dt.timedelta(days=1)


def _check_all(day, seed=0):
    """What is checked after every night of the simulation; the demo has no change log to look at."""
    look = Look(day, ran=True, full=True, seed=seed, repeat="crm.demo", rules=market_rules())
    owners.check(look)
    colours.Colours().check(look)
    leavers.Leavers().check(look)
    market.Ledger().check(look)
    trails._steps(look, 0)
    trails._plans(look)
    trails._future(look)


def market_rules():
    from clients.models import RuleSetting

    return {key: (is_on, value) for key, is_on, value in RuleSetting.objects.values_list("key", "is_on", "value")}


def test_the_market_is_lively(made):
    people = {manager.username: manager for manager in Manager.objects.all()}
    _board(people["seller"])
    _claims(people)
    _set_aside()
    _departures(people)
    _signals(people["head"])
    _notices(people)

    assert len(weekly_clients(people["head"], days=90, today=TODAY)) >= 3
    looks = Counter(ContactView.objects.values_list("manager__username", flat=True))
    assert looks["urals3"] > 30
    assert len(looks) > 8
    assert not ContactView.objects.filter(viewed_at__gt=NOON).exists()
    assert ExportLog.objects.filter(manager=people["seller"]).exists()
    assert ExportLog.objects.count() >= 5


def _board(seller):
    clients = list(Client.objects.on_exchange().select_related("manager", "last_manager"))
    found = states(clients, seller)
    kinds = Counter(refusal.rule for state in found.values() for refusal in state.refusals)
    assert kinds["delay"] >= 3
    assert kinds["cooldown"] >= 3
    assert kinds["quarantine"] >= 2
    assert sum(state.claimable for state in found.values()) > 10
    assert all(isinstance(each, Refusal) for state in found.values() for each in state.refusals)
    rows = board_rows(clients, seller)
    reasons = Counter(reason.kind for row in rows for reason in worth(row.facts, TODAY))
    assert set(reasons) >= {"called", "open", "bought", "ask_again", "category"}, reasons
    assert sum(row.stands_out for row in rows) > len(rows) / 2
    assert sum(row.owners > 1 for row in rows) > len(rows) / 3
    assert len({row.loss_reason for row in rows}) > 3
    boxes = [box for client in clients if (box := brief(client, TODAY))]
    assert len(boxes) > len(rows) * 0.9
    for part in ("talk", "best", "agreements", "losses", "owners", "plans"):
        assert sum(bool(getattr(box, part)) for box in boxes) >= 3, part


def _claims(people):
    open_duties = FirstTouch.objects.filter(outcome="", client__manager__username="seller")
    assert open_duties.filter(due_on=TODAY + 2 * DAY).exists()
    assert set(FirstTouch.objects.values_list("outcome", flat=True)) >= {"", "kept", "failed"}
    assert not FirstTouch.objects.filter(outcome="", due_on__lt=TODAY).exists()
    assert FirstTouch.objects.filter(outcome="kept").count() > 10
    taken = Detachment.objects.filter(reason=OwnershipPeriod.Lost.UNTOUCHED)
    assert taken.count() >= 5
    assert not taken.filter(failed_claim=None).exists()
    assert not taken.filter(run=None).exists()
    assert Detachment.objects.filter(reason="returned", failed_claim__isnull=False).exists()
    pause = ClaimPause.objects.get(until__gte=TODAY, lifted_at=None)
    assert pause.manager == people["urals2"]
    assert Detachment.objects.filter(failed_claim__manager=pause.manager).count() == 3
    overruled = Claim.objects.filter(assigned_by=people["head"]).exclude(override_reason="")
    assert overruled.filter(overrides="cooldown").exists()


def _set_aside():
    quarantined = Client.objects.quarantined(TODAY)
    assert 2 <= quarantined.count() <= 3
    assert 2 <= Client.objects.archived().count() <= 3
    for client in [*quarantined, *Client.objects.archived()]:
        row = client.shelvings.get()
        assert row.until == client.quarantine_until
        assert row.made_by.role == "head"
        assert row.reason
    assert Shelving.objects.count() == quarantined.count() + Client.objects.archived().count()


def _departures(people):
    gone = Departure.objects.order_by("decided_at")
    assert [row.manager.username for row in gone] == ["urals4", "northwest3"]
    for row in gone:
        assert not row.manager.is_active
        assert not row.manager.clients.exists()
        ways = Counter(row.items.values_list("action", flat=True))
        assert ways["hand"] >= 2
        assert ways["release"] >= 2
        assert row.items.filter(done_at=row.decided_at).count() == row.items.count()
    assert departures.undo_until(gone[1]) >= TODAY
    assert departures.undo_until(gone[0]) < TODAY
    for item in DepartureItem.objects.filter(to_manager__isnull=False):
        got = item.client.ownership.get(manager=item.to_manager, since=clock.local_date(item.done_at))
        assert got.gained == "assigned"
        lost = item.client.ownership.filter(manager=item.departure.manager).order_by("pk").last()
        assert (lost.lost, lost.until, lost.since) == ("left", got.since, item.assigned_on)
    assert HandOver.objects.filter(to_manager=None, event__status="cancelled").count() > 5
    assert HandOver.objects.filter(process__isnull=False, to_manager__isnull=False).count() > 3
    assert people["seller"].clients.filter(last_manager=people["northwest3"]).exists()


def _signals(head):
    mine = for_reader(head)
    assert set(mine.values_list("kind", flat=True)) == set(Signal.Kind.values)
    assert mine.filter(seen_at__isnull=False, seen_by=head).exclude(note="").count() == 1
    burst = Signal.objects.get(kind="burst")
    assert burst.number >= 10
    assert burst.events.count() >= burst.number
    assert Signal.objects.filter(kind="last_minute").count() >= 3
    assert SignalLook.objects.get().date == TODAY - DAY
    assert not Signal.objects.filter(found_at__gt=NOON).exists()


def _notices(people):
    told = set(Notice.objects.values_list("kind", "recipient__username"))
    assert told >= {
        ("exchange.owed", "seller"), ("exchange.failed", "urals2"), ("exchange.failed_head", "head.urals"),
        ("exchange.from_leaver", "seller"), ("exchange.inbound", "seller"), ("exchange.inbound", "head.northwest"),
        ("exchange.weekly", "head"), ("exchange.signals", "head.urals"),
    }  # fmt: skip


def test_a_departure_can_be_taken_back(made):
    departure = Departure.objects.get(manager__username="northwest3")
    items = list(departure.items.select_related("client"))
    departures.undo(departure=departure, by=Manager.objects.get(username="head"))
    departure.refresh_from_db()
    assert departure.status == "undone"
    assert departure.manager.is_active
    for item in items:
        item.refresh_from_db()
        client = Client.objects.get(pk=item.client_id)
        assert not item.error
        assert (client.manager, client.assigned_on) == (departure.manager, item.assigned_on)
        period = client.ownership.get(until=None)
        assert (period.manager, period.since) == (departure.manager, item.assigned_on)
        assert not HandOver.objects.filter(client=client, moment=item.done_at, undone_at=None).exists()
    _check_all(TODAY)


def test_signals_come_back_with_the_same_ids(made):
    """Filled once more, the base has the same rows, also those the program itself has found."""
    first = list(Signal.objects.order_by("pk").values()), list(Notice.objects.order_by("pk").values())
    company.flush()
    assert not Claim.objects.exists()
    assert not Signal.objects.exists()
    _make(size=300, language=made.language)
    assert (list(Signal.objects.order_by("pk").values()), list(Notice.objects.order_by("pk").values())) == first


def test_both_languages_have_all_words():
    one, other = words_of("en"), words_of("ru")
    assert one.scenes.keys() == other.scenes.keys()
    for name in ("thin", "outgoing", "burst", "inbound"):
        assert [each.kinds for each in one.scenes[name]] == [each.kinds for each in other.scenes[name]]
    assert one.departure_comments.keys() == other.departure_comments.keys()
    for name in ("override_reasons", "quarantine_reasons", "archive_reasons"):
        assert len(getattr(one, name)) == len(getattr(other, name))
        assert all(len(words) <= 300 for words in getattr(other, name))
    assert one.signal_note != other.signal_note
    assert max(len(one.signal_note), len(other.signal_note)) <= 300
