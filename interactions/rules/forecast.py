"""What is planned, won and to be expected in a month, and its picture. Pure: sums in, sums and SVG coordinates out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 720, 190
LEFT, TOP, BOTTOM = 8, 18, 22
#: Part of a month's place its bar takes.
BAR = 0.56


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of one month, of one manager or of many; they add up.

    Attributes:
        plan: what is to be won; None: nobody has set a plan.
        open_amount: what the open sales expected in this month come to, and ``weighted`` by their stages.
    """

    plan: Decimal | None = None
    won: Decimal = Decimal()
    won_count: int = 0
    open_amount: Decimal = Decimal()
    open_count: int = 0
    weighted: Decimal = Decimal()

    def __add__(self, other: "Figures") -> "Figures":
        plans = [plan for plan in (self.plan, other.plan) if plan is not None]
        return Figures(
            # A plan somebody set and one nobody set are that plan.
            plan=sum(plans, Decimal()) if plans else None,
            won=self.won + other.won,
            won_count=self.won_count + other.won_count,
            open_amount=self.open_amount + other.open_amount,
            open_count=self.open_count + other.open_count,
            weighted=self.weighted + other.weighted,
        )

    @property
    def forecast(self) -> Decimal:
        """What the month will come to, as far as one knows now."""
        return self.won + self.weighted

    @property
    def gap(self) -> Decimal | None:
        """What the forecast lacks of the plan; negative: it is above it."""
        return None if self.plan is None else self.plan - self.forecast

    @property
    def is_empty(self) -> bool:
        return self == Figures()


def total(figures: Sequence[Figures]) -> Figures:
    """All of them together."""
    return sum(figures, Figures())


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the picture: won below, weighted on it, the plan as a line across. Heights and places in SVG units."""

    month: dt.date
    figures: Figures
    x: float
    width: float
    won_y: float
    won_height: float
    weighted_y: float
    weighted_height: float
    plan_y: float | None

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


def bars(months: Sequence[tuple[dt.date, Figures]]) -> list[Bar]:
    """The picture of some months; empty when there is nothing to show."""
    top = max((max(figures.forecast, figures.plan or Decimal()) for _month, figures in months), default=Decimal())
    if not top:
        return []
    place = (WIDTH - 2 * LEFT) / len(months)
    floor = HEIGHT - BOTTOM

    def height(amount: Decimal) -> float:
        return round(float(amount / top) * (floor - TOP), 1)

    drawn = []
    for index, (month, figures) in enumerate(months):
        won, weighted = height(figures.won), height(figures.weighted)
        drawn.append(
            Bar(
                month=month,
                figures=figures,
                x=round(LEFT + place * index + place * (1 - BAR) / 2, 1),
                width=round(place * BAR, 1),
                won_y=round(floor - won, 1),
                won_height=won,
                weighted_y=round(floor - won - weighted, 1),
                weighted_height=weighted,
                plan_y=None if figures.plan is None else round(floor - height(figures.plan), 1),
            )
        )
    return drawn
