"""What zone dynamics says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.numbers import number as grouped
from crm.web.tags.times import on_day
from reports.frame.figures import Number
from reports.frame.tables import Line, Remark

if TYPE_CHECKING:
    from reports.zone_dynamics.selectors import Dynamics


def headline(report: Dynamics) -> str:
    """The period in one sentence: "120 turned yellow and 44 red, 95 were rescued by a contact …" """
    if not any(report.total.get(key) for key in ("turned_yellow", "turned_red", "rescued", "came", "taken")):
        return _("Nothing turned, came or went in this period.")
    return _(
        "%(yellow)s turned yellow, %(red)s turned red, %(rescued)s were rescued by a contact; "
        "%(came)s came to the exchange, %(taken)s were taken from it."
    ) % {
        "yellow": _amount(report.total, "turned_yellow"),
        "red": _amount(report.total, "turned_red"),
        "rescued": _amount(report.total, "rescued"),
        "came": _amount(report.total, "came"),
        "taken": _amount(report.total, "taken"),
    }


def remarks(report: Dynamics, lines: Sequence[Line]) -> list[Remark]:
    """What stands out, and what is not known."""
    said = [_green(report), _most(lines, "turned_red"), _most(lines, "came"), _unknown(report)]
    return [remark for remark in said if remark]


def _green(report: Dynamics) -> Remark | None:
    """Is it going well: more green and fewer yellow and red is success."""
    start, end = (report.held(report.total, when, "yellow", "red") for when in ("start", "end"))
    if start is None or end is None:
        return None
    more = int(end - start)
    if more > 0:
        text = ngettext(
            "%(number)s more yellow and red at the end than at the start.",
            "%(number)s more yellow and red at the end than at the start.",
            more,
        )
        return Remark(text % {"number": grouped(more)}, "bad")
    if more < 0:
        text = ngettext(
            "%(number)s fewer yellow and red at the end than at the start: good.",
            "%(number)s fewer yellow and red at the end than at the start: good.",
            -more,
        )
        return Remark(text % {"number": grouped(-more)}, "good")
    return Remark(_("As many yellow and red at the end as at the start."))


def _most(lines: Sequence[Line], key: str) -> Remark | None:
    """Who makes the difference: with two managers at least, and two clients."""
    managers = [line for line in lines if line.kind == "manager"]
    most = max(managers, key=lambda line: line.cells[key].value, default=None)  # type: ignore[arg-type, return-value]
    if most is None or len(managers) < 2 or most.cells[key].value < 2:  # type: ignore[operator]
        return None
    patterns = {
        "turned_red": _("Most turned red with %(manager)s: %(number)s."),
        "came": _("Most came to the exchange from %(manager)s: %(number)s."),
    }
    facts = {"manager": most.name, "number": grouped(int(most.cells[key].value))}  # type: ignore[arg-type]
    return Remark(patterns[key] % facts, "bad", key, most.query)


def _unknown(report: Dynamics) -> Remark | None:
    if report.first is None:
        return Remark(_("There has been no night yet: how many were held is not known."))
    if not report.knows_start:
        text = _("There was no night before %(date)s: how many were held earlier is not known.")
    elif report.ask.compared and not report.is_compared:
        text = _("There was no night before %(date)s: nothing to compare with.")
    else:
        return None
    return Remark(text % {"date": on_day(report.first)})


def turns(total: Mapping[str, Number]) -> str:
    """The picture of turns for who does not see it; the table below it has every pair."""
    return _("%(yellow)s from green to yellow, %(red)s to red, %(rescued)s back to green by a contact.") % {
        "yellow": _amount(total, "turned_yellow"),
        "red": _amount(total, "turned_red"),
        "rescued": _amount(total, "rescued"),
    }


def _amount(total: Mapping[str, Number], key: str) -> str:
    return grouped(int(total.get(key, 0)))
