"""Addresses of the reports."""

from django.urls import include, path

from reports.desk.views import HeadDesk
from reports.frame.report import all_reports
from reports.frame.urls import routes
from reports.frame.views import ReportIndex

urlpatterns = [
    path("desk/", HeadDesk.as_view(), name="head-desk"),
    path("reports/", ReportIndex.as_view(), name="report-index"),
    path("", include("reports.delivery.urls")),
    *(route for report in all_reports() for route in routes(report)),
]
