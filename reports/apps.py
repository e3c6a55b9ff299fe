from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from crm.web.access import Access
        from crm.web.navigation import NavItem, register

        register(NavItem(label=_("Reports"), icon="bar-chart", url_name="report-index", access=Access.HEAD, order=70))
