"""Models of the exchange app, one module per subject."""

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
from exchange.models.night import (
    AskReason,
    Decision,
    NightlyRun,
    RunStatus,
    TransitionCause,
    ZoneSnapshot,
    ZoneTransition,
)

__all__ = [
    "AskReason",
    "Claim",
    "Decision",
    "DetachHold",
    "Detachment",
    "DryOrder",
    "HoldKind",
    "LeavingWarning",
    "NightlyRun",
    "ParkedClient",
    "Proposal",
    "Protection",
    "ReturnReason",
    "RunStatus",
    "TransitionCause",
    "ZoneSnapshot",
    "ZoneTransition",
]
