"""The desk of a demo company made anew: by the command, over an earlier one, at any hour."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from clients.models import Attachment, BulkJob, ImportJob, LetterTemplate, Notice, Occasion, PointsNorm
from clients.tests.factories import DepartmentFactory
from crm import clock
from crm.demo.company import flush
from exchange.models import TurnMonth, ZoneTransition
from exchange.night import run_night
from interactions import tallies
from interactions.models import ClientLetter, Event, EventMonth

from .test_company import MOMENTS, TODAY, _make

pytestmark = pytest.mark.django_db


def test_the_files_follow_the_rows_when_it_is_made_anew(private_dir):
    def seed(**options):
        call_command("seed_demo", clients=60, date=TODAY, stdout=StringIO(), **options)
        lying = {str(path.relative_to(private_dir)) for path in private_dir.rglob("*") if path.is_file()}
        kept = set(Attachment.objects.values_list("file", flat=True))
        # Files to be imported have random names: those of an earlier company are gone all the same.
        assert lying == {*kept, *ImportJob.objects.values_list("file", flat=True)}
        assert kept
        return kept

    first = seed()
    assert seed(flush=True) == first
    assert seed(flush=True, seed=2) != first


def test_what_the_company_ships_outlives_a_flush(at_noon):
    before = set(Occasion.objects.values_list("name")), LetterTemplate.objects.count()
    for _ in range(2):
        call_command("seed_demo", clients=60, date=TODAY, stdout=StringIO(), flush=True)
        assert before[0] < set(Occasion.objects.values_list("name"))
        assert Occasion.objects.exclude(industry=None).count() == 2
        assert LetterTemplate.objects.count() == before[1]


@pytest.mark.parametrize(("language", "now"), MOMENTS)
def test_at_any_hour_the_desk_is_laid(language, now, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    today = clock.local_date(now)
    _make(language=language, now=now, size=60, seed=3)
    letter = ClientLetter.objects.first()
    assert letter is None or letter.sent_at <= now
    assert not Attachment.objects.filter(uploaded_at__gt=now).exists()
    assert not BulkJob.objects.filter(finished_at__gt=now).exists()
    assert not Notice.objects.filter(created_at__gt=now).exists()
    assert not Event.objects.filter(remind_at__lte=now).exists()
    night = Notice.objects.count()
    run_night(today)
    assert Notice.objects.count() == night


def test_reports_go_on_reading_what_is_added_up_when_it_is_made_anew():
    for seed in (1, 2):
        call_command("seed_demo", clients=60, date=TODAY, stdout=StringIO(), flush=seed == 2, seed=seed)
        assert tallies.are_kept()
        assert EventMonth.objects.aggregate(n=Sum("done"))["n"] == tallies.facts().count() > 0
        turns = ZoneTransition.objects.exclude(manager=None).count()
        assert TurnMonth.objects.aggregate(n=Sum("number"))["n"] == turns > 0


def test_norms_people_set_go_with_their_trail():
    shipped = PointsNorm.history.count()
    PointsNorm.objects.create(department=DepartmentFactory(), since=TODAY, points=5)
    assert PointsNorm.history.count() == shipped + 1
    flush()
    assert PointsNorm.history.count() == shipped
