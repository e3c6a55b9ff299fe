"""Who wants to know that a client called or wrote by itself.

Every way of registering goes through ``interactions.services``, which announces a done event of an incoming kind; apps
above register here in ``AppConfig.ready()``. Listeners run in the transaction of the event, its client locked.
"""

from collections.abc import Callable

from clients.models import Manager
from interactions.models import Direction, Event, EventStatus

#: Called with the saved event and with who registered it.
Listener = Callable[[Event, Manager], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Have ``listener`` called with every incoming event that is registered as done, or becomes it."""
    if listener not in _listeners:
        _listeners.append(listener)


def announce(event: Event, *, by: Manager, stored: Event | None = None) -> None:
    """Tell the listeners, if this is news: ``stored`` is how the event stood before it was changed."""
    is_news = stored is None or stored.client_id != event.client_id or not is_incoming(stored)
    if is_news and is_incoming(event):
        for listener in _listeners:
            listener(event, by)


def is_incoming(event: Event) -> bool:
    """The client called or wrote: a done event of an incoming kind, not one that the program writes."""
    kind = event.kind
    return event.status == EventStatus.DONE and kind.direction == Direction.INCOMING and not kind.is_system
