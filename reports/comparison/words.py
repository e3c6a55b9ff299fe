"""What the comparison says: where the middle is, and who is far behind it in what."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.times import on_day
from reports.comparison.filters import ComparisonFilter
from reports.comparison.indicators import Indicator
from reports.comparison.selectors import NOW, Comparison, Numbers
from reports.frame.tables import Remark
from reports.frame.values import words
from reports.rules import comparing

#: So many managers are named.
_NAMED = 5


def headline(comparison: Comparison, indicator: Indicator, together: Numbers) -> str:
    """Where the middle of the managers is, and what they make together."""
    field, mean = comparison.field(indicator), comparison.rate(indicator, together)
    if field.median is None or mean is None:
        return _("Nobody can be compared: too few working days, or too few cases.")
    return _("%(indicator)s: the median of the managers is %(median)s; together they make %(mean)s.") % {
        "indicator": indicator.label,
        "median": words(field.median, indicator.unit),
        "mean": words(mean, indicator.unit),
    }


def remarks(filterset: ComparisonFilter, comparison: Comparison) -> list[Remark]:
    """Who is far behind the median, in the most respects first; new ones are given time."""
    found, respects = [], filterset.respects
    behind_in = {each.key: _behind(comparison, each) for each in respects}
    for manager in filterset.managers:
        if manager.pk not in comparison.sellers or comparing.is_new(manager.works_from, filterset.days):
            continue
        if behind := [each for each in respects if manager.pk in behind_in[each.key]]:
            found.append((manager, behind, comparison.numbers[manager.pk]))
    found.sort(key=lambda each: (-len(each[1]), str(each[0])))
    said = [
        Remark(
            _("%(manager)s is far behind the median: %(respects)s.")
            % {"manager": manager, "respects": "; ".join(_told(comparison, each, numbers) for each in behind)},
            tone="bad",
            url=f"?manager={manager.pk}&{filterset.kept}",
        )
        for manager, behind, numbers in found[:_NAMED]
    ]
    more = len(found) - _NAMED
    said += [_of_nights(comparison, each) for each in filterset.respects if not comparison.knows(each, NOW)]
    if more > 0:
        text = ngettext(
            "And %(count)s other manager is far behind it.", "And %(count)s other managers are far behind it.", more
        )
        said.append(Remark(text % {"count": more}))
    return said


def _of_nights(comparison: Comparison, indicator: Indicator) -> Remark:
    """Why nothing is said of it: the period begins before anything is known."""
    if comparison.first_night is None:
        return Remark(_("%(indicator)s: no night has run yet.") % {"indicator": indicator.label})
    text = _("%(indicator)s: the nights have run since %(date)s only. Choose a later period.")
    return Remark(text % {"indicator": indicator.label, "date": on_day(comparison.first_night)})


def _behind(comparison: Comparison, indicator: Indicator) -> set[int]:
    """Who is far behind the median; nobody by few cases or days."""
    field = comparison.field(indicator)
    return {
        manager
        for manager, showing in comparison.shown(indicator).items()
        if showing.days >= comparing.LEAST_DAYS
        and not field.is_few(showing)
        and comparing.is_behind(comparing.rate(showing), field.median, indicator.good)
    }


def _told(comparison: Comparison, indicator: Indicator, numbers: Numbers) -> str:
    return _("%(indicator)s – %(value)s, median %(median)s") % {
        "indicator": indicator.label,
        "value": words(comparison.rate(indicator, numbers), indicator.unit),
        "median": words(comparison.field(indicator).median, indicator.unit),
    }
