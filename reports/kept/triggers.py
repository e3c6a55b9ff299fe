"""The triggers that write down whose client changed, for PostgreSQL and SQLite: once for each row written.

They are put in place after each migration: SQLite drops the triggers of a table that a migration rebuilds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from clients.rules.portrait import PORTRAIT_FIELDS

_QUEUE = "reports_changedclient"


@dataclass(frozen=True, slots=True)
class Watched:
    """A table whose rows decide what is kept.

    Attributes:
        facts: the columns that do.
        client: whose client a row is; ``{row}`` stands for it.
        when: only such rows count.
    """

    table: str
    facts: Sequence[str]
    client: str = "{row}.client_id"
    when: str = ""


#: Of the portrait: foreign keys among its fields.
_KEYS = frozenset({"industry", "region", "source"})
WATCHED = (
    Watched(
        "clients_client",
        (
            *("manager_id", "kind", "yellow_on", "red_on", "detach_on"),
            *("exchange_since", "last_manager_id", "quarantine_until", "archived_at"),
            *(f"{name}_id" if name in _KEYS else name for name in PORTRAIT_FIELDS),
        ),
        client="{row}.id",
    ),
    Watched("clients_contactperson", ("client_id", "is_active")),
    Watched("clients_contactpoint", ("client_id", "person_id")),
    Watched("clients_ownershipperiod", ("client_id", "manager_id", "since", "until")),
    Watched("interactions_salesprocess", ("client_id", "status", "started_on", "closed_on")),
    Watched(
        "interactions_event",
        ("client_id", "status", "occurred_at", "counted_on", "created_at"),
        when="({row}.status = 'planned' OR {row}.counted_on IS NOT NULL)",
    ),
    Watched("exchange_claim", ("client_id", "manager_id", "date", "claimed_at", "exchange_since", "assigned_by_id")),
    Watched("exchange_firsttouch", ("client_id", "claim_id", "due_on")),
    Watched("exchange_detachment", ("client_id", "manager_id", "detached_at", "failed_claim_id", "undone_at")),
    Watched("exchange_shelving", ("client_id", "action", "date", "made_at")),
)
#: What is written, and of which rows it tells.
_WAYS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def _name(watched: Watched, way: str) -> str:
    return f"kept_{watched.table}_{way}"


NAMES = [_name(watched, way) for watched in WATCHED for way in _WAYS]


def are_installed(using: str) -> bool:
    """Whether all of them are there."""
    connection = connections[using]
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'kept\\_%' ESCAPE '\\'"
    if connection.vendor == "postgresql":
        query = r"SELECT tgname FROM pg_trigger WHERE tgname LIKE 'kept\_%'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()} >= set(NAMES)


def install(using: str) -> None:
    """Make the triggers, anew if they are there."""
    connection = connections[using]
    make = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    with connection.cursor() as cursor:
        for watched in WATCHED:
            for way in _WAYS:
                for statement in make(watched, way):
                    cursor.execute(statement)


def drop(using: str) -> None:
    """Take them away: what they write to is about to go, or everything is about to change."""
    with connections[using].cursor() as cursor:
        for watched in WATCHED:
            on = f" ON {watched.table}" if connections[using].vendor == "postgresql" else ""
            for way in _WAYS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(watched, way)}{on}")


def keep_after_migrations(sender: Any, using: str, plan: Any = (), **_kwargs: Any) -> None:
    """After migrations ran: the triggers are there, as they are written here. Where they were not, nothing is kept
    until the task has worked it out."""
    if plan and _QUEUE in connections[using].introspection.table_names():
        from reports.kept.models import KeptState

        if not are_installed(using):
            KeptState.objects.using(using).all().delete()
        install(using)


def _body(watched: Watched, way: str) -> str:
    clients = " UNION ".join(f"SELECT {watched.client.format(row=row)} AS client" for row in _WAYS[way])
    return f"INSERT INTO {_QUEUE} (client) SELECT client FROM ({clients}) t WHERE client IS NOT NULL;"


def _event(watched: Watched, way: str) -> str:
    columns = f" OF {', '.join(watched.facts)}" if way == "update" else ""
    return f"AFTER {way.upper()}{columns} ON {watched.table}"


def _when(watched: Watched, way: str, differs: str) -> str:
    conditions = []
    if watched.when:
        conditions.append(f"({' OR '.join(watched.when.format(row=row) for row in _WAYS[way])})")
    if way == "update":
        conditions.append(f"({' OR '.join(f'NEW.{fact} {differs} OLD.{fact}' for fact in watched.facts)})")
    return f"WHEN ({' AND '.join(conditions)})" if conditions else ""


def _on_postgresql(watched: Watched, way: str) -> Iterator[str]:
    name = _name(watched, way)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {_body(watched, way)} RETURN NULL; END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {watched.table}"
    yield (
        f"CREATE TRIGGER {name} {_event(watched, way)} FOR EACH ROW "
        f"{_when(watched, way, 'IS DISTINCT FROM')} EXECUTE FUNCTION {name}()"
    )


def _on_sqlite(watched: Watched, way: str) -> Iterator[str]:
    name = _name(watched, way)
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield (
        f"CREATE TRIGGER {name} {_event(watched, way)} FOR EACH ROW "
        f"{_when(watched, way, 'IS NOT')} BEGIN {_body(watched, way)} END"
    )
