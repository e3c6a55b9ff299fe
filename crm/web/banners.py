"""What is shouted on every page: one line under the top bar, with a link to where something can be done about it.

Apps register a source in ``AppConfig.ready()``. It is asked whenever the frame is drawn: it must cost nothing for those
it does not concern, and one cheap query at most for the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class Banner:
    """One line.

    Args:
        text: what is wrong, or what waits.
        url, action: where something can be done about it, and the words of the link.
        tone: "red" or "yellow".
        icon: name in bootstrap-icons, without ``bi-``.
    """

    text: str | Promise
    url: str = ""
    action: str | Promise = ""
    tone: str = "red"
    icon: str = "exclamation-octagon"


Source = Callable[[HttpRequest], Iterable[Banner]]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add a source; registering the same name again replaces it."""
    _sources[name] = source


def banners(request: HttpRequest) -> list[Banner]:
    """What this person is to be told on every page now."""
    return [banner for source in _sources.values() for banner in source(request)]
