"""Page by page: 50 rows, a stable order, a count that never costs more than it tells."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, OrderBy, QuerySet
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
    """The queryset with the primary key as the last word of its order, so that no row is shown twice or skipped.

    It goes the way of the term before it: so an index on both is read from either end.
    """
    order = list(queryset.query.order_by or (queryset.model._meta.ordering if queryset.query.default_ordering else ()))
    named = {str(term).lstrip("-") for term in order if isinstance(term, str)}
    if not named & {"pk", "id", queryset.model._meta.pk.name}:
        order.append("-pk" if order and _goes_down(order[-1]) else "pk")
    return queryset.order_by(*order)


def _goes_down(term: Any) -> bool:
    return term.startswith("-") if isinstance(term, str) else bool(getattr(term, "descending", False))


def paginate(
    queryset: QuerySet,
    number: str | int | None,
    *,
    size: int = PAGE_SIZE,
    cap: int = COUNT_CAP,
    parts: Sequence[QuerySet] = (),
    read: Callable[[list[Any]], Mapping[Any, Any]] | None = None,
) -> Page:
    """The page asked for. Nonsense is page 1; a page past the end is the last one. Two queries.

    The keys come first, as far as rows are counted: they tell the number, and which rows stand on the page; an index
    has them, however deep the page is. Then these rows are read, with all that is shown of them.

    Args:
        parts: the same rows in parts that have none in common, in the same order: a database that can reads each by
            its own index.
        read: the rows of these keys, by key; by default those of the queryset.
    """
    try:
        wanted = int(number or 1)
    except (TypeError, ValueError):
        wanted = 1
    wanted = min(max(1, wanted), MAX_PAGE)
    first, count, capped = (wanted - 1) * size, cap, True
    # A filter that finds nothing leaves empty parts: they cannot be put together.
    parts = [stable(part) for part in [part for part in parts if not part.query.is_empty()] or [queryset]]
    if len(parts) > 1 and not connection.features.supports_slicing_ordering_in_compound:
        parts = [stable(queryset)]
    here = _keys(parts, first, first + size + 1) if first >= cap else []
    if not here:
        # All that are counted; of a page past the end, also of a list whose count is capped, the last one surely there.
        found = _keys(parts, 0, cap + (size if first < cap else 0) + 1)
        count, capped = min(len(found), cap), len(found) > cap
        wanted = min(wanted, max(1, -(-count // size)))
        first = (wanted - 1) * size
        here = found[first : first + size + 1]
    rows = (read or queryset.order_by().in_bulk)(here[:size])
    return Page([rows[pk] for pk in here[:size] if pk in rows], wanted, size, count, capped, len(here) > size)


def _keys(parts: Sequence[QuerySet], first: int, last: int) -> list[Any]:
    """The keys from the one place to the other, of all parts in their common order. One query."""
    if len(parts) == 1:
        return list(parts[0].values_list("pk", flat=True)[first:last])
    # Each names what it is ordered by: so the whole can be.
    names = [f"by_{place}" for place in range(len(parts[0].query.order_by))]
    cut = []
    for part in parts:
        terms = [_expression(term) for term in part.query.order_by]
        named = part.annotate(**{name: term.expression for name, term in zip(names, terms)})
        cut.append(named.order_by(*_renamed(terms, names)).values_list("pk", *names)[:last])
    terms = [_expression(term) for term in parts[0].query.order_by]
    whole = cut[0].union(*cut[1:], all=True).order_by(*_renamed(terms, names))
    return [row[0] for row in whole[first:last]]


def _expression(term: Any) -> OrderBy:
    if not isinstance(term, str):
        return term if isinstance(term, OrderBy) else term.asc()
    return F(term[1:]).desc() if term.startswith("-") else F(term).asc()


def _renamed(terms: Sequence[OrderBy], names: Sequence[str]) -> list[OrderBy]:
    return [
        OrderBy(F(name), descending=term.descending, nulls_first=term.nulls_first, nulls_last=term.nulls_last)
        for term, name in zip(terms, names)
    ]


def page_of(rows: Sequence[Any], number: str | int | None, *, size: int = PAGE_SIZE) -> Page:
    """The page asked for of rows that are read already, in their order. Nonsense is page 1; past the end, the last."""
    try:
        wanted = int(number or 1)
    except (TypeError, ValueError):
        wanted = 1
    wanted = min(max(1, wanted), max(1, -(-len(rows) // size)))
    shown = rows[(wanted - 1) * size : wanted * size]
    return Page(shown, wanted, size, len(rows), False, wanted * size < len(rows))
