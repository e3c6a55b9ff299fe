"""The columns of the report on points and how their values follow from added figures."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from reports.frame.figures import Number, Unit
from reports.frame.tables import Cell, Column
from reports.rules.norms import share_of, tone_of

Sums = Mapping[str, Number]

COLUMNS = (
    Column("points", _("Points"), Unit.POINTS, _("What the done events earned."), "more"),
    Column("norm", _("Norm"), Unit.POINTS, _("Points a working day × working days.")),
    Column("share", _("Of the norm"), Unit.PERCENT, _("Points in percent of the norm."), "more"),
    Column("done", _("Events"), title=_("Done events, also those that earn nothing."), good="more"),
    Column("days", _("Working days"), title=_("Without holidays, absences and the time before somebody came.")),
    Column("per_day", _("Points a day"), Unit.POINTS, _("Points per working day."), "more"),
)


def cells(sums: Sums, *, is_compared: bool = False) -> dict[str, Cell]:
    """The cells of a line. Ratios are taken of sums; ``sums`` may have those of the other period as ``then_…``."""
    now = _values(sums)
    then = _values(sums, "then_") if is_compared else {}
    return {
        "points": Cell(now["points"], "points", then=then.get("points")),
        "norm": Cell(now["norm"], then=then.get("norm")),
        "share": Cell(now["share"], then=then.get("share"), tone=tone_of(now["share"])),
        "done": Cell(now["done"], "done", then=then.get("done")),
        "days": Cell(now["days"], then=then.get("days")),
        "per_day": Cell(now["per_day"], then=then.get("per_day")),
    }


def _values(sums: Sums, prefix: str = "") -> dict[str, int | float | None]:
    points, norm, done, days = (int(sums.get(f"{prefix}{name}", 0)) for name in ("points", "norm", "done", "days"))
    return {
        "points": points,
        "norm": norm,
        "share": share_of(points, norm),
        "done": done,
        "days": days,
        "per_day": points / days if days else None,
    }
