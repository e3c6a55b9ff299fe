"""Likeness on PostgreSQL: the candidates come by pg_trgm, through the trigram indexes."""

import pytest
from django.db import connection

from clients.models import Client
from clients.search import search
from clients.search.similar import alike
from clients.tests.factories import UnassignedClientFactory, held_client

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.mark.parametrize("typed", ["ромшка", "рмоашка", "помашка", "ромашкаа", "hjvirf"])
def test_the_same_slips_are_forgiven_as_on_sqlite(company, typed):
    daisy = held_client(company.anna, name="ООО «Ромашка»")
    (hit,) = search(typed, by=company.anna)
    assert (hit.client, hit.is_similar) == (daisy, True)


def test_the_likest_are_kept_when_there_are_many(company):
    for n in range(80):
        UnassignedClientFactory(name=f"Рога {n} ромб")
    daisy = UnassignedClientFactory(name="Ромашка")
    assert list(alike(Client.objects.all(), ("ромшка",), 5)) == [daisy.pk]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT id FROM clients_client WHERE search_name %%> 'ромшка'", "client_search_name_trgm"),
        (
            "SELECT id FROM interactions_event WHERE replace(upper(subject), 'Ё', 'Е') LIKE '%%НАСОС%%'"
            " AND NOT (subject = '')",
            "event_subject_trgm",
        ),
        (
            "SELECT id FROM interactions_salesprocess WHERE replace(upper(title), 'Ё', 'Е') LIKE '%%НАСОС%%'",
            "process_title_trgm",
        ),
    ],
)
def test_the_indexes_serve_the_search(company, query, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {query}", [])
        assert index in " ".join(line for (line,) in cursor.fetchall())
