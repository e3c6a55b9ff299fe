"""What the traffic light says in words: is it going well, and who needs the head now."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.selectors import Row, TrafficLight


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; ``tone``: "good", "bad" or "" ; ``query`` leads to the clients meant."""

    text: str
    tone: str = ""
    query: str = ""


def sentences(report: TrafficLight) -> list[Sentence]:
    """How it goes against a week ago, who makes the difference, and from whom the next clients leave."""
    said = [_against_a_week_ago(report)] if report.total.counts.held else []
    said += [_most_leave_with(report)]
    return [sentence for sentence in said if sentence is not None]


def _against_a_week_ago(report: TrafficLight) -> Sentence | None:
    more = report.total.week_change
    if more is None or report.total.week is None:
        return None
    greener = report.total.counts.green - report.total.week.green
    if more > 0:
        text = ngettext(
            "%(number)d more yellow and red than a week ago.", "%(number)d more yellow and red than a week ago.", more
        )
        worst = max(report.manager_rows or [report.total], key=lambda row: row.week_change or 0)
        return Sentence(_with_worst(text % {"number": more}, worst), "bad", "zone=risk&")
    if more < 0:
        text = ngettext(
            "%(number)d fewer yellow and red than a week ago: good.",
            "%(number)d fewer yellow and red than a week ago: good.",
            -more,
        )
        return Sentence(text % {"number": -more}, "good", "zone=risk&")
    if greener > 0:
        text = ngettext(
            "As many yellow and red as a week ago, and %(number)d more green: good.",
            "As many yellow and red as a week ago, and %(number)d more green: good.",
            greener,
        )
        return Sentence(text % {"number": greener}, "good")
    return Sentence(_("As many yellow and red as a week ago."))


def _with_worst(text: str, worst: Row) -> str:
    if worst.kind != "manager" or not (worst.week_change or 0) > 0:
        return text
    return _("%(sentence)s Most of them with %(manager)s (+%(number)d).") % {
        "sentence": text,
        "manager": worst.name,
        "number": worst.week_change,
    }


def _most_leave_with(report: TrafficLight) -> Sentence | None:
    soon = report.total.counts.leaving_7
    if not soon:
        return (
            Sentence(_("Nobody leaves for the exchange within 7 days."), "good") if report.total.counts.held else None
        )
    text = ngettext(
        "%(number)d client leaves for the exchange within 7 days.",
        "%(number)d clients leave for the exchange within 7 days.",
        soon,
    ) % {"number": soon}
    most = max(report.manager_rows, key=lambda row: row.counts.leaving_7, default=None)
    if most is None or len(report.manager_rows) < 2 or most.counts.leaving_7 < 2:
        return Sentence(text, "bad", "leaving=7&")
    words = _("%(sentence)s Most with %(manager)s: %(number)d.") % {
        "sentence": text,
        "manager": most.name,
        "number": most.counts.leaving_7,
    }
    return Sentence(words, "bad", "leaving=7&")
