from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "crm.demo"
    label = "demo"
    verbose_name = _("Demo company")

    def ready(self) -> None:
        from crm.demo.logins import demo_logins
        from crm.web import demo

        demo.register(demo_logins)
