"""Where the numbers of a report lead."""

from functools import lru_cache
from urllib.parse import parse_qs, urlencode

from django.urls import reverse


@lru_cache(maxsize=512)  # the cells of a line have its query in common
def merged(*queries: str) -> str:
    """Queries as one: what a later one says of a name goes before what an earlier one said; empty, it takes it off."""
    found: dict[str, list[str]] = {}
    for query in queries:
        found |= parse_qs(query.lstrip("?"), keep_blank_values=True)
    return urlencode({name: [value for value in values if value] for name, values in found.items()}, doseq=True)


def rows_url(key: str, figure: str, *queries: str) -> str:
    """The rows behind a number of the report ``key``."""
    return f"{reverse(f'report-{key}-rows')}?{merged(*queries, f'what={figure}')}"


def rows_near(figure: str, *queries: str) -> str:
    """The same from the page of the report itself: a table has hundreds of numbers."""
    return f"rows/?{merged(*queries)}&what={figure}".replace("?&", "?")


def file_url(page: str, query: str, kind: str) -> str:
    """The page of a report as a file; ``kind``: "csv" or "xlsx"."""
    return f"{reverse(f'{page}-{kind}')}?{query}".rstrip("?")
