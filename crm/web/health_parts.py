"""What ``/health/`` asks: the parts of the installation, and its work (``crm.web.health``)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from health_check.checks import Database
from health_check.contrib.redis import Redis
from health_check.views import HealthCheckView
from redis.asyncio import Redis as RedisClient

from crm.web.health import registered


def _broker() -> RedisClient:
    # A broker that does not answer within three seconds is down, whatever the operating system hopes for.
    client: RedisClient = RedisClient.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3)
    return client


class PartsView(HealthCheckView):
    """Plain text or JSON: the library's own page brings inline styles, which our headers refuse."""

    def get_checks(self) -> Any:
        yield Database()
        if settings.REDIS_URL:
            yield Redis(client_factory=_broker)
        yield from (import_string(check)() for check in registered())

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
