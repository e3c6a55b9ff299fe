"""The business verbs of events and sales processes; who sees them is decided by their client."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, F, Max, OuterRef, Q, Value, When

from clients import contact_privacy
from clients.models import Client, CoManager, Manager, Role
from clients.querysets import OfClientQuerySet, editable_q, visible_q
from crm import clock
from crm.web.access import Access
from interactions.overdue import overdue_q


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

    def overdue(self) -> Self:
        return self.planned().filter(overdue_q())

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


class EventSeriesQuerySet(OfClientQuerySet):
    def running(self) -> Self:
        """Still put into the calendar."""
        return self.filter(stopped_at__isnull=True)


class InquiryQuerySet(OfClientQuerySet):
    """Who sees an inquiry: whoever sees its client, whoever answered it, the one it was passed to, and, while it is
    nobody's, the heads."""

    def visible_to(self, manager: Manager) -> Self:
        client = visible_q(manager, self.client_prefix)
        return self if client is None else self.filter(client | self._whose(manager))

    def workable_by(self, manager: Manager) -> Self:
        """Those that wait for somebody and that ``manager`` may take over, pass on or close."""
        client = editable_q(manager, self.client_prefix)
        rows = self.open()
        return rows if client is None else rows.filter(client | Q(assigned_to=manager) | _of_heads(manager))

    def open(self) -> Self:
        """Those that wait for somebody."""
        return self.filter(status__in=["waiting", "passed"])

    def waiting_for(self, manager: Manager) -> Self:
        """What was passed to him, or to somebody he stands in for today; for heads also what they have to give. What
        came from a client of the exchange waits for whoever claims it."""
        his, headed = sorted({manager.pk, *manager.deputised_manager_ids}), sorted(manager.headed_manager_ids)
        return self.waiting_among(his, headed, is_head=manager.access_level >= Access.HEAD)

    def waiting_among(self, his: Any, headed: Any, *, is_head: bool) -> Self:
        """The same: he with those he stands in for, and his people, as ids or as parameters of a prepared query."""
        waiting = Q(status="passed", assigned_to__in=his) | Q(status="waiting", client__manager_id__in=headed)
        if is_head:
            on_exchange = Q(client__exchange_since__isnull=False, client__archived_at__isnull=True)
            waiting |= _NOBODYS & ~on_exchange
        return self.filter(waiting)

    def telling_to(self, reader: Manager) -> Self:
        """With ``is_typed_hidden``: as it came may be a phone of a client whose contacts ``reader`` has to ask for."""
        hidden = contact_privacy.hidden_q(reader, self.client_prefix) & ~Q(taken_by=reader)
        return self.annotate(is_typed_hidden=Case(When(hidden, then=Value(True)), default=Value(False)))

    def _whose(self, manager: Manager) -> Q:
        return Q(taken_by=manager) | Q(assigned_to=manager) | _of_heads(manager)


_NOBODYS = Q(status="waiting", client__manager__isnull=True)


def _of_heads(manager: Manager) -> Q:
    """What nobody has, with a client nobody holds: any head may see and give it."""
    return Q(pk__in=[]) if manager.access_level < Access.HEAD else _NOBODYS


class RegulationQuerySet(models.QuerySet):
    def in_order(self) -> Self:
        """The company's first, then along the tree of departments; of each segment the latest first."""
        company_first = F("department__path").asc(nulls_first=True)
        any_contact_first = F("kind__position").asc(nulls_first=True)
        return self.order_by(company_first, "category", any_contact_first, "kind", "-since")

    def withdrawable(self, today: dt.date) -> Self:
        """What has not ruled a whole day yet."""
        return self.filter(since__gte=today)
