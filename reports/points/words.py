"""What the report on points says in words."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import PointsNorm
from crm.web.tags.numbers import number
from interactions.models import KindPoints
from reports.frame.figures import Unit
from reports.frame.report import Ask
from reports.frame.tables import Line, Remark
from reports.frame.values import words
from reports.rules.norms import kept


def headline(total: Line) -> str:
    """How much of the norm was earned."""
    points, norm, share = (total.cells[key].value for key in ("points", "norm", "share"))
    if share is None:
        return _("%(points)s points; no norm was in force.") % {"points": number(points)}  # type: ignore[arg-type]
    return _("%(points)s points of the %(norm)s expected: %(share)s of the norm.") % {
        "points": number(points),  # type: ignore[arg-type]
        "norm": number(norm),  # type: ignore[arg-type]
        "share": words(share, Unit.PERCENT),
    }


def remarks(ask: Ask, shares: Iterable[float | None]) -> list[Remark]:
    """Who keeps the norm, who is far from it (by the shares of the managers), and whether it was changed."""
    found = []
    people = kept(shares)
    if people.of > 1:
        text = ngettext(
            "%(count)d of %(of)d managers reached the norm.",
            "%(count)d of %(of)d managers reached the norm.",
            people.reached,
        )
        found.append(Remark(text % {"count": people.reached, "of": people.of}, "good" if people.reached else ""))
    if people.of > 1 and people.low:
        text = ngettext(
            "%(count)d manager earned less than half of the norm: ask what stands in the way.",
            "%(count)d managers earned less than half of the norm: ask what stands in the way.",
            people.low,
        )
        found.append(Remark(text % {"count": people.low}, "bad"))
    if ask.filterset.options.get("kind"):
        found.append(Remark(_("Only one kind of event is shown; the norm is that of all kinds.")))
    if _was_changed(ask):
        text = _("Norms or points were changed in this period: each day counts by those it had.")
    else:
        text = _("What is expected of each department, and what events earn.")
    return [*found, Remark(text, url=reverse("norms"))]


def _was_changed(ask: Ask) -> bool:
    period = ask.scope.period
    meanwhile = {"since__gt": period.since, "since__lte": min(period.until, ask.scope.today)}
    return PointsNorm.objects.filter(**meanwhile).exists() or KindPoints.objects.filter(**meanwhile).exists()
