"""The rows behind the numbers of the report on the exchange, in words."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from clients.models import Client, Manager
from crm import clock
from crm.web.templatetags.web import on_day
from crm.web.text import fold
from exchange.models import Claim, ClaimPause, Detachment, Shelving
from reports import exchange_health_figures as figures
from reports.exchange_health_figures import FIGURES, Figure, Scope

#: What is read with the rows of each set, in one query.
_WITH: dict[Callable[[Scope], QuerySet], tuple[str, ...]] = {
    figures.arrivals: ("client__manager", "return_reason", "detached_by"),
    figures.undone: ("client__manager", "return_reason", "undone_by"),
    figures.taken: ("client__manager", "assigned_by"),
    figures.waiting: (),
    figures.shelved: ("client__manager", "made_by"),
    figures.pauses: (),
}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list.

    Attributes:
        moment: when it happened; of a client on the exchange, since when it is there.
        client: whose name, city and lead manager everybody may know; None where there is none (any more).
        whose: the manager the row belongs to; None: nobody's.
        what: what happened, in words.
        details: what else is known of it: only where the reader may read the client's history.
        by: who did it.
    """

    moment: dt.datetime | dt.date
    client: Client | None
    whose: Manager | None
    what: str | Promise
    details: str
    by: Manager | None
    is_open: bool


def rows_behind(figure: Figure, scope: Scope, *, words: str = "", reason_id: int | None = None) -> QuerySet:
    """The rows of a number, narrowed down to a name and to a reason of return."""
    rows = figure.of(scope).select_related(*_WITH[figure.rows]) if _WITH[figure.rows] else figure.of(scope)
    if words:
        rows = rows.filter(named__contains=fold(words))
    if reason_id is not None:
        rows = rows.filter(return_reason_id=reason_id) if figure.rows is figures.arrivals else rows.none()
    return rows


def lines(rows: Sequence[Any], reader: Manager) -> list[Line]:
    """The rows in words, as this reader may know them. Two queries: the managers they belong to, and the clients he may
    read."""
    managers = Manager.objects.select_related("department").in_bulk({row.whose for row in rows} - {None})
    clients = [client.pk for client in map(_client, rows) if client]
    readable = set(Client.objects.visible_to(reader).filter(pk__in=clients).values_list("pk", flat=True))
    return [_line(row, managers, readable) for row in rows]


def all_lines(rows: QuerySet, reader: Manager) -> Iterator[Line]:
    """The same for a file of any length, batch by batch."""
    batch: list[Any] = []
    for row in rows.iterator(chunk_size=_BATCH):
        batch.append(row)
        if len(batch) == _BATCH:
            yield from lines(batch, reader)
            batch = []
    yield from lines(batch, reader) if batch else ()


def _client(row: Any) -> Client | None:
    return row if isinstance(row, Client) else getattr(row, "client", None)


def _line(row: Any, managers: dict[int, Manager], readable: Iterable[int]) -> Line:
    client = _client(row)
    what, details, by = _words(row)
    is_open = client is not None and client.pk in readable
    return Line(
        moment=row.moment,
        client=client,
        whose=managers.get(row.whose),
        what=what,
        details=details if is_open or client is None else "",
        by=by,
        is_open=is_open,
    )


def _words(row: Any) -> tuple[str | Promise, str, Manager | None]:
    moment = getattr(row, "moment", None)
    match row:
        case Detachment():
            details = " · ".join(str(part) for part in (row.return_reason, row.comment) if part)
            if moment == row.undone_at:
                return gettext_lazy("given back"), details, row.undone_by
            return row.get_reason_display(), details, row.detached_by
        case Claim():
            days = max(0, (row.date - clock.local_date(row.exchange_since)).days)
            waited = _stay_words(days)
            if row.assigned_by_id:
                return (
                    gettext_lazy("assigned"),
                    " · ".join(filter(None, (waited, row.override_reason))),
                    row.assigned_by,
                )
            return gettext_lazy("claimed"), waited, None
        case Shelving():
            return row.get_action_display(), row.reason, row.made_by
        case ClaimPause():
            until = _("until %(date)s") % {"date": on_day(row.until)}
            return pgettext_lazy("claiming", "paused"), until, None
        case Client():
            days = (clock.today() - clock.local_date(row.exchange_since)).days if row.exchange_since else 0
            aside = row.is_quarantined(clock.today())
            return (
                _stay_words(days),
                _("set aside until %(date)s") % {"date": on_day(row.quarantine_until)} if aside else "",
                None,
            )
    raise TypeError(type(row))


def _stay_words(days: int) -> str:
    return ngettext("%(days)d day on the exchange", "%(days)d days on the exchange", days) % {"days": days}


def figure(key: str) -> Figure:
    """The figure of a key; who came where nobody knows it."""
    return FIGURES.get(key) or FIGURES["came"]
