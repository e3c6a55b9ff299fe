"""What a page asks of the database again and again, asked once while it is read.

Only while a page is *read* (GET, HEAD): whoever writes asks anew each time, because what he asks after he has locked a
row must not be older than the lock. Outside of requests nothing is kept either.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from asgiref.local import Local
from django.core.signals import request_finished, request_started
from django.dispatch import receiver

_request = Local()
Answer = TypeVar("Answer")


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer of ``ask``, which is asked once for ``key`` while a page is read."""
    known: dict[Hashable, Any] | None = getattr(_request, "known", None)
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    return known[key]


def know(key: Hashable, answer: Any) -> None:
    """Keep an answer that was read with something else."""
    known: dict[Hashable, Any] | None = getattr(_request, "known", None)
    if known is not None:
        known.setdefault(key, answer)


def forget(key: Hashable) -> None:
    """It was changed while the page was read."""
    (getattr(_request, "known", None) or {}).pop(key, None)


@contextmanager
def apart() -> Iterator[None]:
    """What is asked inside is read elsewhere than the rest of the page: it is not kept for it."""
    known: dict[Hashable, Any] | None = getattr(_request, "known", None)
    _request.known = None if known is None else dict(known)
    try:
        yield
    finally:
        _request.known = known


@receiver(request_started, dispatch_uid="once_begin")
def _begin(environ: Any = None, scope: Any = None, **kwargs: Any) -> None:
    method = environ["REQUEST_METHOD"] if environ else (scope or {}).get("method", "")
    _request.known = {} if method in ("GET", "HEAD") else None


@receiver(request_finished, dispatch_uid="once_end")
def _end(**kwargs: Any) -> None:
    _request.known = None
