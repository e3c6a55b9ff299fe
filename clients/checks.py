"""System checks of the clients app: configuration that would fail later, at night, fails at start."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def check_holidays_country(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The country whose public holidays are filled in is one the library knows (clients.E001), and so is its part
    (clients.E002)."""
    country, part = settings.HOLIDAYS_COUNTRY, settings.HOLIDAYS_SUBDIVISION
    if not country:
        return []
    import holidays  # large, and the web server does not check

    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        return [
            Error(
                f"HOLIDAYS_COUNTRY: no public holidays are known for {country!r}.",
                hint="Use a two-letter code in capitals, such as RU, KZ or DE, or leave it empty.",
                id="clients.E001",
            )
        ]
    if part and part not in known[country]:
        choices = ", ".join(known[country]) or "none"
        return [
            Error(
                f"HOLIDAYS_SUBDIVISION: {country} has no part {part!r}.",
                hint=f"Known parts: {choices}.",
                id="clients.E002",
            )
        ]
    return []


@register
def check_private_files(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The files of clients do not lie where everybody can read them (clients.E003)."""
    private = Path(settings.PRIVATE_FILES_DIR).resolve()
    published = [settings.STATIC_ROOT, settings.MEDIA_ROOT or None, *settings.STATICFILES_DIRS]
    if not any(folder and private.is_relative_to(Path(folder).resolve()) for folder in published):
        return []
    return [
        Error(
            f"PRIVATE_FILES_DIR: {private} is within a folder that a web server publishes.",
            hint="Choose a folder that nothing but the application reads.",
            id="clients.E003",
        )
    ]
