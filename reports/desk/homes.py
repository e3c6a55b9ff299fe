"""Whose day begins at the head's desk."""

from clients.models import Manager, Role


def begins_at_the_desk(person: Manager) -> bool:
    """A head or a director without clients of his own; who has some is greeted by his calls."""
    return person.role in (Role.HEAD, Role.DIRECTOR) and not person.clients.exists()
