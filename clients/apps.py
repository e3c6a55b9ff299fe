from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from crm.web.navigation import NavItem, QuickAction, register, register_action


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        register(
            NavItem(
                label=_("Clients"), icon="people", url_name="client-list", order=20, main=True, match=("/persons/",)
            )
        )
        register_action(
            QuickAction(label=_("New client"), icon="person-plus", url_name="client-create", key="n", order=20)
        )
