"""Search: clients, and whatever other apps let be found beside them (``register``)."""

from clients.search.arms import Arm, Entry, Group, Question, find, register, register_client_action
from clients.search.clients import Hit, search
from clients.search.query import ENOUGH_DIGITS, Terms, read_query

__all__ = [
    "ENOUGH_DIGITS",
    "Arm",
    "Entry",
    "Group",
    "Hit",
    "Question",
    "Terms",
    "find",
    "read_query",
    "register",
    "register_client_action",
    "search",
]
