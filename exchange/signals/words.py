"""Signals in words: what was seen, in a line; a question, not a verdict."""

import datetime as dt
import math

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from crm.web.tags.times import on_day
from exchange.models import Signal

#: A line is not longer.
_QUOTED = 60


def in_words(signal: Signal, *, client: str, quote: str | None = None) -> str:
    """One line: "12 clients within 7 minutes, 3 Nov 17:52–17:59".

    Args:
        client: its name as the reader may know it.
        quote: what was written down, for one line in the last days; None when the reader may not read it any more.
    """
    if signal.kind == Signal.Kind.BURST:
        return _burst(signal)
    if signal.kind == Signal.Kind.ONE_SIDED:
        words = ngettext(
            "Turned green %(count)d time from our side only: %(client)s",
            "Turned green %(count)d times in a row from our side only: %(client)s",
            signal.number,
        )
        return words % {"count": signal.number, "client": client}
    facts = {"client": client, "when": before_exchange(signal)}
    if quote is None:
        return gettext("One line in the last days: %(client)s, %(when)s") % facts
    facts["quote"] = Truncator(quote).chars(_QUOTED) or gettext("nothing written")
    return gettext("One line in the last days: “%(quote)s” – %(client)s, %(when)s") % facts


def _burst(signal: Signal) -> str:
    number = ngettext("%(count)d client", "%(count)d clients", signal.number) % {"count": signal.number}
    if signal.first_at is None or signal.last_at is None:
        return gettext("%(clients)s within minutes, %(day)s") % {"clients": number, "day": on_day(signal.date)}
    minutes = max(1, math.ceil((signal.last_at - signal.first_at).total_seconds() / 60))
    within = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return gettext("%(clients)s within %(minutes)s, %(when)s") % {
        "clients": number,
        "minutes": within,
        "when": span(signal.first_at, signal.last_at),
    }


def span(first: dt.datetime, last: dt.datetime) -> str:
    """ "3 Nov 17:52–17:59", in the reader's time zone."""
    first, last = timezone.localtime(first), timezone.localtime(last)
    begins = f"{on_day(first.date())} {time_format(first, 'H:i')}"
    if first.date() != last.date():
        return f"{begins} – {on_day(last.date())} {time_format(last, 'H:i')}"
    if time_format(first, "H:i") == time_format(last, "H:i"):
        return begins
    return f"{begins}–{time_format(last, 'H:i')}"


def before_exchange(signal: Signal) -> str:
    """How far from the exchange the client was, by its dates and without what holds clients."""
    if signal.leaves_on is None:
        return on_day(signal.date)
    days = (signal.leaves_on - signal.date).days
    if days > 0:
        return ngettext("%(count)d day before the exchange", "%(count)d days before the exchange", days) % {
            "count": days
        }
    if days == 0:
        return gettext("on the day it was due to leave")
    return ngettext("%(count)d day after it was due to leave", "%(count)d days after it was due to leave", -days) % {
        "count": -days
    }
