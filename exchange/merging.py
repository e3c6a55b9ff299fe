"""What the exchange keeps of two clients that become one."""

import datetime as dt

from clients import merging
from clients.merging import Merge
from clients.models import Client
from exchange.models import Claim, DepartureItem, Detachment, Protection, Shelving, Signal

#: Facts about people and their decisions: they go to the kept client.
MOVED = (DepartureItem, Detachment, Protection, Shelving, Signal)
#: What explains the dropped client's own clock and nights: two such stories in one row would be a false one, and a
#: warning about one client is no warning about the other. Deleted with it.
LEFT = (
    "ContactView", "DetachHold", "FirstTouch", "LeavingWarning", "ParkedClient", "Proposal", "ZoneTransition",
)  # fmt: skip


def move(merge: Merge) -> None:
    """Stays on the exchange and what people decided go to the kept client; the colours of the dropped one go with
    it."""
    keep, drop = merge.keep, merge.drop
    if keep.exchange_since:
        # A later arrival than its own would be shown as the one it is there by.
        Detachment.objects.filter(client=drop, detached_at__gte=keep.exchange_since).delete()
    if not keep.is_held and (drop.quarantine_until or dt.date.min) > (keep.quarantine_until or dt.date.min):
        # Who must not be contacted must not be under the other name either.
        keep.quarantine_until = drop.quarantine_until
        Client.objects.filter(pk=keep.pk).update(quarantine_until=keep.quarantine_until)
    for model in MOVED:
        merging.move_rows(model._default_manager.all(), "client", merge)
    # The ledger loses no row: one that would stand there twice keeps its manager and its day, without the client.
    taken = Claim.objects.filter(client=keep).values("exchange_since")
    Claim.objects.filter(client=drop).exclude(
        exchange_since__in=list(taken.values_list("exchange_since", flat=True))
    ).update(client=keep)


def register() -> None:
    names = ["Claim", *(model.__name__ for model in MOVED), *LEFT]
    merging.register(move, handles=[f"exchange.{name}.client" for name in names])
