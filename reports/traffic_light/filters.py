"""Filters of the traffic light."""

from django.utils.functional import cached_property

from crm import clock
from reports.frame.filters import ClientsMixin, ReportFilter
from reports.rules.periods import Period


class LightFilter(ClientsMixin, ReportFilter):
    """Whose clients, and which of them; always as of today, and held against a week and a month ago."""

    period = since = until = compare = None

    kept_names = ("category", "region")

    @cached_property
    def days(self) -> Period:
        return Period(clock.today(), clock.today())

    @property
    def is_narrowed(self) -> bool:
        """Only some of the clients of each manager: no night has counted how many there were."""
        return bool(self.options)
