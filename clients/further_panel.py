"""The fields the company added, on the card of a client."""

from django.http import HttpRequest

from clients import custom_fields
from clients.card_rows import register as register_rows
from clients.card_rows import rows_of
from clients.facts import further_facts
from clients.models import Client, CustomField
from clients.panels import Context, Panel, register


def register_panel() -> None:
    """Called once, when the app is ready."""
    register_rows("custom-fields", lambda: CustomField.objects.filter(is_active=True))
    register(Panel("further", "left", "clients/panel_further.html", further, order=20))


def further(request: HttpRequest, client: Client) -> Context:
    """Filled in and not."""
    custom_fields.know(rows_of(client, "custom-fields"))
    return {**further_facts(client)}
