"""Phone numbers in any format people type, to one normalised form."""

import re
from functools import lru_cache

import phonenumbers

_LETTERS = re.compile(r"[^\W\d_]", re.UNICODE)
_EXTENSION = re.compile(r"\s*(?:доб|ext|x|#)\.?\s*\d+\s*$", re.IGNORECASE)


def normalise_phone(text: str, region: str) -> str:
    """``8 (916) 123-45-67`` with region ``RU`` -> ``+79161234567`` (E.164).

    Raises:
        ValueError: the text has letters, or is not a possible number of the region or of the country code it names.
    """
    # Pasted numbers come with thin and no-break spaces, which phonenumbers does not know.
    bare = " ".join(_EXTENSION.sub("", text).split())
    if _LETTERS.search(bare):
        raise ValueError(text)
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(text) from error
    # "Possible only locally" is refused: without the city's code it would be the same number in every city.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)  # a list shows the same numbers page after page, and to parse one is slow
def display_phone(normalised: str) -> str:
    """``+79161234567`` -> ``+7 916 123-45-67``; what cannot be parsed is returned as it is."""
    try:
        number = phonenumbers.parse(normalised, None)
    except phonenumbers.NumberParseException:
        return normalised
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
