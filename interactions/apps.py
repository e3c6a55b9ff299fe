from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        import interactions.board_keys
        import interactions.calendar.keys
        import interactions.first_steps
        import interactions.letter_notices
        import interactions.notices
        import interactions.rulebook
        import interactions.stage_notices  # noqa: F401 - declares its notices
        from clients.rulebook import register_note
        from crm.web import homes
        from crm.web.access import Access
        from crm.web.navigation import NavItem, QuickAction, register, register_action
        from interactions import (
            columns,
            day_approvals,
            day_inquiries,
            day_occasions,
            handing,
            inquiries,
            merging,
            reminders,
            searching,
        )
        from interactions.bulk import register_actions
        from interactions.importing import register_kinds
        from interactions.panels import register_panels
        from interactions.regulation_panel import register_panel
        from interactions.selectors import kinds_that_count
        from interactions.tallies import EVENTS

        register(NavItem(label=_("My day"), icon="sun", url_name="my-day", order=10, main=True))
        homes.register(homes.Home("my-day", _("My day"), "my-day", Access.SALES, fits=lambda _user: False))
        register(
            NavItem(
                label=_("Events"),
                icon="telephone",
                url_name="event-list",
                order=30,
                main=True,
                match=("/approvals/",),
            )
        )
        register(NavItem(label=_("Calendar"), icon="calendar3", url_name="calendar", order=40, match=("/absences/",)))
        register(NavItem(label=_("Inquiries"), icon="telephone-inbound", url_name="inquiry-list", order=45))
        register(
            NavItem(label=_("Sales"), icon="funnel", url_name="process-list", order=50, match=("/approvals/sales/",))
        )
        register_action(
            QuickAction(
                label=_("Register contact"),
                icon="telephone-plus",
                url_name="contact-pick",
                key="c",
                hook="drawer",
                order=10,
            )
        )
        register_action(
            QuickAction(
                label=_("Take an inquiry"), icon="telephone-inbound", url_name="inquiry-create", key="i", order=15
            )
        )
        register_panels()
        register_panel()
        register_actions()
        register_kinds()
        columns.add_to_clients()
        merging.register()
        searching.register()
        handing.register()
        inquiries.register()
        day_approvals.register()
        day_inquiries.register()
        day_occasions.register()
        reminders.register_listener()
        EVENTS.keep(sender=self)
        register_note("contact", "interactions/_rules_kinds.html", kinds_that_count)
