"""What is expected of people, from a day on: a later row takes the place of an earlier one, and what held before is
never rewritten."""

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models.people import Department, Manager
from clients.models.working_time import WorkSchedule
from crm import clock

#: Since when that holds which the program came with: before anything that may have been imported.
EVER = dt.date(2000, 1, 1)


class FromADay(models.Model):
    """Something that holds from a day on, until a later row of the same takes its place. What is set right afterwards
    stays in the history."""

    since = models.DateField(_("from"))
    set_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set"), default=clock.now, editable=False)
    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True
        ordering = ["-since", "-pk"]

    @staticmethod
    def tell(row: Any) -> str:
        """What a row says, or one of its history, in words."""
        raise NotImplementedError

    @property
    def told(self) -> str:
        """What holds, in words."""
        return self.tell(self)

    @property
    def holds_ever(self) -> bool:
        """Whether it holds since before anything is known."""
        return self.since <= EVER

    @property
    def _history_user(self) -> Manager | None:
        """Who wrote it says so in the row itself, also where there is no request."""
        return self.set_by

    @property
    def _history_date(self) -> dt.datetime:
        return self.set_at


def one_from_a_day(
    place: str, value: str, *, name: str, of_all: str, is_said: str, twice: str | Promise, unsaid: str | Promise
) -> list[models.BaseConstraint]:
    """Of each ``place`` one row a day, also of the empty one (all): that one's ``value`` is said, nothing is above it.
    ``name`` + "_once_a_day", ``of_all`` and ``is_said`` name the constraints."""
    empty, said = f"{place}__isnull", f"{value}__isnull"
    return [
        models.UniqueConstraint(fields=[place, "since"], name=f"{name}_once_a_day", violation_error_message=twice),
        models.UniqueConstraint(
            fields=["since"],
            name=f"{name}_{of_all}_once_a_day",
            condition=Q((empty, True)),
            violation_error_message=twice,
        ),
        models.CheckConstraint(
            condition=Q((empty, False)) | Q((said, False)),
            name=f"{name}_{of_all}_is_{is_said}",
            violation_error_message=unsaid,
        ),
    ]


class PointsNorm(FromADay):
    """Points a manager should earn on a working day: of the company, or of a department and those below it."""

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="points_norms",
        verbose_name=_("department"),
        help_text=_("Empty: the company. A department's norm also holds for the departments below it."),
    )
    points = models.PositiveSmallIntegerField(
        _("points a working day"),
        null=True,
        blank=True,
        help_text=_("0: nothing is expected; empty: as the department above."),
    )

    class Meta(FromADay.Meta):
        verbose_name = _("norm of points")
        verbose_name_plural = _("norms of points")
        constraints = one_from_a_day(
            "department",
            "points",
            name="points_norm",
            of_all="of_company",
            is_said="a_number",
            twice=_("There is a norm from this day on already."),
            unsaid=_("The company's norm is a number."),
        )

    def __str__(self) -> str:
        return f"{self.department or _('Company')}, {self.since}: {self.told}"

    @staticmethod
    def tell(row: Any) -> str:
        return gettext("as the department above") if row.points is None else str(row.points)


class ManagerSchedule(FromADay):
    """By which schedule a manager works, or everybody who has none of his own."""

    manager = models.ForeignKey(
        Manager,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="schedules",
        verbose_name=_("manager"),
        help_text=_("Empty: everybody who has no other."),
    )
    schedule = models.ForeignKey(
        WorkSchedule,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="uses",
        verbose_name=_("work schedule"),
        help_text=_("Empty: everybody's."),
    )

    class Meta(FromADay.Meta):
        verbose_name = _("schedule of a manager")
        verbose_name_plural = _("schedules of managers")
        constraints = one_from_a_day(
            "manager",
            "schedule",
            name="manager_schedule",
            of_all="of_all",
            is_said="one",
            twice=_("There is a schedule from this day on already."),
            unsaid=_("Choose everybody's schedule."),
        )

    def __str__(self) -> str:
        return f"{self.manager or _('Everybody')}, {self.since}: {self.told}"

    @staticmethod
    def tell(row: Any) -> str:
        return str(row.schedule or gettext("as everybody's"))
