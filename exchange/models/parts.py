"""A night that several workers share."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from exchange.models.night import NightlyRun


class NightPart(models.Model):
    """Some departments' part of a stretch of a night; gone when the stretch is done (``exchange/night/parts.py``)."""

    run = models.ForeignKey(NightlyRun, models.CASCADE, related_name="parts", verbose_name=_("run"))
    #: A key of ``exchange.night.stretches.STRETCHES``.
    stretch = models.CharField(max_length=7)
    #: Their ids; None stands for managers without a department.
    departments = models.JSONField()
    changed = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("part of a night")
        verbose_name_plural = _("parts of nights")

    def __str__(self) -> str:
        return f"{self.run_id} {self.stretch}"
