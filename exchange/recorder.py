"""Writes down the zone changes that the clients app reports (see ``clients.zone_changes``)."""

from collections.abc import Sequence

from clients.zone_changes import ZoneChange
from exchange.models import ZoneTransition


def record_transitions(changes: Sequence[ZoneChange]) -> None:
    """One ``ZoneTransition`` row per change, in the transaction of the change."""
    ZoneTransition.objects.bulk_create(
        [
            ZoneTransition(
                client_id=change.client_id,
                manager_id=change.manager_id,
                from_zone=change.from_zone,
                to_zone=change.to_zone,
                cause=change.cause,
                date=change.date,
                policy=change.policy,
            )
            for change in changes
        ]
    )
