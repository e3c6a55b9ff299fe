"""Places for names in prepared letters: ``{first_name}``. Pure.

A letter is written by people in a hurry: whatever else stands in braces is left as it is, and nothing here fails.
"""

import re
from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"\{([a-z_]{1,40})\}")
_BRACES = re.compile(r"\{([^{}\n]{0,60})\}")


def render(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the values put into their places; a place nobody knows stays as it was written.

    A value is never read again: braces in a client's name are only braces.
    """
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def unknown(text: str, known: Iterable[str]) -> list[str]:
    """What stands in braces and is no place, in order, each once, without the braces: what an author mistyped."""
    names = set(known)
    return list(dict.fromkeys(name for name in _BRACES.findall(text) if name not in names))
