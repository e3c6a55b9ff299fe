"""Rows under a form: agreements of an event, products of a sale."""

from typing import Any

from django.forms.models import BaseInlineFormSet


def kept_rows(formset: BaseInlineFormSet) -> list[Any]:
    """The rows of a valid formset that are to be: those already there and those filled in, without the deleted."""
    gone = set(map(id, formset.deleted_forms))
    return [
        form.instance for form in formset.forms if id(form) not in gone and (form.instance.pk or form.has_changed())
    ]
