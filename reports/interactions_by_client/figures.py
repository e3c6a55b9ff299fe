"""The figures of the report on interactions: events, by who was responsible for them.

Done is what took place in the period; a back-dated contact whose date the head has not approved is no fact yet. What is
planned and overdue is told as it is now, whatever the period.
"""

from collections.abc import Callable, Collection

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client, CoManager, Manager, Role
from interactions.models import Approval, Event
from interactions.overdue import ahead_q, overdue_q
from reports.frame.figures import Figure, by, name_of_client
from reports.frame.scope import Scope

#: The index of done events has these.
_FACTS = [Approval.NOT_NEEDED, Approval.APPROVED]
_NO_FACTS = [Approval.PENDING, Approval.REJECTED]


def done(scope: Scope) -> QuerySet[Event]:
    """What took place in the period, steps of sales included."""
    return _asked(scope, Event.objects.done().filter(scope.at_moments("occurred_at"), approval__in=_FACTS))


def done_with(scope: Scope, clients: Collection[int]) -> QuerySet[Event]:
    """The same with a few clients. Told by what is left out: of an index of all that was done, PostgreSQL would read
    everybody's."""
    events = Event.objects.done().filter(scope.at_moments("occurred_at"), client__in=clients)
    return _asked(scope, events.exclude(approval__in=_NO_FACTS))


def planned(scope: Scope) -> QuerySet[Event]:
    """What is planned now, and can be carried out."""
    return _asked(scope, Event.objects.planned().filter(~_out_of_hand()))


def _out_of_hand() -> Q:
    """What ``EventQuerySet.in_hand`` leaves out, as sets: there are many plans, and few whose client is on the
    exchange."""
    on_exchange = Client.objects.order_by().filter(exchange_since__isnull=False)
    may_not = Manager.objects.order_by().filter(role__in=[Role.SALESPERSON, Role.HEAD], is_staff=False)
    helps = CoManager.objects.filter(client=OuterRef("client"), manager=OuterRef("responsible"))
    return Q(client__in=on_exchange.values("pk"), responsible__in=may_not.values("pk")) & ~Q(Exists(helps))


def spoken_with(scope: Scope) -> QuerySet[Client]:
    """The clients with whom something was done; a step of a sale alone is nothing done with them."""
    events = done(scope).filter(by_hand(scope))
    rows = Client.objects.order_by().filter(pk__in=events.order_by().values("client"))
    return rows.annotate(whose=F("manager_id"), moment=F("last_contact_on"), named=F("search_name"))


def _asked(scope: Scope, rows: QuerySet[Event]) -> QuerySet[Event]:
    rows = rows.order_by().filter(scope.of_clients("client__"))
    for name in ("kind", "client"):
        if wanted := scope.options.get(name):
            rows = rows.filter(**{name: wanted})
    if others := scope.options.get("but"):
        rows = rows.exclude(kind__in=[int(key) for key in others.split(".")])
    rows = rows.annotate(whose=F("responsible_id"), moment=F("occurred_at"), named=name_of_client())
    return scope.of_ours(rows)


def by_hand(scope: Scope) -> Q:
    """Without the steps of sales that the program writes."""
    return Q(kind__is_system=False)


def _late(is_late: bool) -> Callable[[Scope], Q]:
    return lambda scope: (overdue_q if is_late else ahead_q)(scope.today)


FIGURES: dict[str, Figure] = {
    "done": Figure(_("Done"), done, by_hand),
    "counted": Figure(_("Counts as a contact"), done, by(counted_on__isnull=False)),
    "steps": Figure(_("Steps of sales"), done, by(kind__is_system=True)),
    "planned": Figure(_("Planned ahead"), planned, _late(False)),
    "overdue": Figure(_("Overdue now"), planned, _late(True)),
    "clients": Figure(_("Clients something was done with"), spoken_with),
}
