"""The button of a row that registers a contact with its client."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clients.models import Client

register = template.Library()


@register.simple_tag
def register_contact(client: Client, person: Any = None) -> SafeString:
    """Opens the register box in the drawer; ``c`` does the same on the row one stands on.

    For rows of clients the reader may see in full: of these he may work on whoever is held; one on the exchange has to
    be claimed first.
    """
    if not client.is_held:
        return SafeString("")
    return format_html(
        '<a class="btn btn-sm btn-ghost btn-icon" href="{}{}" data-drawer data-register-contact title="{}: {}">'
        '<i class="bi bi-telephone-plus" aria-hidden="true"></i></a>',
        reverse("contact-register", args=[client.pk]),
        f"?person={person.pk}" if person else "",
        _("Register contact"),
        person or client,
    )
