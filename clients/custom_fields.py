"""The fields a company adds to its clients: the one place that reads, checks, prints and filters their values.

They stand in ``Client.custom`` under the field's key: text and choices as text, numbers as numbers, dates as ISO dates,
yes and no as booleans. What is not filled in has no key there.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from asgiref.local import Local
from django import forms
from django.core.exceptions import ValidationError
from django.core.signals import request_finished, request_started
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django_filters import Filter

from clients import custom_filters
from clients.custom_types import Words, type_of
from clients.models import Client, CustomField

#: Of forms, filters, columns and addresses: the field's key with this in front.
PREFIX = "cf_"
_request = Local()


def name_of(field: CustomField) -> str:
    """What the field is called in forms, filters, columns and addresses: "cf_contract_no"."""
    return f"{PREFIX}{field.key}"


def active() -> list[CustomField]:
    """The fields in use, in their order. Asked once a request; outside of requests every time."""
    fields: list[CustomField] | None = getattr(_request, "fields", None)
    if fields is None:
        fields = list(CustomField.objects.filter(is_active=True))
        if getattr(_request, "is_running", False):
            _request.fields = fields
    return fields


def know(fields: Iterable[CustomField]) -> None:
    """Take over the fields in use, read with something else."""
    if getattr(_request, "is_running", False) and _request.fields is None:
        _request.fields = sorted(fields, key=lambda field: (field.position, field.label))


@receiver(request_started, dispatch_uid="custom_fields_begin")
def _begin(**kwargs: Any) -> None:
    _request.is_running, _request.fields = True, None


@receiver(request_finished, dispatch_uid="custom_fields_end")
def _end(**kwargs: Any) -> None:
    _request.is_running, _request.fields = False, None


@receiver([post_save, post_delete], sender=CustomField, dispatch_uid="custom_fields_changed")
def _forget(**kwargs: Any) -> None:
    _request.fields = None


def named(name: str) -> CustomField | None:
    """The field in use that is called ``cf_<key>``; None where there is none."""
    return next((field for field in active() if name_of(field) == name), None) if name.startswith(PREFIX) else None


# --- values -----------------------------------------------------------------------------------------------------------
def form_field(field: CustomField, value: Any = None) -> forms.Field:
    """The form's field for a value; ``value``: what is stored, so that a choice no longer offered can be kept."""
    return type_of(field).form_field(field, value)


def initial(field: CustomField, client: Client) -> Any:
    """The client's value as its form field takes it; None where nothing is filled in."""
    value = client.custom.get(field.key)
    return None if value is None else type_of(field).to_python(value)


def clean(field: CustomField, raw: Any, *, before: Any = None) -> Any:
    """What was typed, or what a form or ``Client.custom`` holds, as it is stored; None where it is empty.

    ``before``: what is stored now; a choice that is no longer offered may stay.

    Raises:
        ValidationError: it is no such value.
    """
    kind = type_of(field)
    value = form_field(field, before).clean(kind.to_typed(raw))
    return None if value in (None, "") else kind.to_json(value)


def from_text(field: CustomField, text: str) -> Any:
    """A cell of a file as it is stored: dates as 2024-03-15 or 15.03.2024, numbers with spaces and a comma, yes and no
    in either language, choices in any case.

    Raises:
        ValidationError: it is no such value.
    """
    return clean(field, type_of(field).from_text(field, text.strip()))


def readers() -> dict[str, Callable[[str], Any]]:
    """For imports: key → what makes a value of a cell, or raises ValueError with words."""

    def reader(field: CustomField) -> Callable[[str], Any]:
        def read(text: str) -> Any:
            try:
                return from_text(field, text)
            except ValidationError as error:
                raise ValueError(" ".join(error.messages)) from None

        return read

    return {field.key: reader(field) for field in active()}


def words(field: CustomField, value: Any) -> str:
    """A stored value as the reader's language writes it; "" where nothing is filled in."""
    return "" if value is None else _safely(type_of(field).words, value)


def to_cell(field: CustomField, value: Any) -> Any:
    """A stored value as a cell of a spreadsheet: numbers and dates stay such; None where nothing is filled in."""
    return None if value is None else _safely(type_of(field).to_cell, value)


def _safely(how: Words, value: Any) -> Any:
    """What another program wrote there may be anything: it is shown as it stands."""
    try:
        return how(value)
    except (TypeError, ValueError, ArithmeticError):
        return str(value)


def changed(client_custom: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """``Client.custom`` with ``typed`` (key → value as ``clean`` takes it; empty: taken out) written into it. Keys that
    are not typed, and fields not in use, stay as they are.

    Raises:
        ValidationError: values that are wrong, each at the name of its field.
    """
    fields = {field.key: field for field in active()}
    result, errors = dict(client_custom), {}
    for key, raw in typed.items():
        if key not in fields:
            errors[f"{PREFIX}{key}"] = ValidationError(_("There is no such field."))
            continue
        try:
            value = clean(fields[key], raw, before=result.get(key))
        except ValidationError as error:
            errors[name_of(fields[key])] = error
            continue
        result.pop(key, None)
        if value is not None:
            result[key] = value
    if errors:
        raise ValidationError(errors)
    return result


# --- lists ------------------------------------------------------------------------------------------------------------
def columns() -> list[tuple[str, str]]:
    """What lists and exports offer as columns: (name, label)."""
    return [(name_of(field), field.label) for field in active()]


def filters() -> dict[str, Filter]:
    """What a list of clients is filtered by: ``cf_<key>``, of numbers and dates ``cf_<key>-from`` and ``-to``."""
    found: dict[str, Filter] = {}
    for field in active():
        if field.is_filter:
            found |= custom_filters.filters_of(field, name_of(field))
    return found
