"""How many events were done: added up by the database as events are written, for reports on years of a large company.

Triggers on the table of events append signed rows (:mod:`interactions.tallies`): +1 for an event done, −1 for
one no longer done, moved to another day or deleted. Nothing is ever changed in place, so that two people never wait
for each other; rows of the same are folded into one each night. Who reads adds them up.
"""

from django.db import models
from django.db.models import Q


class EventMonth(models.Model):
    """Done events by month, by responsible and by kind.

    Attributes:
        month: the first day of a month of the company's calendar.
        done: how many took place; those whose back-dating waits for the head are no fact yet.
        counted: how many of them count as a contact.
    """

    month = models.DateField()
    responsible = models.ForeignKey("clients.Manager", models.DO_NOTHING, db_constraint=False, db_index=False)
    kind = models.ForeignKey("interactions.EventKind", models.DO_NOTHING, db_constraint=False, db_index=False)
    done = models.IntegerField()
    counted = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["month", "responsible", "kind"], include=["done", "counted"], name="eventmonth_of_responsible"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.responsible_id} {self.kind_id}: {self.done}"


class EventYear(models.Model):
    """The same by year: what a period of years is read from.

    Attributes:
        year: the first day of a year.
    """

    year = models.DateField()
    responsible = models.ForeignKey("clients.Manager", models.DO_NOTHING, db_constraint=False, db_index=False)
    kind = models.ForeignKey("interactions.EventKind", models.DO_NOTHING, db_constraint=False, db_index=False)
    done = models.IntegerField()
    counted = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["year", "responsible", "kind"], include=["done", "counted"], name="eventyear_of_responsible"
            )
        ]

    def __str__(self) -> str:
        return f"{self.year:%Y} {self.responsible_id} {self.kind_id}: {self.done}"


class EventDay(models.Model):
    """Done events of the whole company by day and kind; otherwise as :class:`EventMonth`."""

    day = models.DateField()
    kind = models.ForeignKey("interactions.EventKind", models.DO_NOTHING, db_constraint=False, db_index=False)
    done = models.IntegerField()
    counted = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["day", "kind"], include=["done", "counted"], name="eventday_of_kind")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind_id}: {self.done}"


class TallyState(models.Model):
    """That events are added up, and by the calendar of which time zone. One row; without it nothing is added up, and
    reports count the events themselves."""

    zone = models.CharField(max_length=63)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="tallystate_one")]

    def __str__(self) -> str:
        return self.zone
