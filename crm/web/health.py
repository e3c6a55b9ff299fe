"""``/health/``: does this installation work? For load balancers, containers and the person on call; open to anyone."""

from asgiref.sync import async_to_sync
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import View

from crm.web.access import Access

_more: dict[str, str] = {}


def register(name: str, check: str) -> None:
    """Add a check of the installation's work, beside that of its parts: the path of a class of ``health_check``, such
    as "exchange.night_health.NightHealth". It may set ``note``: words instead of "OK" for what is not right and not yet
    a failure. Registering the same name again replaces it."""
    _more[name] = check


def registered() -> list[str]:
    """The paths of the checks that were added."""
    return list(_more.values())


class HealthView(View):
    """200 when the database (and the broker, when it is Redis) answer and the work of the installation is done (the
    nightly run), else 500; ``?format=json`` for programs.

    ``?alive`` asks only whether this process can serve: that is the question of load balancers and containers. A missed
    night, or a broker that is down, is a reason to wake somebody, not to take the pages away from everybody.
    """

    access = Access.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if "alive" in request.GET:
            return _alive()
        # What asks all the rest weighs 8 MB, which a process that only draws pages need not have.
        from crm.web.health_parts import PartsView

        answer: HttpResponseBase = async_to_sync(PartsView.as_view())(request)
        return answer


def _alive() -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        words, status = str(error).partition("\n")[0], 500
    else:
        words, status = "OK", 200
    answer = HttpResponse(f"Database: {words}\n", content_type="text/plain; charset=utf-8", status=status)
    answer["Cache-Control"] = "no-store"
    return answer
