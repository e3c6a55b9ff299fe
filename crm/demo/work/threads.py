"""Talks that go on: what recurs, plans that continue earlier talks, what heads note, files of talks."""

import datetime as dt
from collections import defaultdict

from clients.models import Attachment
from crm import clock
from crm.demo.work.staff import lively, person
from crm.demo.world import DAY, MINUTE, World
from interactions import head_comments, recurring, services
from interactions.models import Event, EventSeries, EventStatus, FileLink, Frequency

#: Whose, which of the words, how often, every so many, since how many days, at what hour.
_SERIES = (
    ("seller", 0, Frequency.WEEKLY, 1, 22, 9),
    ("seller", 1, Frequency.MONTHLY, 1, 3, 13),
    ("deputy", 2, Frequency.WEEKLY, 2, 16, 12),
    ("northwest1", 0, Frequency.WEEKLY, 1, 9, 17),
)
#: Of the files that belong to nothing yet, those that belong to a talk.
_SHARE = 0.5


def spin_threads(world: World) -> None:
    """Let talks follow from each other."""
    _recur(world)
    _continue(world)
    _comment(world)
    _attach(world)


def _recur(world: World) -> None:
    for place, (username, scene_of, frequency, interval, ago, hour) in enumerate(_SERIES):
        who, scene = person(world, username), world.words.work.series[scene_of]
        since = world.today - DAY * ago
        client = lively(world, username).filter(ownership__until=None, ownership__since__lt=since)[place:].first()
        if client is None:
            continue
        first = since + DAY * max(0, 7 - since.weekday() if since.weekday() > 4 else 0)
        kind = world.kinds[scene.kinds]
        at = clock.at(first, hour, 30)
        registered = at - DAY * 1
        event = Event(
            client=client, kind=kind, status=EventStatus.PLANNED, subject=scene.subject, occurred_at=at,
            ends_at=at + MINUTE * max(15, kind.default_minutes), responsible=who,
        )  # fmt: skip
        series = EventSeries(frequency=frequency, interval=interval)
        with clock.playing(registered):
            recurring.register(event=event, series=series, zone=str(clock.company_zone()), by=who, now=registered)
        passed = Event.objects.filter(series__client=client, status=EventStatus.PLANNED, ends_at__lt=world.now)
        for past in passed.order_by("occurred_at"):
            assert past.ends_at
            over = min(past.ends_at + MINUTE * 5, world.now)
            with clock.playing(over):
                services.finish_event(event=past, by=who, now=over)


def _continue(world: World) -> None:
    """Every second plan of the coming days goes on with the last talk of its client."""
    coming = Event.objects.filter(
        status=EventStatus.PLANNED, continues=None, series=None, occurred_at__gte=world.now,
        occurred_at__lt=clock.at(world.today + DAY * 9),
    )  # fmt: skip
    plans = list(coming.order_by("pk"))[::2]
    last: dict[int, Event] = {}
    done = Event.objects.filter(
        client__in={plan.client_id for plan in plans}, status=EventStatus.DONE, kind__is_system=False,
        kind__counts_as_contact=True, occurred_at__lt=world.now - dt.timedelta(hours=3),
    )  # fmt: skip
    for event in done.order_by("occurred_at", "pk"):
        last[event.client_id] = event
    changed: dict[int, Event] = {}
    for plan in plans:
        before = last.get(plan.client_id)
        if before and before.occurred_at < plan.created_at:
            before.chain_id = before.chain_id or before.pk
            plan.continues_id, plan.chain_id = before.pk, before.chain_id
            changed |= {before.pk: before, plan.pk: plan}
    Event.objects.bulk_update(changed.values(), ["continues", "chain"], batch_size=200)


def _comment(world: World) -> None:
    """Heads note something at what was done lately; every second word is for the responsible too."""
    head = person(world, "head")
    done = Event.objects.led_by(head).filter(
        status=EventStatus.DONE, kind__is_system=False, kind__counts_as_contact=True,
        responsible__role="salesperson", occurred_at__lt=world.now - dt.timedelta(hours=20),
    )  # fmt: skip
    done = done.exclude(text="").filter(responsible__username__in=("seller", "deputy", "northwest1"))
    for number, (event, text) in enumerate(
        zip(done.order_by("-occurred_at", "-pk")[::3], world.words.work.head_comments, strict=False)
    ):
        with clock.playing(min(event.occurred_at + dt.timedelta(hours=18), world.now)):
            head_comments.write(event=event, text=text, by=head, for_responsible=bool(number % 2))


def _attach(world: World) -> None:
    """Files of clients belong to the talks they were brought from."""
    rng = world.rng("files of talks")
    free = [row for row in Attachment.objects.filter(links=None).order_by("pk") if rng.random() < _SHARE]
    talks: dict[int, list[Event]] = defaultdict(list)
    done = Event.objects.filter(
        client__in={row.client_id for row in free}, status=EventStatus.DONE, kind__is_system=False,
        kind__counts_as_contact=True,
    )  # fmt: skip
    for event in done.order_by("occurred_at", "pk"):
        talks[event.client_id].append(event)
    rows = []
    for row in free:
        if before := [event for event in talks[row.client_id] if event.occurred_at <= row.uploaded_at]:
            rows.append(FileLink(attachment=row, event=before[-1]))
    FileLink.objects.bulk_create(rows)
