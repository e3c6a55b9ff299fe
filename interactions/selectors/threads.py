"""Events by topic: an event continues another, and the whole of them is a thread."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber

from clients.models import Manager
from crm.web.pagination import Page
from interactions.models import Event

#: Threads on one page of a card, and how many of its latest events each shows there.
_PAGE, _SHOWN = 20, 4
#: Of one thread so many events are shown on the page of an event.
_WHOLE = 50
_THREAD = Coalesce("chain_id", "pk")


@dataclass(frozen=True, slots=True)
class Thread:
    """A topic: its first event where it is known, its latest events (the latest first), and how many there are."""

    pk: int
    head: Event
    events: list[Event]
    count: int

    @property
    def has_more(self) -> bool:
        return self.count > len(self.events)


def of_thread(event: Event) -> Q:
    """The events of the thread ``event`` is in, as a condition; of an event by itself, itself."""
    head = event.chain_id or event.pk
    return Q(chain_id=head) | Q(pk=head)


def chain_of(event: Event, reader: Manager) -> list[Event]:
    """The events of one topic in the order in which they happened; empty when nothing continues anything."""
    if event.chain_id is None:
        return []
    rows = Event.objects.visible_to(reader).filter(of_thread(event), client_id=event.client_id)
    return list(rows.select_related("kind", "responsible").order_by("occurred_at", "pk")[:_WHOLE])


def by_thread(rows: QuerySet[Event], number: int) -> Page:
    """A page of the threads these events belong to, the one with the latest event first. Three queries."""
    among = Event.objects.filter(pk__in=rows.order_by().values("pk"))
    found = among.annotate(thread=_THREAD).order_by().values("thread")
    found = found.annotate(last=Max("occurred_at"), number=Count("pk")).order_by("-last", "-thread")
    start = (number - 1) * _PAGE
    counts = {row["thread"]: row["number"] for row in found[start : start + _PAGE + 1]}
    shown = list(counts)[:_PAGE]
    heads = Event.objects.select_related("kind").in_bulk(shown)
    events = _latest_of(rows, shown)
    page = [Thread(pk, heads[pk], events[pk], counts[pk]) for pk in shown]
    return Page(page, number, _PAGE, len(page), False, len(counts) > _PAGE)


def _latest_of(rows: QuerySet[Event], threads: list[int]) -> dict[int, list[Event]]:
    place = Window(RowNumber(), partition_by=_THREAD, order_by=("-occurred_at", "-pk"))
    here = rows.filter(Q(chain__in=threads) | Q(pk__in=threads, chain=None))
    events: dict[int, list[Event]] = defaultdict(list)
    for event in here.annotate(place=place).filter(place__lte=_SHOWN):
        events[event.chain_id or event.pk].append(event)
    return events
