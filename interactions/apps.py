from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        import interactions.first_steps
        import interactions.letter_notices
        import interactions.notices
        import interactions.rulebook  # noqa: F401 - declares its rules
        from clients.rulebook import register_note
        from crm.web.navigation import NavItem, QuickAction, register, register_action
        from interactions import columns, day_occasions, handing, merging, reminders, searching
        from interactions.bulk import register_actions
        from interactions.panels import register_panels
        from interactions.selectors import kinds_that_count

        register(NavItem(label=_("My day"), icon="sun", url_name="my-day", order=10, main=True))
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
        register(NavItem(label=_("Sales"), icon="funnel", url_name="process-list", order=50))
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
        register_panels()
        register_actions()
        columns.add_to_clients()
        merging.register()
        searching.register()
        handing.register()
        day_occasions.register()
        reminders.register_listener()
        register_note("contact", "interactions/_rules_kinds.html", kinds_that_count)
