"""Fixtures for every test."""

from importlib import import_module

import pytest
from django.apps import apps

pytest_plugins = ["crm.testing.fixtures", "crm.testing.worker", "crm.testing.browser"]

SHIPPED = (
    "clients.migrations.0003_default_policy",
    "interactions.migrations.0002_default_dictionaries",
    "exchange.migrations.0002_return_reasons",
)


@pytest.fixture(autouse=True)
def shipped_dictionaries(request):
    """The rows that migrations bring. A transactional test empties all tables after itself: here they are filled again."""
    marker = request.node.get_closest_marker("django_db")
    transactional = "live_server" in request.fixturenames or "transactional_db" in request.fixturenames
    if not transactional and not (marker and marker.kwargs.get("transaction")):
        return
    request.getfixturevalue("transactional_db")
    for migration in SHIPPED:
        import_module(migration).fill(apps, None)
