"""The base for measuring is one the program itself could have come to: nothing in it is there to be mended."""

import datetime as dt
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Count, F, Max, Q

from clients.freezing import freeze_book
from clients.models import Client, ContactPerson, ContactPoint, Manager, OwnershipPeriod
from clients.policies import policy_book
from clients.rules.zones import clock_date, zone_dates, zone_on
from clients.zoning import redate
from crm import clock
from crm.base.company import PASSWORD, SELLER
from crm.base.sizes import TEN, THOUSAND, Sizes
from crm.web.text import fold
from exchange.models import (
    Claim,
    DetachHold,
    Detachment,
    FirstTouch,
    LeavingWarning,
    NightlyRun,
    Proposal,
    TurnMonth,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.night import preview, run_night
from interactions import process_activity, process_path, tallies
from interactions.models import Event, EventMonth, SalesProcess, StageChange

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, EVENTS = 2000, 40_000


def load(clients=CLIENTS, **options):
    call_command("load_base", clients=clients, verbosity=0, **options)


def indexes_and_constraints():
    """All of the database, by name."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            found[table] = set(connection.introspection.get_constraints(cursor, table))
    return found


def test_the_base_is_as_the_program_would_have_it():
    today, before = clock.today(), indexes_and_constraints()
    load()

    assert indexes_and_constraints() == before
    connection.check_constraints()
    assert (Client.objects.count(), Event.objects.count()) == (CLIENTS, EVENTS)
    _clients_are_as_their_events_and_owners_say(today)
    _nothing_is_left_for_the_night(today)
    _nights_counted_what_was(today)
    _what_people_did_fits_together()
    _stored_words_are_right()
    _it_can_be_worked_with()


def _clients_are_as_their_events_and_owners_say(today):
    wrong = Client.objects.annotate(last=Max("events__counted_on")).exclude(
        Q(last=F("last_contact_on")) | Q(last=None, last_contact_on=None)
    )
    assert not wrong.exists()
    held = Client.objects.held()
    assert redate(held.values_list("pk", flat=True), today=today) == 0
    assert not Client.objects.zone_lags_on(today).exists()
    now_held = OwnershipPeriod.objects.filter(until=None)
    assert set(now_held.values_list("client", "manager", "since")) == set(
        held.values_list("pk", "manager", "assigned_on")
    )
    assert {client: Event.objects.filter(client=client).count() for client in (THOUSAND, TEN)} == {
        THOUSAND: 1000,
        TEN: 10,
    }
    assert set(Client.objects.filter(pk__in=[THOUSAND, TEN]).values_list("manager__username")) == {(SELLER,)}
    shares = Counter(held.values_list("zone", flat=True))
    assert 0.8 < held.count() / CLIENTS < 0.9
    assert 0.64 < shares["green"] / held.count() < 0.76
    assert 0.06 < shares["red"] / held.count() < 0.14


def _nothing_is_left_for_the_night(today):
    """The night of today has been; gone through once more, it finds nothing to do or to mend."""
    assert NightlyRun.objects.last_done_on() == today
    before = _told_by_nights()
    again = run_night(today)
    assert again.mended == 0
    assert _told_by_nights() == before
    coming = preview(today + dt.timedelta(days=1))
    assert not coming.asks
    # Of a weekend of a month ago nobody turns yellow: that of one day may be none.
    assert preview(today + dt.timedelta(days=7)).to_yellow
    assert coming.to_exchange + coming.kept < CLIENTS * 0.02


def _told_by_nights():
    tables = (ZoneTransition, Detachment, LeavingWarning, FirstTouch, DetachHold, Proposal)
    rows = [model.objects.count() for model in tables]
    run = NightlyRun.objects.values("turned_yellow", "turned_red", "detached", "warned", "held", "green", "on_exchange")
    snapshot = ZoneSnapshot.objects.order_by().values_list(
        "date", "department", "manager", "green", "yellow", "red", "on_exchange"
    )
    return rows, list(run.order_by("-date")[:1]), set(snapshot.filter(date=clock.today()))


def _nights_counted_what_was(today):
    for ago in (1, 37, 200, 399):
        day = today - dt.timedelta(days=ago)
        told = {
            (row.manager_id, zone): getattr(row, zone)
            for row in ZoneSnapshot.objects.filter(date=day, manager__isnull=False)
            for zone in ("green", "yellow", "red")
            if getattr(row, zone)
        }
        assert told == _held_after_the_night_of(day)


def _held_after_the_night_of(day):
    """The same from the owners and the contacts: what came by day was there the night after."""
    thresholds, frozen = policy_book().choose((), "").thresholds, freeze_book([], after=dt.date(2015, 1, 1)).of(None)
    still = Q(until=None) | Q(until__gt=day) | (Q(until=day) & ~Q(lost="idle"))
    contacts = dict(
        Event.objects.filter(counted_on__lt=day).order_by().values_list("client").annotate(last=Max("counted_on"))
    )
    held = Counter()
    for period in OwnershipPeriod.objects.filter(still, since__lt=day):
        start = clock_date(contacts.get(period.client_id), period.since)
        held[period.manager_id, zone_on(zone_dates(start, thresholds, frozen), day).value] += 1
    return held


def _what_people_did_fits_together():
    events = Event.objects.filter(counted_on__isnull=False)
    assert not events.filter(status="planned").exists()
    for event in Random(1).sample(list(events.values_list("client", "responsible", "counted_on")), 300):
        client, manager, day = event
        assert OwnershipPeriod.objects.filter(
            Q(until=None) | Q(until__gte=day), client=client, manager=manager, since__lte=day
        ).exists()
    # A stay on the exchange begins with an arrival and ends with a claim.
    waiting = Client.objects.on_exchange().filter(exchange_since__gte=clock.now() - dt.timedelta(days=700))
    assert not waiting.exclude(detachments__detached_at=F("exchange_since")).exists()
    assert not Claim.objects.exclude(client__ownership__gained="claimed").exists()
    arrived = set(Detachment.objects.values_list("client", "detached_at"))
    assert all(
        claim in arrived
        for claim in Claim.objects.filter(exchange_since__gte=clock.now() - dt.timedelta(days=700)).values_list(
            "client", "exchange_since"
        )
    )
    open_touches = FirstTouch.objects.filter(outcome="")
    assert not open_touches.filter(due_on__lt=clock.today()).exists()
    # Colours of one client follow each other.
    for client in Random(2).sample(range(1, CLIENTS), 100):
        zones = list(ZoneTransition.objects.filter(client=client).order_by("date", "created_at", "pk"))
        assert all(one.to_zone == two.from_zone for one, two in pairwise(zones))
        if zones:
            assert zones[-1].to_zone == Client.objects.get(pk=client).zone
    sales, steps = SalesProcess.objects.order_by(), StageChange.objects.order_by()
    activity = set(sales.values_list("pk", "active_on", "furthest")), set(steps.values_list("pk", "stayed"))
    process_activity.recompute_rows(sales.all())
    process_path.recompute_rows(sales.all(), steps.all())
    assert (set(sales.values_list("pk", "active_on", "furthest")), set(steps.values_list("pk", "stayed"))) == activity
    assert not StageChange.objects.exclude(event__process=F("process")).exists()
    sums = EventMonth.objects.values("month", "responsible", "kind")
    assert sum(EventMonth.objects.values_list("done", flat=True)) == tallies.facts().count()
    assert tallies.are_kept()
    assert sum(TurnMonth.objects.values_list("number", flat=True)) == ZoneTransition.objects.count()
    assert not sums.annotate(rows=Count("pk")).filter(rows__gt=1).exists()


def _stored_words_are_right():
    for client in Client.objects.all()[:300]:
        assert client.search_name == fold(client.name)
        client.clean_fields(exclude=["created_by"])
    for person in ContactPerson.objects.all()[:100]:
        assert person.search_name == fold(person.name)
    for point in ContactPoint.objects.all()[:300]:
        stored = point.normalized, point.digits_reversed
        point.normalize()
        assert (point.normalized, point.digits_reversed) == stored


def _it_can_be_worked_with():
    seller = Manager.objects.get(username=SELLER)
    assert seller.check_password(PASSWORD)
    highest = Client.objects.aggregate(pk=Max("pk"))["pk"]
    assert Client.objects.create(name="Next").pk > highest


def test_a_seed_is_a_base():
    one, same, other = (list(Sizes(500, 10_000, seed).counts) for seed in (1, 1, 2))
    assert one == same != other
    assert sum(one) == sum(other) == 10_000


def test_a_full_base_is_refused():
    load(clients=200)
    with pytest.raises(CommandError, match="not empty"):
        load(clients=200)
    assert Client.objects.count() == 200
