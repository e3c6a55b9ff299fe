"""Head and cells of a table whose columns are chosen (``crm.web.columns``)."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crm.web.templatetags.web import sort_th

register = template.Library()


@register.simple_tag(takes_context=True)
def column_heads(context: template.Context) -> SafeString:
    """The ``<th>`` of the columns shown; those that can be sorted by are links."""
    heads = [
        sort_th(context, column.sort, column.label, column.css)
        if column.sort
        else format_html('<th scope="col" class="{}">{}</th>', column.css, column.label)
        for column in context["columns"]
    ]
    return format_html_join("", "{}", ((head,) for head in heads))


@register.simple_tag(takes_context=True)
def cells(context: template.Context, row: Any) -> SafeString:
    """The ``<td>`` of one row."""
    return mark_safe("".join(column.draw(row) for column in context["columns"]))


@register.simple_tag
def check_all() -> SafeString:
    """The head of the column one marks rows in."""
    return format_html(
        '<th scope="col" class="sv-cell-check"><input type="checkbox" class="form-check-input sv-needs-js"'
        ' data-check-all aria-label="{}"></th>',
        _("Mark all"),
    )


@register.simple_tag
def check_row(row: Any) -> SafeString:
    """The cell that marks a row."""
    return format_html(
        '<td class="sv-cell-check"><input type="checkbox" class="form-check-input" data-check name="rows" value="{}"'
        ' form="bulk-form" aria-label="{}"></td>',
        row.pk,
        _("Mark %(name)s") % {"name": row},
    )
