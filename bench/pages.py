"""The pages that are measured, as whom, and against which bar."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from bench.bars import FRAME, LINE
from bench.known import DIRECTOR, HEAD, SELLER, Known
from reports.frame.report import all_reports


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        key: what ``--only`` names it by.
        kind: its bar, see ``bench.bars``.
        who: the reader.
        address: where it is; asked anew for each request.
        fields: of a form that is posted; None for a page that is read.
    """

    key: str
    kind: str
    who: str
    address: Callable[[], str]
    fields: dict[str, str] | None = None


def all_pages(known: Known) -> list[Page]:
    """Every page, in the order they are measured."""
    clients, board = reverse("client-list"), reverse("exchange-board")
    pages = [
        _page("list", "list", SELLER, clients),
        _page("list-head", "list", HEAD, clients, whose="department"),
        _page("list-all", "list", DIRECTOR, clients, whose="all"),
        _page("list-deep", "list", DIRECTOR, clients, whose="all", page=known.deep),
        _page("list-yellow", "list", DIRECTOR, clients, whose="all", zone="yellow"),
        _page("list-region", "list", DIRECTOR, clients, whose="all", region=known.region),
        _page("list-category", "list", DIRECTOR, clients, whose="all", category="A"),
        _page("list-city", "list", DIRECTOR, clients, whose="all", city=known.city),
        _page("list-words", "list", DIRECTOR, clients, whose="all", q=known.name),
        _page("list-silent", "list", DIRECTOR, clients, whose="all", silent_since=known.long_ago),
        _page("list-by-name", "list", DIRECTOR, clients, whose="all", sort="name"),
        _page("list-by-contact", "list", DIRECTOR, clients, whose="all", sort="-contact"),
        _page("list-by-next", "list", HEAD, clients, whose="department", sort="next"),
        _page("list-by-manager", "list", DIRECTOR, clients, whose="all", sort="manager"),
        _page("list-persons", "list", SELLER, reverse("person-list")),
        _page("list-events", "list", DIRECTOR, reverse("event-list")),
        _page("list-sales", "list", DIRECTOR, reverse("process-list")),
        _page("search-name", "search", SELLER, reverse("search"), q=known.name),
        _page("search-letters", "search", DIRECTOR, reverse("search"), q=known.name[:3]),
        _page("search-phone", "search", SELLER, reverse("palette"), q=known.phone),
        _page("search-inn", "search", SELLER, reverse("palette"), q=known.inn),
        _page("search-email", "search", SELLER, reverse("palette"), q=known.email),
        _page("search-typing", "search", SELLER, reverse("palette"), q=known.name[:4]),
        _page("card", "card", SELLER, reverse("client-detail", args=[known.thousand[0]])),
        _page("card-10", "card", SELLER, reverse("client-detail", args=[known.ten[0]])),
        _page("card-head", "card", HEAD, reverse("client-detail", args=[known.thousand[0]])),
        _registering(known),
        _page("day", "day", SELLER, reverse("my-day")),
        _page("day-head", "day", HEAD, reverse("my-day")),
        _page("desk", "day", HEAD, reverse("head-desk")),
        _page("desk-director", "day", DIRECTOR, reverse("head-desk")),
        _page("board", "board", SELLER, board),
        _page("board-region", "board", SELLER, board, region=known.board_region),
        _page("board-stay", "board", SELLER, board, stay="90"),
        _page("board-head", "board", HEAD, board),
    ]
    for report in all_reports():
        address = reverse(report.url_name)
        own, whole = ("light-own", "light") if report.key == "traffic-light" else ("report", "report")
        pages.append(_page(f"{report.key}-own", own, HEAD, address, period="365"))
        pages.append(_page(report.key, whole, DIRECTOR, address, period="365"))
    return pages


def line_page() -> Page:
    """F itself; it has no bar."""
    return _page("F", LINE, SELLER, reverse("bench-line"))


def frame_pages() -> list[Page]:
    """The frame around every page, for those whose menus, badges and banners differ; they have no bar either."""
    address = reverse("bench-frame")
    return [_page("frame", FRAME, SELLER, address), _page("frame-head", FRAME, HEAD, address)]


def choosable(known: Known) -> list[Page]:
    """All that can be asked for by name; F is measured with whatever is."""
    return [*frame_pages(), *all_pages(known)]


def chosen(pages: list[Page], only: list[str]) -> list[Page]:
    """The pages named: by key, by the beginning of it (``list`` is every ``list-…`` too), or by kind.

    Raises:
        ValueError: a name fits no page.
    """
    if not only:
        return pages
    for name in only:
        if not any(_fits(page, name) for page in pages):
            raise ValueError(f"There is no page {name!r}. There are: {', '.join(page.key for page in pages)}.")
    return [page for page in pages if any(_fits(page, name) for name in only)]


def _fits(page: Page, name: str) -> bool:
    return name in (page.key, page.kind) or page.key.startswith(f"{name}-")


def _page(key: str, kind: str, who: str, path: str, **asked: object) -> Page:
    query = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
    address = f"{path}?{query}" if query else path
    return Page(key, kind, who, lambda: address)


def _registering(known: Known) -> Page:
    """A call to one client after another: the clock, the zone and the history are written each time."""
    turn = 0

    def address() -> str:
        nonlocal turn
        turn += 1
        return reverse("contact-register", args=[known.others[turn % len(known.others)]])

    fields = {
        "kind": str(known.kind),
        "text": "Asked for the new price list.",
        "responsible": str(known.readers[SELLER].pk),
    }
    return Page("register", "register", SELLER, address, fields)
