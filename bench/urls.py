"""The program's addresses, and the page F is measured by."""

from django.urls import include, path

from bench.views import Line
from crm.urls import handler403, handler404

__all__ = ["handler403", "handler404", "urlpatterns"]

urlpatterns = [path("bench/line/", Line.as_view(), name="bench-line"), path("", include("crm.urls"))]
