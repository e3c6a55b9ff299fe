"""Tags of My day: its lines, see ``interactions.day_lines``."""

from collections.abc import Iterable

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from clients.models import Client
from interactions import day_lines
from interactions.models import Event

register = template.Library()


@register.simple_tag(takes_context=True)
def beside_link(context: Context, client: Client) -> SafeString:
    """A client's name that shows him beside the list."""
    return day_lines.beside_link(client, context)  # type: ignore[arg-type]


@register.simple_tag(takes_context=True)
def plan_lines(context: Context, events: Iterable[Event]) -> SafeString:
    """``<li>`` for each planned event."""
    return day_lines.plan_lines(events, context)  # type: ignore[arg-type]


@register.simple_tag(takes_context=True)
def done_lines(context: Context, events: Iterable[Event]) -> SafeString:
    """``<li>`` for each done one."""
    return day_lines.done_lines(events, context)  # type: ignore[arg-type]


@register.simple_tag(takes_context=True)
def change_lines(context: Context, clients: Iterable[Client], to: str, zone: str) -> SafeString:
    """``<li>`` for each client that changes colour soon."""
    return day_lines.change_lines(clients, to, zone, context)  # type: ignore[arg-type]
