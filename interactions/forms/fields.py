"""Fields that several forms of events and sales have."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.urls import reverse_lazy
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext_lazy as _

from crm.web.forms import REMINDERS, DateInput, DateTimeInput
from interactions.rules.reminders import NEVER

# What a slipped key makes of a year ("0226", "20261") is no date of a contact, and overflows in other time zones.
EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2150, 1, 1)
_FAR = _("Look at the year: this date cannot be meant.")


def plain_number(number: Decimal | None) -> Decimal | None:
    """The same number without the noughts the database keeps behind it: 1, not 1.000."""
    if number is None:
        return None
    number = Decimal(number)
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()


class DayField(forms.DateField):
    """A date within living memory."""

    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [MinValueValidator(EARLIEST, _FAR), MaxValueValidator(LATEST, _FAR)]


class MomentField(forms.DateTimeField):
    """A date and time in the reader's time zone, within living memory."""

    widget = DateTimeInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [_within_memory]

    def to_python(self, value: Any) -> dt.datetime | None:
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise ValidationError(_FAR) from error


class RemindField(forms.TypedChoiceField):
    """How long before it one is reminded of a plan; empty: as in the responsible's preferences."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("Remind as usual")), (NEVER, _("Do not remind")), *REMINDERS]
        super().__init__(choices=choices, coerce=int, empty_value=None, required=False, **kwargs)


#: A text in which colleagues may be named: "@anna".
WITH_MENTIONS = {"data-mentions": reverse_lazy("mention-suggest")}


def read_moment(text: str) -> dt.datetime | None:
    """A moment as the browser's field sends it, where the reader is; None for what is none."""
    try:
        moment = parse_datetime(text)
        return make_aware(moment) if moment and is_naive(moment) else moment
    except (ValueError, OverflowError):
        return None


def _within_memory(value: dt.datetime) -> None:
    if not EARLIEST <= value.date() <= LATEST:
        raise ValidationError(_FAR)
