"""What a service says when it cannot do what it was asked: words for the person, and the field they belong to."""

from django.utils.functional import Promise


class DomainError(Exception):
    """The business rules forbid it. The base views show ``message`` at ``field``, or as a toast where there is none.

    Args:
        message: translatable words for the person who acted (use ``gettext``; lazy is fine).
        field: name of the form field the message belongs to, if it belongs to one.
    """

    #: HTTP status of the answer to an htmx request or an action.
    status = 422

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class Conflict(DomainError):
    """Somebody else was quicker: what the person acted on is no longer as he saw it."""

    status = 409
