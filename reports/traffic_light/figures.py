"""The figures of the traffic light: clients held now, by the dates, whatever colour is stored."""

import datetime as dt
from collections.abc import Callable

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from reports.frame.figures import Figure, ask_in_general
from reports.frame.scope import Scope


@ask_in_general
def held(scope: Scope) -> QuerySet[Client]:
    """Who is held now; ``moment``: when it leaves if nobody calls."""
    rows = Client.objects.held().order_by().filter(scope.of_clients())
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("detach_on"), named=F("search_name")))


def _until(name: str, days: int = 0) -> Callable[[Scope], Q]:
    """The date ``name`` has come, or comes within so many days."""
    return lambda scope: Q(**{f"{name}__lte": scope.today + dt.timedelta(days=days)})


FIGURES: dict[str, Figure] = {
    "held": Figure(_("Clients held"), held),
    "green": Figure(_("Green clients"), held, lambda scope: Q(yellow_on__gt=scope.today)),
    "yellow": Figure(_("Yellow clients"), held, lambda scope: Q(yellow_on__lte=scope.today, red_on__gt=scope.today)),
    # People are shown red until the night takes the client.
    "red": Figure(_("Red clients"), held, _until("red_on")),
    "risk": Figure(_("Yellow and red clients"), held, _until("yellow_on")),
    "due": Figure(_("Clients due for the exchange"), held, _until("detach_on")),
    "leaving_7": Figure(_("Clients leaving within 7 days"), held, _until("detach_on", 7)),
    "leaving_30": Figure(_("Clients leaving within 30 days"), held, _until("detach_on", 30)),
}
