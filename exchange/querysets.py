"""The business verbs of nightly runs."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models


class NightlyRunQuerySet(models.QuerySet):
    def done(self) -> Self:
        return self.filter(status="done")

    def last_done_on(self) -> dt.date | None:
        """The date of the last published night: the watermark of the next."""
        return self.done().values_list("date", flat=True).order_by("-date").first()
