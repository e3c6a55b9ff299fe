"""Numbers of reports from what is kept. They are those of the rows at any moment: of clients that changed since they
were last worked out, the rows themselves are counted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Model, Q, QuerySet, Value

from crm import clock
from crm.web.prepared import Params, Prepared
from reports.frame import figures as frame
from reports.frame.figures import Figure, Number, Rows, by_rows
from reports.frame.scope import Scope
from reports.kept.models import ChangedClient, KeptState
from reports.kept.sets import BY_ROWS, SETS, Kept, Tallied, rules_in_words
from reports.traffic_light.figures import FIGURES as LIGHTS

#: With more changes waiting than this the rows are counted.
MOST = 5000
#: :func:`changed` is to be asked.
_UNKNOWN: Any = object()
#: What narrows a report without narrowing its rows.
_HARMLESS = frozenset({"variant"})
Tally = dict[Any, dict[str, Number]]


@dataclass(frozen=True, slots=True)
class Changed:
    """The clients that changed since what is kept was worked out."""

    clients: list[int]
    _rows: dict[type[Model], list[int]] = field(default_factory=dict)

    def rows_of(self, kept: Kept) -> list[int]:
        """What is kept of them. One query, once; none of sets whose rows are clients."""
        if not self.clients or kept.of_client == "pk":
            return []
        if kept.model not in self._rows:
            self._rows[kept.model] = _kept_of[kept.model](clients=self.clients)
        return self._rows[kept.model]


def _kept_keys(model: type[Model]) -> QuerySet:
    return model._default_manager.filter(client__in=Params("clients")).values_list("pk", flat=True)


_state = Prepared(lambda: KeptState.objects.order_by().values_list("day", "zone", "rules"))
_queue = Prepared(lambda most=MOST: ChangedClient.objects.values_list("client", flat=True)[: most + 1])
_kept_of = {kept.model: Prepared(partial(_kept_keys, kept.model)) for kept in SETS}


def changed(scope: Scope) -> Changed | None:
    """The clients that changed since; None: what is kept does not answer what is asked. Two small queries."""
    if not _HARMLESS.issuperset(scope.options):
        return None
    if _state() != [(scope.today, clock.company_zone().key, rules_in_words(scope.rules))]:
        return None
    clients = _queue()
    return Changed(sorted(set(clients))) if len(clients) <= MOST else None


def tally(
    figures: Mapping[str, Figure],
    scope: Scope,
    *by_columns: str,
    keys: Iterable[str] = (),
    since: Changed | None = _UNKNOWN,
) -> Tally:
    """As :func:`reports.frame.figures.tally`: one query for each set of rows; without ``since``, what
    :func:`changed` says, two more."""
    sets = by_rows(figures, keys)
    if since is _UNKNOWN:
        since = changed(scope) if any(rows in BY_ROWS for rows in sets) else None
    found: Tally = defaultdict(dict)
    for rows, wanted in sets.items():
        some = {key: figures[key] for key in wanted}
        if since is None or rows not in BY_ROWS:
            numbers = frame.tally(some, scope, *by_columns)
        else:
            numbers = _of_kept(rows, some, scope, by_columns or ("whose",), since)
        for place, values in numbers.items():
            found[place].update(values)
    return dict(found)


def numbers(figures: Mapping[str, Figure], scope: Scope) -> Tally | None:
    """Figures of one kept set by manager; None: they have to be counted."""
    since = changed(scope)
    rows = next(iter(figures.values())).rows
    return None if since is None else _of_kept(rows, figures, scope, ("whose",), since)


def light_now(scope: Scope) -> Tally:
    """The traffic light by manager."""
    kept = numbers(LIGHTS, scope)
    return frame.tally(LIGHTS, scope) if kept is None else kept


def _of_kept(
    rows: Rows,
    figures: Mapping[str, Figure],
    scope: Scope,
    columns: tuple[str, ...],
    since: Changed,
) -> Tally:
    """The kept numbers or rows, without what is kept of the clients that changed, with the rows of these. One query:
    nothing is settled between its parts."""
    kept, is_changed = BY_ROWS[rows], bool(since.clients)
    found = frame.answers(
        ("kept", rows, columns, is_changed, frame.asked(figures)),
        rows,
        scope,
        lambda asked: _query(rows, figures, asked, columns, is_changed=is_changed),
        clients=since.clients,
        were=since.rows_of(kept),
    )
    return _added(found, figures, len(columns))


def _query(
    rows: Rows, figures: Mapping[str, Figure], scope: Scope, columns: tuple[str, ...], *, is_changed: bool
) -> QuerySet:
    """The parts of the numbers, to be added up. Parameters beside those of the scope: the ``clients`` that changed, and
    which ``were`` their rows when they were kept."""
    kept, clients = BY_ROWS[rows], Params("clients")
    if (tallied := _tallied(kept, figures)) and columns == ("whose",):
        parts = [scope.of_ours(tallied.model._default_manager.all(), "manager").values_list("manager", *figures)]
        if is_changed:
            before = kept.kept(scope).filter(client__in=clients)
            parts.append(_numbers(before, figures, scope, columns, sign=-1))
    else:
        unchanged = kept.kept(scope)
        if is_changed:
            # A claim without a client is no client's.
            unchanged = unchanged.filter(Q(client__isnull=True) | ~Q(client__in=clients))
        parts = [_numbers(unchanged, figures, scope, columns)]
    if is_changed:
        parts.append(_numbers(kept.of_clients(rows(scope), clients, Params("were")), figures, scope, columns))
    return parts[0].union(*parts[1:], all=True) if is_changed else parts[0]


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


def _added(rows: Iterable[Any], figures: Mapping[str, Figure], width: int) -> Tally:
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
