"""Who may open a page at all. What of it he may see is decided by the querysets (``visible_to`` / ``editable_by``)."""

from enum import IntEnum
from typing import Any


class Access(IntEnum):
    """The lowest role a page asks for. The numbers are those of the user model's ``access_level``."""

    PUBLIC = 0
    SALES = 1
    HEAD = 2
    DIRECTOR = 3
    ADMIN = 4

    def allows(self, user: Any) -> bool:
        """Whether this user's role is enough. Nobody but PUBLIC lets an anonymous or switched-off user in."""
        if self is Access.PUBLIC:
            return True
        if not (user.is_authenticated and user.is_active):
            return False
        return int(getattr(user, "access_level", 0)) >= self
