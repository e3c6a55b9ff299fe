"""A manager leaves: what becomes of his clients is planned, carried out, and taken back as long as it may be."""

from exchange.departures.carrying import AT_ONCE, carry_on, carry_on_all, depart, undo, undo_until
from exchange.departures.planning import (
    HAND,
    RELEASE,
    SPREAD,
    Choice,
    Load,
    Plan,
    Planned,
    Way,
    away_until,
    held_by,
    leavers_of,
    may_switch_off,
    plan,
    receivers_of,
)

__all__ = [
    "AT_ONCE",
    "HAND",
    "RELEASE",
    "SPREAD",
    "Choice",
    "Load",
    "Plan",
    "Planned",
    "Way",
    "away_until",
    "carry_on",
    "carry_on_all",
    "depart",
    "held_by",
    "leavers_of",
    "may_switch_off",
    "plan",
    "receivers_of",
    "undo",
    "undo_until",
]
