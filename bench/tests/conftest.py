"""A loaded base for the tests that look at pages as they are when there is a lot."""

import datetime as dt

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from crm import clock
from crm.testing import migrated

DAY = dt.date(2026, 5, 13)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, pytestconfig):
    """A database of its own, always of the same day: loading commits, and nobody else is to see it."""
    ours = connection.settings_dict["NAME"]
    name = f"{ours}_loaded"
    migrated.copy_postgresql(name, pytestconfig.cache.mkdir("migrated"))
    with django_db_blocker.unblock(), time_machine.travel(clock.at(DAY), tick=False):
        _connect_to(name)
        try:
            call_command("load_base", clients=5000, events=50_000, managers=60, departments=6, verbosity=0)
            yield
        finally:
            _connect_to(ours)
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")


def _connect_to(name):
    connection.close()
    connection.settings_dict["NAME"] = name
