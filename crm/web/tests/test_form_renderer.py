"""Plain controls look as Django's templates draw them."""

import datetime as dt
import re

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from crm.web.form_renderer import _DRAWN, Renderer
from crm.web.tags.forms import control

_CHOICES = [("", "any"), (1, 'One & "two"'), ("<3>", gettext_lazy("Name")), ("Group", [("a", "A"), ("b", 5000)])]
_WIDGETS = [
    (forms.TextInput(), "<script>"),
    (forms.TextInput(), mark_safe("<b>")),
    (forms.TextInput({"class": 'a"b', "required": True, "hidden": False, "maxlength": 5000}), None),
    (forms.NumberInput(), 1234567),
    (forms.EmailInput(), "a@b"),
    (forms.URLInput(), "https://a/?b=1&c=2"),
    (forms.HiddenInput(), "1"),
    (forms.PasswordInput(render_value=True), "x"),
    (forms.DateInput(), dt.date(2026, 5, 13)),
    (forms.DateTimeInput(), dt.datetime(2026, 5, 13, 9, 30)),
    (forms.CheckboxInput({"id": "c"}), True),
    (forms.CheckboxInput(), False),
    (forms.Textarea({"rows": 2}), "a <b>\nc"),
    (forms.Textarea(), ""),
    (forms.Select({"id": "s"}, choices=_CHOICES), 1),
    (forms.Select(choices=_CHOICES), "b"),
    (forms.SelectMultiple({"size": 4}, choices=_CHOICES), ["<3>", "a"]),
    (forms.NullBooleanSelect(), True),
]


def _plain(html: str) -> str:
    """Without the space between tags, which says nothing inside a select."""
    return re.sub(r">\s+<", "><", html)


@pytest.mark.parametrize(("widget", "value"), _WIDGETS, ids=lambda part: type(part).__name__)
def test_controls_are_those_of_the_templates(widget: forms.Widget, value: object) -> None:
    assert widget.get_context("a&b", value, {})["widget"]["template_name"] in _DRAWN
    ours = widget.render("a&b", value, renderer=Renderer())
    assert _plain(ours) == _plain(widget.render("a&b", value, renderer=TemplatesSetting()))


def test_others_are_still_templates() -> None:
    radios = forms.RadioSelect(choices=_CHOICES)
    assert radios.render("a", "1", renderer=Renderer()) == radios.render("a", "1", renderer=TemplatesSetting())


class _Form(forms.Form):
    plain = forms.ChoiceField(choices=_CHOICES, required=False)
    needed = forms.ChoiceField(choices=_CHOICES, initial="a", help_text="Which one?")
    numbered = forms.TypedChoiceField(choices=[(None, "none"), (1, 5000), (1, "again")], coerce=int, required=False)


@pytest.mark.parametrize("data", [{}, {"plain": "b", "needed": "<3>", "numbered": "1"}, {"needed": "unknown"}, None])
def test_a_select_of_a_filter_bar_is_what_its_widget_draws(data: dict[str, str] | None) -> None:
    form = _Form(data, prefix="f", auto_id="filter_%s")
    for field in form:
        css = "form-select form-select-sm"
        attrs = {"class": f"{css} is-invalid", "aria-invalid": "true"} if field.errors else {"class": css}
        assert control(field) == _plain(field.as_widget(attrs=dict(attrs)))
