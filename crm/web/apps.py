from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "crm.web"
    label = "web"

    def ready(self) -> None:
        import crm.web.checks
        import crm.web.lookups  # noqa: F401  both register what they hold
        from crm.web.access import Access
        from crm.web.navigation import NavItem, register, register_place

        register(NavItem(label=_("Settings"), icon="gear", url_name="admin:index", access=Access.ADMIN, order=90))
        register_place(NavItem(label=_("First steps"), icon="signpost", url_name="start", order=75))
        register_place(NavItem(label=_("Preferences"), icon="sliders", url_name="preferences", order=80))
        register_place(NavItem(label=_("Change password"), icon="key", url_name="password-change", order=90))
