"""The icons there are, and a field to choose one."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.staticfiles import finders

#: Offered while typing; any other of Bootstrap Icons may be named too.
_USUAL = (
    *("telephone", "telephone-outbound", "telephone-inbound", "telephone-x", "envelope", "envelope-open", "chat"),
    *("chat-dots", "people", "person-walking", "geo-alt", "calendar-event", "camera-video", "easel", "gift", "cart"),
    *("bag-check", "cash-coin", "receipt", "file-earmark-text", "truck", "tools", "wrench", "shield-exclamation"),
    *("emoji-frown", "hand-thumbs-up", "megaphone", "pencil-square", "check2-square", "clipboard-check", "star"),
)


@cache
def icon_names() -> frozenset[str]:
    """The names of all icons that are published with the pages; none where their sources are not installed."""
    style = finders.find("vendor/bootstrap-icons/bootstrap-icons.min.css")
    return frozenset(re.findall(r"\.bi-([a-z0-9-]+)::?before", Path(style).read_text()) if style else ())


class IconInput(forms.TextInput):
    """The name of an icon, with what it looks like beside it and the usual ones offered."""

    template_name = "widgets/icon.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"list": "usual-icons", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "usual": _USUAL}
