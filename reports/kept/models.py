"""What is kept of the rows behind figures. Columns are named as the figures' conditions name them; those that hold a
key refer to nothing: the rows they come from may be gone until the next minute."""

from django.db import models
from django.db.models import Q


class ChangedClient(models.Model):
    """Something of the client was written, by whatever means: what is kept of it may be wrong. A queue that triggers
    append to."""

    client = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.client)


class KeptState(models.Model):
    """Of which day the kept numbers are, by the calendar of which time zone and by which rules. One row; without it
    nothing is kept."""

    day = models.DateField()
    zone = models.CharField(max_length=63)
    rules = models.CharField(max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="keptstate_one")]

    def __str__(self) -> str:
        return str(self.day)


# --- rows -------------------------------------------------------------------------------------------------------------
class HeldClient(models.Model):
    """A held client, with its zone dates and what is wrong with the work with it."""

    client = models.BigIntegerField(primary_key=True)
    manager = models.BigIntegerField(db_index=True)
    yellow_on = models.DateField()
    red_on = models.DateField()
    detach_on = models.DateField()
    no_sale = models.BooleanField()
    overdue = models.BooleanField()
    contacts = models.BooleanField()
    filled = models.SmallIntegerField()

    def __str__(self) -> str:
        return str(self.client)


class WaitingClient(models.Model):
    """A client on the exchange; ``manager``: its last one."""

    client = models.BigIntegerField(primary_key=True)
    manager = models.BigIntegerField(null=True, db_index=True)
    exchange_since = models.DateTimeField()
    quarantine_until = models.DateField(null=True)

    def __str__(self) -> str:
        return str(self.client)


class TakenClient(models.Model):
    """A claim, with what became of it.

    Attributes:
        waited: how many days the client had been on the exchange.
        touch_due_on: until when the first contact was due, where that was written down.
        contact_on: the first contact from the claim on, whenever it was.
    """

    claim = models.BigIntegerField(primary_key=True)
    client = models.BigIntegerField(null=True, db_index=True)
    manager = models.BigIntegerField()
    date = models.DateField(db_index=True)
    waited = models.DurationField()
    assigned_by = models.BigIntegerField(null=True)
    touch_due_on = models.DateField(null=True)
    held_until = models.DateField()
    contact_on = models.DateField(null=True)
    started = models.BooleanField()
    won = models.BooleanField()
    failed = models.BooleanField()

    def __str__(self) -> str:
        return str(self.claim)


class ShelvedClient(models.Model):
    """That a client was archived or brought back; ``manager``: from whom it had come to the exchange."""

    shelving = models.BigIntegerField(primary_key=True)
    client = models.BigIntegerField(db_index=True)
    manager = models.BigIntegerField(null=True)
    action = models.CharField(max_length=10)
    date = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.shelving)


# --- numbers ----------------------------------------------------------------------------------------------------------
class Numbers(models.Model):
    """The numbers of one manager, named as their figures are."""

    manager = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.manager)


class LightNumbers(Numbers):
    """The traffic light."""

    held = models.IntegerField()
    green = models.IntegerField()
    yellow = models.IntegerField()
    red = models.IntegerField()
    risk = models.IntegerField()
    due = models.IntegerField()
    leaving_7 = models.IntegerField()
    leaving_30 = models.IntegerField()


class ControlNumbers(Numbers):
    """The head's control."""

    clients = models.IntegerField()
    green = models.IntegerField()
    yellow = models.IntegerField()
    red = models.IntegerField()
    no_sale = models.IntegerField()
    overdue = models.IntegerField()
    portrait = models.IntegerField()
    contacts = models.IntegerField()


class WaitingNumbers(Numbers):
    """Who is on the exchange."""

    now = models.IntegerField()
    quarantined = models.IntegerField()
    age_7 = models.IntegerField()
    age_30 = models.IntegerField()
    age_90 = models.IntegerField()
    age_more = models.IntegerField()
    stale = models.IntegerField()
