"""What the traffic light says in words: is it going well, and who needs the head now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.numbers import number as grouped
from reports.frame.tables import Line, Remark

if TYPE_CHECKING:
    from reports.traffic_light.selectors import Light


def headline(report: Light) -> str:
    held = int(report.total["held"])
    return ngettext("%(held)s client held", "%(held)s clients held", held) % {"held": grouped(held)}


def remarks(report: Light, lines: Sequence[Line]) -> list[Remark]:
    """How it goes against a week ago, who makes the difference, and from whom the next clients leave."""
    managers = [line for line in lines if line.kind == "manager"]
    if not report.total["held"]:
        return []
    said = [_against_a_week_ago(report, managers), _most_leave_with(int(report.total["leaving_7"]), managers)]
    return [remark for remark in said if remark]


def _against_a_week_ago(report: Light, managers: Sequence[Line]) -> Remark | None:
    more: Any = report.change(report.total, 7)
    if more is None:
        return None
    if more > 0:
        text = ngettext(
            "%(number)d more yellow and red than a week ago.", "%(number)d more yellow and red than a week ago.", more
        )
        return Remark(_with_worst(text % {"number": more}, managers), "bad", "risk")
    if more < 0:
        text = ngettext(
            "%(number)d fewer yellow and red than a week ago: good.",
            "%(number)d fewer yellow and red than a week ago: good.",
            -more,
        )
        return Remark(text % {"number": -more}, "good", "risk")
    return Remark(_("As many yellow and red as a week ago."))


def _with_worst(text: str, managers: Sequence[Line]) -> str:
    worst = _largest(managers, "week")
    if worst is None or _value(worst, "week") <= 0:
        return text
    return _("%(sentence)s Most of them with %(manager)s (+%(number)d).") % {
        "sentence": text,
        "manager": worst.name,
        "number": _value(worst, "week"),
    }


def _most_leave_with(soon: int, managers: Sequence[Line]) -> Remark:
    if not soon:
        return Remark(_("Nobody leaves for the exchange within 7 days."), "good")
    text = ngettext(
        "%(number)d client leaves for the exchange within 7 days.",
        "%(number)d clients leave for the exchange within 7 days.",
        soon,
    ) % {"number": soon}
    most = _largest(managers, "leaving_7")
    if most is not None and len(managers) > 1 and _value(most, "leaving_7") > 1:
        text = _("%(sentence)s Most with %(manager)s: %(number)d.") % {
            "sentence": text,
            "manager": most.name,
            "number": _value(most, "leaving_7"),
        }
    return Remark(text, "bad", "leaving_7")


def _largest(managers: Sequence[Line], key: str) -> Line | None:
    return max(managers, key=lambda line: _value(line, key), default=None)


def _value(line: Line, key: str) -> int:
    value: Any = line.cells[key].value
    return value or 0
