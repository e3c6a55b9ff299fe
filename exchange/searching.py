"""What search and the palette offer of the exchange: claiming the client that was found, and its pages."""

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from clients.search import Entry, Hit, register_client_action
from crm.web.access import Access
from crm.web.navigation import NavItem, register_place

_PLACES = (
    (_("Who leaves"), "hourglass-split", "exchange-leaving", Access.SALES),
    (_("Set aside"), "archive", "exchange-shelf", Access.SALES),
    (_("Wanted by nobody"), "box-seam", "exchange-weekly", Access.HEAD),
    (_("Pauses of claiming"), "pause-circle", "claim-pause-list", Access.HEAD),
    (_("Looks at contacts"), "eye", "contact-view-list", Access.HEAD),
    (_("Departures"), "door-open", "departure-list", Access.HEAD),
)


def claim(hit: Hit, by: Manager) -> Entry | None:
    """Take the client that was found, if it is on the exchange; whether he may is said by the service."""
    if not hit.client.is_on_exchange:
        return None
    return Entry(
        title=gettext("Claim %(client)s") % {"client": hit.client},
        url=hit.client.get_absolute_url(),
        icon="hand-index-thumb",
        post_url=reverse("claim", args=[hit.client.pk]),
    )


def register() -> None:
    """Called once, when the app is ready."""
    register_client_action(claim)
    for order, (label, icon, url_name, access) in enumerate(_PLACES, start=50):
        register_place(NavItem(label=label, icon=icon, url_name=url_name, access=access, order=order))
