"""Working through many clients in bounded chunks, each its own transaction; what fails is parked, the rest goes on."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from clients.models import Client
from clients.zoning import CLOCK_FIELDS
from exchange.models import NightlyRun, ParkedClient

log = logging.getLogger(__name__)

#: What a night reads of a client; the row is wide, and reading it whole is most of the work.
FIELDS = CLOCK_FIELDS
#: Clients per transaction.
CHUNK = 1000
#: Ids of clients that are drained together.
_BLOCK = 20_000
Chunk = list[Client]


class Sweeper:
    """The steps of a run over its clients. Remembers whom each step parked, for the rest of this run.

    ``only``: the clients it works on, where several workers share a run.
    """

    def __init__(self, run: NightlyRun, size: int, *, only: Q | None = None) -> None:
        self.run, self.size, self.only = run, size, only or Q()
        #: Whom each step begun could not work on. One step's trouble with a client is not the next one's.
        self.parked: dict[str, set[int]] = defaultdict(set)

    def drain(
        self,
        step: str,
        due: QuerySet[Client],
        act: Callable[[Chunk], int],
        *,
        fields: Sequence[str] = FIELDS,
        weight: int = 1,
    ) -> int:
        """Take ``due`` clients chunk by chunk until none is left or nothing changes; returns how many changed.

        Who they are is asked once for many chunks, as that may cost more than the work; whether they still are, in each
        chunk again, under their locks.

        Args:
            act: must make its clients leave ``due``.
            fields: what ``act`` needs of a client.
            weight: so many times heavier than others a client of this step is; chunks are so much smaller, for others
                wait for a chunk's locks.
        """
        total, parked, due = 0, self._begin(step), due.filter(self.only)
        while True:
            # In no order: to have one, the planner would rather read all clients by their ids.
            ids = list(due.exclude(pk__in=parked).order_by().values_list("pk", flat=True)[:_BLOCK])
            before = len(parked)
            changed = self._work_through(step, due.only(*fields), sorted(ids), act, weight)
            total += changed
            if len(ids) < _BLOCK or (not changed and len(parked) == before):
                return total

    def find(self, *clients: QuerySet[Client]) -> list[int]:
        """The ids of all these clients, each once, ascending: for ``walk``, where it is cheaper to ask for each group
        apart."""
        groups = (group.filter(self.only).order_by().values_list("pk", flat=True) for group in clients)
        return sorted(set().union(*groups))

    def walk(
        self,
        step: str,
        clients: QuerySet[Client],
        act: Callable[[Chunk], int],
        *,
        among: list[int] | None = None,
        fields: Sequence[str] = FIELDS,
    ) -> int:
        """Take each of these clients once, by ascending id; returns how many ``act`` changed.

        Args:
            among: ids, if they are known already; those that are no such client (any more) are left out.
        """
        parked = self._begin(step)
        ids = self.find(clients) if among is None else among
        ids = [pk for pk in ids if pk not in parked]
        return self._work_through(step, clients.filter(self.only).only(*fields), ids, act)

    def _work_through(
        self, step: str, clients: QuerySet[Client], ids: list[int], act: Callable[[Chunk], int], weight: int = 1
    ) -> int:
        size = max(self.size // weight, 1)
        return sum(self._chunk(step, clients, ids[start : start + size], act) for start in range(0, len(ids), size))

    def _begin(self, step: str) -> set[int]:
        if step not in self.parked:
            # What this step of an earlier attempt parked is tried again.
            parked = ParkedClient.objects.filter(run=self.run, step=step)
            if self.only:
                parked = parked.filter(client__in=Client.objects.filter(self.only))
            parked.delete()
        return self.parked[step]

    def _chunk(self, step: str, clients: QuerySet[Client], ids: list[int], act: Callable[[Chunk], int]) -> int:
        """One chunk in one transaction: how many changed. A chunk that fails is taken again client by client; a client
        that fails alone is parked and told."""
        rows: Chunk = []
        try:
            with transaction.atomic():
                rows = _locked(clients, ids)
                return act(rows) if rows else 0
        except Exception:
            # Whatever it is, one client's odd data must not keep all others waiting. A broken connection fails below.
            if not rows:
                raise
        changed = 0
        for row in rows:
            try:
                with transaction.atomic():
                    if alone := _locked(clients, [row.pk]):
                        changed += act(alone)
            except Exception as error:
                self._park(step, row, error)
        return changed

    def _park(self, step: str, client: Client, error: Exception) -> None:
        log.error("client %s is parked in the night of %s: %s", client.pk, self.run.date, step, exc_info=error)
        self.parked[step].add(client.pk)
        ParkedClient.objects.update_or_create(
            run=self.run, client=client, step=step, defaults={"error": repr(error)[:2000]}
        )


def _locked(clients: QuerySet[Client], ids: list[int]) -> Chunk:
    """Those of them that still are to be worked on, locked. Without their managers: what is joined to a row that
    somebody else had locked is from before the wait."""
    return list(clients.filter(pk__in=ids).select_for_update(no_key=True, of=("self",)).order_by("pk"))
