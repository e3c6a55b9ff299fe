"""Fields outside a form of their own."""

from typing import Any

from django import forms, template
from django.utils.safestring import SafeString

from crm.web.form_renderer import plain_select

register = template.Library()


@register.simple_tag
def control(field: Any, css: str = "") -> SafeString:
    """A bound field's widget with Bootstrap's class, and ARIA for its errors: for filter bars and one-row forms."""
    kind = getattr(field.field.widget, "input_type", "")
    base = {"checkbox": "form-check-input", "select": "form-select", "radio": "form-check-input"}.get(
        kind, "form-control"
    )
    attrs = {"class": f"{base} {base}-sm {css}".strip()}
    if field.errors:
        attrs["class"] += " is-invalid"
        attrs["aria-invalid"] = "true"
    if type(field.field.widget) is forms.Select:
        return plain_select(field, attrs)
    return field.as_widget(attrs=attrs)
