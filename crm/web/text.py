"""Text as machines compare it: folded names and bare digits."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_NOT_DIGITS = re.compile(r"\D+", re.ASCII)


def fold(text: str | None) -> str:
    """The text as it is compared, searched and sorted: one Unicode form, casefolded, ``ё`` as ``е``, single spaces.

    ``fold("  Ёлка\\u00a0 ООО ") == "елка ооо"``. Idempotent. ``None`` gives an empty string.
    """
    if not text:
        return ""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return _SPACES.sub(" ", folded).strip()


def digits(text: str | None) -> str:
    """Only the ASCII digits of the text; digits of other scripts are turned into ASCII ones first."""
    return _NOT_DIGITS.sub("", unicodedata.normalize("NFKC", text)) if text else ""
