"""Reports people keep at hand, and have sent: every week to the heads, every month to those of a department."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings

from clients.models import Department, ExportLog, Manager, Role, SavedView, SavedViewPin
from crm import clock
from crm.demo.work.staff import person
from crm.demo.world import DAY, MINUTE, World
from reports.delivery.asking import with_days
from reports.delivery.services import save_delivery
from reports.frame.report import find
from reports.models import ReportDelivery, ReportLetter
from reports.rules.timing import next_day

_EVERY = ReportDelivery.Every
#: Days of the week and of the month on which they go out; how many have gone out.
_MONDAY, _SECOND, _LETTERS = 1, 2, 3
#: Owner, report, name of the view, filters, whether the department of the owner sees it, who pinned it.
_VIEWS: tuple[tuple[str, str, str, str, bool, tuple[str, ...]], ...] = (
    ("director", "traffic-light", "light_a", "category=A", False, ("director",)),
    ("director", "clients-and-sales", "quarter", "period=quarter&compare=year_ago", False, ("director",)),
    ("head", "points", "month", "period=month&compare=previous", True, ("head", "seller")),
    ("head", "contact-frequency", "regular_a", "category=A&period=quarter", False, ("head",)),
)


def report_regularly(world: World) -> None:
    """Views of reports, deliveries and the letters that have gone out."""
    _views(world)
    director, head = person(world, "director"), person(world, "head")
    heads = Manager.objects.filter(role=Role.HEAD, is_active=True).order_by("pk")
    _send(world, director, "traffic-light", _EVERY.WEEK, _MONDAY, heads)
    team = Manager.objects.filter(username__in=("head", "head.northwest", "seller", "deputy", "northwest1"))
    _send(world, head, "points", _EVERY.MONTH, _SECOND, team.order_by("pk"))


def _views(world: World) -> None:
    for owner, key, name, query, is_shared, pinned_by in _VIEWS:
        report, manager = find(key), person(world, owner)
        assert report
        view = SavedView.objects.create(
            owner=manager,
            page=report.url_name,
            name=world.words.work.report_views[name],
            query=query,
            department=manager.department if is_shared else None,
            created_at=clock.at(world.today - DAY * 19, 10, 45),
        )
        for username in pinned_by:
            SavedViewPin.objects.create(view=view, manager=person(world, username))


def _send(
    world: World, owner: Manager, key: str, every: ReportDelivery.Every, day: int, recipients: Iterable[Manager]
) -> None:
    """Made before its first letter; it goes out next when its day comes again."""
    people, days = list(recipients), _days(world, every, day)
    made_at = clock.at(days[0] - DAY * 5, 14, 20)
    delivery = ReportDelivery(
        owner=owner, report=key, name=world.words.work.deliveries[key], every=every, day=day, created_at=made_at
    )
    with clock.playing(made_at):
        save_delivery(delivery=delivery, recipients=people, by=owner)
    delivery.next_on = next_day(every, day, world.today)
    delivery.save(update_fields=["next_on"])
    for date in days:
        _letters(world, delivery, date, people)


def _days(world: World, every: str, day: int) -> list[dt.date]:
    """The last days on which it went out, the first first."""
    found: list[dt.date] = []
    date = world.today
    while len(found) < _LETTERS:
        date -= DAY
        if next_day(every, day, date - DAY) == date:
            found.append(date)
    return found[::-1]


def _letters(world: World, delivery: ReportDelivery, date: dt.date, people: Sequence[Manager]) -> None:
    """One to each, with the spreadsheet for those who may take lists out: the log of exports has it."""
    report, lines = find(delivery.report), Department.objects.count()
    assert report
    written = clock.at(date, settings.LETTERS_AT.hour, settings.LETTERS_AT.minute)
    with clock.playing(written):
        query = with_days(report, delivery.owner, delivery.query, delivery.every)
    letters, exports = [], []
    for number, person_ in enumerate(people, 1):
        sent = written + MINUTE * number / 6
        has_file = delivery.has_file and person_.exports
        letters.append(
            ReportLetter(
                delivery=delivery, recipient=person_, date=date, query=query, status=ReportLetter.Status.SENT,
                attempts=1, next_try_at=written, created_at=written, sent_at=sent, has_file=has_file,
            )
        )  # fmt: skip
        if has_file:
            rows = lines + Manager.objects.reported_to(person_).count()
            what = f"report-{delivery.report}-xlsx"
            exports.append(ExportLog(manager=person_, what=what, query=query[:1000], rows=rows, made_at=sent))
    ReportLetter.objects.bulk_create(letters)
    ExportLog.objects.bulk_create(exports)
