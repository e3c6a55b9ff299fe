"""Tables of sums (:mod:`reports.flows.keeping`). Signed rows that triggers append; who reads adds them up.

``what`` is what flowed (:class:`reports.flows.keeping.What`), ``number`` how many, ``amount`` what these come to: money
in hundredths, of owners the days, as ``date.toordinal`` numbers them.
"""

from django.db import models


class Flow(models.Model):
    """What flowed in a stretch of time, named by its first day."""

    what = models.CharField(max_length=14)
    number = models.IntegerField()
    amount = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.what}: {self.number}"


class FlowYear(Flow):
    """By year and by whose it is (a manager's id)."""

    year = models.DateField()
    whose = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["what", "year", "whose"], include=["number", "amount"], name="flowyear_of_manager")
        ]


class FlowMonth(Flow):
    """By month and by whose it is."""

    month = models.DateField()
    whose = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["what", "month", "whose"], include=["number", "amount"], name="flowmonth_of_manager")
        ]


class FlowDay(Flow):
    """Of the whole company by day."""

    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["day", "what"], include=["number", "amount"], name="flowday_of_company")]


class FlowOrigin(Flow):
    """Of the whole company by month and by the source and the region that the clients have now."""

    month = models.DateField()
    source = models.BigIntegerField(null=True)
    region = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["month", "what", "source", "region"], include=["number", "amount"], name="floworigin_of_company"
            )
        ]
