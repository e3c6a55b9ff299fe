"""Tags of My day."""

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clients.models import Client

register = template.Library()


@register.simple_tag(takes_context=True)
def beside_link(context: Context, client: Client) -> SafeString:
    """A client's name on My day: pressed, it shows the client beside the list; the address keeps the choice. The row
    wears ``data-client``."""
    choice = f"?{context.get('day_query', '')}client={client.pk}"
    return format_html(
        '<a class="in-strong" data-beside href="{}" hx-get="{}" hx-target="#day-beside" hx-swap="innerHTML"'
        ' hx-replace-url="{}">{}</a>',
        choice,
        reverse("day-client", args=[client.pk]),
        choice,
        client,
    )
