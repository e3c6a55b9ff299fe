"""Addresses of the reports."""

from django.urls import path

from reports import exchange_health_views as exchange_health
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
    path("reports/exchange/", exchange_health.ExchangeHealth.as_view(), name="report-exchange"),
    path("reports/exchange/csv/", exchange_health.ExchangeHealthCsv.as_view(), name="report-exchange-csv"),
    path("reports/exchange/rows/", exchange_health.ExchangeHealthRows.as_view(), name="report-exchange-rows"),
    path(
        "reports/exchange/rows/csv/", exchange_health.ExchangeHealthRowsCsv.as_view(), name="report-exchange-rows-csv"
    ),
]
