"""Addresses of the reports."""

from django.urls import path

from reports import views

urlpatterns = [
    path("reports/", views.ReportIndex.as_view(), name="report-index"),
    path("reports/traffic-light/", views.TrafficLightPage.as_view(), name="report-traffic-light"),
    path("reports/traffic-light/csv/", views.TrafficLightCsv.as_view(), name="report-traffic-light-csv"),
    path("reports/traffic-light/clients/", views.TrafficLightClients.as_view(), name="report-traffic-light-clients"),
    path(
        "reports/traffic-light/clients/csv/",
        views.TrafficLightClientsCsv.as_view(),
        name="report-traffic-light-clients-csv",
    ),
]
