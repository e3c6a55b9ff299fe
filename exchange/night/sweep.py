"""Working through many clients in bounded chunks, each its own transaction; what fails is parked, the rest goes on."""

import logging
from collections import defaultdict
from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from clients.models import Client
from clients.querysets import ClientQuerySet
from clients.zoning import CLOCK_FIELDS, drop_old_manager
from exchange.models import NightlyRun, ParkedClient

log = logging.getLogger(__name__)

#: What a night reads of a client; the row is wide, and reading it whole is most of the work.
_FIELDS = (*CLOCK_FIELDS, "category", "manager__department__path")
#: Clients per transaction.
CHUNK = 500
Chunk = list[Client]


class Sweeper:
    """The steps of a run over its clients. Remembers whom each step parked, for the rest of this run."""

    def __init__(self, run: NightlyRun, size: int) -> None:
        self.run, self.size = run, size
        #: Whom each step begun could not work on. One step's trouble with a client is not the next one's.
        self.parked: dict[str, set[int]] = defaultdict(set)

    def drain(self, step: str, due: ClientQuerySet | QuerySet[Client], act: Callable[[Chunk], int]) -> int:
        """Take ``due`` clients chunk by chunk until none is left or nothing changes; returns how many changed.

        ``act`` must make its clients leave ``due``.
        """
        total, parked = 0, self._begin(step)
        while True:
            before = len(parked)
            changed, _last = self._chunk(step, due, act)
            total += changed
            if not changed and len(parked) == before:
                return total

    def walk(self, step: str, clients: ClientQuerySet | QuerySet[Client], act: Callable[[Chunk], int]) -> int:
        """Take every client once, by ascending id; returns how many ``act`` changed."""
        self._begin(step)
        total, last = 0, 0
        while True:
            changed, last_seen = self._chunk(step, clients.filter(pk__gt=last), act)
            total += changed
            if last_seen is None:
                return total
            last = last_seen

    def _begin(self, step: str) -> set[int]:
        if step not in self.parked:
            # What this step of an earlier attempt parked is tried again.
            ParkedClient.objects.filter(run=self.run, step=step).delete()
        return self.parked[step]

    def _chunk(self, step: str, due: QuerySet[Client], act: Callable[[Chunk], int]) -> tuple[int, int | None]:
        """One chunk in one transaction: (how many changed, the last id). A chunk that fails is taken again client by
        client; a client that fails alone is parked and told."""
        due = due.exclude(pk__in=self.parked[step])
        rows: Chunk = []
        try:
            with transaction.atomic():
                rows = self._lock(due, self.size)
                return (act(rows), rows[-1].pk) if rows else (0, None)
        except Exception:
            # Whatever it is, one client's odd data must not keep all others waiting. A broken connection fails below.
            if not rows:
                raise
        changed = 0
        for row in rows:
            try:
                with transaction.atomic():
                    if alone := self._lock(due.filter(pk=row.pk), 1):
                        changed += act(alone)
            except Exception as error:
                self._park(step, row, error)
        return changed, rows[-1].pk

    def _lock(self, due: QuerySet[Client], number: int) -> Chunk:
        rows = list(
            due.select_for_update(no_key=True, of=("self",))
            .select_related("manager__department")
            .only(*_FIELDS)
            .order_by("pk")[:number]
        )
        for row in rows:
            drop_old_manager(row)
        return rows

    def _park(self, step: str, client: Client, error: Exception) -> None:
        log.error("client %s is parked in the night of %s: %s", client.pk, self.run.date, step, exc_info=error)
        self.parked[step].add(client.pk)
        ParkedClient.objects.update_or_create(
            run=self.run, client=client, step=step, defaults={"error": repr(error)[:2000]}
        )
