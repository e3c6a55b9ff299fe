from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = _("Exchange")

    def ready(self) -> None:
        from clients import zone_changes
        from exchange.recorder import record_transitions

        zone_changes.register(record_transitions)
