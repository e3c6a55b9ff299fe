"""What every page's frame needs, computed only when the frame is really drawn (never for an htmx partial)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from crm.web import banners, navigation, preferences, shortcuts


class Shell:
    """The frame around a page: rail, + menu, theme, languages. Lazy, because most answers are partials."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _signed_in(self) -> bool:
        user = getattr(self._request, "user", None)
        return user is not None and user.is_authenticated

    @cached_property
    def nav(self) -> list[navigation.ShownItem]:
        return navigation.rail(self._request) if self._signed_in else []

    @cached_property
    def nav_state(self) -> tuple[tuple[Any, ...], ...]:
        """All that the rail is drawn from."""
        return tuple((item.url, item.current, item.badge) for item in self.nav)

    @cached_property
    def role(self) -> tuple[Any, ...]:
        """All that the + menu and the palette are drawn from."""
        return (self._request.user.access_level if self._signed_in else None, *navigation.names())

    @cached_property
    def actions(self) -> list[navigation.ShownItem]:
        return navigation.quick_actions(self._request) if self._signed_in else []

    @cached_property
    def places(self) -> list[navigation.ShownItem]:
        return navigation.places(self._request.user) if self._signed_in else []

    @cached_property
    def tools(self) -> list[navigation.ShownTool]:
        return navigation.top_tools(self._request) if self._signed_in else []

    @cached_property
    def banners(self) -> list[banners.Banner]:
        return banners.banners(self._request) if self._signed_in else []

    @property
    def shortcuts(self) -> list[tuple[Any, list[shortcuts.Shortcut]]]:
        return shortcuts.grouped()

    @cached_property
    def theme(self) -> str:
        return preferences.theme_of(self._request) if hasattr(self._request, "user") else "auto"

    @property
    def themes(self) -> tuple[tuple[str, Any], ...]:
        return preferences.THEMES

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Code and name of each language, the name in that language itself."""
        return [(code, _SELF_NAMES.get(code, code)) for code, _name in settings.LANGUAGES]

    @property
    def rail_narrow(self) -> bool:
        return self._request.COOKIES.get("rail") == "narrow"

    @property
    def demo(self) -> bool:
        return bool(settings.DEMO)


#: A reader who is lost in a foreign language looks for his own one's own name.
_SELF_NAMES = {"en": "English", "ru": "Русский"}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``shell`` in every template."""
    return {"shell": Shell(request)}
