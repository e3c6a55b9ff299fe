"""Tags as labels."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def tags_of(row: Any) -> SafeString:
    """The tags of a row as labels; prefetch ``tags`` for a list."""
    return format_html_join(
        " ", '<span class="sv-label sv-label-{}">{}</span>', ((tag.colour, tag.name) for tag in row.tags.all())
    )


#: In a row of a list the first one is enough.
_FEW = 1


def few_tags(row: Any) -> SafeString:
    """The first tag of a row as a label, and how many more there are."""
    tags = list(row.tags.all())
    labels = format_html_join(
        " ", '<span class="sv-label sv-label-{}">{}</span>', ((tag.colour, tag.name) for tag in tags[:_FEW])
    )
    if len(tags) <= _FEW:
        return labels
    rest = ", ".join(tag.name for tag in tags[_FEW:])
    return format_html('{} <span class="sv-muted" title="{}">+{}</span>', labels, rest, len(tags) - _FEW)


@register.filter
def tag_names(row: Any) -> str:
    """The tags of a row as one types them: "VIP, new shop"."""
    return ", ".join(tag.name for tag in row.tags.all())


@register.simple_tag
def tags_url(row: Any) -> str:
    """Where the tags of a client, a contact person or a sale are changed."""
    return reverse(f"{_ROUTES[row._meta.model_name]}-tags", args=[row.pk])


@register.filter
def tags_id(row: Any) -> str:
    """What the place of a row's tags is called on the page."""
    return f"{_ROUTES[row._meta.model_name]}-{row.pk}"


_ROUTES = {"client": "client", "contactperson": "person", "salesprocess": "process"}
