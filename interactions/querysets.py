"""The business verbs of events and sales processes; who sees them is decided by their client."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q

from clients.models import Client, CoManager, Manager, Role
from clients.querysets import OfClientQuerySet
from crm import clock


def _nobodys(status: str) -> Q:
    """What is open with a client of the exchange and stands under somebody who may not work on it there: its former
    manager's, till somebody claims the client."""
    helps = CoManager.objects.filter(client=OuterRef("client"), manager=OuterRef("responsible"))
    may_not = Q(responsible__role__in=[Role.SALESPERSON, Role.HEAD], responsible__is_staff=False) & Q(~Exists(helps))
    return Q(status=status, client__manager__isnull=True, client__exchange_since__isnull=False) & may_not


class EventKindQuerySet(models.QuerySet):
    def choosable(self) -> Self:
        """Kinds a person may choose: in use and not written by the program."""
        return self.filter(is_active=True, is_system=False)


class EventQuerySet(OfClientQuerySet):
    def planned(self) -> Self:
        return self.filter(status="planned")

    def done(self) -> Self:
        return self.filter(status="done")

    def in_hand(self) -> Self:
        """Without plans nobody can carry out: those of clients that are on the exchange."""
        return self.filter(~_nobodys("planned"))

    def counted(self) -> Self:
        return self.filter(counted_on__isnull=False)

    def overdue(self, moment: dt.datetime | None = None) -> Self:
        return self.planned().filter(occurred_at__lt=moment or clock.now())

    def waiting_approval(self) -> Self:
        """Back-dated contacts nobody has decided on; a kind that counts no longer asks nobody."""
        return self.filter(approval="pending", status="done", kind__counts_as_contact=True)

    def on_day(self, day: dt.date) -> Self:
        return self.filter(
            occurred_at__gte=clock.day_start(day), occurred_at__lt=clock.day_start(day + dt.timedelta(days=1))
        )

    def by_hand(self) -> Self:
        """Without the steps of sales that the program writes."""
        return self.filter(kind__is_system=False)

    def last_contact_of(self, client_id: int) -> dt.date | None:
        """The company date of the last counted contact with a client: the maximum, never the latest write."""
        return self.counted().filter(client_id=client_id).aggregate(last=Max("counted_on"))["last"]

    def deciding_for(self, client: Client) -> Self:
        """The counted contacts of the day the client's clock counts from, the latest first."""
        return self.filter(client=client, counted_on=client.last_contact_on).order_by("-occurred_at", "-pk")

    def with_people(self) -> Self:
        """With what a row of a history or list shows."""
        return self.select_related("client", "kind", "responsible", "process").prefetch_related(
            "participants__person", "agreements"
        )


class ClientLetterQuerySet(OfClientQuerySet):
    pass


class SalesProcessQuerySet(OfClientQuerySet):
    def open(self) -> Self:
        return self.filter(status="open")

    def in_hand(self) -> Self:
        """Without open sales nobody works on: those of clients that are on the exchange."""
        return self.filter(~_nobodys("open"))

    def deletable_by(self, manager: Manager) -> Self:
        """Opened by mistake: by himself, or by one of the head's people."""
        if manager.sees_everything:
            return self
        led = Q(client__manager_id__in=sorted(manager.headed_manager_ids))
        return self.editable_by(manager).filter(Q(author=manager) | led)

    def with_people(self) -> Self:
        """With what a row of a list shows."""
        return self.select_related("client", "kind", "stage", "responsible")
