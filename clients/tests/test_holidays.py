"""Public holidays: filled in once a year, never over the company's own days, and the dates follow."""

import datetime as dt

import pytest
from django.core.checks.registry import registry

from clients.checks import check_holidays_country
from clients.freezing import freeze_book
from clients.holidays import ensure_public_holidays, fill_public_holidays
from clients.models import Holiday, Redating
from crm.web.errors import DomainError

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
TODAY = D("2026-03-16")


@pytest.fixture(autouse=True)
def russia(settings):
    settings.HOLIDAYS_COUNTRY, settings.HOLIDAYS_SUBDIVISION = "RU", ""


def test_a_year_is_filled_once():
    assert fill_public_holidays([2026]) == Holiday.objects.count() > 12
    assert set(Holiday.objects.values_list("origin", flat=True)) == {"public"}
    assert Holiday.objects.get(date=D("2026-05-09")).name == "Victory Day"
    assert set(Holiday.objects.values_list("date__year", flat=True)) == {2026}
    job = Redating.objects.get()
    assert (job.reason, job.note) == ("holidays", "2026")
    assert fill_public_holidays([2026]) == 0
    assert Redating.objects.count() == 1


def test_the_companys_days_stay():
    Holiday.objects.create(date=D("2026-05-09"), name="Our founder's day")
    fill_public_holidays([2026])
    day = Holiday.objects.get(date=D("2026-05-09"))
    assert (day.name, day.origin) == ("Our founder's day", "company")


def test_which_russian_holidays_of_2026_stop_the_clock():
    """The New Year row (to 9 January, a day moved by decree) and Victory Day, a Saturday with the Monday after it;
    neither 1 May, a single Friday, nor the two days of March."""
    fill_public_holidays([2026])
    rows = [(first.isoformat(), last.isoformat()) for first, last in freeze_book().holiday_rows]
    assert rows == [("2026-01-01", "2026-01-09"), ("2026-05-09", "2026-05-11")]


def test_three_years_are_kept_filled_and_what_is_struck_out_stays_out(django_assert_num_queries):
    added = ensure_public_holidays(TODAY)
    assert set(Holiday.objects.values_list("date__year", flat=True)) == {2025, 2026, 2027}
    Holiday.objects.filter(date=D("2026-05-01")).delete()
    Holiday.objects.create(date=D("2028-08-20"), name="Company's day")
    with django_assert_num_queries(1):
        assert ensure_public_holidays(TODAY) == 0
    assert not Holiday.objects.filter(date=D("2026-05-01")).exists()
    assert ensure_public_holidays(D("2027-01-01")) > 10
    assert fill_public_holidays([2026]) == 1  # asked for by hand it comes back
    assert added > 40


def test_other_countries_and_none(settings):
    settings.HOLIDAYS_COUNTRY, settings.HOLIDAYS_SUBDIVISION = "DE", "BY"
    fill_public_holidays([2026])
    assert Holiday.objects.filter(date=D("2026-01-06")).exists()
    settings.HOLIDAYS_COUNTRY = ""
    assert fill_public_holidays([2027]) == ensure_public_holidays(D("2030-01-01")) == 0


def test_the_companys_language(settings):
    settings.LANGUAGE_CODE = "ru"
    fill_public_holidays([2026])
    assert Holiday.objects.get(date=D("2026-05-09")).name == "День Победы"
    settings.LANGUAGE_CODE, settings.HOLIDAYS_COUNTRY = "ru", "DE"
    assert fill_public_holidays([2027]) > 5


@pytest.mark.parametrize(
    ("country", "part", "found"),
    [
        ("RU", "", None),
        ("", "", None),
        ("DE", "BY", None),
        ("Russland", "", "clients.E001"),
        ("ru", "", "clients.E001"),
        ("DE", "XX", "clients.E002"),
        ("RU", "MOW", "clients.E002"),
    ],
)
def test_a_wrong_country_is_told_at_start(settings, country, part, found):
    settings.HOLIDAYS_COUNTRY, settings.HOLIDAYS_SUBDIVISION = country, part
    assert check_holidays_country in registry.get_checks()
    errors = check_holidays_country(None)
    assert [message.id for message in errors] == ([found] if found else [])
    assert all(message.hint for message in errors)
    if found:
        with pytest.raises(DomainError, match="known for"):
            fill_public_holidays([2026])
        assert ensure_public_holidays(TODAY) == 0
