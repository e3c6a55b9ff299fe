"""Turns of colours are added up to the row, whoever writes them and however."""

import datetime as dt
from collections import Counter

import pytest
from django.db.models import Sum

from clients.tests.factories import ManagerFactory, held_client
from exchange.models import TurnMonth, ZoneTransition
from exchange.turn_tallies import TURNS

pytestmark = pytest.mark.django_db


@pytest.fixture
def turned():
    """Three managers' turns over three months, written at once."""
    clients = [held_client(ManagerFactory()) for _number in range(3)]
    rows = [
        ZoneTransition(
            client=client,
            manager=client.manager,
            from_zone="green",
            to_zone="yellow" if day % 3 else "",
            cause="night",
            date=dt.date(2026, 1, 15) + dt.timedelta(days=day * 5),
        )
        for client in clients
        for day in range(12)
    ]
    return ZoneTransition.objects.bulk_create(rows)


def agrees() -> bool:
    """Whether the sums are those of the rows."""
    columns = ("month", "manager_id", "from_zone", "to_zone", "cause")
    sums = TurnMonth.objects.order_by().values_list(*columns).annotate(all=Sum("number"))
    kept = {tuple(row[:-1]): row[-1] for row in sums if row[-1]}
    rows = ZoneTransition.objects.filter(manager__isnull=False)
    return kept == Counter((row.date.replace(day=1), *(getattr(row, name) for name in columns[1:])) for row in rows)


def test_what_is_written_changed_and_deleted_is_added_up(turned):
    assert agrees()
    ZoneTransition.objects.filter(pk__in=[row.pk for row in turned[:7]]).update(date=dt.date(2026, 5, 31))
    assert agrees()
    ZoneTransition.objects.filter(pk=turned[0].pk).update(manager=None)
    assert agrees()
    ZoneTransition.objects.filter(to_zone="").delete()
    assert agrees()


def test_folded_and_counted_anew_they_are_the_same(turned):
    ZoneTransition.objects.filter(pk__in=[row.pk for row in turned[::2]]).delete()
    ZoneTransition.objects.filter(pk=turned[1].pk).update(cause="contact")
    assert TURNS.fold() > 0
    assert agrees()
    assert TURNS.fold() == 0
    TurnMonth.objects.all().delete()
    TURNS.count_all()
    assert agrees()
