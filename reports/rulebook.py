"""The tunable rules of reports: what the head's control takes for critical, and who needs the head's help."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from clients.rulebook import CLIENTS, DAYS, PERCENT, Rule, RuleValues, Unit, register
from reports.rules.control import Problem
from reports.rules.help import Limits

CRITICAL = {problem: f"control.{problem}_critical" for problem in Problem}
PORTRAIT_PERCENT = "control.portrait_percent"
WARM_DAYS = "control.warm_days"
HELP_LEAVING = "help.leaving_clients"
HELP_OVERDUE = "help.overdue_plans"
HELP_RED = "help.red_points"
HELP_IDLE = "help.idle_days"
HELP_AWAY = "help.away"
HELP_TOUCH = "help.touch_days"
HELP_SIGNALS = "help.signals"

PLANS = Unit("plans", pgettext_lazy("unit", "plans"), ngettext_lazy("%(count)d plan", "%(count)d plans", "count"))

register(
    Rule(
        key=CRITICAL[Problem.NO_SALE],
        name=_("No open sale is critical"),
        explanation=_("A client without an open sale is red in the head's control; switched off, it is yellow."),
    ),
    Rule(
        key=CRITICAL[Problem.OVERDUE],
        name=_("An overdue plan is critical"),
        explanation=_(
            "A client with a plan of a day that is over, not done, is red in the head's control; switched off, yellow."
        ),
    ),
    Rule(
        key=CRITICAL[Problem.PORTRAIT],
        name=_("A thin portrait is critical"),
        explanation=_(
            "A client of which too little is known is red in the head's control; switched off, it is yellow."
        ),
        on=False,
    ),
    Rule(
        key=CRITICAL[Problem.CONTACTS],
        name=_("Missing contacts are critical"),
        explanation=_(
            "A client of which nobody can be reached is red in the head's control; switched off, it is yellow."
        ),
        on=False,
    ),
    Rule(
        key=PORTRAIT_PERCENT,
        name=_("A portrait that is filled"),
        explanation=_("The portrait of a client is filled in when %(value)s or more of its fields are."),
        unit=PERCENT,
        default=70,
        minimum=10,
        maximum=100,
        switchable=False,
    ),
    Rule(
        key=WARM_DAYS,
        name=_("A warm client"),
        explanation=_("A client is warm with an open sale, or with a contact in the last %(value)s."),
        unit=DAYS,
        default=30,
        minimum=1,
        maximum=365,
        switchable=False,
    ),
)

register(
    Rule(
        key=HELP_LEAVING,
        name=_("Many leave this week"),
        explanation=_("A manager needs help when %(value)s or more of his would leave within seven days."),
        unit=CLIENTS,
        default=3,
        minimum=1,
        maximum=1000,
    ),
    Rule(
        key=HELP_OVERDUE,
        name=_("Overdue plans grow"),
        explanation=_(
            "A manager needs help with %(value)s or more overdue, when some fell due in the last seven days."
        ),
        unit=PLANS,
        default=5,
        minimum=1,
        maximum=1000,
    ),
    Rule(
        key=HELP_RED,
        name=_("Far more red than others"),
        explanation=_(
            "A manager needs help when the share of his red clients is %(value)s points or more above the median of "
            "his department. Who holds few clients is not compared."
        ),
        unit=PERCENT,
        default=15,
        minimum=1,
        maximum=100,
    ),
    Rule(
        key=HELP_IDLE,
        name=_("Nothing registered"),
        explanation=_("A manager needs help when he has registered nothing as done for %(value)s of his work or more."),
        unit=DAYS,
        default=3,
        minimum=1,
        maximum=60,
    ),
    Rule(
        key=HELP_AWAY,
        name=_("Away without a deputy"),
        explanation=_(
            "A manager who is away while nobody stands in for him needs help: somebody must see his clients."
        ),
    ),
    Rule(
        key=HELP_TOUCH,
        name=_("Claims without a contact"),
        explanation=_(
            "A manager needs help when a client he took from the exchange goes back within %(value)s for want of a "
            "first contact."
        ),
        unit=DAYS,
        default=2,
        minimum=0,
        maximum=30,
    ),
    Rule(
        key=HELP_SIGNALS,
        name=_("Signals nobody has looked at"),
        explanation=_("A manager stands on the list while there is a signal about him that no head has looked at."),
    ),
)


def help_limits(rules: RuleValues) -> Limits:
    """When somebody needs help, by the rules as they are set."""
    return Limits(
        leaving=rules[HELP_LEAVING],
        overdue=rules[HELP_OVERDUE],
        red_points=rules[HELP_RED],
        idle_days=rules[HELP_IDLE],
        away=rules.is_on(HELP_AWAY),
        touch_days=rules[HELP_TOUCH],
        signals=rules.is_on(HELP_SIGNALS),
    )
