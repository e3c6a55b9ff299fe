"""The business verbs of nightly runs and of what keeps clients."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q

from clients.querysets import OfClientQuerySet
from crm import clock
from crm.web.access import Access

if TYPE_CHECKING:
    from clients.models import Client, Manager
    from exchange.models import NightlyRun
    from exchange.rules.night import NightRules


class NightlyRunQuerySet(models.QuerySet):
    def done(self) -> Self:
        return self.filter(status="done")

    def last_done_on(self) -> dt.date | None:
        """The date of the last published night: the watermark of the next."""
        return self.done().values_list("date", flat=True).order_by("-date").first()

    def asking(self) -> Self:
        """Runs that wait for an administrator's word."""
        return self.filter(decision="asked")


class OfManagerQuerySet(models.QuerySet):
    """Rows about a client that are read by whom its manager of then answers to now: by the manager himself, by the head
    of the department he works in today, by directors and administrators. They stay his when the client is gone."""

    def visible_to(self, manager: Manager) -> Self:
        if manager.sees_everything:
            return self
        return self.filter(manager_id__in={manager.pk, *manager.headed_manager_ids})


class DetachmentQuerySet(OfManagerQuerySet):
    def undoable(self, *, days: int, today: dt.date) -> Self:
        """Those whose clients can be given back on ``today``: the condition of ``exchange.undo.refusal`` as SQL."""
        return self.filter(
            undone_at=None,
            detached_at__gte=clock.day_start(today - dt.timedelta(days=days)),
            client__manager=None,
            client__exchange_since=F("detached_at"),
            client__archived_at=None,
            manager__is_active=True,
        )


class DetachHoldQuerySet(OfManagerQuerySet):
    def that_kept_on(self, run: NightlyRun) -> Self:
        """The holds a night went by, one per client (of several the latest). A hold is written down once, by the first
        night that relied on it, and ends early by a contact, by another manager, or when the client left after all."""
        from clients.models import OwnershipPeriod
        from interactions.models import Event

        day, of_client = run.date, {"client": OuterRef("client")}
        contacts = Event.objects.counted().filter(
            counted_on__gt=OuterRef("clock_date"), counted_on__lte=day, **of_client
        )
        owned = OwnershipPeriod.objects.filter(manager=OuterRef("manager"), since__lte=day, **of_client)
        later = self.filter(since__lt=day, until__gte=day).filter(
            Exists(owned.filter(Q(until=None) | Q(until__gt=day))),
            ~Exists(contacts),
            ~Exists(run.proposals.filter(**of_client)),
        )
        kept = self.filter(Q(run=run) | Q(pk__in=later.values("pk")))
        return self.filter(pk__in=kept.order_by().values("client").annotate(latest=Max("pk")).values("latest"))


class ProtectionQuerySet(OfClientQuerySet):
    def switched_on(self, rules: NightRules) -> Self:
        """Those of the kinds that the rules let hold."""
        kinds = [kind for kind, is_on in (("protection", rules.protection), ("contract", rules.contract)) if is_on]
        return self.filter(kind__in=kinds)

    def in_force(self, day: dt.date) -> Self:
        """Those that hold a client on ``day``."""
        return self.filter(starts_on__lte=day, until__gte=day, revoked_on__isnull=True)

    def of_stretch(self, client: Client) -> Self:
        """The protections (no contracts) a held client got from its present manager's head since its last contact."""
        return self.filter(
            client=client, kind="protection", manager=client.manager_id, starts_on__gte=client.clock_date
        )

    def that_held(self) -> Self:
        """Without those ended on the very day they were given: a mistake, they held nothing."""
        return self.exclude(revoked_on__isnull=False, revoked_on__lte=F("starts_on"))


class LeavingWarningQuerySet(OfClientQuerySet):
    def told_to(self, manager: Manager) -> Self:
        return self.filter(Q(manager=manager) | Q(deputy=manager) | Q(head=manager))


class ProposalQuerySet(OfManagerQuerySet):
    def open(self) -> Self:
        return self.filter(status="open")

    def still_due(self) -> Self:
        """Those of the present stretch: since the plan the client got neither a contact nor another manager."""
        return self.filter(client__manager=F("manager"), client__clock_date=F("clock_date"))


class ClaimQuerySet(models.QuerySet):
    """The ledger is append-only: what was claimed today stays claimed today, whatever becomes of the client."""

    def by_hand(self) -> Self:
        """Claims people made themselves; what a head gave counts against nobody's day."""
        return self.filter(assigned_by=None)

    def of_day(self, manager: Manager, day: dt.date) -> Self:
        """What counts against a manager's day."""
        return self.by_hand().filter(manager=manager, date=day)


class FirstTouchQuerySet(OfManagerQuerySet):
    def open(self) -> Self:
        return self.filter(outcome="")


class SignalQuerySet(models.QuerySet):
    def visible_to(self, manager: Manager) -> Self:
        """For who heads the manager it is about: never for himself, never for colleagues."""
        if manager.access_level < Access.HEAD:
            return self.none()
        if manager.sees_everything:
            return self.exclude(manager=manager)
        return self.filter(manager_id__in=sorted(manager.headed_manager_ids - {manager.pk}))

    def standing(self) -> Self:
        """Without those whose contacts were all cancelled, deleted or otherwise count no more."""
        return self.filter(Exists(self._counted()))

    def gone(self) -> Self:
        """Those of which no contact counts any more."""
        return self.filter(~Exists(self._counted()))

    def _counted(self) -> models.QuerySet:
        links = self.model._meta.get_field("events").remote_field.through._default_manager
        return links.filter(signal=OuterRef("pk"), event__counted_on__isnull=False)

    def unseen(self) -> Self:
        return self.filter(seen_at=None)


class DepartureQuerySet(models.QuerySet):
    def visible_to(self, manager: Manager) -> Self:
        """For heads of the department of who left, directors and administrators."""
        if manager.sees_everything:
            return self
        return self.filter(manager_id__in=sorted(manager.headed_manager_ids - {manager.pk}))

    def unfinished(self) -> Self:
        """Those under way, and those that are being taken back."""
        items = self.model._meta.get_field("items").related_model.objects.to_take_back()
        taken_back = Exists(items.filter(departure=OuterRef("pk")))
        return self.filter(Q(status="running") | Q(Q(status="undone") & taken_back))


class DepartureItemQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Neither carried out nor refused."""
        return self.filter(done_at=None, error="")

    def done(self) -> Self:
        """Carried out and not taken back."""
        return self.filter(done_at__isnull=False, undone_at=None)

    def to_take_back(self) -> Self:
        """Carried out; of a departure that was taken back, those it has not come to yet."""
        return self.done().filter(error="")
