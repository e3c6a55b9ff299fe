"""The identifiers' rules as model validators, with messages a salesperson understands."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.rules import identifiers


def validate_inn(value: str) -> None:
    """10 or 12 digits with right check digits."""
    _refuse(identifiers.inn, value, _("This INN has a wrong length or check digit."), "inn")


def validate_kpp(value: str) -> None:
    """Nine characters of the tax office's form."""
    _refuse(identifiers.kpp, value, _("A KPP has nine characters, for example 770501001."), "kpp")


def validate_ogrn(value: str) -> None:
    """13 or 15 digits with the right check digit."""
    _refuse(identifiers.ogrn, value, _("This OGRN has a wrong length or check digit."), "ogrn")


def validate_bik(value: str) -> None:
    """Nine digits of a Russian bank."""
    _refuse(identifiers.bik, value, _("A BIK has nine digits and begins with 0, 1 or 2."), "bik")


def validate_account(value: str) -> None:
    """Twenty digits; the key is checked with the bank's BIK in ``Client.clean``."""
    _refuse(identifiers.bank_account, value, _("A bank account has twenty digits."), "account")


def validate_time_zone(value: str) -> None:
    """A name of the time-zone database, such as Asia/Vladivostok."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(_("Unknown time zone: %(zone)s."), code="time_zone", params={"zone": value}) from error


def _refuse(rule, value: str, message, code: str) -> None:  # type: ignore[no-untyped-def]
    try:
        rule(value)
    except ValueError as error:
        raise ValidationError(message, code=code) from error
