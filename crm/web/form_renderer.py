"""Form controls without templates: Django includes a template for every option of every select of a page.

Only the plain controls are drawn here, with the markup of Django's own templates (a test holds them side by side);
all others still are templates.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe

from crm.web.escaping import escaped

_Widget = Mapping[str, Any]


def _text(value: Any) -> str:
    """As ``{{ value|stringformat:"s" }}`` writes it."""
    return escaped(value if isinstance(value, str) else str(value))


def _attrs(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{_text(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget: _Widget) -> str:
    value = widget["value"]
    written = "" if value is None else f' value="{_text(value)}"'
    return f'<input type="{widget["type"]}" name="{_text(widget["name"])}"{written}{_attrs(widget["attrs"])}>'


def _textarea(widget: _Widget) -> str:
    value = widget["value"]
    inside = escaped(value) if value else ""
    return f'<textarea name="{_text(widget["name"])}"{_attrs(widget["attrs"])}>\n{inside}</textarea>'


def _option(option: _Widget) -> str:
    label = escaped(localize(option["label"]))
    return f'<option value="{_text(option["value"])}"{_attrs(option["attrs"])}>{label}</option>'


def _select(widget: _Widget) -> str:
    parts = []
    for group, options, _index in widget["optgroups"]:
        drawn = "".join(map(_option, options))
        parts.append(f'<optgroup label="{escaped(group)}">{drawn}</optgroup>' if group else drawn)
    return f'<select name="{_text(widget["name"])}"{_attrs(widget["attrs"])}>{"".join(parts)}</select>'


def plain_select(field: BoundField, attrs: dict[str, Any]) -> SafeString:
    """``field.as_widget(attrs=attrs)`` of a ``forms.Select``, as it is without a dictionary for each of its options."""
    widget: Any = field.field.widget
    attrs = field.build_widget_attrs(attrs, widget)
    if field.auto_id and "id" not in widget.attrs:
        attrs.setdefault("id", field.auto_id)
    chosen = set(widget.format_value(field.value()))
    parts = []
    for key, label in widget.choices:
        inside = label if isinstance(label, list | tuple) else [(key, label)]
        drawn = [_choice(each, words, chosen) for each, words in inside]
        parts += drawn if inside is not label else [f'<optgroup label="{escaped(key)}">', *drawn, "</optgroup>"]
    drawn_attrs = _attrs(widget.build_attrs(widget.attrs, attrs))
    return mark_safe(f'<select name="{_text(field.html_name)}"{drawn_attrs}>{"".join(parts)}</select>')


def _choice(key: Any, label: Any, chosen: set[str]) -> str:
    """An option; ``chosen``: what is still to be marked, the first of two that are the same."""
    value = "" if key is None else str(key)
    is_chosen = value in chosen
    if is_chosen:
        chosen.remove(value)
    text = escaped(label if isinstance(label, str) else localize(label))
    return f'<option value="{escaped(value)}"{" selected" if is_chosen else ""}>{text}</option>'


_OF_DJANGO = "django/forms/widgets/"
_DRAWN: dict[str, Callable[[_Widget], str]] = {
    **{
        f"{_OF_DJANGO}{name}.html": _input
        for name in ("input", "text", "number", "email", "url", "hidden", "password", "checkbox", "date", "datetime")
    },
    f"{_OF_DJANGO}select.html": _select,
    f"{_OF_DJANGO}textarea.html": _textarea,
}


class Renderer(TemplatesSetting):
    """Django's, quicker for plain controls."""

    def render(self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None) -> SafeString:
        draw = _DRAWN.get(template_name)
        if draw is None:
            return super().render(template_name, context, request)  # type: ignore[arg-type]
        return mark_safe(draw(context["widget"]))  # every part of it is escaped
