"""What is written row by row, and how a row becomes text for COPY or values for INSERT. Everything not named here has
the default of its field."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, models

from clients.models import Client, ClientTag, CoManager, ContactPerson, ContactPoint, OwnershipPeriod
from exchange.models import (
    Claim,
    Detachment,
    FirstTouch,
    LeavingWarning,
    NightlyRun,
    Shelving,
    ZoneSnapshot,
    ZoneTransition,
)
from interactions.models import Event, EventParticipant, ProcessLine, SalesProcess, StageChange

#: An empty value in COPY: no text of ours is this word.
NULL = "None"
#: How SQLite counts time.
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False)
class Table:
    """A table and the columns its rows bring, in their order.

    ``by_month``: rows are kept apart by month until they are written, so that they lie in the order of time as they
    would in a base that grew (``month`` is the first value of such a row and not a column).
    """

    model: type[models.Model]
    names: str
    by_month: bool = False

    @cached_property
    def name(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names.split())

    @cached_property
    def constants(self) -> dict[str, Any]:
        """What all rows have in common: the defaults of the other fields."""
        return {
            field.column: field.get_db_prep_save(field.get_default(), connection)
            for field in self.model._meta.concrete_fields
            if field.column not in self.columns
        }

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        return (*self.columns, *self.constants)

    @cached_property
    def line(self) -> str:
        """A row of COPY as a ``%`` template."""
        return "\t".join(["%s"] * len(self.columns) + [_text(value) for value in self.constants.values()]) + "\n"


def interval(since: str, until: str) -> str | int:
    """The time between two moments as it is stored."""
    time = dt.datetime.fromisoformat(until) - dt.datetime.fromisoformat(since)
    return (
        f"{time.total_seconds():.0f} seconds" if connection.features.has_native_duration_field else time // MICROSECOND
    )


def _text(value: Any) -> str:
    adapted = getattr(value, "dumps", None)
    if adapted is not None:  # psycopg2's Json wrapper
        value = value.dumps(value.adapted)
    return str(value).replace("%", "%%")


CLIENTS = Table(
    Client,
    "id kind name search_name inn kpp category industry_id source_id country region_id city birthday birthday_md"
    " employees manager_id assigned_on last_contact_on clock_date yellow_on red_on detach_on zone exchange_since"
    " last_manager_id quarantine_until archived_at created_at created_by_id updated_at",
)
PERSONS = Table(
    ContactPerson,
    "id client_id last_name first_name middle_name search_name position is_decision_maker birthday birthday_md"
    " created_at",
)
POINTS = Table(ContactPoint, "id client_id person_id kind value normalized digits_reversed is_primary")
EVENTS = Table(
    Event,
    "id client_id kind_id status subject text result occurred_at responsible_id author_id process_id counted_on"
    " remind_at created_at updated_at",
    by_month=True,
)
PARTICIPANTS = Table(EventParticipant, "id event_id person_id")
OWNERS = Table(OwnershipPeriod, "id client_id manager_id since until gained lost given_by_id changed_by_id created_at")
TRANSITIONS = Table(
    ZoneTransition,
    "id client_id manager_id from_zone to_zone cause date clock_date policy run_id created_at",
    by_month=True,
)
DETACHMENTS = Table(
    Detachment,
    "id client_id manager_id department_id reason return_reason_id detached_at date detached_by_id run_id"
    " last_event_id last_contact_on assigned_on clock_date zone policy",
)
CLAIMS = Table(Claim, "id client_id manager_id claimed_at date exchange_since")
TOUCHES = Table(FirstTouch, "id claim_id client_id manager_id due_on outcome settled_on")
WARNINGS = Table(LeavingWarning, "id client_id manager_id head_id clock_date leaves_on level warned_on run_id")
SHELVINGS = Table(Shelving, "id client_id action until reason date made_at made_by_id")
SALES = Table(
    SalesProcess,
    "id client_id kind_id title status stage_id responsible_id author_id source_id amount started_on"
    " expected_close_on closed_on loss_reason_id lost_to_id stage_since active_on furthest_id created_at updated_at",
)
STEPS = Table(StageChange, "id process_id step from_stage_id to_stage_id changed_at changed_by_id event_id stayed")
LINES = Table(ProcessLine, "id process_id product_id quantity price")
TAGS = Table(ClientTag, "id client_id tag_id")
CO_MANAGERS = Table(CoManager, "id client_id manager_id since")
SNAPSHOTS = Table(ZoneSnapshot, "id date department_id manager_id green yellow red on_exchange")

#: Written by the ORM, with ids that others refer to.
RUNS = Table(NightlyRun, "id")

#: In the order they are written: whom others refer to, first.
TABLES = (
    CLIENTS,
    PERSONS,
    POINTS,
    SALES,
    EVENTS,
    PARTICIPANTS,
    OWNERS,
    TRANSITIONS,
    DETACHMENTS,
    CLAIMS,
    TOUCHES,
    WARNINGS,
    SHELVINGS,
    STEPS,
    LINES,
    TAGS,
    CO_MANAGERS,
    SNAPSHOTS,
)
