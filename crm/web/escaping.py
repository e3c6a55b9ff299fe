"""Escaping where thousands of small pieces of a page are drawn."""

from html import escape
from typing import Any

from django.utils.html import conditional_escape


def escaped(value: Any) -> str:
    """``conditional_escape``: plain words, of which there are most, take no detour."""
    return escape(value) if type(value) is str else conditional_escape(value)
