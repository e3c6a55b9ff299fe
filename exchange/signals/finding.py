"""Finding signals: after a night, in the days since the last search.

At-least-once: a day that is looked at again finds the same signals. Whole days only, so that what is found does not
depend on the hour of the night.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction

from clients import rulebook
from clients.rulebook import RuleValues
from crm import clock
from exchange.models import Signal, SignalLook
from exchange.night.lock import one_at_a_time
from exchange.signal_notices import tell
from exchange.signals import bursts, rescues

log = logging.getLogger(__name__)

_DAY = dt.timedelta(days=1)
#: So many days back the very first search looks.
FIRST_DAYS = 7
#: A search that was kept from its work for longer does not look further back.
MOST_DAYS = 31


def look_quietly() -> int:
    """The same as :func:`look`, for the end of a night: nothing that goes wrong here may stop it. The next night looks
    again."""
    try:
        return look()
    except Exception:
        log.exception("signals could not be searched for")
        return 0


def look(today: dt.date | None = None) -> int:
    """Look at the days since the last search, yesterday the last. Returns how many new signals were found.

    A day that fails is logged, the others are looked at, and the next search begins with it.
    """
    today = today or clock.today()
    with one_at_a_time():
        days = days_to_look_at(today)
        if not days:
            return 0
        rules = rulebook.load()
        found: list[int] = []
        done: dt.date | None = None
        failed = False
        for day in days:
            try:
                with transaction.atomic():
                    new = find(day, rules)
            except Exception:
                log.exception("no signals could be searched for on %s", day)
                failed = True
                continue
            found += new
            done = done if failed else day
        with transaction.atomic():
            Signal.objects.unseen().gone().delete()
            tell(found, today=today)
            if done:
                SignalLook.objects.update_or_create(date=done, defaults={"found": len(found), "looked_at": clock.now()})
        return len(found)


def days_to_look_at(today: dt.date) -> list[dt.date]:
    """The days after the last one looked at, until yesterday."""
    last = SignalLook.objects.order_by("-date").values_list("date", flat=True).first()
    first = max(last + _DAY, today - MOST_DAYS * _DAY) if last else today - FIRST_DAYS * _DAY
    return [first + number * _DAY for number in range((today - first).days)]


def find(day: dt.date, rules: RuleValues) -> list[int]:
    """The signals of one day that were not known; their ids. Joins the caller's transaction."""
    return [
        *_ids(rescues.last_minute(day, rules)),
        *_ids(rescues.one_sided(day, rules)),
        *_ids(bursts.find(day, rules)),
    ]


def _ids(signals: Iterable[Signal]) -> list[int]:
    return [signal.pk for signal in signals]
