"""Signals for the head: found after each night in the days since the last search, seen by heads only."""

from exchange.signals.finding import look, look_quietly
from exchange.signals.seeing import mark_seen, mark_unseen

__all__ = ["look", "look_quietly", "mark_seen", "mark_unseen"]
