"""The business verbs of nightly runs and of what keeps clients."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from clients.querysets import OfClientQuerySet

if TYPE_CHECKING:
    from clients.models import Client, Manager
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


class ProposalQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(status="open")

    def visible_to(self, manager: Manager) -> Self:
        """A head sees the proposals of his departments' managers, a salesperson his own."""
        if manager.sees_everything:
            return self
        return self.filter(manager_id__in={manager.pk, *manager.headed_manager_ids})
