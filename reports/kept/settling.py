"""What is kept is worked out anew: of the clients that changed, or of all."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import F, Model, Q, QuerySet

from clients import rulebook
from crm import clock
from interactions.models import Event
from reports.frame.scope import Scope
from reports.kept import triggers
from reports.kept.models import ChangedClient, KeptState
from reports.kept.sets import SETS, Kept, rules_in_words, whole_company

#: Changes taken at once.
_CHUNK = 2000
#: With more changes than this all is worked out anew.
_MANY = 100_000
#: After as many days without a task all is worked out anew.
_LONG = 7


def settle() -> int:
    """Work out anew what is kept of the clients that changed; how many changes there were.

    Safe in any number, and while clients are written: what comes meanwhile stays in the queue.
    """
    if not _begin_the_day():
        return count_all()
    settled = 0
    while number := _settle_some():
        settled += number
    return settled


@transaction.atomic
def count_all() -> int:
    """Work out everything anew; how many changes were waiting."""
    today, rules = clock.today(), rulebook.load()
    KeptState.objects.update_or_create(
        pk=1, defaults={"day": today, "zone": clock.company_zone().key, "rules": rules_in_words(rules)}
    )
    # First the queue, then the rows: a change that is not among them yet comes into the queue later.
    waiting, _of_each = ChangedClient.objects.all().delete()
    scope = whole_company(today, rules)
    for kept in SETS:
        kept.model._default_manager.all().delete()
        _write(kept.model, _live(kept, scope), kept.columns)
        _add_up(kept, scope)
        _analyse(kept)
    return waiting


@contextmanager
def unsettled() -> Iterator[None]:
    """Inside, no change is written down: for great numbers of rows; everything is worked out at the end."""
    triggers.drop(DEFAULT_DB_ALIAS)
    yield
    triggers.install(DEFAULT_DB_ALIAS)
    count_all()


@transaction.atomic
def _begin_the_day() -> bool:
    """The numbers are those of today and of today's rules; False when all has to be worked out anew."""
    state = _locked_state()
    today, rules = clock.today(), rulebook.load()
    if state is None or state.zone != clock.company_zone().key or not 0 <= (today - state.day).days <= _LONG:
        return False
    if ChangedClient.objects.all()[_MANY : _MANY + 1].exists():
        return False
    if state.day == today and state.rules == rules_in_words(rules):
        return True
    # Plans of the days that have gone by since are overdue.
    gone_by = Q(occurred_at__gte=clock.day_start(state.day), occurred_at__lt=clock.day_start(today))
    plans = Event.objects.planned().order_by().filter(gone_by, client__isnull=False)
    _write(ChangedClient, plans.distinct(), {"client": "client_id"})
    state.day, state.rules = today, rules_in_words(rules)
    state.save()
    for kept in SETS:
        _add_up(kept, whole_company(today, rules))
    return True


@transaction.atomic
def _settle_some() -> int:
    """The oldest changes; how many there were."""
    state = _locked_state()
    changes = dict(ChangedClient.objects.order_by("pk").values_list("pk", "client")[:_CHUNK])
    if state is None or not changes:
        return 0
    # First the queue, as above.
    ChangedClient.objects.filter(pk__in=list(changes)).delete()
    clients = sorted(set(changes.values()))
    scope = whole_company(state.day, rulebook.load())
    for kept in SETS:
        before = kept.model._default_manager.filter(client__in=clients)
        were = list(before.values_list("pk", flat=True))
        rows = kept.of_clients(_live(kept, scope), clients, were)
        whose = set(before.values_list("manager", flat=True))
        keys = list(rows.values_list("pk", flat=True))
        kept.model._default_manager.filter(Q(client__in=clients) | Q(pk__in=keys)).delete()
        _write(kept.model, rows, kept.columns)
        whose |= set(kept.model._default_manager.filter(client__in=clients).values_list("manager", flat=True))
        _add_up(kept, scope, whose)
    return len(changes)


def _analyse(kept: Kept) -> None:
    """The planner knows nothing yet of tables that have just been filled."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (kept.model, *(tallied.model for tallied in kept.tallied)):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _locked_state() -> KeptState | None:
    """Two that settle at once would both write the same rows."""
    return KeptState.objects.select_for_update().first()


def _live(kept: Kept, scope: Scope) -> QuerySet:
    return kept.live(scope).order_by()


def _add_up(kept: Kept, scope: Scope, whose: Iterable[Any] | None = None) -> None:
    """The numbers by manager, of all or of these."""
    for tallied in kept.tallied:
        rows, numbers = kept.kept(scope).order_by(), tallied.model._default_manager.all()
        if whose is not None:
            theirs = _whose(whose)
            rows, numbers = rows.filter(theirs), numbers.filter(theirs)
        numbers.delete()
        sums = {f"n_{key}": figure.aggregate(scope) for key, figure in tallied.figures.items()}
        columns = {"manager": "manager", **{str(key): f"n_{key}" for key in tallied.figures}}
        _write(tallied.model, rows.values("manager").annotate(**sums), columns)


def _whose(managers: Iterable[Any]) -> Q:
    keys = set(managers)
    found = Q(manager__in=sorted(keys - {None}))
    return found | Q(manager__isnull=True) if None in keys else found


def _write(model: type[Model], rows: QuerySet, columns: Mapping[str, Any]) -> None:
    """INSERT … SELECT: what the rows say into these columns."""
    aliases = {name: F(name) for name in columns.values() if name in rows.query.annotations}
    chosen = rows.annotate(**{name: f for name, f in aliases.items() if name not in rows.query.annotation_select})
    try:
        sql, params = chosen.values_list(*columns.values()).query.sql_with_params()
    except EmptyResultSet:  # of nobody
        return
    of_fields = {field.name: str(field.column) for field in model._meta.concrete_fields}
    names = ", ".join(connection.ops.quote_name(of_fields[column]) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) {sql}", params)
