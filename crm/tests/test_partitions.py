"""The recipe of docs/scale.md works: the program runs on transitions that are partitioned by month."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from clients.models import Client
from clients.tests.factories import ManagerFactory, held_client
from exchange.models import TurnMonth, ZoneTransition
from exchange.night import BARE, run_night

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

RECIPE = Path(__file__).resolve().parents[2] / "docs" / "scale" / "transitions_by_month.sql"
DAY = dt.timedelta(days=1)
#: In the first month of its own.
JANUARY = dt.date(2027, 1, 1)


def follow_the_recipe() -> None:
    """In the test's own transaction: nobody else is there whom a step would have to spare."""
    recipe = RECIPE.read_text().replace(":first", "'2027-01-01'").replace(":next", "'2027-02-01'")
    recipe = re.sub(r"^(BEGIN|COMMIT|SET LOCAL .*);$", "", recipe, flags=re.MULTILINE).replace(" CONCURRENTLY", "")
    with connection.cursor() as cursor:
        # What the test has written is looked at now, or its tables could not be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(recipe)


def rows_by_partition() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM exchange_zonetransition GROUP BY 1")
        return dict(cursor.fetchall())


def test_nights_before_and_after_the_change_of_the_table() -> None:
    manager = ManagerFactory()
    for days in range(25, 40):
        day = JANUARY - days * DAY
        held_client(manager, assigned_on=day, today=day)
    run_night(JANUARY - 3 * DAY, rules=BARE)
    before = ZoneTransition.objects.count()
    follow_the_recipe()
    assert ZoneTransition.objects.count() == before

    december, january = run_night(JANUARY - 2 * DAY, rules=BARE), run_night(JANUARY, rules=BARE)
    assert december.turned_yellow > 0
    assert january.turned_yellow > 0
    parts = rows_by_partition()
    assert parts["exchange_zonetransition_old"] == before + december.turned_yellow
    assert parts["exchange_zonetransition_first"] == january.turned_yellow

    # A night that is run again turns nobody twice; the sums are still kept.
    turned = january.transitions.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        ZoneTransition.objects.create(
            client=turned.client, manager=manager, from_zone="green", to_zone="yellow", cause="night",
            date=january.date, run=january,
        )  # fmt: skip
    ZoneTransition.objects.bulk_create([turned], ignore_conflicts=True)
    assert ZoneTransition.objects.count() == sum(parts.values())
    assert TurnMonth.objects.aggregate(sum=Sum("number"))["sum"] == sum(parts.values())

    # What goes with a client still goes with it.
    Client.objects.filter(pk=turned.client_id).delete()
    assert not ZoneTransition.objects.filter(client=turned.client_id).exists()
    assert ZoneTransition.objects.filter(date__gte=JANUARY).count() == january.turned_yellow - 1
