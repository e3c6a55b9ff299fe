"""Reads of the signals for their pages. A fixed number of queries, however many signals there are; names and texts only
of clients and events the reader may see now."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext

from clients import page_rows
from clients.models import Client, Manager
from crm import clock
from crm.web.access import Access
from exchange.models import Detachment, Signal
from exchange.signals.entries import entries
from exchange.signals.words import in_words
from interactions.models import Event, ProcessStatus, SalesProcess

#: The badge counts no further.
BADGE_CAP = 100
#: So many contacts a page shows; so many signals a card.
MOST_EVENTS = 200
_ON_CARD = 5


def for_reader(reader: Manager) -> QuerySet[Signal]:
    """Those he may see that still stand."""
    rows: QuerySet[Signal] = Signal.objects.visible_to(reader).standing()
    return rows


def unseen_count(reader: Any) -> int:
    """For the badge. No query where another small table of the page was read already."""
    return len(page_rows.rows_of(reader, "signals")) if Access.HEAD.allows(reader) else 0


def _unseen() -> QuerySet[Signal]:
    """``for_reader(…).unseen()`` in parameters: for heads and above."""
    headed = Manager.objects.in_departments_headed_by(page_rows.READER).order_by().values("pk")
    others = Signal.objects.exclude(manager=page_rows.READER).alias(everything=page_rows.EVERYTHING)
    rows = others.filter(Q(everything=1) | Q(manager__in=headed)).standing().unseen().order_by()
    return page_rows.limited(rows, BADGE_CAP)


page_rows.register("signals", _unseen, fields=["kind"])


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal as this reader reads it; ``client`` is None where it is about many, or about one he may not see."""

    signal: Signal
    words: str
    client: Client | None


def rows_of(signals: Sequence[Signal], reader: Manager) -> list[SignalRow]:
    """Two queries."""
    ids = {signal.client_id for signal in signals if signal.client_id}
    clients = {client.pk: client for client in Client.objects.visible_to(reader).filter(pk__in=ids)}
    quotes = _quotes(signals, reader)
    rows = []
    for signal in signals:
        client = clients.get(signal.client_id or 0)
        name = client.name if client else gettext("a client that is no longer yours to see")
        rows.append(SignalRow(signal, in_words(signal, client=name, quote=quotes.get(signal.pk)), client))
    return rows


def _quotes(signals: Sequence[Signal], reader: Manager) -> dict[int, str]:
    """What was written down in the first contact of each one-line signal."""
    ids = [signal.pk for signal in signals if signal.kind == Signal.Kind.LAST_MINUTE]
    events = Event.objects.visible_to(reader).filter(signals__in=ids).order_by("-pk")
    found: dict[int, str] = {}
    for signal, is_step, text, result in events.values_list("signals", "kind__is_system", "text", "result"):
        line = " ".join(f"{text} {result}".split())
        found[signal] = gettext("the start of a sale was given another date") if is_step else line
    return found


def on_card(client: Client, reader: Manager) -> list[SignalRow]:
    """The latest signals about a client, for heads; nothing, and no query, for others."""
    if not Access.HEAD.allows(reader):
        return []
    about = Q(client=client) | Q(pk__in=Signal.events.through.objects.filter(event__client=client).values("signal"))
    signals = list(for_reader(reader).filter(about).select_related("manager", "seen_by")[:_ON_CARD])
    return rows_of(signals, reader) if signals else []


@dataclass(frozen=True, slots=True)
class Evidence:
    """The contacts behind a signal that the reader may see, each with the moment in which it came to count;
    ``hidden`` are with clients he may not, ``more`` are left out for their number."""

    events: list[tuple[Event, dt.datetime]]
    hidden: int
    more: int


def evidence(signal: Signal, reader: Manager) -> Evidence:
    """Four queries."""
    visible = Event.objects.visible_to(reader).filter(signals=signal)
    number, total = visible.count(), signal.events.count()
    shown = list(visible.select_related("client", "kind", "author").order_by("created_at", "pk")[:MOST_EVENTS])
    came = entries((each.pk, each.counted_on, each.created_at, each.author_id) for each in shown if each.counted_on)
    events = [(each, came[each.pk].moment if each.pk in came else each.created_at) for each in shown]
    return Evidence(sorted(events, key=lambda row: row[1]), total - number, max(number - MOST_EVENTS, 0))


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of the clients since, as far as the reader may see them."""

    clients: int
    bought: int
    total: Any
    left: int
    answered: int


def aftermath(signal: Signal, reader: Manager) -> Aftermath:
    """Three queries."""
    ids = set(signal.events.order_by().values_list("client", flat=True)) | {signal.client_id} - {None}
    clients = set(Client.objects.visible_to(reader).filter(pk__in=_known(ids)).values_list("pk", flat=True))
    won = SalesProcess.objects.filter(client__in=clients, status=ProcessStatus.WON, closed_on__gte=signal.date)
    bought = won.aggregate(clients=Count("client", distinct=True), total=Sum("amount"))
    left = Detachment.objects.filter(client__in=clients, date__gt=signal.date, undone_at=None)
    after = signal.last_at or clock.day_start(signal.date)
    answered = Event.objects.done().filter(
        client__in=clients, occurred_at__gt=after, kind__direction__in=["incoming", "mutual"], kind__is_system=False
    )
    return Aftermath(
        clients=len(clients),
        bought=bought["clients"],
        total=bought["total"],
        left=left.order_by().values("client").distinct().count(),
        answered=answered.order_by().values("client").distinct().count(),
    )


def _known(ids: Iterable[int | None]) -> list[int]:
    return [pk for pk in ids if pk]
