"""How many events were done, added up in the database (:mod:`crm.tallies`), by the company's calendar."""

from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import QuerySet

from crm import clock
from crm.tallies import Source, Sums, Tallies, month, year
from interactions.models import Approval, Event, TallyState

_FACTS = ("status", "approval", "occurred_at", "responsible_id", "kind_id", "counted_on")
_DONE = "r.status = 'done' AND r.approval IN ('', 'approved')"


def are_kept() -> bool:
    """Whether the tallies stand for all events, by the company's calendar of today's settings."""
    return TallyState.objects.filter(zone=clock.company_zone().key).exists()


def facts() -> QuerySet[Event]:
    """Done events that are facts: without those whose back-dating waits for the head, or was declined."""
    return Event.objects.done().order_by().filter(approval__in=[Approval.NOT_NEEDED, Approval.APPROVED])


def _sums(vendor: str) -> Sequence[Sums]:
    # On SQLite Django's own function knows time zones.
    day = "django_datetime_cast_date(r.occurred_at, s.zone, 'UTC')"
    if vendor == "postgresql":
        day = "(r.occurred_at AT TIME ZONE s.zone)::date"
    whose = {"responsible_id": "r.responsible_id", "kind_id": "r.kind_id"}
    numbers = {"done": "1", "counted": "CASE WHEN r.counted_on IS NULL THEN 0 ELSE 1 END"}
    return [
        Sums("interactions.EventYear", {"year": year(vendor, day), **whose}, numbers, _DONE),
        Sums("interactions.EventMonth", {"month": month(vendor, day), **whose}, numbers, _DONE),
        Sums("interactions.EventDay", {"day": day, "kind_id": "r.kind_id"}, numbers, _DONE),
    ]


class _OfEvents(Tallies):
    def count_all(self, using: str = DEFAULT_DB_ALIAS) -> None:
        """Also when the company's time zone was changed: by its calendar of today."""
        with transaction.atomic(using=using):
            TallyState.objects.using(using).update_or_create(pk=1, defaults={"zone": clock.company_zone().key})
            super().count_all(using)


EVENTS = _OfEvents(
    Source("tally", "interactions_event", _FACTS, _sums, "CROSS JOIN interactions_tallystate s"),
)
