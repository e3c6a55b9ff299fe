"""A report asked for a person without a request of his: what a letter says is what he would read on the page."""

from typing import Any

from django.http import HttpRequest, QueryDict

from clients.models import Manager
from crm import clock
from reports.frame.filters import PERIODS
from reports.frame.report import Ask, Report
from reports.rules.timing import told_of

#: Days of a report; a delivery says them by itself.
DAYS = ("period", "since", "until")
#: What a delivery may tell of instead of the week or month before.
OTHER_PERIODS = {key: words for key, words in PERIODS.items() if key not in ("last_week", "last_month")}


def ask_for(reader: Manager, report: Report, query: str) -> Ask:
    """The report as ``reader`` may see it; permission to open it is asked elsewhere."""
    asked = QueryDict(query)
    request: Any = HttpRequest()
    request.user, request.GET = reader, asked
    return Ask(report.filterset_class(asked or None, request=request), asked.get("sort") or report.default_sort)


def kept(report: Report, owner: Manager, asked: QueryDict) -> str:
    """What of a report's address a delivery keeps: its filters and its order, without days by date."""
    names = [*ask_for(owner, report, "").filterset.form.fields, "sort"]
    found = QueryDict(mutable=True)
    for name in names:
        values = [value for value in asked.getlist(name) if value]
        if values and (name not in DAYS or (name == "period" and values[0] in OTHER_PERIODS)):
            found.setlist(name, values)
    return found.urlencode()


def with_days(report: Report, owner: Manager, query: str, every: str) -> str:
    """The filters with the days of a letter that is written today. A report that knows no period has none."""
    filterset = ask_for(owner, report, query).filterset
    if "since" not in filterset.form.fields:
        return query
    days = filterset.days if "period" in QueryDict(query) else told_of(every, clock.today())
    asked = QueryDict(query, mutable=True)
    asked.pop("period", None)
    asked["since"], asked["until"] = days.since.isoformat(), days.until.isoformat()
    return asked.urlencode()
