"""Two people are about to offer a client the same: said to both, on the card and in the form, never forbidden.

What counts as the same is in ``interactions.rules.same_offer``; here it is read, and told.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from clients import card_rows, rulebook
from clients.card_rows import CLIENT, rows_of
from clients.models import Client, Manager, Notice
from clients.notices import NoticeKind, notify, register
from crm import clock
from interactions.models import Event, EventKind, ProcessKind, ProcessLine, Product, SalesProcess
from interactions.rulebook import SAME_OFFER
from interactions.rules.same_offer import Offer, is_same
from interactions.selectors import next_steps, sales_of

KIND = "offer.same"
#: More clashes with one client than this are not told one by one.
_MOST = 5

Thing = Event | SalesProcess

card_rows.register("lines", lambda: ProcessLine.objects.filter(process__client=CLIENT), fields=("process", "product"))


@dataclass(frozen=True)
class Clash:
    """Somebody else's plan or open sale that offers the same; ``own``: the plan or sale it clashes with, if stored."""

    other: Thing
    own: Thing | None = None

    @property
    def who(self) -> Manager:
        return self.other.responsible

    @property
    def at(self) -> dt.datetime | None:
        """When the other plan is; None for a sale."""
        return self.other.occurred_at if isinstance(self.other, Event) else None

    @cached_property
    def url(self) -> str:
        return self.other.get_absolute_url()

    @property
    def key(self) -> str:
        """The same whoever of the two comes first."""
        return " ".join(sorted(_name(thing) for thing in (self.own, self.other) if thing))


def find(
    client: Client,
    *,
    by: Manager,
    kind: EventKind | None = None,
    process_kind: ProcessKind | None = None,
    products: Collection[Product] = (),
    at: dt.datetime | None = None,
    subject: str = "",
    sale: SalesProcess | None = None,
) -> list[Clash]:
    """What others plan or sell that is the same as what ``by`` is about to plan or sell. Four queries at most.

    Args:
        kind, at: of a plan; without ``at`` it is a sale.
        process_kind, products, subject: of the sale (its title), or of the plan.
        sale: the sale a plan belongs to.
    """
    process_kind = process_kind or (sale.kind if sale else None)
    offer = Offer(
        by=by.pk,
        on=clock.local_date(at) if at else None,
        event_kind=kind.pk if kind else None,
        sale=sale.pk if sale else None,
        sale_kind=process_kind.pk if process_kind else None,
        products=frozenset(product.pk for product in products),
        subject=subject,
    )
    return _clashes(offer, _of_others(client, by.pk), own=None)


def of(thing: Thing) -> list[Clash]:
    """What others plan or sell that is the same as this stored plan or open sale. Four queries at most."""
    if not _is_open(thing):
        return []
    others = _of_others(thing.client, thing.responsible_id)
    if not others:
        return []
    return _clashes(_offers([thing])[thing], others, own=thing)


def on_card(client: Client) -> list[Clash]:
    """The clashes among what is planned and open with a client, each pair once. No query of its own on the card."""
    things: list[Thing] = [*next_steps(client), *(sale for sale in sales_of(client) if sale.is_open)]
    if len({thing.responsible_id for thing in things}) < 2 or (days := rulebook.load()[SAME_OFFER]) is None:
        return []
    offers = _offers(things, _products(rows_of(client, "lines")))
    pairs = combinations(things, 2)
    return [Clash(other, own) for own, other in pairs if is_same(offers[own], offers[other], days=days)][:_MOST]


def tell(thing: Thing) -> list[Clash]:
    """Tell both, once for each clash, that somebody else is about to offer the same. Joins the caller's transaction."""
    clashes = of(thing)
    for clash in clashes:
        facts = {"client": thing.client.name, "client_id": thing.client_id}
        notify(
            kind=KIND,
            recipients=[thing.responsible_id, clash.who.pk],
            key=clash.key,
            data={
                thing.responsible_id: facts | {"who": str(clash.who)},
                clash.who.pk: facts | {"who": str(thing.responsible)},
            },
            url=thing.client.get_absolute_url(),
        )
    return clashes


def _is_open(thing: Thing) -> bool:
    return thing.status == "planned" if isinstance(thing, Event) else thing.is_open


def _name(thing: Thing) -> str:
    return f"{'event' if isinstance(thing, Event) else 'sale'}:{thing.pk}"


def _of_others(client: Client, mine: int) -> list[Thing]:
    """Plans and open sales of others with a client. Two queries."""
    plans = Event.objects.planned().filter(client=client).exclude(responsible=mine)
    sales = SalesProcess.objects.open().filter(client=client).exclude(responsible=mine)
    return [
        *plans.select_related("kind", "responsible", "process").order_by("occurred_at", "pk"),
        *sales.select_related("kind", "responsible").order_by("pk"),
    ]


def _clashes(offer: Offer, others: Sequence[Thing], *, own: Thing | None) -> list[Clash]:
    if not others or (days := rulebook.load()[SAME_OFFER]) is None:
        return []
    offers = _offers(others)
    return [Clash(other, own) for other in others if is_same(offer, offers[other], days=days)][:_MOST]


def _offers(things: Iterable[Thing], products: Mapping[int, set[int]] | None = None) -> Mapping[Thing, Offer]:
    """What each of these offers; ``products`` of the sales by their ids, where they are known. Else one query for the
    products of all, and none without sales."""
    sales = {thing: thing.process if isinstance(thing, Event) else thing for thing in things}
    if products is None:
        ids = {sale.pk for sale in sales.values() if sale}
        products = _products(ProcessLine.objects.filter(process__in=ids).only("process", "product") if ids else ())
    return {thing: _offer(thing, sale, products.get(sale.pk, ()) if sale else ()) for thing, sale in sales.items()}


def _products(lines: Iterable[ProcessLine]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        found[line.process_id].add(line.product_id)
    return found


def _offer(thing: Thing, sale: SalesProcess | None, products: Iterable[int]) -> Offer:
    plan = thing if isinstance(thing, Event) else None
    return Offer(
        by=thing.responsible_id,
        on=clock.local_date(plan.occurred_at) if plan else None,
        event_kind=plan.kind_id if plan else None,
        sale=sale.pk if sale else None,
        sale_kind=sale.kind_id if sale else None,
        products=frozenset(products),
        subject=thing.subject if isinstance(thing, Event) else thing.title,
    )


# --- in words ---------------------------------------------------------------------------------------------------------
def _words(notice: Notice) -> str:
    return gettext("%(name)s plans the same with %(client)s as you: agree who does it") % {
        "name": notice.data["who"],
        "client": notice.data["client"],
    }


register(
    NoticeKind(
        key=KIND,
        name=gettext_lazy("The same offer twice"),
        about=gettext_lazy("You and a colleague plan the same with one client."),
        icon="intersect",
        words=_words,
        same_day=True,
        order=14,
    )
)
