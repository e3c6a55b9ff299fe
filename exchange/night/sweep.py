"""Working through many clients in bounded chunks, each its own transaction; what fails is parked, the rest goes on."""

import logging
from collections.abc import Callable

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from clients.models import Client
from clients.querysets import ClientQuerySet
from clients.zoning import drop_old_manager
from exchange.models import NightlyRun, ParkedClient

log = logging.getLogger(__name__)

Chunk = list[Client]


class Sweeper:
    """One pass of a run over its clients. Remembers whom it parked, for the rest of this run."""

    def __init__(self, run: NightlyRun, size: int) -> None:
        self.run, self.size = run, size
        self.parked: set[int] = set()
        # What an earlier attempt parked is tried again.
        ParkedClient.objects.filter(run=run).delete()

    def drain(self, step: str, due: ClientQuerySet | QuerySet[Client], act: Callable[[Chunk], int]) -> int:
        """Take ``due`` clients chunk by chunk until none is left or nothing changes; returns how many changed.

        ``act`` must make its clients leave ``due``.
        """
        total = 0
        while True:
            parked = len(self.parked)
            changed, _last = self._chunk(step, due, act)
            total += changed
            if not changed and len(self.parked) == parked:
                return total

    def walk(self, step: str, clients: ClientQuerySet | QuerySet[Client], act: Callable[[Chunk], int]) -> int:
        """Take every client once, by ascending id; returns how many ``act`` changed."""
        total, last = 0, 0
        while True:
            changed, last_seen = self._chunk(step, clients.filter(pk__gt=last), act)
            total += changed
            if last_seen is None:
                return total
            last = last_seen

    def _chunk(self, step: str, due: QuerySet[Client], act: Callable[[Chunk], int]) -> tuple[int, int | None]:
        """One chunk in one transaction: (how many changed, the last id). A chunk that fails is taken again client by
        client; a client that fails alone is parked and told."""
        rows: Chunk = []
        try:
            with transaction.atomic():
                rows = self._lock(due, self.size)
                return (act(rows), rows[-1].pk) if rows else (0, None)
        except DatabaseError:
            if not rows:
                raise
        changed = 0
        for row in rows:
            try:
                with transaction.atomic():
                    if alone := self._lock(due.filter(pk=row.pk), 1):
                        changed += act(alone)
            except DatabaseError as error:
                self._park(step, row, error)
        return changed, rows[-1].pk

    def _lock(self, due: QuerySet[Client], number: int) -> Chunk:
        rows = list(
            due.exclude(pk__in=self.parked)
            .select_for_update(no_key=True, of=("self",))
            .select_related("manager__department")
            .order_by("pk")[:number]
        )
        for row in rows:
            drop_old_manager(row)
        return rows

    def _park(self, step: str, client: Client, error: DatabaseError) -> None:
        log.exception("client %s is parked in the night of %s", client.pk, self.run.date)
        self.parked.add(client.pk)
        ParkedClient.objects.update_or_create(
            run=self.run, client=client, step=step, defaults={"error": repr(error)[:2000]}
        )
