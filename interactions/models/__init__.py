"""Models of the interactions app, one module per subject."""

from interactions.models.dictionaries import Control, Direction, EventKind, LossReason, ProcessKind, Product, Stage
from interactions.models.events import Agreement, Approval, Event, EventParticipant, EventStatus, HandOver
from interactions.models.processes import ProcessLine, ProcessStatus, SalesProcess, StageChange, Step

__all__ = [
    "Agreement",
    "Approval",
    "Control",
    "Direction",
    "Event",
    "EventKind",
    "EventParticipant",
    "EventStatus",
    "HandOver",
    "LossReason",
    "ProcessKind",
    "ProcessLine",
    "ProcessStatus",
    "Product",
    "SalesProcess",
    "Stage",
    "StageChange",
    "Step",
]
