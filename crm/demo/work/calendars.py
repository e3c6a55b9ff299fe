"""What stands in the calendars of the people who sign in: this week and the next one, hour by hour."""

import datetime as dt
from collections.abc import Sequence

from clients.models import Client, Manager, ManagerSchedule, WorkSchedule
from crm import clock
from crm.demo.words.base import Scene
from crm.demo.work.staff import lively, person
from crm.demo.world import DAY, MINUTE, World
from interactions import services
from interactions.calendar import feeds
from interactions.models import CalendarFeed, Event, EventParticipant, EventStatus

#: Hours at which something stands, by the weekday: the two of Tuesday and Thursday overlap.
_HOURS = (
    ((9, 15), (11, 0), (14, 30), (16, 30)),
    ((10, 0), (10, 20), (13, 0), (15, 45)),
    ((9, 30), (12, 0), (15, 0)),
    ((9, 0), (11, 30), (14, 0), (14, 0), (17, 0)),
    ((10, 30), (12, 15), (15, 30)),
)
_HELPFUL = ("deputy", "northwest1", "northwest2")


def fill_calendars(world: World) -> None:
    """Plans and what was done of them, a part-time schedule, addresses for other programs."""
    words = world.words.work
    own = {name: list(lively(world, name)[:25]) for name in ("seller", *_HELPFUL, "absent")}
    for username in ("seller", *_HELPFUL):
        _week(world, person(world, username), own[username], words.week)
    under = [client for name in own for client in own[name][:6]]
    _week(world, person(world, "head"), under, words.week[1::2], every=2)
    _week(world, person(world, "director"), under[1::2], words.directors_week, every=3)
    _week(world, person(world, "absent"), own["absent"], words.week[::2], every=4, done=False)
    _part_time(world)
    _feeds(world)


def _week(
    world: World, who: Manager, clients: Sequence[Client], scenes: Sequence[Scene], *, every: int = 1, done: bool = True
) -> None:
    """Every ``every``-th hour of two working weeks. What has passed was done, or stands there still to be answered."""
    if not clients:
        return
    rng = world.rng("calendar", who.username)
    monday = world.today - DAY * world.today.weekday()
    taken = set(
        Event.objects.filter(responsible=who, occurred_at__gte=clock.at(monday)).values_list("occurred_at", flat=True)
    )
    number = rng.randrange(len(scenes))
    plans: list[Event] = []
    for day in (monday + DAY * (7 * week + weekday) for week in (0, 1) for weekday in range(5)):
        if day in world.days_off:
            continue
        for hour, minute in _HOURS[day.weekday()]:
            number += 1
            moment = clock.at(day, hour, minute)
            if number % every or (moment in taken and hour != 14):
                continue
            event = _event(world, who, clients[number % len(clients)], scenes[number % len(scenes)], moment)
            if (event.ends_at or moment) > world.now:
                plans.append(event)
            elif done:
                _was_done(world, event)
    for event in plans:
        event.created_at = min(event.occurred_at, world.now) - DAY * rng.randint(1, 6) - MINUTE * rng.randint(3, 90)
        event.created_at = max(event.created_at, event.client.created_at)
    Event.objects.bulk_create(plans)
    EventParticipant.objects.bulk_create(
        EventParticipant(event=event, name=rng.choice(world.words.free_names)) for event in plans[::5]
    )


def _event(world: World, who: Manager, client: Client, scene: Scene, moment: dt.datetime) -> Event:
    kind = world.kinds[scene.kinds]
    return Event(
        client=client,
        kind=kind,
        status=EventStatus.PLANNED,
        subject=scene.subject,
        text=scene.text,
        occurred_at=moment,
        ends_at=moment + MINUTE * max(kind.default_minutes, 30) if kind.default_minutes >= 10 else None,
        responsible=who,
        author=who,
    )


def _was_done(world: World, event: Event) -> None:
    """Registered when it was over, by the program's own hand: the client's clock knows of it."""
    event.status = EventStatus.DONE
    moment = min((event.ends_at or event.occurred_at) + MINUTE * 4, world.now)
    if event.client.created_at >= event.occurred_at:
        return
    with clock.playing(moment):
        services.register_event(event=event, by=event.responsible, now=moment)


def _part_time(world: World) -> None:
    schedule = WorkSchedule.objects.create(
        name=world.words.work.part_time,
        weekdays="1234",
        starts_at=dt.time(10),
        ends_at=dt.time(16),
        break_minutes=30,
        position=20,
    )
    with clock.playing(clock.at(world.first_day)):
        for manager in Manager.objects.filter(username__in=("northwest2", "service3")):
            ManagerSchedule.objects.create(manager=manager, schedule=schedule, since=world.first_day)


def _feeds(world: World) -> None:
    """The secrets are known to nobody: they are shown once, when an address is made."""
    phone, screen, tablet = world.words.work.feeds
    with clock.playing(world.now - DAY * 20):
        made = feeds.make(manager=person(world, "seller"), name=phone, scope=CalendarFeed.Scope.OWN, with_words=True)
        feeds.make(manager=person(world, "head"), name=screen, scope=CalendarFeed.Scope.TEAM, with_words=False)
        old = feeds.make(manager=person(world, "seller"), name=tablet, scope=CalendarFeed.Scope.OWN, with_words=True)
    CalendarFeed.objects.filter(pk=made.feed.pk).update(read_at=world.now - MINUTE * 35)
    feeds.revoke(feed=old.feed, now=world.now - DAY * 4)
