"""The tunable rules of contacts and plans."""

from django.utils.translation import gettext_lazy as _

from clients.rulebook import DAYS, Rule, register

BACKDATING = "contact.backdating_days"
SAME_OFFER = "team.same_offer_days"

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
    Rule(
        key=SAME_OFFER,
        name=_("Two people, one offer"),
        explanation=_(
            "When two people plan the same with one client no more than %(value)s apart, or lead two open sales of one "
            "kind about the same products, both are told, and the card says so. Nothing is forbidden."
        ),
        unit=DAYS,
        default=14,
        minimum=0,
        maximum=365,
    ),
)
