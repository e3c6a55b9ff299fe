"""All addresses. Each app brings its own, with its own prefix."""

from django.contrib import admin
from django.urls import include, path

from crm.web.health import HealthView

urlpatterns = [
    path("", include("crm.web.urls")),
    path("", include("clients.urls")),
    path("", include("interactions.urls")),
    path("", include("exchange.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
    path("health/", HealthView.as_view(), name="health"),
]

handler403 = "crm.web.accounts.permission_denied"
handler404 = "crm.web.accounts.page_not_found"
