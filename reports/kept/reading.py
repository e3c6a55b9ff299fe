"""Numbers of reports from what is kept. They are those of the rows at any moment: of clients that changed since they
were last worked out, the rows themselves are counted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet, Value

from crm import clock
from reports.frame import figures as frame
from reports.frame.figures import Figure, Number, Rows, by_rows
from reports.frame.scope import Scope
from reports.kept.models import ChangedClient, KeptState
from reports.kept.sets import BY_ROWS, Kept, Tallied, rules_in_words
from reports.traffic_light.figures import FIGURES as LIGHTS

#: With more changes waiting than this the rows are counted.
MOST = 5000
#: :func:`changed` is to be asked.
_UNKNOWN: Any = object()
#: What narrows a report without narrowing its rows.
_HARMLESS = frozenset({"variant"})
Tally = dict[Any, dict[str, Number]]


def changed(scope: Scope) -> list[int] | None:
    """The clients that changed since; None: what is kept does not answer what is asked. Two small queries."""
    if not _HARMLESS.issuperset(scope.options):
        return None
    state = KeptState.objects.first()
    if state is None or (state.day, state.zone, state.rules) != (
        scope.today,
        clock.company_zone().key,
        rules_in_words(scope.rules),
    ):
        return None
    clients = list(ChangedClient.objects.values_list("client", flat=True)[: MOST + 1])
    return sorted(set(clients)) if len(clients) <= MOST else None


def tally(
    figures: Mapping[str, Figure],
    scope: Scope,
    *by_columns: str,
    keys: Iterable[str] = (),
    clients: list[int] | None = _UNKNOWN,
) -> Tally:
    """As :func:`reports.frame.figures.tally`: one query for each set of rows; without ``clients``, those of
    :func:`changed`, two more."""
    sets = by_rows(figures, keys)
    if clients is _UNKNOWN:
        clients = changed(scope) if any(rows in BY_ROWS for rows in sets) else None
    found: Tally = defaultdict(dict)
    for rows, wanted in sets.items():
        some = {key: figures[key] for key in wanted}
        if clients is None or rows not in BY_ROWS:
            numbers = frame.tally(some, scope, *by_columns)
        else:
            numbers = _of_kept(rows, some, scope, by_columns or ("whose",), clients)
        for place, values in numbers.items():
            found[place].update(values)
    return dict(found)


def numbers(figures: Mapping[str, Figure], scope: Scope) -> Tally | None:
    """Figures of one kept set by manager; None: they have to be counted."""
    clients = changed(scope)
    rows = next(iter(figures.values())).rows
    return None if clients is None else _of_kept(rows, figures, scope, ("whose",), clients)


def light_now(scope: Scope) -> Tally:
    """The traffic light by manager."""
    kept = numbers(LIGHTS, scope)
    return frame.tally(LIGHTS, scope) if kept is None else kept


def _of_kept(
    rows: Rows,
    figures: Mapping[str, Figure],
    scope: Scope,
    columns: tuple[str, ...],
    clients: list[int],
) -> Tally:
    """The kept numbers or rows, without what is kept of the clients, with the rows of the clients. One query: nothing
    is settled between its parts."""
    kept = BY_ROWS[rows]
    live = _numbers(kept.of_clients(rows(scope), clients), figures, scope, columns)
    if (numbers := _tallied(kept, figures)) and columns == ("whose",):
        whole = scope.of_ours(numbers.model._default_manager.all(), "manager").values_list("manager", *figures)
        before = _numbers(kept.kept(scope).filter(client__in=clients), figures, scope, columns, sign=-1)
        parts = [whole, before, live]
    else:
        # A claim without a client is no client's.
        unchanged = kept.kept(scope).filter(Q(client__isnull=True) | ~Q(client__in=clients))
        parts = [_numbers(unchanged, figures, scope, columns), live]
    return _added(parts[0].union(*parts[1:], all=True) if clients else parts[0], figures, len(columns))


def _tallied(kept: Kept, figures: Mapping[str, Figure]) -> Tallied | None:
    """The numbers that say all of these figures."""
    fits = (each for each in kept.tallied if all(each.figures.get(key) is figures[key] for key in figures))
    return next(fits, None)


def _numbers(
    rows: QuerySet, figures: Mapping[str, Figure], scope: Scope, columns: tuple[str, ...], *, sign: int = 1
) -> QuerySet:
    sums = {f"n_{key}": figure.aggregate(scope) for key, figure in figures.items()}
    if sign < 0:
        sums = {name: number * Value(sign) for name, number in sums.items()}
    return rows.order_by().values(*columns).annotate(**sums).values_list(*columns, *sums)


def _added(rows: QuerySet, figures: Mapping[str, Figure], width: int) -> Tally:
    keys = tuple(figures)
    found: Tally = {}
    for row in rows:
        place, values = row[:width] if width > 1 else row[0], row[width:]
        before = found.get(place)
        if before is None:
            found[place] = dict(zip(keys, values, strict=True))
        else:
            for key, value in zip(keys, values, strict=True):
                before[key] += value
    # Of whom all have changed: nothing may be left.
    for place in [place for place, numbers in found.items() if not any(numbers.values())]:
        del found[place]
    return found
