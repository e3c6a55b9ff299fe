"""Names that are like what was typed: a bounded number of candidates from the database, judged by one rule.

PostgreSQL gives the likest by ``word_similarity`` and the trigram indexes of migration 0002; SQLite those that share
the most pairs of letters. Which of them are like enough is said by ``rules.likeness``, the same on both.
"""

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from clients.rules import likeness

_CANDIDATES = 60
#: Below it ``%>`` finds nothing; low, because a swap in a short word leaves a third of its trigrams.
_THRESHOLD = "0.3"


def alike(rows: QuerySet, typed: tuple[str, ...], limit: int) -> dict[int, int]:
    """Key and number of slips of those of ``rows`` whose ``search_name`` is like one of ``typed``, the likest first."""
    found: dict[int, int] = {}
    for name in filter(likeness.is_worth_trying, typed):
        for pk, search_name in _candidates(rows, name):
            if (slips := likeness.slips_in(name, search_name)) is not None:
                found[pk] = min(slips, found.get(pk, slips))
    return dict(sorted(found.items(), key=lambda pair: (pair[1], pair[0]))[:limit])


def _candidates(rows: QuerySet, name: str) -> list[tuple[int, str]]:
    if connection.vendor == "postgresql":
        return _by_trigrams(rows, name)
    shared = Value(0)
    for piece in likeness.pieces(name):
        shared += Case(When(search_name__contains=piece, then=1), default=0, output_field=IntegerField())
    ranked = rows.annotate(shared=shared).filter(shared__gte=2)
    return list(ranked.order_by("-shared", "pk").values_list("pk", "search_name")[:_CANDIDATES])


def _by_trigrams(rows: QuerySet, name: str) -> list[tuple[int, str]]:
    likest = (
        rows.filter(TrigramWordSimilar(F("search_name"), Value(name)))
        .annotate(likeness=TrigramWordSimilarity(name, "search_name"))
        .order_by("-likeness", "pk")
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # For this transaction only; the operator, unlike the function, can use the index.
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [_THRESHOLD])
        return list(likest.values_list("pk", "search_name")[:_CANDIDATES])
