"""The types of the fields a company adds: how each is typed, checked, stored, printed, and read from a file."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from clients.models import CustomField
from clients.rules.import_values import NO, YES
from crm.web.forms import DateInput
from crm.web.text import fold

TEXT_LENGTH = 500
#: So many digits come back from a JSON number exactly as they went in.
DIGITS, DECIMALS = 15, 4
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\Z", re.ASCII)
_GROUPS = re.compile(r"(?<=\d)[\s\u00a0\u202f'](?=\d{3}(?!\d))")

Words = Callable[[Any], Any]


class TextType:
    """One line of text. The other types differ from it in what they override."""

    def form_field(self, field: CustomField, value: Any) -> forms.Field:
        """The form's field; ``value``: what is stored now."""
        return forms.CharField(max_length=TEXT_LENGTH, **self.common(field))

    def common(self, field: CustomField) -> dict[str, Any]:
        return {"label": field.label, "help_text": field.help_text, "required": False}

    def to_typed(self, raw: Any) -> Any:
        """What the form's field is given to clean, of what was typed or is stored."""
        return raw

    def to_python(self, value: Any) -> Any:
        """What the form's field shows, of what is stored."""
        return value

    def to_json(self, value: Any) -> Any:
        """What is stored, of what the form's field has cleaned."""
        return " ".join(value.split()) or None

    def words(self, value: Any) -> str:
        """What people read."""
        return str(value)

    def to_cell(self, value: Any) -> Any:
        """What a spreadsheet gets."""
        return self.to_python(value)

    def from_text(self, field: CustomField, text: str) -> Any:
        """What the form's field is given to clean, of a cell of a file."""
        return text


class NumberType(TextType):
    def form_field(self, field: CustomField, value: Any) -> forms.Field:
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        return forms.DecimalField(max_digits=DIGITS, decimal_places=DECIMALS, widget=widget, **self.common(field))

    def to_python(self, value: Any) -> Decimal:
        return Decimal(str(value))

    def to_json(self, value: Decimal) -> int | float:
        return int(value) if value == value.to_integral_value() else float(value)

    def words(self, value: Any) -> str:
        return number_format(self.to_python(value), force_grouping=True)

    def from_text(self, field: CustomField, text: str) -> str:
        text = _GROUPS.sub("", text.replace("\u2212", "-"))
        return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


class DateType(TextType):
    def form_field(self, field: CustomField, value: Any) -> forms.Field:
        return forms.DateField(widget=DateInput(), **self.common(field))

    def to_python(self, value: Any) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_json(self, value: dt.date) -> str:
        return value.isoformat()

    def words(self, value: Any) -> str:
        return date_format(self.to_python(value), "SHORT_DATE_FORMAT")

    def from_text(self, field: CustomField, text: str) -> str:
        if russian := _RUSSIAN_DATE.match(text):
            day, month, year = russian.groups()
            return f"{year}-{int(month):02}-{int(day):02}"
        return text


class ChoiceType(TextType):
    def form_field(self, field: CustomField, value: Any) -> forms.Field:
        options = field.options
        if value and value not in options:
            options.append(value)
        return forms.ChoiceField(
            choices=[("", _("not chosen")), *zip(options, options, strict=True)], **self.common(field)
        )

    def to_json(self, value: str) -> str:
        return value

    def from_text(self, field: CustomField, text: str) -> str:
        return next((option for option in field.options if fold(option) == fold(text)), text)


class YesNoType(TextType):
    """Yes, no, or nobody has said: an unticked box would pass for a no."""

    def form_field(self, field: CustomField, value: Any) -> forms.Field:
        choices = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(choices=choices, **self.common(field))

    def to_typed(self, raw: Any) -> Any:
        return ("yes" if raw else "no") if isinstance(raw, bool) else raw

    def to_python(self, value: Any) -> str:
        return "yes" if value else "no"

    def to_json(self, value: str) -> bool:
        return value == "yes"

    def words(self, value: Any) -> str:
        return _("yes") if value else _("no")

    def to_cell(self, value: Any) -> str:
        return self.words(value)

    def from_text(self, field: CustomField, text: str) -> str:
        word = fold(text)
        if word in YES or word == fold(_("yes")):
            return "yes"
        return "no" if word in NO or word == fold(_("no")) else text


_TYPES: dict[str, TextType] = {
    CustomField.Type.TEXT: TextType(),
    CustomField.Type.NUMBER: NumberType(),
    CustomField.Type.DATE: DateType(),
    CustomField.Type.CHOICE: ChoiceType(),
    CustomField.Type.YES_NO: YesNoType(),
}


def type_of(field: CustomField) -> TextType:
    """The type of a field."""
    return _TYPES[field.type]
