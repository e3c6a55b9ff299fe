"""Reading writes nothing: every address is opened as everybody, and what it asks of the database is only looked at.

Three things may be written by a GET: the log of lists that were taken out, the session at signing out or in, and when
another program last read a calendar.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.tests.test_routes import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.once]

_WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_MAY = {"clients_exportlog", "django_session", "interactions_calendarfeed"}


def test_the_detector_sees_what_is_written():
    assert _WRITES.match('UPDATE "clients_client" SET').group(2) == "clients_client"
    assert not _WRITES.match('SELECT "clients_client"."updated_at" FOR UPDATE')


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_nothing_is_written_by_looking(client, world, role):
    client.force_login(world.people[role])
    opened = 0
    for name, route in ROUTES.items():
        if route.get is None:
            continue
        kwargs = {"pk": getattr(world, route.on).pk} if route.on else {}
        kwargs |= {key: getattr(world, of).pk for key, of in route.more.items()}
        url = reverse(name, kwargs=kwargs) + (f"?{route.query}={world.client.pk}" if route.query else "")
        for headers in ({}, {"HX-Request": "true"}):
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(url, headers=headers)
                if answer.streaming:
                    list(answer.streaming_content)
            found = [match for query in asked if (match := _WRITES.match(query["sql"]))]
            written = [match.group(0) for match in found if match.group(2) not in _MAY]
            assert written == [], f"{url} as {role}"
            opened += answer.status_code == 200
    assert opened > 80
