"""``/health/``: does this installation work? For load balancers, containers and the person on call; open to anyone."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from health_check.checks import Database
from health_check.contrib.redis import Redis
from health_check.views import HealthCheckView
from redis.asyncio import Redis as RedisClient

from crm.web.access import Access


def _broker() -> RedisClient:
    # A broker that does not answer within three seconds is down, whatever the operating system hopes for.
    client: RedisClient = RedisClient.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3)
    return client


class HealthView(HealthCheckView):
    """200 when the database (and the broker, when it is Redis) answer, else 500; ``?format=json`` for programs.

    Plain text otherwise: the library's own page brings inline styles, which our headers refuse.
    """

    access: ClassVar[Access] = Access.PUBLIC

    def get_checks(self) -> Any:
        yield Database()
        if settings.REDIS_URL:
            yield Redis(client_factory=_broker)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response: HttpResponse = self.render_to_response_text(kwargs.get("status", 200))
        return response
