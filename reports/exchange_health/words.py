"""What the report on the exchange says in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.numbers import number as grouped
from crm.web.tags.times import on_day
from exchange.claim_rulebook import STALE_DAYS
from reports.frame.tables import Line, Remark
from reports.rules.flows import Flow
from reports.rules.periods import Period

if TYPE_CHECKING:
    from reports.exchange_health.selectors import Health


def headline(report: Health) -> str:
    """The period in one sentence.

    "31 clients came, 18 were taken; 12 of those had a first contact in time; 4 bought. 9 wait longer than 90 days."
    """
    total, days = report.total, report.scope.rules[STALE_DAYS]
    parts = {
        "came": ngettext("%(number)s client came", "%(number)s clients came", int(total["came"])),
        "taken": ngettext("%(number)s was taken", "%(number)s were taken", int(total["taken"])),
        "contacted": ngettext(
            "%(number)s of those had a first contact in time",
            "%(number)s of those had a first contact in time",
            int(total["contacted"]),
        ),
        "won": ngettext("%(number)s bought", "%(number)s bought", int(total["won"])),
        "stale": ngettext(
            "%(number)s waits longer than %(days)s days",
            "%(number)s wait longer than %(days)s days",
            int(total["stale"]),
        ),
    }
    said = {key: pattern % {"number": grouped(int(total[key])), "days": days} for key, pattern in parts.items()}
    if days is None:
        return _("%(came)s, %(taken)s; %(contacted)s; %(won)s.") % said
    return _("%(came)s, %(taken)s; %(contacted)s; %(won)s. %(stale)s.") % said


def remarks(report: Health, lines: Sequence[Line]) -> list[Remark]:
    """What stands out, and what there is to do."""
    said = [_balance(report), _median(report), _most_failed(lines), _stale(report)]
    return [remark for remark in said if remark]


def _balance(report: Health) -> Remark | None:
    balance = report.balance
    if balance > 0:
        words = ngettext("The exchange grew by %(number)s client.", "The exchange grew by %(number)s clients.", balance)
        return Remark(words % {"number": grouped(balance)}, "bad")
    if balance < 0:
        words = ngettext(
            "The exchange shrank by %(number)s client: good.",
            "The exchange shrank by %(number)s clients: good.",
            -balance,
        )
        return Remark(words % {"number": grouped(-balance)}, "good")
    if any(point.inward for point in report.points):
        return Remark(_("As many left the exchange as came."))
    return None


def _median(report: Health) -> Remark | None:
    days = report.median_days
    if days is None:
        return None
    if days == 0:
        return Remark(_("Half of those taken were taken on the day they came."), "good")
    words = ngettext(
        "Half of those taken had waited at most %(days)d day.",
        "Half of those taken had waited at most %(days)d days.",
        days,
    )
    return Remark(words % {"days": days})


def _most_failed(lines: Sequence[Line]) -> Remark | None:
    managers = [line for line in lines if line.kind == "manager"]
    most = max(managers, key=lambda line: line.cells["failed"].value, default=None)  # type: ignore[arg-type, return-value]
    if most is None or most.cells["failed"].value < 2:  # type: ignore[operator]
        return None
    words = _("Most failed claims: %(manager)s (%(number)d).")
    return Remark(words % {"manager": most.name, "number": most.cells["failed"].value}, "bad", "failed", most.query)


def _stale(report: Health) -> Remark | None:
    if not report.total["stale"]:
        return None
    return Remark(_("Decide on those nobody wants: the weekly list"), url=reverse("exchange-weekly"))


def picture(points: Sequence[Flow]) -> str:
    """The picture for who does not see it."""
    most = max(points, key=lambda point: point.inward + point.outward)
    return _("%(came)s in, %(went)s out; the most on %(since)s: %(most_in)s in, %(most_out)s out.") % {
        "came": grouped(sum(point.inward for point in points)),
        "went": grouped(sum(point.outward for point in points)),
        "since": on_day(most.period.since),
        "most_in": grouped(most.inward),
        "most_out": grouped(most.outward),
    }


def days(period: Period) -> str:
    return on_day(period.since)
