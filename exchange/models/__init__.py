"""Models of the exchange app, one module per subject."""

from exchange.models.exchange import Claim, Detachment, ReturnReason
from exchange.models.night import NightlyRun, RunStatus, TransitionCause, ZoneSnapshot, ZoneTransition

__all__ = [
    "Claim",
    "Detachment",
    "NightlyRun",
    "ReturnReason",
    "RunStatus",
    "TransitionCause",
    "ZoneSnapshot",
    "ZoneTransition",
]
