"""Saved views, and the cards people opened lately."""

from collections.abc import Sequence
from urllib.parse import urlencode

from clients.models import Client, Department, Manager, RecentItem, Role, SavedView, SavedViewPin
from crm import clock
from crm.demo.firms import Known
from crm.demo.people import seller_named
from crm.demo.world import DAY, MINUTE, Seller, World

_PAGE = "client-list"
_LOGINS = ("seller", "deputy", "absent", "head", "director", "admin")
_RECENT = 7


def keep_lists(world: World, clients: Sequence[Known]) -> None:
    """The lists people made their own."""
    _views(world)
    _recent(world, clients)


def _views(world: World) -> None:
    seller, head = (seller_named(world, name).manager for name in ("seller", "head"))
    silent_since = (world.today - DAY * 60).isoformat()
    tender = world.words.desk.tags["tender"][0]
    _view(world, seller, "red_a", {"category": "A", "zone": "red"}, pinned_by=[seller])
    _view(world, seller, "silent", {"silent_since": silent_since})
    _view(world, head, "leaving", {"zone": "leaving30"}, shared=head.department, pinned_by=[head, seller])
    _view(world, head, "tenders", {"category": "A", "tags": tender}, pinned_by=[head])


def _view(
    world: World,
    owner: Manager,
    key: str,
    filters: dict[str, str],
    *,
    shared: Department | None = None,
    pinned_by: Sequence[Manager] = (),
) -> None:
    view = SavedView(
        owner=owner,
        page=_PAGE,
        name=world.words.desk.views[key],
        query=urlencode(filters),
        department=shared,
        created_at=clock.at(world.today - DAY * 25, 12, 5),
    )
    world.add(view)
    for manager in pinned_by:
        world.add(SavedViewPin(view=view, manager=manager))


def _recent(world: World, clients: Sequence[Known]) -> None:
    """What the people of the sign-in page opened since yesterday: cards they may see in full."""
    held = [known for known in clients if known.holder]
    people = {row.username: row for row in world.of(Manager)}
    of_seller = {seller.manager.pk: seller for seller in world.sellers}
    in_front = {pk: place for place, pk in enumerate(world.in_front)}
    for username in _LOGINS:
        manager = people[username]
        rng = world.rng("recent", username)
        seen = [known.row for known in held if _sees(manager, of_seller.get(manager.pk), known)]
        chosen = rng.sample(seen, min(_RECENT, len(seen)))
        if username == "seller":  # what he is about to do he has looked at
            ahead = [row for row in seen if row.pk in in_front and row not in chosen]
            chosen = [*sorted(ahead, key=lambda row: in_front[row.pk])[:2], *chosen][:_RECENT]
        _opened(world, manager, chosen)


def _opened(world: World, manager: Manager, rows: Sequence[Client]) -> None:
    rng = world.rng("opened", manager.username)
    moment = world.now
    for row in rows:
        moment -= MINUTE * rng.randint(4, 190)
        world.add(RecentItem(manager=manager, client=row, seen_at=max(moment, row.created_at)))


def _sees(manager: Manager, seller: Seller | None, known: Known) -> bool:
    if manager.is_superuser or manager.role == Role.DIRECTOR:
        return True
    assert seller
    assert known.holder
    if manager.role == Role.HEAD:
        return known.holder.chain[: len(seller.chain)] == seller.chain
    return known.holder is seller
