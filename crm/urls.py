"""All addresses. Each app brings its own, with its own prefix."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from crm.web.health import HealthView

_APPS = ("clients", "interactions", "exchange", "reports")

urlpatterns = [
    path("", include("crm.web.urls")),
    *(path("", include(f"{app}.urls")) for app in _APPS if find_spec(f"{app}.urls")),
    path("admin/", admin.site.urls),
    path("health/", HealthView.as_view(), name="health"),
]

handler403 = "crm.web.accounts.permission_denied"
handler404 = "crm.web.accounts.page_not_found"
