"""The order in which a head looks at his people. Pure: knows neither Django nor the database."""


def urgency(leaving: int, red: int, yellow: int) -> int:
    """Whom a head looks at first: who loses most within the week; of equals who has more red ones, then more yellow."""
    return (leaving * 10**6 + red) * 10**6 + yellow
