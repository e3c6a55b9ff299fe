"""Tags as labels."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from crm.web.escaping import escaped

register = template.Library()


@register.simple_tag
def tags_of(row: Any) -> SafeString:
    """The tags of a row as labels; prefetch ``tags`` for a list."""
    return format_html_join(
        " ", '<span class="sv-label sv-label-{}">{}</span>', ((tag.colour, tag.name) for tag in row.tags.all())
    )


def few_tags(row: Any) -> SafeString:
    """The first tag of a row as a label, and how many more there are; prefetch ``tags``."""
    # Read where ``prefetch_related`` keeps them: a manager for each row would cost more than the labels.
    tags = list(row._prefetched_objects_cache["tags"])
    if not tags:
        return SafeString("")
    first = tags[0]
    label = f'<span class="sv-label sv-label-{first.colour}">{escaped(first.name)}</span>'
    if rest := ", ".join(tag.name for tag in tags[1:]):
        label += f' <span class="sv-muted" title="{escaped(rest)}">+{len(tags) - 1}</span>'
    return SafeString(label)


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
