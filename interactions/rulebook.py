"""The tunable rules of what counts as a contact."""

from django.utils.translation import gettext_lazy as _

from clients.rulebook import DAYS, Rule, register

BACKDATING = "contact.backdating_days"

register(
    Rule(
        key=BACKDATING,
        name=_("Back-dating without asking"),
        explanation=_(
            "A contact registered more than %(value)s late is kept as history at once, but moves the clock only after "
            "the head of the department has approved its date. Switched off, any past date counts at once."
        ),
        unit=DAYS,
        default=3,
        minimum=0,
        maximum=365,
    ),
)
