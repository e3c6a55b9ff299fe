"""Russian identifiers of a company: INN and OGRN by python-stdnum, KPP, BIK and account numbers by us.

Every function takes what a person typed, returns the compact form, and raises ``ValueError`` when it cannot be right.
"""

import re

from stdnum.exceptions import ValidationError as StdnumError
from stdnum.ru import inn as _inn
from stdnum.ru import ogrn as _ogrn

_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_BLANKS = re.compile(r"[\s\-\u2013\u2014.]+")


def _compact(text: str) -> str:
    return _BLANKS.sub("", text).upper()


def inn(text: str) -> str:
    """INN: 10 digits (company) or 12 (person) with right check digits."""
    try:
        return _inn.validate(_compact(text))
    except StdnumError as error:
        raise ValueError(text) from error


def kpp(text: str) -> str:
    """KPP: nine characters, four digits of the tax office, two digits or letters of the reason, three digits (order
    MMV-7-6/435@)."""
    compact = _compact(text)
    if not _KPP.fullmatch(compact):
        raise ValueError(text)
    return compact


def ogrn(text: str) -> str:
    """OGRN (13 digits) of a company or OGRNIP (15 digits) of an entrepreneur with the right check digit."""
    try:
        return _ogrn.validate(_compact(text))
    except StdnumError as error:
        raise ValueError(text) from error


def bik(text: str) -> str:
    """BIK of a Russian bank: nine digits beginning with 0, 1 or 2 (Bank of Russia regulation 762-P)."""
    compact = _compact(text)
    if not compact.isascii() or not re.fullmatch(r"[012]\d{8}", compact):
        raise ValueError(text)
    return compact


def bank_account(text: str, bank_bik: str = "") -> str:
    """A 20-digit account; with a BIK, its control key is checked too (weights 7, 1, 3 over BIK's last three digits +
    account)."""
    compact = _compact(text)
    if not compact.isascii() or not re.fullmatch(r"\d{20}", compact):
        raise ValueError(text)
    if bank_bik and not _account_key_is_right(compact, bank_bik):
        raise ValueError(text)
    return compact


def _account_key_is_right(account: str, bank_bik: str) -> bool:
    # Accounts at the Bank of Russia's own offices (BIK ends in 000-002) are keyed by "0" and the office's digits.
    prefix = "0" + bank_bik[4:6] if bank_bik[-3:] in ("000", "001", "002") else bank_bik[-3:]
    weights = (7, 1, 3)
    return sum(int(digit) * weights[i % 3] % 10 for i, digit in enumerate(prefix + account)) % 10 == 0
