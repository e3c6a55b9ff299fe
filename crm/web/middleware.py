"""Every page in the reader's own language and time zone."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from crm.web import preferences


class PersonalSettingsMiddleware:
    """Activates the signed-in user's language and time zone; what he never chose stays as the browser or company says.

    Stands after AuthenticationMiddleware (it needs the user) and after LocaleMiddleware (it has the last word).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if language := preferences.language_of(request):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        # Always set, never left over from this thread's previous reader.
        with timezone.override(preferences.zone_of(request)):
            return self.get_response(request)
