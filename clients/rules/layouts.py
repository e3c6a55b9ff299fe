"""What was meant by who typed with the other keyboard layout on: "hjvfirf" is "ромашка". Pure."""

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_LATIN_SHIFTED = '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>'

_TO_CYRILLIC = str.maketrans(_LATIN + _LATIN_SHIFTED, _CYRILLIC + _CYRILLIC.upper())
_TO_LATIN = str.maketrans(_CYRILLIC + _CYRILLIC.upper(), _LATIN + _LATIN_SHIFTED)


def switched(text: str) -> str:
    """The same keys in the other layout; empty when nobody can tell in which one it was typed (no letters, or of
    both)."""
    is_latin = any(letter.isascii() and letter.isalpha() for letter in text)
    is_cyrillic = any(letter in _CYRILLIC for letter in text.lower())
    if is_latin == is_cyrillic:
        return ""
    return text.translate(_TO_CYRILLIC if is_latin else _TO_LATIN)
