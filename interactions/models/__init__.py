"""Models of the interactions app, one module per subject."""

from interactions.models.dictionaries import (
    Competitor,
    Control,
    Direction,
    EventKind,
    LossReason,
    ProcessKind,
    Product,
    Stage,
    StageColour,
)
from interactions.models.events import Agreement, Approval, Event, EventParticipant, EventStatus, HandOver
from interactions.models.feeds import CalendarFeed
from interactions.models.inquiries import DistributionRule, Inquiry
from interactions.models.letters import ClientLetter
from interactions.models.norms import KindPoints
from interactions.models.processes import ProcessLine, ProcessStatus, ProcessTag, SalesProcess, StageChange, Step
from interactions.models.regulations import Regulation
from interactions.models.selling import FileLink, ProcessCoManager, ProcessCompetitor, SalesPlan
from interactions.models.series import EventSeries, Frequency, HeadComment, OffDays
from interactions.models.stages import PlannedTask, StageApproval, StageCondition, StageTask
from interactions.models.tallies import EventDay, EventMonth, EventYear, TallyState

__all__ = [
    "Agreement",
    "Approval",
    "CalendarFeed",
    "ClientLetter",
    "Competitor",
    "Control",
    "Direction",
    "DistributionRule",
    "Event",
    "EventDay",
    "EventKind",
    "EventMonth",
    "EventParticipant",
    "EventSeries",
    "EventStatus",
    "EventYear",
    "FileLink",
    "Frequency",
    "HandOver",
    "HeadComment",
    "Inquiry",
    "KindPoints",
    "LossReason",
    "OffDays",
    "PlannedTask",
    "ProcessCoManager",
    "ProcessCompetitor",
    "ProcessKind",
    "ProcessLine",
    "ProcessStatus",
    "ProcessTag",
    "Product",
    "Regulation",
    "SalesPlan",
    "SalesProcess",
    "Stage",
    "StageApproval",
    "StageChange",
    "StageColour",
    "StageCondition",
    "StageTask",
    "Step",
    "TallyState",
]
