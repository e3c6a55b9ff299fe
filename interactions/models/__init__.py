"""Models of the interactions app, one module per subject."""

from interactions.models.dictionaries import Control, Direction, EventKind, LossReason, ProcessKind, Product, Stage
from interactions.models.events import Agreement, Approval, Event, EventParticipant, EventStatus, HandOver
from interactions.models.letters import ClientLetter
from interactions.models.processes import ProcessLine, ProcessStatus, ProcessTag, SalesProcess, StageChange, Step

__all__ = [
    "Agreement",
    "Approval",
    "ClientLetter",
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
    "ProcessTag",
    "Product",
    "SalesProcess",
    "Stage",
    "StageChange",
    "Step",
]
