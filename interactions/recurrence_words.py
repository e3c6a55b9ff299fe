"""A recurring event in words: "every 2 weeks on Mon, Thu, until 31 December 2026"."""

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext

from crm.web.tags.times import day
from interactions.models import EventSeries
from interactions.models.series import Frequency


def in_words(series: EventSeries) -> str:
    """How an event recurs, for a page."""
    parts = [_how_often(series), _on_which(series)]
    words = " ".join(part for part in parts if part)
    if series.until:
        return gettext("%(often)s, until %(day)s") % {"often": words, "day": day(series.until)}
    if series.count:
        times = ngettext("%(often)s, %(count)d time", "%(often)s, %(count)d times", series.count)
        return times % {"often": words, "count": series.count}
    return words


def _how_often(series: EventSeries) -> str:
    number = series.interval
    if number == 1:
        return str(Frequency(series.frequency).label)
    match series.frequency:
        case Frequency.DAILY:
            words = ngettext("every %(count)d day", "every %(count)d days", number)
        case Frequency.WEEKLY:
            words = ngettext("every %(count)d week", "every %(count)d weeks", number)
        case Frequency.MONTHLY:
            words = ngettext("every %(count)d month", "every %(count)d months", number)
        case _:
            words = ngettext("every %(count)d year", "every %(count)d years", number)
    return words % {"count": number}


def _on_which(series: EventSeries) -> str:
    if series.frequency == Frequency.WEEKLY and series.weekdays:
        days = {int(each) - 1 for each in series.weekdays} | {series.starts_on.weekday()}
        return gettext("on %(days)s") % {"days": ", ".join(str(WEEKDAYS_ABBR[each]) for each in sorted(days))}
    if series.frequency == Frequency.MONTHLY and series.by_weekday:
        return gettext("on the same weekday")
    return ""
