"""What an event of a kind earns, from a day on."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.norms import FromADay
from interactions.models.dictionaries import EventKind


class KindPoints(FromADay):
    """Points of a done event of a kind, from a day on; a kind without them earns nothing."""

    kind = models.ForeignKey(EventKind, models.CASCADE, related_name="points_history", verbose_name=_("kind"))
    points = models.PositiveSmallIntegerField(_("points"), default=0)

    class Meta(FromADay.Meta):
        verbose_name = _("points of a kind")
        verbose_name_plural = _("points of kinds")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "since"],
                name="kind_points_once_a_day",
                violation_error_message=_("There are points from this day on already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.since}: {self.told}"

    @staticmethod
    def tell(row: Any) -> str:
        return str(row.points)
