"""The program's addresses, and the pages others are measured by."""

from django.urls import include, path

from bench.views import Frame, Line
from crm.urls import handler403, handler404

__all__ = ["handler403", "handler404", "urlpatterns"]

urlpatterns = [
    path("bench/line/", Line.as_view(), name="bench-line"),
    path("bench/frame/", Frame.as_view(), name="bench-frame"),
    path("", include("crm.urls")),
]
