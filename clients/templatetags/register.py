"""The button of a row that registers a contact with its client."""

from collections.abc import Callable
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clients.models import Client
from crm.web.addresses import address, addresses
from crm.web.escaping import escaped

register = template.Library()


@register.simple_tag
def register_contact(client: Client, person: Any = None) -> SafeString:
    """Opens the register box in the drawer; ``c`` does the same on the row one stands on.

    For rows of clients the reader may see in full: of these he may work on whoever is held; one on the exchange has to
    be claimed first.
    """
    if not client.is_held:
        return SafeString("")
    further = f"?person={person.pk}" if person else ""
    words = escaped(f"{_('Register contact')}: {person or client}")
    return mark_safe(
        '<a class="btn btn-sm btn-ghost btn-icon bi bi-telephone-plus" data-drawer data-register-contact'
        f' href="{address("contact-register", client.pk)}{further}" title="{words}"></a>'
    )


def contact_buttons() -> Callable[[Client], SafeString]:
    """The same with a word on it, for the rows of the list of clients."""
    title, word, url = escaped(_("Register contact")), escaped(_("Contact")), addresses("contact-register")
    end = f'" title="{title}"> <span>{word}</span></a>'

    def button(client: Client) -> SafeString:
        if not client.is_held:
            return SafeString("")
        # The icon is drawn before the words: a tag for it in every row would be as long as all the rest.
        return SafeString(
            '<a class="btn btn-sm btn-ghost cl-register bi bi-telephone-plus" data-drawer data-register-contact'
            f' href="{url(client.pk)}{end}'
        )

    return button
