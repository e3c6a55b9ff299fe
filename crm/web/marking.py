"""Rows marked on a list, as they stand in its form."""

from collections.abc import Iterable


def keys(texts: Iterable[str]) -> list[int]:
    """The numbers among these texts that can be keys, each once, in their order."""
    return list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19))
