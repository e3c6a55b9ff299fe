"""The work itself in the demo company: there is something of everything, and the program stands by all of it."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F, Max, Sum

from clients import norms
from clients.importing import error_file
from clients.importing import jobs as imports
from clients.merging.undo import may_undo, undo_merge
from clients.models import (
    Absence,
    Client,
    Department,
    DuplicatePair,
    DuplicateScan,
    ExportLog,
    ImportJob,
    ImportRow,
    Manager,
    ManagerSchedule,
    MergeRecord,
    PointsNorm,
    SavedView,
    WorkSchedule,
)
from crm import clock
from crm.demo.words import words_of
from crm.demo.work.threads import _SERIES
from interactions import conflicts, kind_points, process_activity, sales, stage_approvals, stages
from interactions.models import (
    CalendarFeed,
    Competitor,
    DistributionRule,
    Event,
    EventSeries,
    FileLink,
    HeadComment,
    Inquiry,
    KindPoints,
    ProcessCoManager,
    ProcessCompetitor,
    ProcessLine,
    Regulation,
    SalesPlan,
    SalesProcess,
    Stage,
    StageCondition,
    StageTask,
)
from reports.delivery.asking import ask_for
from reports.delivery.services import put_out_due
from reports.desk.selectors import desk
from reports.frame.report import find
from reports.models import ReportDelivery, ReportLetter

from .test_company import LANGUAGES, NOON, TODAY

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def _manager(username):
    return Manager.objects.get(username=username)


def _seed(**options):
    call_command("seed_demo", date=TODAY, stdout=StringIO(), **options)


@pytest.fixture(params=LANGUAGES)
def lived(request, monkeypatch):
    """A company of eighty in which everything was done; its noon is now."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    _seed(clients=80, language=request.param)
    return words_of(request.param).work


def test_the_work_itself(lived):
    """One company for all of it: making one takes seconds."""
    _stages(lived)
    _selling(lived)
    _calendars()
    _threads()
    _inquiries()
    _imports(lived)
    _clocks()
    _measures()
    _reporting()
    _twins()


def _stages(words):
    assert set(StageCondition.objects.values_list("what", flat=True)) == {"field", "event", "file", "approval"}
    assert StageTask.objects.count() == sum(map(len, words.stage_tasks.values()))
    assert Stage.objects.exclude(colour="grey").count() == 7

    stuck, waiting = (SalesProcess.objects.get(title=title) for title in words.large_titles)
    assert stuck.responsible == waiting.responsible == _manager("seller")
    with pytest.raises(stages.StageRefused) as refused:
        sales.move_process(process=stuck, stage=stuck.kind.stages.all()[1], by=stuck.responsible)
    assert {one.what for one in refused.value.missing} == {"event"} or len(refused.value.missing) > 1
    assert [one.what for one in stages.missing(waiting)][-1] == "approval"
    assert stage_approvals.waiting_for(_manager("head")).get().process == waiting
    # Every step has its moment in working hours, one after another.
    steps = list(waiting.stage_changes.order_by("changed_at").values_list("changed_at", flat=True))
    assert len(set(steps)) == len(steps) == 3
    assert waiting.planned_tasks.filter(event__status="planned").exists()
    # The greatest sale of all is about to be lost.
    forgotten = SalesProcess.objects.get(kind__name="Large sale", responsible__username="northwest2", status="open")
    assert process_activity.is_idle(forgotten, TODAY)


def _selling(words):
    assert Competitor.objects.count() == len(words.competitors)
    lost = SalesProcess.objects.filter(status="lost", loss_reason__name="Chose a competitor")
    assert lost.exists()
    assert not lost.filter(lost_to=None).exists()
    assert not SalesProcess.objects.exclude(status="lost").exclude(lost_to=None).exists()
    assert ProcessCompetitor.objects.filter(process__status="open").exists()
    assert ProcessCoManager.objects.exists()
    assert not ProcessCoManager.objects.filter(manager=F("process__responsible")).exists()
    assert ProcessLine.objects.filter(discount__gt=0).exists()
    for sale in SalesProcess.objects.filter(kind__name="Sale")[:40]:
        assert sale.amount == sum(line.total for line in sale.lines.all())
    months = set(SalesPlan.objects.filter(manager__username="seller").values_list("month", flat=True))
    assert len(months) == 16
    assert TODAY.replace(day=1) in months


def _calendars():
    monday = clock.at(TODAY - dt.timedelta(days=TODAY.weekday()))
    week = Event.objects.filter(occurred_at__gte=monday, occurred_at__lt=monday + HOUR * 24 * 5)
    for username, enough in (("seller", 15), ("deputy", 10), ("head", 5), ("director", 3)):
        assert week.filter(responsible__username=username).count() >= enough, username
    days = {
        clock.local_date(moment)
        for moment in week.filter(responsible__username="seller").values_list("occurred_at", flat=True)
    }
    assert len(days) >= 5
    clash = week.filter(responsible__username="seller", occurred_at__gt=NOON, ends_at__isnull=False)
    assert any(conflicts.of(one, reader=one.responsible) for one in clash)
    assert Absence.objects.in_force(TODAY).filter(manager__username="absent").exists()
    assert Manager.objects.filter(schedules__schedule__weekdays="1234").exists()
    assert ManagerSchedule.objects.filter(manager=None).count() == 1
    assert CalendarFeed.objects.filter(manager__username="seller", revoked_at=None).exists()


def _threads():
    series = list(EventSeries.objects.filter(stopped_at=None))
    assert 2 <= len(series) <= len(_SERIES)
    for one in series:
        assert one.events.filter(status="planned", occurred_at__gt=NOON).exists()
        assert not one.events.filter(status="planned", ends_at__lt=NOON).exists()
    continued = Event.objects.exclude(continues=None)
    assert continued.filter(status="planned").count() > 5
    assert not continued.exclude(client=F("continues__client")).exists()
    assert not continued.exclude(chain=F("continues__chain")).exists()
    assert Event.objects.filter(participants__name__gt="").exists()
    assert set(HeadComment.objects.values_list("for_responsible", flat=True)) == {True, False}
    assert FileLink.objects.exclude(event=None).exists()
    assert FileLink.objects.exclude(process=None).exists()
    assert not FileLink.objects.exclude(event=None).exclude(event__client=F("attachment__client")).exists()


def _inquiries():
    assert DistributionRule.objects.count() == 3
    assert set(Inquiry.objects.values_list("status", flat=True)) == {"taken", "passed", "waiting", "closed"}
    waits = Inquiry.objects.filter(status="passed", assigned_to__username="seller")
    assert any(clock.local_date(one.received_at) == TODAY for one in waits)
    assert Inquiry.objects.exclude(rule=None).count() == 3
    assert Inquiry.objects.exclude(process=None).exists()
    assert not Inquiry.objects.filter(event=None).exists()


def _imports(words):
    done = ImportJob.objects.get(status="done")
    assert (done.name, done.owner) == (words.imported[0], _manager("seller"))
    assert done.counts["refused"] == 4
    assert done.counts == done.promised
    assert done.counts["created"] >= 5
    assert imports.may_undo(done, NOON)
    assert len(list(error_file.lines(done, ImportRow.Outcome.REFUSED, is_dry=False))) >= 5
    checked = ImportJob.objects.get(status="checked")
    assert checked.promised["created"] > 0 or checked.counts["created"] > 0
    assert checked.rows.filter(is_dry=True).count() == checked.total


def _clocks():
    """What was done by services left the clocks as they compute them."""
    told = Client.objects.exclude(manager=None).alias(last=Max("events__counted_on"))
    assert not told.exclude(last=None).exclude(last_contact_on=F("last")).exists()


def _twins():
    assert DuplicateScan.objects.get().status == "done"
    open_pairs = DuplicatePair.objects.decidable_by(_manager("head"))
    found = [set(pair.reasons) for pair in open_pairs.filter(status="open")]
    assert all(any(reason in one for one in found) for reason in ("inn", "phone", "name"))
    assert DuplicatePair.objects.filter(status="different", decided_by__username="head").exists()
    record = MergeRecord.objects.get()
    assert clock.local_date(record.merged_at) == TODAY - dt.timedelta(days=1)
    assert may_undo(record, NOON)
    before = Client.objects.count()
    undo_merge(record_id=record.pk, by=record.by, now=NOON)
    assert Client.objects.count() == before + 1


def test_a_small_company_is_made_anew_as_it_was():
    """From twenty clients on; nothing of the first is left in the second."""

    def rows():
        _seed(clients=20, flush=True)
        plans = Event.objects.order_by("pk").values_list("pk", "client", "subject", "occurred_at", "status")
        return (
            list(plans), list(SalesPlan.objects.order_by("pk").values("manager", "month", "amount")),
            list(Inquiry.objects.order_by("pk").values("client", "status", "assigned_to", "received_at")),
            list(DuplicatePair.objects.order_by("pk").values("one", "other", "reasons")),
            list(ImportRow.objects.order_by("pk").values("line", "outcome", "target")),
        )  # fmt: skip

    first = rows()
    assert rows() == first
    assert StageCondition.objects.exists()
    assert WorkSchedule.objects.count() == 2


@pytest.mark.parametrize("hour", [0, 8, 23])
def test_at_any_hour_it_can_be_done(hour, monkeypatch):
    moment = clock.at(TODAY, hour, 20)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    call_command("seed_demo", clients=40, language="ru", stdout=StringIO())
    assert not Event.objects.filter(status="done", occurred_at__gt=moment).exists()
    assert Inquiry.objects.filter(status="passed").exists()


def _measures():
    director = _manager("director")
    set_by_people = PointsNorm.objects.exclude(set_by=None)
    assert set_by_people.filter(department=None, points=0).count() == 1
    assert set_by_people.exclude(department=None).count() == 2 * Department.objects.count()
    assert not set_by_people.filter(set_at__gt=clock.at(TODAY, 0)).exists()
    assert KindPoints.objects.filter(kind__code="presentation").count() == 2
    assert Regulation.objects.filter(set_by=director).count() == 6
    assert Regulation.objects.exclude(department=None).exists()
    now = Regulation.objects.filter(category="B", since__lte=TODAY).order_by("-since").first()
    assert now.per == "quarter"
    sellers = Manager.objects.filter(role="salesperson", is_active=True, department__isnull=False)
    first = TODAY - dt.timedelta(days=42)
    expected = norms.expected(sellers.select_related("department"), first, TODAY - dt.timedelta(days=1))
    done = Event.objects.filter(
        status="done", responsible__in=sellers, occurred_at__gte=clock.at(first, 0), occurred_at__lt=clock.at(TODAY, 0)
    )
    earned = done.aggregate(points=Sum(kind_points.read_points().expression(first, TODAY)))["points"]
    assert 0.6 < earned / sum(expected.points.values()) < 1.5


def _reporting():
    weekly, monthly = ReportDelivery.objects.order_by("pk")
    assert (weekly.report, monthly.report) == ("traffic-light", "points")
    for delivery in (weekly, monthly):
        assert delivery.next_on > TODAY
        assert delivery.letters.filter(status="sent").count() == 3 * delivery.recipients.count() > 3
        assert not delivery.letters.exclude(status="sent").exists()
        for letter in delivery.letters.all():
            letter.full_clean()
            assert ask_for(letter.recipient, find(delivery.report), letter.query).filterset.is_sound
    assert monthly.letters.filter(has_file=False).exists()
    files = ReportLetter.objects.filter(has_file=True).count()
    assert files == ExportLog.objects.filter(what__startswith="report-").count() > 0
    assert put_out_due() == 0
    views = SavedView.objects.exclude(page="client-list")
    assert views.count() == 4
    for view in views:
        view.full_clean()
        report = find(view.page.removeprefix("report-"))
        assert ask_for(view.owner, report, view.query).filterset.is_sound
        assert view.pins.exists()
    assert len(desk(_manager("head"), TODAY).pinned) == 2
