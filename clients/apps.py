from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from crm.web import shortcuts
from crm.web.access import Access
from crm.web.navigation import NavItem, QuickAction, TopTool, register, register_action, register_place, register_tool
from crm.web.shortcuts import Shortcut


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        import clients.absence_notices
        import clients.checks
        import clients.first_steps
        import clients.merge_notices
        import clients.occasion_notices  # noqa: F401 - declare their kinds, checks and steps
        from clients import exports_log
        from clients.bulk import clients as bulk_clients
        from clients.bulk import doubles as bulk_doubles
        from clients.bulk import persons as bulk_persons
        from clients.file_panel import register_panel as register_files
        from clients.further_panel import register_panel as register_further
        from clients.importing.kinds import register_kinds
        from clients.notices import bell
        from clients.recent import register_panel as register_recent
        from clients.search.entries import register_arms
        from clients.tag_panel import register_panel as register_tags

        exports_log.register()
        shortcuts.register(
            Shortcut(keys=("e",), does=_("edit the fact in focus, or go to the first"), group="card", order=10),
            Shortcut(keys=("t",), does=_("change the tags"), group="card", order=20),
        )
        register_files()
        register_further()
        bulk_clients.register_actions()
        bulk_doubles.register_actions()
        bulk_persons.register_actions()
        register_arms()
        register_kinds()
        register_recent()
        register_tags()
        register_tool(TopTool(name="bell", template_name="clients/_bell.html", value=bell))
        register(
            NavItem(
                label=_("Clients"),
                icon="people",
                url_name="client-list",
                order=20,
                main=True,
                match=("/persons/", "/occasions/", "/duplicates/", "/merges/"),
            )
        )
        register_place(NavItem(label=_("Absences"), icon="calendar-x", url_name="absence-list", order=14))
        register(NavItem(label=_("Exports"), icon="download", url_name="export-list", access=Access.DIRECTOR, order=80))
        register_place(NavItem(label=_("Notices"), icon="bell", url_name="notice-list", order=10))
        register_place(NavItem(label=_("Birthdays and occasions"), icon="gift", url_name="occasion-list", order=12))
        register_place(NavItem(label=_("Bulk actions"), icon="ui-checks", url_name="bulk-list", order=15))
        register_place(NavItem(label=_("Imports"), icon="upload", url_name="import-list", order=16))
        register_place(
            NavItem(
                label=_("Possible duplicates"), icon="union", url_name="duplicate-list", access=Access.HEAD, order=17
            )
        )
        register_place(NavItem(label=_("Rules"), icon="journal-check", url_name="rule-list", order=20))
        register_place(NavItem(label=_("Help"), icon="question-circle", url_name="help", order=70))
        register_place(NavItem(label=_("Policies"), icon="sliders2", url_name="policy-list", order=30))
        register_action(
            QuickAction(label=_("New client"), icon="person-plus", url_name="client-create", key="n", order=20)
        )
