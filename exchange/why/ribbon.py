"""The colours of a client as a picture: one band per stretch, a tick per contact."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm import clock
from crm.web.tags.zones import zone_word
from exchange.rules.holding import ONE_DAY
from exchange.why.facts import Story

MONTHS = 15
WIDTH, HEIGHT = 1000.0, 48.0
#: How high a band is: the colour is told apart by its height too.
_HEIGHTS = {"green": 18.0, "yellow": 30.0, "red": 42.0, "exchange": 42.0}


@dataclass(frozen=True, slots=True)
class Band:
    """One stretch of a zone, in units of the picture and in words."""

    zone: str
    first: dt.date
    last: dt.date
    x: str
    y: str
    width: str
    height: str

    @property
    def words(self) -> str:
        """ "Yellow: 3 Mar 2026 – 9 Apr 2026"."""
        first, last = date_format(self.first, _("j M Y")), date_format(self.last, _("j M Y"))
        return f"{zone_word(self.zone)}: {first} – {last}"


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The picture from ``first`` to ``last``; ``marker`` is where the chosen day stands, if it is on it."""

    first: dt.date
    last: dt.date
    bands: Sequence[Band]
    ticks: Sequence[str]
    marker: str = ""

    @property
    def width(self) -> str:
        return f"{WIDTH:g}"

    @property
    def height(self) -> str:
        return f"{HEIGHT:g}"

    @property
    def zones(self) -> list[str]:
        """For the legend, in the order of the traffic light."""
        return [zone for zone in _HEIGHTS if any(band.zone == zone for band in self.bands)]

    @property
    def words(self) -> str:
        """The picture as text: what a screen reader reads."""
        return "; ".join(band.words for band in self.bands)


def ribbon_of(story: Story, day: dt.date, *, today: dt.date | None = None) -> Ribbon | None:
    """The last months up to today, with ``day`` marked; None for a client that nobody knew before today.

    Drawn from what was published; a day without any published colour stays empty.
    """
    today = today or clock.today()
    first = max(story.first_day, today - relativedelta(months=MONTHS))
    span = (today - first).days + 1
    if span < 2:
        return None

    def place(on: dt.date) -> float:
        return WIDTH * (on - first).days / span

    bands = []
    for zone, begins, ends in _stretches(story, first, today):
        x, width = place(begins), place(ends + ONE_DAY) - place(begins)
        height = _HEIGHTS[zone]
        bands.append(Band(zone, begins, ends, f"{x:.1f}", f"{HEIGHT - height:g}", f"{width:.1f}", f"{height:g}"))
    contacts = {state.counted_on for state in story.contacts.standing(clock.now() + ONE_DAY).values()}
    ticks = [f"{place(on) + WIDTH / span / 2:.1f}" for on in sorted(filter(None, contacts)) if first <= on <= today]
    marker = f"{place(day) + WIDTH / span / 2:.1f}" if first <= day <= today else ""
    return Ribbon(first, today, bands, ticks, marker)


def _stretches(story: Story, first: dt.date, today: dt.date) -> list[tuple[str, dt.date, dt.date]]:
    """(zone, first, last day) of each stretch, ascending."""
    found: list[tuple[str, dt.date, dt.date]] = []
    days = [(story.published_on(row), row.to_zone or "exchange") for row in story.transitions]
    for number, (since, zone) in enumerate(days):
        until = days[number + 1][0] - ONE_DAY if number + 1 < len(days) else today
        begins, ends = max(since, first), min(until, today)
        if begins > ends:
            continue
        if found and found[-1][0] == zone:
            found[-1] = (zone, found[-1][1], ends)
        else:
            found.append((zone, begins, ends))
    return found
