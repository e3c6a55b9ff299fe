"""Models of the exchange app, one module per subject."""

from exchange.models.departures import Departure, DepartureItem
from exchange.models.exchange import Claim, Detachment, ReturnReason
from exchange.models.holds import (
    DetachHold,
    DryOrder,
    HoldKind,
    LeavingWarning,
    ParkedClient,
    Proposal,
    Protection,
)
from exchange.models.market import ClaimPause, ContactView, FirstTouch, Shelving
from exchange.models.night import (
    AskReason,
    Decision,
    NightlyRun,
    RunStatus,
    TransitionCause,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.models.parts import NightPart
from exchange.models.signals import Signal, SignalLook
from exchange.models.turns import TurnMonth, TurnYear

__all__ = [
    "AskReason",
    "Claim",
    "ClaimPause",
    "ContactView",
    "Decision",
    "Departure",
    "DepartureItem",
    "DetachHold",
    "Detachment",
    "DryOrder",
    "FirstTouch",
    "HoldKind",
    "LeavingWarning",
    "NightPart",
    "NightlyRun",
    "ParkedClient",
    "Proposal",
    "Protection",
    "ReturnReason",
    "RunStatus",
    "Shelving",
    "Signal",
    "SignalLook",
    "TransitionCause",
    "TurnMonth",
    "TurnYear",
    "ZoneSnapshot",
    "ZoneTransition",
]
