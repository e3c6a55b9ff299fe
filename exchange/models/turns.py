"""How often clients turned from colour to colour: added up by the database, for reports on years of a large company."""

from django.db import models


class TurnMonth(models.Model):
    """Zone transitions by month, by the manager they belong to, by colours and cause.

    Signed rows that triggers on the transitions append (:mod:`exchange.turn_tallies`); who reads adds them up. They are
    folded into one of each now and then.

    Attributes:
        month: the first day of a month.
        number: how many more, or fewer, there are.
    """

    month = models.DateField()
    manager = models.ForeignKey("clients.Manager", models.DO_NOTHING, db_constraint=False, db_index=False)
    from_zone = models.CharField(max_length=6, blank=True)
    to_zone = models.CharField(max_length=6, blank=True)
    cause = models.CharField(max_length=10)
    number = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["month", "manager"], name="turnmonth_of_manager")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.manager_id} {self.from_zone}→{self.to_zone}: {self.number}"


class TurnYear(models.Model):
    """The same by year: what a period of years is read from.

    Attributes:
        year: the first day of a year.
    """

    year = models.DateField()
    manager = models.ForeignKey("clients.Manager", models.DO_NOTHING, db_constraint=False, db_index=False)
    from_zone = models.CharField(max_length=6, blank=True)
    to_zone = models.CharField(max_length=6, blank=True)
    cause = models.CharField(max_length=10)
    number = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["year", "manager"], name="turnyear_of_manager")]

    def __str__(self) -> str:
        return f"{self.year:%Y} {self.manager_id} {self.from_zone}→{self.to_zone}: {self.number}"
