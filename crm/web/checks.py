"""System checks: configuration that would fail later, in a browser, fails at start, with an id and a hint."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from crm.web.assets import missing_assets


@register(Tags.staticfiles)
def check_assets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every third-party style, script and font named in ``crm.web.assets`` is installed (crm.E001)."""
    missing = missing_assets()
    if not missing:
        return []
    return [
        Error(
            f"Third-party assets are not installed: {', '.join(missing)}.",
            hint="Run: make assets",
            id="crm.E001",
        )
    ]
