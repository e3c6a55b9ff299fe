"""System checks of the exchange: ``manage.py check --database default``."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections, transaction
from django.utils import translation


@register(Tags.database)
def check_nights(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Every night that should have run has run (exchange.W001). Silent while the tables are not there yet."""
    from exchange.alarms import nights_missed
    from exchange.models import NightlyRun

    if "default" not in (databases or ()):
        return []
    try:
        if NightlyRun._meta.db_table not in connections["default"].introspection.table_names():
            return []
        with transaction.atomic(), translation.override("en"):
            missed = nights_missed()
            words = str(missed)
    except DatabaseError:
        # Tables of another version, in the middle of a migration.
        return []
    if missed is None:
        return []
    hint = "See that the worker and beat are running; or run it by hand: manage.py recompute_zones"
    if missed.run and missed.run.error:
        hint = f"{hint}. It said: {missed.run.error}"
    return [Warning(words, hint=hint, id="exchange.W001")]


@register(Tags.database)
def check_owners(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """No client is held by somebody who does not work here any more (exchange.W002)."""
    from clients.models import Client
    from exchange.departure_selectors import stray_count

    if "default" not in (databases or ()):
        return []
    try:
        if Client._meta.db_table not in connections["default"].introspection.table_names():
            return []
        with transaction.atomic():
            number = stray_count()
    except DatabaseError:
        return []  # tables of another version, in the middle of a migration
    if not number:
        return []
    words = f"{number} clients are held by people who do not work here any more."
    return [Warning(words, hint="Decide what becomes of them: /departures/", id="exchange.W002")]
