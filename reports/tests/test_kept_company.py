"""The counters over the list of all clients, from what is kept: those of the rows at any moment."""

import datetime as dt

import pytest

from clients import company_counts
from clients.models import Manager, Role
from clients.selectors import zone_counts
from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from reports.kept import company, settling

pytestmark = pytest.mark.django_db


@pytest.fixture
def director() -> Manager:
    seller, today = ManagerFactory(), clock.today()
    for days in (0, 40, 75, 100):
        held_client(seller, assigned_on=today - dt.timedelta(days=days))
    settling.count_all()
    return ManagerFactory(role=Role.DIRECTOR)


def test_kept_counts_are_those_of_the_rows(director: Manager) -> None:
    today = clock.today()
    assert company.zone_counts(director, today) == zone_counts(director, "all", today)
    assert company_counts.counts_of(director, "all", today).held == 4


def test_what_was_written_since_counts_at_once(director: Manager) -> None:
    today = clock.today()
    held_client(Manager.objects.exclude(pk=director.pk).first())
    told = company.zone_counts(director, today)
    assert told is not None
    assert told == zone_counts(director, "all", today)
    assert told.held == 5


def test_who_does_not_see_everything_has_his_own_counted(director: Manager) -> None:
    seller = Manager.objects.exclude(pk=director.pk).first()
    other = ManagerFactory()
    held_client(other)
    assert company_counts.counts_of(seller, "all", clock.today()).held == 4
    assert company_counts.counts_of(other, "all", clock.today()).held == 1


def test_where_nothing_is_kept_the_clients_are_counted(director: Manager) -> None:
    today = clock.today() + dt.timedelta(days=1)  # not settled yet
    assert company.zone_counts(director, today) is None
    assert company_counts.counts_of(director, "all", today) == zone_counts(director, "all", today)
