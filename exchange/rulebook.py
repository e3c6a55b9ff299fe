"""The tunable rules of the nightly run: holding, warnings, circuit breaker, undo."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.rulebook import CLIENTS, DAYS, PERCENT, TIMES, Rule, RuleValues, load, register
from exchange.rules.night import UNLIMITED, NightRules

HOLD_PROCESS = "hold.process_days"
HOLD_PLAN = "hold.plan_days"
HOLD_PLAN_TIMES = "hold.plan_times"
HOLD_PROTECTION = "hold.protection_days"
HOLD_RENEWALS = "hold.protection_renewals"
HOLD_CONTRACT = "hold.contract_days"
WARN_LEVELS = ("warn.first_days", "warn.second_days", "warn.third_days", "warn.last_days")
WARN_HEAD = "warn.head_days"
WARN_AGE = "warn.age_days"
BREAKER_SHARE = "night.breaker_percent"
BREAKER_CLIENTS = "night.breaker_clients"
FIRST_RUN_DRY = "night.first_run_dry"
UNDO_DAYS = "undo.days"
UNDO_GRACE = "undo.grace_days"

register(
    Rule(
        key=HOLD_PROCESS,
        name=_("Open sale"),
        explanation=_(
            "A client with an open sale stays with its manager for %(value)s after the sale was last started or moved "
            "to another stage. The colour goes on as usual."
        ),
        unit=DAYS,
        default=60,
        minimum=1,
        maximum=365,
    ),
    Rule(
        key=HOLD_PLAN,
        name=_("Planned contact"),
        explanation=_(
            "A planned call, meeting or visit holds the client until its day, if that day is at most %(value)s ahead. "
            "A plan whose day has passed holds nothing."
        ),
        unit=DAYS,
        default=60,
        minimum=1,
        maximum=365,
    ),
    Rule(
        key=HOLD_PLAN_TIMES,
        name=_("Planned contacts in a row"),
        explanation=_(
            "Plans can hold the same client at most %(value)s in a row; moving a plan to a later day is one more time. "
            "A contact that really took place starts the count anew."
        ),
        unit=TIMES,
        default=2,
        minimum=1,
        maximum=20,
    ),
    Rule(
        key=HOLD_PROTECTION,
        name=_("Protection by the head"),
        explanation=_("The head can protect a client from leaving, with a reason, for at most %(value)s at a time."),
        unit=DAYS,
        default=90,
        minimum=1,
        maximum=365,
    ),
    Rule(
        key=HOLD_RENEWALS,
        name=_("Renewals of a protection"),
        explanation=_("A protection can be renewed %(value)s; then the client must have had a contact."),
        unit=TIMES,
        default=1,
        minimum=0,
        maximum=10,
        switchable=False,
    ),
    Rule(
        key=HOLD_CONTRACT,
        name=_("Contract"),
        explanation=_(
            "A contract entered by the head holds the client until it ends, at most %(value)s after the day of entry."
        ),
        unit=DAYS,
        default=1095,
        minimum=1,
        maximum=3650,
    ),
    Rule(
        key=WARN_LEVELS[0],
        name=_("First warning"),
        explanation=_("The manager is told %(value)s before a client leaves for the exchange."),
        unit=DAYS,
        default=30,
        minimum=1,
        maximum=180,
    ),
    Rule(
        key=WARN_LEVELS[1],
        name=_("Second warning"),
        explanation=_("The manager is told again %(value)s before."),
        unit=DAYS,
        default=14,
        minimum=1,
        maximum=180,
    ),
    Rule(
        key=WARN_LEVELS[2],
        name=_("Third warning"),
        explanation=_("And again %(value)s before."),
        unit=DAYS,
        default=7,
        minimum=1,
        maximum=180,
    ),
    Rule(
        key=WARN_LEVELS[3],
        name=_("Last warning"),
        explanation=_("And for the last time %(value)s before."),
        unit=DAYS,
        default=1,
        minimum=1,
        maximum=180,
    ),
    Rule(
        key=WARN_HEAD,
        name=_("Escalation to the head"),
        explanation=_("The head of the department reads the warnings too, from %(value)s before the exchange on."),
        unit=DAYS,
        default=14,
        minimum=1,
        maximum=180,
    ),
    Rule(
        key=WARN_AGE,
        name=_("Nobody leaves unwarned"),
        explanation=_(
            "No client leaves before its manager has been warned for %(value)s. If there was no warning, it goes out "
            "now and the client stays so long."
        ),
        unit=DAYS,
        default=14,
        minimum=1,
        maximum=90,
    ),
    Rule(
        key=BREAKER_SHARE,
        name=_("Circuit breaker, share"),
        explanation=_(
            "A night that would take more than %(value)s of all held clients – and more than the number below – takes "
            "nobody: it writes down whom it would take and asks an administrator."
        ),
        unit=PERCENT,
        default=5,
        minimum=0,
        maximum=100,
    ),
    Rule(
        key=BREAKER_CLIENTS,
        name=_("Circuit breaker, number"),
        explanation=_("Up to %(value)s a night leave without asking, whatever their share."),
        unit=CLIENTS,
        default=200,
        minimum=0,
        maximum=1_000_000,
        switchable=False,
    ),
    Rule(
        key=FIRST_RUN_DRY,
        name=_("The first run only asks"),
        explanation=_(
            "After installation and after an import the night takes nobody: it writes down whom it would take and asks "
            "an administrator, every night until he has confirmed one."
        ),
    ),
    Rule(
        key=UNDO_DAYS,
        name=pgettext_lazy("rule", "Undo"),
        explanation=_(
            "A night, a department's part of it or one client can be undone for %(value)s, as long as nobody has "
            "claimed the client: owner, plans and clock come back as they were."
        ),
        unit=DAYS,
        default=7,
        minimum=1,
        maximum=60,
    ),
    Rule(
        key=UNDO_GRACE,
        name=_("Grace after an undo"),
        explanation=_("A client that was given back stays for at least %(value)s, so that its manager can act."),
        unit=DAYS,
        default=7,
        minimum=1,
        maximum=60,
    ),
)


def load_rules(values: RuleValues | None = None) -> NightRules:
    """The rules of the night as they are set now. One small query, unless ``values`` were read already."""
    values = values or load()
    times = values[HOLD_PLAN_TIMES]
    levels = {values.number(key) for key in WARN_LEVELS if values.is_on(key)}
    age = values[WARN_AGE]
    if levels and age and age > max(levels):
        # The first warning must be this old: with shorter levels only, nobody would be warned in time, nor ever leave.
        levels.add(age)
    return NightRules(
        process_days=values[HOLD_PROCESS],
        plan_days=values[HOLD_PLAN],
        plan_times=UNLIMITED if times is None else times,
        protection=values.is_on(HOLD_PROTECTION),
        contract=values.is_on(HOLD_CONTRACT),
        undo_grace=values[UNDO_GRACE],
        warn_levels=tuple(sorted(levels)),
        warn_head=values[WARN_HEAD],
        warn_age=values[WARN_AGE],
        breaker_percent=values[BREAKER_SHARE],
        breaker_clients=values.number(BREAKER_CLIENTS),
        first_run_dry=values.is_on(FIRST_RUN_DRY),
    )
