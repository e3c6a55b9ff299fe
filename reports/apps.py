from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        import reports.catalogue  # declares the reports
        import reports.delivery.notices  # declares its kind
        import reports.first_steps
        import reports.rulebook  # noqa: F401 - declares its rules
        from clients import company_counts
        from crm.web import homes
        from crm.web.access import Access
        from crm.web.navigation import NavItem, register, register_place
        from reports.desk.homes import begins_at_the_desk
        from reports.flows.keeping import FLOWS
        from reports.frame.report import all_reports
        from reports.kept import company
        from reports.kept.triggers import keep_after_migrations

        post_migrate.connect(keep_after_migrations, sender=self, dispatch_uid="kept rows")
        FLOWS.keep(sender=self)
        company_counts.register(company.zone_counts)
        homes.register(homes.Home("desk", _("Desk"), "head-desk", Access.HEAD, fits=begins_at_the_desk))
        register(NavItem(label=_("Desk"), icon="compass", url_name="head-desk", access=Access.HEAD, order=5, main=True))
        register(NavItem(label=_("Reports"), icon="bar-chart", url_name="report-index", access=Access.SALES, order=70))
        register_place(
            NavItem(
                label=_("Reports sent regularly"),
                icon="envelope-paper",
                url_name="report-deliveries",
                access=Access.SALES,
                order=79,
            )
        )
        for place, report in enumerate(all_reports()):
            register_place(
                NavItem(
                    label=report.title,
                    icon=report.icon,
                    url_name=report.url_name,
                    access=report.access,
                    order=40 + place,
                )
            )
