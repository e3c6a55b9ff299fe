"""What the report on the exchange says in words."""

from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.templatetags.web import number as grouped
from crm.web.templatetags.web import on_day
from reports.exchange_health_selectors import Health, Row


def headline(report: Health) -> SafeString:
    """The period in one sentence; each number in it leads to the rows behind it.

    "31 clients came, 18 were taken; 12 of those had a first contact in time; 4 bought. 9 wait longer than 90 days."
    """
    total = report.total
    counts = total.counts
    parts: Mapping[str, str] = {
        "came": ngettext("%(number)s client came", "%(number)s clients came", counts["came"]),
        "taken": ngettext("%(number)s was taken", "%(number)s were taken", counts["taken"]),
        "contacted": ngettext(
            "%(number)s of those had a first contact in time",
            "%(number)s of those had a first contact in time",
            counts["contacted"],
        ),
        "won": ngettext("%(number)s bought", "%(number)s bought", counts["won"]),
        "stale": ngettext(
            "%(number)s waits longer than %(days)s days", "%(number)s wait longer than %(days)s days", counts["stale"]
        ),
    }
    linked = {key: _linked(total, key, words, report.scope.stale_days) for key, words in parts.items()}
    if report.scope.stale_days is None:
        pattern = _("%(came)s, %(taken)s; %(contacted)s; %(won)s.")
    else:
        pattern = _("%(came)s, %(taken)s; %(contacted)s; %(won)s. %(stale)s.")
    return mark_safe(pattern % linked)


def _linked(row: Row, key: str, words: str, days: int | None) -> SafeString:
    said = words % {"number": grouped(row.counts[key]), "days": days}
    if not row.counts[key]:
        return format_html("{}", said)
    return format_html('<a href="{}" data-count="{}">{}</a>', row.links[key], row.counts[key], said)


def remarks(report: Health) -> list[tuple[str, str]]:
    """What stands out, as (tone, words); tone is "good", "bad" or ""."""
    said = [_balance(report), _median(report), _most_failed(report)]
    return [each for each in said if each]


def _balance(report: Health) -> tuple[str, str] | None:
    balance = report.balance
    if balance > 0:
        words = ngettext("The exchange grew by %(number)s client.", "The exchange grew by %(number)s clients.", balance)
        return "bad", words % {"number": grouped(balance)}
    if balance < 0:
        words = ngettext(
            "The exchange shrank by %(number)s client: good.",
            "The exchange shrank by %(number)s clients: good.",
            -balance,
        )
        return "good", words % {"number": grouped(-balance)}
    if any(point.inward for point in report.points):
        return "", _("As many left the exchange as came.")
    return None


def _median(report: Health) -> tuple[str, str] | None:
    days = report.median_days
    if days is None:
        return None
    if days == 0:
        return "good", _("Half of those taken were taken on the day they came.")
    words = ngettext(
        "Half of those taken had waited at most %(days)d day.",
        "Half of those taken had waited at most %(days)d days.",
        days,
    )
    return "", words % {"days": days}


def _most_failed(report: Health) -> tuple[str, str] | None:
    most = max(report.manager_rows, key=lambda row: row.counts["failed"], default=None)
    if most is None or most.counts["failed"] < 2:
        return None
    words = _("Most failed claims: %(manager)s (%(number)d).")
    return "bad", words % {"manager": most.name, "number": most.counts["failed"]}


def chart_words(report: Health) -> str:
    """The picture for who does not see it."""
    came = sum(point.inward for point in report.points)
    went = sum(point.outward for point in report.points)
    most = max(report.points, key=lambda point: point.inward + point.outward)
    return _("%(came)s in, %(went)s out; the most on %(since)s: %(most_in)s in, %(most_out)s out.") % {
        "came": grouped(came),
        "went": grouped(went),
        "since": on_day(most.period.since),
        "most_in": grouped(most.inward),
        "most_out": grouped(most.outward),
    }
