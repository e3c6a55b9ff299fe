import pytest
from django.test.utils import CaptureQueriesContext

from crm.web.pagination import paginate, stable


@pytest.fixture
def regions(db: None):
    from clients.models import Region

    Region.objects.all().delete()
    Region.objects.bulk_create([Region(name=f"R{n:03}") for n in range(120)])
    return Region.objects.order_by("name")


def test_pages_cover_every_row_once(regions) -> None:
    pages = [paginate(regions, n) for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({row.pk for page in pages for row in page}) == 120
    assert [(page.start, page.end, page.has_previous, page.has_next) for page in pages] == [
        (1, 50, False, True),
        (51, 100, True, True),
        (101, 120, True, False),
    ]
    assert pages[0].count_text == "120"
    assert pages[0].last_number == 3


@pytest.mark.parametrize(("asked", "given"), [("x", 1), (None, 1), ("-4", 1), ("0", 1), ("99", 3), ("9" * 30, 3)])
def test_nonsense_numbers(regions, asked: str | None, given: int) -> None:
    assert paginate(regions, asked).number == given


def test_the_count_stops_at_the_cap(regions) -> None:
    page = paginate(regions, 1, cap=100)
    assert page.capped
    assert page.count_text == "100+"
    assert page.last_number is None
    assert len(paginate(regions, 3, cap=100)) == 20
    assert paginate(regions, 40, cap=100).number == 2


def test_an_empty_list(regions) -> None:
    page = paginate(regions.none(), 3)
    assert (page.number, page.start, page.end, page.has_other_pages, page.count_text) == (1, 0, 0, False, "0")


def test_order_ends_with_the_primary_key(regions) -> None:
    assert stable(regions).query.order_by == ("name", "pk")
    assert stable(regions.order_by("-pk")).query.order_by == ("-pk",)


def test_two_queries_however_many_rows(regions) -> None:
    from django.db import connection

    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(paginate(regions, 2))
    assert len(queries) == 2
