"""Russian identifiers with right check digits, of companies that do not exist.

The numbers have the tax office 00 of their region and zeros where registers count: valid in form, given to nobody that
we know of.
"""

from random import Random


def company_inn(rng: Random, tax_region: str) -> str:
    """Ten digits."""
    body = f"{tax_region}00{rng.randrange(100_000):05d}"
    return body + str(_weighed(body, (2, 4, 10, 3, 5, 9, 4, 6, 8)))


def person_inn(rng: Random, tax_region: str) -> str:
    """Twelve digits."""
    body = f"{tax_region}00{rng.randrange(1_000_000):06d}"
    body += str(_weighed(body, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)))
    return body + str(_weighed(body, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)))


def kpp(tax_region: str) -> str:
    """KPP of a head office."""
    return f"{tax_region}0001001"


def ogrn(rng: Random, tax_region: str, year: int) -> str:
    """OGRN (13 digits) of a company registered in ``year``."""
    body = f"1{year % 100:02d}{tax_region}00{rng.randrange(100_000):05d}"
    return body + str(int(body) % 11 % 10)


def ogrnip(rng: Random, tax_region: str, year: int) -> str:
    """OGRNIP (15 digits) of an entrepreneur registered in ``year``."""
    body = int(f"3{year % 100:02d}{tax_region}00{rng.randrange(10_000_000):07d}")
    while body % 13 > 9:  # registers take the last digit then, checkers differ: such numbers are left out
        body += 1
    return f"{body}{body % 13}"


def bik(number: int, tax_region: str) -> str:
    """BIK of an invented bank."""
    return f"0400{tax_region}{700 + number % 90:03d}"[:9]


def bank_account(rng: Random, bank_bik: str) -> str:
    """A rouble account of a company (40702) with the key that fits the bank."""
    tail = f"0000{rng.randrange(10_000_000):07d}"
    for key in "0123456789":
        account = f"40702810{key}{tail}"
        weights = (7, 1, 3)
        if sum(int(digit) * weights[i % 3] % 10 for i, digit in enumerate(bank_bik[-3:] + account)) % 10 == 0:
            return account
    raise AssertionError("one of ten keys always fits")


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits)) % 11 % 10
