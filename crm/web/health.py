"""``/health/``: does this installation work? For load balancers, containers and the person on call; open to anyone."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from health_check.base import HealthCheck
from health_check.checks import Database
from health_check.contrib.redis import Redis
from health_check.views import HealthCheckView
from redis.asyncio import Redis as RedisClient

from crm.web.access import Access

_more: dict[str, Callable[[], HealthCheck]] = {}


def register(name: str, check: Callable[[], HealthCheck]) -> None:
    """Add a check of the installation's work, beside that of its parts. It may set ``note``: words instead of "OK" for
    what is not right and not yet a failure. Registering the same name again replaces it."""
    _more[name] = check


def _broker() -> RedisClient:
    # A broker that does not answer within three seconds is down, whatever the operating system hopes for.
    client: RedisClient = RedisClient.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3)
    return client


class HealthView(HealthCheckView):
    """200 when the database (and the broker, when it is Redis) answer and the work of the installation is done (the
    nightly run), else 500; ``?format=json`` for programs.

    ``?alive`` asks only whether this process can serve: that is the question of load balancers and containers. A missed
    night is a reason to wake somebody, not to take the pages away from everybody.

    Plain text otherwise: the library's own page brings inline styles, which our headers refuse.
    """

    access: ClassVar[Access] = Access.PUBLIC

    def get_checks(self) -> Any:
        yield Database()
        if settings.REDIS_URL:
            yield Redis(client_factory=_broker)
        if "alive" not in self.request.GET:
            yield from (check() for check in _more.values())

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return self.render_to_response_text(kwargs.get("status", 200))

    def render_to_response_text(self, status: int) -> HttpResponse:
        lines = [f"{name}: {words}\n" for name, words in self._words().items()]
        return HttpResponse("".join(lines), content_type="text/plain; charset=utf-8", status=status)

    def render_to_response_json(self, status: int) -> JsonResponse:
        return JsonResponse(self._words(), status=status)

    def _words(self) -> dict[str, str]:
        return {
            repr(result.check): str(result.error or getattr(result.check, "note", "") or "OK")
            for result in self.results
        }
