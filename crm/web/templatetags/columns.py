"""Head and cells of a table whose columns are chosen (``crm.web.columns``)."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crm.web.columns import drawer
from crm.web.escaping import escaped
from crm.web.tags.lists import sort_th

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
def list_rows(context: template.Context) -> SafeString:
    """The ``<tr>`` of all rows of the page: where one marks them, their cells, what can be done with each.

    A plain loop: fifty rows drawn by template tags would cost more than the rest of the page.
    """
    view, cells = context["view"], drawer(context["columns"])
    is_marked = bool(context.get("bulk"))
    drawn = []
    for row in context["page"]:
        css, actions = view.row_css(row), view.row_actions(row)
        # Named by the row's main cell: a name of its own would be half as long again as the cell.
        check = _check(row.pk, f'aria-labelledby="row-{row.pk}"') if is_marked else ""
        opening = f'<tr class="{css}" data-href="' if css else '<tr data-href="'
        closing = "</tr>" if actions is None else f'<td class="sv-cell-actions">{actions}</td></tr>'
        drawn.append(f'{opening}{view.row_url(row)}">{check}{cells(row)}{closing}')
    return mark_safe("\n".join(drawn))  # cells and actions are safe, an address and classes are of the program


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
    words = escaped(_("Mark %(name)s") % {"name": row})
    return _check(row.pk, f'aria-label="{words}"')


def _check(pk: int, name: str) -> SafeString:
    return SafeString(
        '<td class="sv-cell-check"><input type="checkbox" class="form-check-input" data-check name="rows"'
        f' value="{pk}" form="bulk-form" {name}></td>'
    )
