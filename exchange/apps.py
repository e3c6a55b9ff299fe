from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = _("Exchange")

    def ready(self) -> None:

        import exchange.checks
        import exchange.claim_notices
        import exchange.claim_rulebook
        import exchange.departure_notices
        import exchange.first_steps
        import exchange.inbound_notices
        import exchange.notices
        import exchange.rulebook
        import exchange.signal_notices
        import exchange.weekly_notices  # noqa: F401 - declares its rules
        from clients import ownership, panels, zone_changes
        from clients.importing.kinds.undoing import register_harmless
        from clients.importing.registry import register_listener
        from crm.web import banners, health
        from crm.web.access import Access
        from crm.web.navigation import NavItem, register
        from exchange import alarms, contact_views, imported, merging, searching, shelving_panels
        from exchange.departure_selectors import banners as departure_banners
        from exchange.gifts import refuse_laundering
        from exchange.inbound import alert
        from exchange.leaving_selectors import outlooks
        from exchange.panels import register_panels
        from exchange.recorder import record_transitions
        from exchange.selectors import waiting_count
        from exchange.signals.selectors import unseen_count
        from exchange.turn_tallies import TURNS
        from interactions import inbound

        zone_changes.register(record_transitions)
        register_harmless("exchange.ZoneTransition.client")
        register_listener(imported.order_dry_night)
        register_panels()
        TURNS.keep(sender=self)
        shelving_panels.register_panels()
        inbound.register(alert)
        panels.register_leaving(outlooks)
        merging.register()
        contact_views.register()
        ownership.register(refuse_laundering, lambda _client, _moment: None)
        register(
            NavItem(
                label=_("Exchange"),
                icon="arrow-left-right",
                url_name="exchange-board",
                badge=waiting_count,
                order=60,
                main=True,
            )
        )
        register(
            NavItem(
                label=_("Nights"),
                icon="moon-stars",
                url_name="night-list",
                access=Access.HEAD,
                badge=alarms.waiting_nights,
                order=75,
            )
        )
        register(
            NavItem(
                label=_("Signals"),
                icon="question-diamond",
                url_name="signal-list",
                access=Access.HEAD,
                badge=unseen_count,
                order=76,
            )
        )
        searching.register()
        banners.register("nights", alarms.banners)
        banners.register("leavers", departure_banners)
        health.register("nights", "exchange.night_health.NightHealth")
