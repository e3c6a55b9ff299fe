"""What the pages of departures show: what somebody holds, what else is to be settled, whose clients nobody works on."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from clients.models import Absence, Client, CoManager, Department, Manager
from crm.web.access import Access
from crm.web.banners import Banner
from crm.web.tags.times import on_day
from exchange.departures import leavers_of
from exchange.models import Departure, DepartureItem
from interactions.models import Event, SalesProcess

#: The banner may lag: it is asked for on every page.
_STRAYS, _STRAYS_SECONDS = "exchange:strays", 60
#: So many clients or colleagues are named; the rest is counted.
_NAMED = 10
#: So many open sales and plans are shown.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What a manager holds: clients by colour (``red`` with those due for the exchange), and what is open on them."""

    clients: int
    green: int
    yellow: int
    red: int
    sales: int
    amount: Decimal
    plans: int

    @property
    def colours(self) -> list[tuple[str, int]]:
        """The colours he has clients of."""
        pairs = (("green", self.green), ("yellow", self.yellow), ("red", self.red))
        return [(zone, number) for zone, number in pairs if number]


def portfolio(manager: Manager, day: dt.date) -> Portfolio:
    """Three queries."""
    colours = Client.objects.held_by(manager).aggregate(
        clients=Count("pk"),
        green=Count("pk", filter=Q(yellow_on__gt=day)),
        red=Count("pk", filter=Q(red_on__lte=day)),
    )
    sales = SalesProcess.objects.open().filter(client__manager=manager).aggregate(n=Count("pk"), amount=Sum("amount"))
    return Portfolio(
        **colours,
        yellow=colours["clients"] - colours["green"] - colours["red"],
        sales=sales["n"],
        amount=sales["amount"] or Decimal(0),
        plans=Event.objects.planned().filter(client__manager=manager).count(),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """The first of many rows; ``more``: how many are not shown."""

    rows: Sequence[Any]
    more: int


def open_work(manager: Manager, found: Portfolio) -> tuple[Shown, Shown]:
    """The open sales and the planned events with his clients, the nearest first; 20 of each. Two queries."""
    sales = SalesProcess.objects.open().filter(client__manager=manager).select_related("client", "stage")
    plans = Event.objects.planned().filter(client__manager=manager).select_related("client", "kind", "responsible")
    first_sales = list(sales.order_by(F("amount").desc(nulls_last=True), "pk")[:_SHOWN])
    first_plans = list(plans.order_by("occurred_at", "pk")[:_SHOWN])
    return (
        Shown(first_sales, max(0, found.sales - len(first_sales))),
        Shown(first_plans, max(0, found.plans - len(first_plans))),
    )


@dataclass(frozen=True, slots=True)
class Matter:
    """Something else that hangs on who leaves. ``links``: words and address of each; ``more``: how many are not
    named."""

    words: str
    links: Sequence[tuple[str, str]] = field(default_factory=list)
    more: int = 0


def also_to_settle(manager: Manager, reader: Manager, day: dt.date) -> list[Matter]:
    """What his clients' going does not settle: for whom he stands in, with whom he works, what he heads, what he
    planned elsewhere. Five small queries."""
    found = [*_stands_in(manager, reader, day), *_helps(manager, reader), *_heads(manager, reader)]
    return found + _elsewhere(manager)


def _stands_in(manager: Manager, reader: Manager, day: dt.date) -> list[Matter]:
    rows = Absence.objects.not_over(day).filter(deputy=manager).select_related("manager").order_by("starts_on", "pk")
    absences = list(rows)
    if not absences:
        return []
    editable = set(Absence.objects.editable_by(reader).filter(deputy=manager).values_list("pk", flat=True))
    links = []
    for row in absences[:_NAMED]:
        words = gettext("%(manager)s, %(first)s – %(last)s") % {
            "manager": row.manager, "first": on_day(row.starts_on), "last": on_day(row.ends_on)
        }  # fmt: skip
        links.append((words, reverse("absence-update", args=[row.pk]) if row.pk in editable else ""))
    return [Matter(gettext("Stands in for colleagues who are or will be away:"), links, len(absences[_NAMED:]))]


def _helps(manager: Manager, reader: Manager) -> list[Matter]:
    rows = CoManager.objects.filter(manager=manager).exclude(client__manager=manager)
    total = rows.count()
    if not total:
        return []
    visible = rows.filter(client__in=Client.objects.visible_to(reader)).select_related("client").order_by("client")
    links = [(str(row.client), row.client.get_absolute_url()) for row in visible[:_NAMED]]
    words = ngettext(
        "Is co-manager of %(count)d client of a colleague:", "Is co-manager of %(count)d clients of colleagues:", total
    )
    return [Matter(words % {"count": total}, links, total - len(links))]


def _heads(manager: Manager, reader: Manager) -> list[Matter]:
    names = [
        (str(row), reverse("admin:clients_department_change", args=[row.pk]) if reader.is_staff else "")
        for row in Department.objects.filter(head=manager)
    ]
    words = gettext("Heads a department; an administrator names another head:")
    return [Matter(words, names)] if names else []


def _elsewhere(manager: Manager) -> list[Matter]:
    """His plans and sales with clients that are not his: nobody takes them over with his clients."""
    others = ~Q(client__manager=manager) & Q(client__manager__isnull=False)
    plans = Event.objects.planned().filter(others, responsible=manager).count()
    sales = SalesProcess.objects.open().filter(others, responsible=manager).count()
    found = []
    if plans:
        words = ngettext(
            "Has %(count)d planned event with a client of a colleague.",
            "Has %(count)d planned events with clients of colleagues.",
            plans,
        )
        url = f"{reverse('event-list')}?who={manager.pk}&status=planned"
        found.append(Matter(words % {"count": plans}, [(gettext("Events"), url)]))
    if sales:
        words = ngettext(
            "Has %(count)d open sale with a client of a colleague.",
            "Has %(count)d open sales with clients of colleagues.",
            sales,
        )
        found.append(
            Matter(words % {"count": sales}, [(gettext("Sales"), f"{reverse('process-list')}?who={manager.pk}")])
        )
    return found


def strays(reader: Manager) -> QuerySet[Manager]:
    """Those of the reader's people who do not work here any more and still hold clients (``held``)."""
    gone = leavers_of(reader).filter(is_active=False, clients__isnull=False)
    gone = gone.exclude(departures__status=Departure.Status.RUNNING)
    return gone.annotate(held=Count("clients")).select_related("department").order_by("last_name", "first_name", "pk")


def stray_count() -> int:
    """How many clients are held by people who do not work here any more and whose departure is not under way."""
    held = Client.objects.filter(manager__is_active=False)
    return held.exclude(manager__departures__status=Departure.Status.RUNNING).count()


def banners(request: HttpRequest) -> Iterator[Banner]:
    """For directors and administrators: clients that nobody works on. (Heads read it on the departures' page.)"""
    if not Access.DIRECTOR.allows(request.user):
        return
    number = cache.get(_STRAYS)
    if number is None:
        number = stray_count()
        cache.set(_STRAYS, number, _STRAYS_SECONDS)
    if number:
        words = ngettext(
            "%(count)d client is held by somebody who does not work here any more.",
            "%(count)d clients are held by people who do not work here any more.",
            number,
        )
        yield Banner(text=words % {"count": number}, url=reverse("departure-list"), action=gettext("Decide on them"))


def running_departure(manager: Manager) -> Departure | None:
    return Departure.objects.filter(manager=manager, status=Departure.Status.RUNNING).first()


def items_of(departure: Departure) -> QuerySet[DepartureItem]:
    """The clients of a departure: first those with which something went wrong."""
    rank = Case(
        When(~Q(error=""), then=Value(0)), When(done_at=None, then=Value(1)), default=Value(2),
        output_field=IntegerField(),
    )  # fmt: skip
    rows = departure.items.select_related("client__manager", "to_manager").annotate(rank=rank)
    return rows.order_by("rank", "client__search_name", "pk")


def results_of(departure: Departure) -> dict[str, int]:
    """How many clients moved, came back, and are not where they were to go."""
    return departure.items.aggregate(
        moved=Count("pk", filter=Q(done_at__isnull=False)),
        back=Count("pk", filter=Q(undone_at__isnull=False)),
        failed=Count("pk", filter=~Q(error="")),
    )


def departures_for(reader: Manager) -> QuerySet[Departure]:
    """The departures the reader answers for, with the number of clients, of those that moved and came back."""
    rows = Departure.objects.visible_to(reader).select_related("manager", "department", "decided_by", "undone_by")
    return rows.annotate(
        total=Count("items"),
        moved=Count("items", filter=Q(items__done_at__isnull=False)),
        back=Count("items", filter=Q(items__undone_at__isnull=False)),
        failed=Count("items", filter=~Q(items__error="")),
    ).order_by(F("decided_at").desc(), "-pk")


def progress_of(departure: Any) -> tuple[int, int] | None:
    """How many of how many clients are done while it (or taking it back) is under way; None when it is not."""
    items = departure.items
    if departure.status == Departure.Status.RUNNING:
        total = items.count()
        return total - items.waiting().count(), total
    if departure.status == Departure.Status.UNDONE and (left := items.to_take_back().count()):
        total = items.filter(done_at__isnull=False).count()
        return total - left, total
    return None
