"""In which respects managers are compared: each a figure, held against what it was made with."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.frame.figures import Number, Unit
from reports.rules.comparing import Showing

#: What figures are held against beside other figures: working days, and days of clients held.
DAYS, HELD = "days", "held"
_MONTH = 30


@dataclass(frozen=True, slots=True)
class Indicator:
    """One respect.

    Attributes:
        short: heads its column; ``title`` says what it means.
        figure: the amount; ``cases``: the figure that says of how many documents it is.
        base: what it is held against: working days, days of clients held, or a figure.
        scale: for how much of the base it is said: 20 working days, 100 clients for a month, per cent.
        day: the column of the figure's rows that says when.
        is_of_nights: the nights do it: of days before the first one nothing is known.
    """

    key: str
    label: str | Promise
    short: str | Promise
    title: str | Promise
    figure: str
    cases: str
    day: str
    base: str = DAYS
    scale: int = 1
    unit: Unit = Unit.POINTS
    good: str = "more"
    is_of_nights: bool = False

    @property
    def is_of_cases(self) -> bool:
        """A share or an average: said only of enough cases."""
        return self.base not in (DAYS, HELD)

    @property
    def keys(self) -> set[str]:
        """The figures it is made of."""
        return {self.figure, self.cases, self.base} - {DAYS, HELD}

    def showing(self, numbers: Mapping[str, Number], prefix: str = "") -> Showing:
        """What one or several managers showed, by their added figures; ``prefix`` stands before the names of these."""
        number = numbers.get
        return Showing(
            amount=float(number(prefix + self.figure, 0)) * self.scale,
            cases=int(number(prefix + self.cases, 0)),
            base=float(number(prefix + self.base, 0)),
            days=int(number(prefix + DAYS, 0)),
        )


_SAID = [
    Indicator(
        "contacts",
        _("Contacts in 5 working days"),
        _("Contacts, 5 days"),
        _("Counted contacts, for 5 days he worked."),
        "contacts",
        "contacts",
        "counted_on",
        scale=5,
    ),
    Indicator(
        "attention",
        _("Contacts per client held and month"),
        _("Contacts per client"),
        _("Counted contacts for each client, held for 30 days: fair to who took over or gave away clients."),
        "contacts",
        "contacts",
        "counted_on",
        base=HELD,
        scale=_MONTH,
    ),
    Indicator(
        "points",
        _("Points a working day"),
        _("Points a day"),
        _("Points of what was done, for each day he worked."),
        "points",
        "done",
        "on_day",
    ),
    Indicator(
        "begun",
        _("Sales begun in 20 working days"),
        _("Begun, 20 days"),
        _("Sales that began, for 20 days he worked."),
        "begun",
        "begun",
        "started_on",
        scale=20,
    ),
    Indicator(
        "won",
        _("Sales won in 20 working days"),
        _("Won, 20 days"),
        _("Sales that were won, for 20 days he worked."),
        "won",
        "won",
        "closed_on",
        scale=20,
    ),
    Indicator(
        "won_sum",
        _("Sum won in 20 working days"),
        _("Sum won, 20 days"),
        _("What the sales won come to, for 20 days he worked."),
        "won_sum",
        "won",
        "closed_on",
        scale=20,
        unit=Unit.MONEY,
    ),
    Indicator(
        "win_rate",
        _("Won of closed"),
        _("Won of closed"),
        _("Of the sales that were won or lost, how many were won."),
        "won",
        "closed",
        "closed_on",
        base="closed",
        scale=100,
        unit=Unit.PERCENT,
    ),
    Indicator(
        "cheque",
        _("Average sale"),
        _("Average sale"),
        _("What a sale that was won comes to."),
        "won_sum",
        "won",
        "closed_on",
        base="won",
        unit=Unit.MONEY,
    ),
    Indicator(
        "found",
        _("Clients found in 20 working days"),
        _("Found, 20 days"),
        _("New clients he brought himself, for 20 days he worked."),
        "found",
        "found",
        "since",
        scale=20,
    ),
    Indicator(
        "left_alone",
        _("Left alone, of 100 clients a month"),
        _("Left alone"),
        _("Clients that went to the exchange because nobody contacted them, of 100 clients held for 30 days."),
        "left_alone",
        "left_alone",
        "date",
        base=HELD,
        scale=_MONTH * 100,
        good="less",
        is_of_nights=True,
    ),
]
INDICATORS: dict[str, Indicator] = {each.key: each for each in _SAID}
#: Those that are shown when nobody chooses.
USUAL = ("contacts", "attention", "won_sum", "win_rate", "left_alone")
