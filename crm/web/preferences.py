"""A person's language, time zone and theme: on the user if he is signed in, in cookies in any case."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from crm.web.timezones import is_known

#: Told of a person whose preferences were changed, with what was chosen.
Listener = Callable[[Any, Mapping[str, Any]], object]
_listeners: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """Let ``listener(person, chosen)`` follow changed preferences, in the transaction that stores them."""
    if listener not in _listeners:
        _listeners.append(listener)


THEME_COOKIE = "theme"
THEMES = (("auto", _("Like the system")), ("light", _("Light")), ("dark", _("Dark")))
_YEAR = 365 * 24 * 3600


def _own(user: Any, name: str) -> str:
    """A preference stored on the user; empty for anonymous people and for what he never chose."""
    return str(getattr(user, name, "") or "") if user.is_authenticated else ""


def language_of(request: HttpRequest) -> str | None:
    """The language the user chose; None when he never did (the cookie and the browser decide then)."""
    code = _own(request.user, "language")
    return code if code in dict(settings.LANGUAGES) else None


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """The time zone the user chose; None for the company's."""
    name = _own(request.user, "time_zone")
    return ZoneInfo(name) if is_known(name) else None


@contextmanager
def of_person(person: Any) -> Iterator[None]:
    """Words and times as this person reads them, where no request of his says so: in letters and in the background."""
    zone = ZoneInfo(person.time_zone) if is_known(person.time_zone) else None
    known = person.language in dict(settings.LANGUAGES)
    with translation.override(person.language if known else settings.LANGUAGE_CODE), timezone.override(zone):
        yield


def theme_of(request: HttpRequest) -> str:
    """ "light", "dark" or "auto" (follow the system)."""
    theme = _own(request.user, "theme") or request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in dict(THEMES) else "auto"


def remember(request: HttpRequest, response: HttpResponseBase, **chosen: Any) -> None:
    """Keep what was chosen: any of ``language``, ``time_zone``, ``theme``, ``start_page`` (words), ``daily_letter``
    (yes or no), ``reminder_minutes`` (a number or None). The values must be checked already."""
    if request.user.is_authenticated:
        fields = [name for name in chosen if hasattr(request.user, name)]
        if fields:
            # By UPDATE: a preference is not an edit of the person and wants no history row.
            people = get_user_model()._default_manager
            with transaction.atomic():
                people.filter(pk=request.user.pk).update(**{name: chosen[name] for name in fields})
                for name in fields:
                    setattr(request.user, name, chosen[name])
                for listener in _listeners:
                    listener(request.user, chosen)
    if chosen.get("language"):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen["language"],
            max_age=_YEAR,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    if "theme" in chosen:
        # theme.js reads it before the first paint, hence not HttpOnly.
        response.set_cookie(
            THEME_COOKIE, chosen["theme"], max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
        )
