"""The reader's days: where they begin in his time zone."""

import datetime as dt

from django.utils import timezone


def local_today() -> dt.date:
    """The reader's own calendar date: My day and the strip speak of his day, not of the company's."""
    return timezone.localdate()


def local_start(day: dt.date) -> dt.datetime:
    """The first moment of a calendar date in the reader's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def tomorrow_morning() -> dt.datetime:
    """Ten o'clock tomorrow where the reader is: what a plan starts from."""
    return timezone.make_aware(dt.datetime.combine(local_today() + dt.timedelta(days=1), dt.time(10)))
