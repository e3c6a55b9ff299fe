"""Addresses of the declared reports."""

from django.urls import URLPattern, path

from reports.frame.report import Report
from reports.frame.views import views_of


def routes(report: Report) -> list[URLPattern]:
    """``/reports/<key>/`` and what hangs on it: "report-<key>", "report-<key>-rows-csv"."""
    return [
        path(f"reports/{report.key}/{end}", view, name="-".join([report.url_name, *end.split("/")]).rstrip("-"))
        for end, view in views_of(report).items()
    ]
