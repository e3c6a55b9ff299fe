"""When a report is sent, in words."""

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from reports.rules.timing import WEEK


def when(every: str, day: int) -> str:
    """As in "every week: Monday" and "every month on day 5"."""
    if every == WEEK:
        return _("every week: %(day)s") % {"day": WEEKDAYS[day - 1]}
    return _("every month on day %(day)d") % {"day": day}
