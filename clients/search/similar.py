"""Names that are like what was typed: a bounded number of candidates from the database, judged by one rule.

PostgreSQL gives the likest by ``word_similarity`` and the trigram indexes of migration 0002; SQLite those that share
the most pairs of letters. Which of them are like enough is said by ``rules.likeness``, the same on both.
"""

from typing import Any

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from clients.rules import likeness

_CANDIDATES = 60
#: Below it ``%>`` finds nothing; low, because a swap in a short word leaves a third of its trigrams.
_THRESHOLD = "0.3"


def alike(rows: QuerySet, typed: tuple[str, ...], limit: int) -> dict[int, int]:
    """Key and number of slips of those of ``rows`` whose ``search_name`` is like one of ``typed``, the likest first."""
    readings = [name for name in typed if likeness.is_worth_trying(name)]
    found: dict[int, int] = {}
    for pk, search_name in _candidates(rows, readings) if readings else ():
        slips = [made for name in readings if (made := likeness.slips_in(name, search_name)) is not None]
        if slips:
            found[pk] = min(slips)
    return dict(sorted(found.items(), key=lambda pair: (pair[1], pair[0]))[:limit])


def _candidates(rows: QuerySet, readings: list[str]) -> list[tuple[int, str]]:
    if connection.vendor == "postgresql":
        return _by_trigrams(rows, readings)
    shared: Any = Value(0)
    for piece in {piece for name in readings for piece in likeness.pieces(name)}:
        shared += Case(When(search_name__contains=piece, then=1), default=0, output_field=IntegerField())
    ranked = rows.annotate(shared=shared).filter(shared__gte=2)
    return list(ranked.order_by("-shared", "pk").values_list("pk", "search_name")[:_CANDIDATES])


def _by_trigrams(rows: QuerySet, readings: list[str]) -> list[tuple[int, str]]:
    condition, measures = Q(), [TrigramWordSimilarity(name, "search_name") for name in readings]
    for name in readings:
        condition |= Q(TrigramWordSimilar(F("search_name"), Value(name)))
    measure = measures[0] if len(measures) == 1 else Greatest(*measures)
    likest = rows.filter(condition).annotate(likeness=measure).order_by("-likeness", "pk")
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # For this transaction only; the operator, unlike the function, can use the index.
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [_THRESHOLD])
        return list(likest.values_list("pk", "search_name")[:_CANDIDATES])
