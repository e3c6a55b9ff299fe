"""The pages people ask for all day read clients and events by an index, and no more of them than was reviewed.

Speed is measured by ``make bench``; this does not depend on a clock. The pages are those of ``bench/pages.py``, on a
base of ``manage.py load_base``, always of the same day. How many rows each may read stands in ``rows_read.json``; to
write the file anew:

    UPDATE_ROWS_READ=1 pytest bench/tests/test_rows_read.py

PostgreSQL takes a small table from end to end where that is cheaper, a large one it should not: such a query is planned
once more, without that way. It is taken all the same where no index serves.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from bench.base import POSTGRESQL
from bench.inside import asking_inside
from bench.known import look_around
from bench.pages import all_pages
from bench.plans import explain, reading_queries

PAGES = [
    "list", "list-all", "list-deep", "list-yellow", "list-by-name", "list-events", "search-name", "search-phone",
    "card", "register", "day", "day-head", "desk", "board",
]  # fmt: skip
TABLES = ("clients_client", "interactions_event")
#: A page may read so many times the rows that were reviewed, and a few: what an index saves is more than that.
SLACK, FEW = 1.3, 100
REVIEWED = Path(__file__).with_name("rows_read.json")
UPDATE = bool(os.environ.get("UPDATE_ROWS_READ"))
ADVICE = (
    "If the new numbers are what you want: UPDATE_ROWS_READ=1 pytest bench/tests/test_rows_read.py, "
    "and let the reviewer see the diff of rows_read.json."
)

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture(scope="module")
def queries(loaded):
    """Page → its queries that read."""
    cache.clear()
    found = {}
    with transaction.atomic():
        known = look_around()
        for page in all_pages(known):
            if page.key in PAGES:
                ask = asking_inside(page, known)
                ask()
                cache.clear()
                found[page.key] = reading_queries(ask)
        transaction.set_rollback(True)
    return found


@pytest.fixture
def plans(queries):
    """Page → the plans of its queries now, on a server as the bench has it."""
    for name in ("effective_cache_size", "work_mem", "random_page_cost", "jit"):
        _set(name, POSTGRESQL[name])
    _set("max_parallel_workers_per_gather", "0")
    return lambda page: [_planned(sql) for sql in queries[page]]


def _planned(sql):
    found = explain(sql)
    if found.scanned().isdisjoint(TABLES):
        return found
    _set("enable_seqscan", "off")
    found = explain(sql)
    _set("enable_seqscan", "on")
    return found


def _set(name, value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def told_of(plans):
    """What stands in the file: rows read, and which of the tables no index served."""
    rows = sum((plan.rows_read() for plan in plans), Counter())
    scanned = set().union(*(plan.scanned() for plan in plans))
    return {"rows": {table: rows[table] for table in TABLES}, "scanned": sorted(scanned & set(TABLES))}


def worse(now, reviewed):
    """In words, what is worse than it was."""
    scanned = [f"{table} from end to end" for table in now["scanned"] if table not in reviewed["scanned"]]
    rows = [
        f"{table}: {reviewed['rows'][table]} → {number} rows"
        for table, number in now["rows"].items()
        if number > reviewed["rows"][table] * SLACK + FEW
    ]
    return ", ".join(scanned + rows)


def reviewed():
    return json.loads(REVIEWED.read_text())


def test_pages_read_clients_and_events_by_an_index_and_no_more_than_was_reviewed(plans):
    now = {page: told_of(plans(page)) for page in PAGES}
    if UPDATE:
        REVIEWED.write_text(json.dumps(now, indent=2, sort_keys=True) + "\n")
        return
    then = reviewed()
    assert then.keys() == now.keys(), ADVICE
    found = {page: more for page in PAGES if (more := worse(now[page], then[page]))}
    assert not found, f"{found}\n{ADVICE}"


@pytest.mark.parametrize(
    ("index", "page"),
    [
        ("client_search_name_trgm", "search-name"),
        ("event_subject_trgm", "search-name"),
        ("event_planned_with", "list"),
        ("event_by_responsible", "desk"),
    ],
)
def test_a_lost_index_is_seen(plans, index, page):
    before = told_of(plans(page))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")
    assert worse(told_of(plans(page)), before)
