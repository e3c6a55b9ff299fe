from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        import reports.first_steps  # noqa: F401 - declares its steps
        from crm.web.access import Access
        from crm.web.navigation import NavItem, register, register_place

        register(NavItem(label=_("Reports"), icon="bar-chart", url_name="report-index", access=Access.HEAD, order=70))
        register_place(
            NavItem(
                label=_("Traffic light"),
                icon="stoplights",
                url_name="report-traffic-light",
                access=Access.HEAD,
                order=40,
            )
        )
        register_place(
            NavItem(
                label=_("Exchange health"),
                icon="heart-pulse",
                url_name="report-exchange",
                access=Access.HEAD,
                order=41,
            )
        )
