"""Page by page: 50 rows, a stable order, a count that never costs more than it tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

PAGE_SIZE = 50
COUNT_CAP = 1000
#: OFFSET costs time in proportion to its depth; nobody reads page 2,000 of a list by hand.
MAX_PAGE = 2000


@dataclass(frozen=True)
class Page:
    """One page of a list. ``count`` is exact up to the cap; ``capped`` says that there are more."""

    rows: Sequence[Any]
    number: int
    size: int
    count: int
    capped: bool
    has_next: bool

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_previous or self.has_next

    @property
    def previous_number(self) -> int:
        return self.number - 1

    @property
    def next_number(self) -> int:
        return self.number + 1

    @property
    def start(self) -> int:
        """Number of the first row shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1 if self.rows else 0

    @property
    def last_number(self) -> int | None:
        """Number of the last page, or None when the count is capped."""
        return None if self.capped else max(1, -(-self.count // self.size))

    @property
    def count_text(self) -> str:
        """The count in the reader's words: "312", or "1,000+" past the cap."""
        text = number_format(self.count, force_grouping=True)
        return _("%(count)s+") % {"count": text} if self.capped else text


def stable(queryset: QuerySet) -> QuerySet:
    """The queryset with the primary key as the last word of its order, so that no row is shown twice or skipped."""
    order = list(queryset.query.order_by or (queryset.model._meta.ordering if queryset.query.default_ordering else ()))
    named = {str(term).lstrip("-") for term in order if isinstance(term, str)}
    if not named & {"pk", "id", queryset.model._meta.pk.name}:
        order.append("pk")
    return queryset.order_by(*order)


def paginate(queryset: QuerySet, number: str | int | None, *, size: int = PAGE_SIZE, cap: int = COUNT_CAP) -> Page:
    """The page asked for. Nonsense is page 1; a page past the end is the last one.

    One row more than the page is read, so "is there a next page" needs no count; the count itself stops at ``cap``.
    """
    try:
        wanted = int(number or 1)
    except (TypeError, ValueError):
        wanted = 1
    wanted = min(max(1, wanted), MAX_PAGE)
    ordered = stable(queryset)
    # Counting the ordered rows would sort them for nothing.
    found = ordered.order_by()[: cap + 1].count()
    capped = found > cap
    count = min(found, cap)
    if not capped:
        wanted = min(wanted, max(1, -(-count // size)))
    rows = list(ordered[(wanted - 1) * size : wanted * size + 1])
    if not rows and wanted > 1:
        # Past the end of a list whose count is capped: back to the last page surely there.
        wanted = max(1, cap // size)
        rows = list(ordered[(wanted - 1) * size : wanted * size + 1])
    return Page(rows[:size], wanted, size, count, capped, len(rows) > size)


def page_of(rows: Sequence[Any], number: str | int | None, *, size: int = PAGE_SIZE) -> Page:
    """The page asked for of rows that are read already, in their order. Nonsense is page 1; past the end, the last."""
    try:
        wanted = int(number or 1)
    except (TypeError, ValueError):
        wanted = 1
    wanted = min(max(1, wanted), max(1, -(-len(rows) // size)))
    shown = rows[(wanted - 1) * size : wanted * size]
    return Page(shown, wanted, size, len(rows), False, wanted * size < len(rows))
