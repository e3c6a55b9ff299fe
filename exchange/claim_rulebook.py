"""The tunable rules of the market: claiming, giving back, quarantine and views, signals."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.rulebook import CLIENTS, DAYS, HOURS, MINUTES, SIGNS, TIMES, Rule, RuleValues, load, register
from exchange.rules.claiming import ClaimRules

CLAIM_DELAY = "claim.delay_hours"
CLAIM_DAILY = "claim.daily"
CLAIM_CAP = "claim.cap"
CLAIM_FORMER = "claim.former_days"
CLAIM_COOLDOWN = "claim.cooldown_days"
CLAIM_COOLDOWN_RETURNED = "claim.cooldown_returned_days"
CLAIM_TOUCH = "claim.touch_days"
CLAIM_FAILURES = "claim.failures"
CLAIM_FAILURE_WINDOW = "claim.failure_window_days"
CLAIM_PAUSE = "claim.pause_days"
RETURN_WEEKLY = "return.weekly"
LEAVER_UNDO = "return.leaver_undo_days"
QUARANTINE_LONGEST = "market.quarantine_days"
VIEWS_DAILY = "market.views_daily"
STALE_DAYS = "market.stale_days"
SIGNAL_LAST_DAYS = "signal.last_days"
SIGNAL_SHORT = "signal.short_text"
SIGNAL_BURST = "signal.burst_clients"
SIGNAL_BURST_MINUTES = "signal.burst_minutes"
SIGNAL_RESCUES = "signal.rescues"

register(
    Rule(
        key=CLAIM_DELAY,
        name=_("Time to look"),
        explanation=_(
            "A client is seen on the exchange at once, but can be claimed only %(value)s after its arrival, so that "
            "everybody has the same chance."
        ),
        unit=HOURS,
        default=24,
        minimum=0,
        maximum=720,
    ),
    Rule(
        key=CLAIM_DAILY,
        name=_("Claims a day"),
        explanation=_(
            "One manager can claim at most %(value)s a day. Every claim counts, also of a client that was given back "
            "the same day. What a head assigns does not count."
        ),
        unit=CLIENTS,
        default=5,
        minimum=1,
        maximum=1000,
    ),
    Rule(
        key=CLAIM_CAP,
        name=_("Clients in one hand"),
        explanation=_("Who holds %(value)s or more cannot claim another one."),
        unit=CLIENTS,
        default=150,
        minimum=1,
        maximum=100_000,
    ),
    Rule(
        key=CLAIM_FORMER,
        name=_("Former owner"),
        explanation=_(
            "Whoever held the client at some time in the %(value)s before it came to the exchange is its former owner "
            "and has to wait, also if a colleague held it in between."
        ),
        unit=DAYS,
        default=90,
        minimum=1,
        maximum=1000,
    ),
    Rule(
        key=CLAIM_COOLDOWN,
        name=_("Former owners wait"),
        explanation=_("A former owner can claim the client again %(value)s after it came to the exchange."),
        unit=DAYS,
        default=30,
        minimum=1,
        maximum=1000,
        switchable=False,
    ),
    Rule(
        key=CLAIM_COOLDOWN_RETURNED,
        name=_("Who gave it back himself waits"),
        explanation=_("A former owner who gave the client back himself, with a reason, waits only %(value)s."),
        unit=DAYS,
        default=14,
        minimum=1,
        maximum=1000,
    ),
    Rule(
        key=CLAIM_TOUCH,
        name=_("First contact"),
        explanation=_(
            "A claimed client needs a counted contact within %(value)s after the day of the claim, else the night "
            "takes it back. Days of an approved absence and of holidays do not count."
        ),
        unit=DAYS,
        default=7,
        minimum=1,
        maximum=365,
    ),
    Rule(
        key=CLAIM_FAILURES,
        name=_("Failed claims"),
        explanation=_(
            "After %(value)s without a first contact a manager cannot claim for a while. A client given back without a "
            "contact, later than on the day of the claim, is a failed claim too."
        ),
        unit=CLIENTS,
        default=3,
        minimum=1,
        maximum=100,
    ),
    Rule(
        key=CLAIM_FAILURE_WINDOW,
        name=_("Failed claims are forgotten"),
        explanation=_("A failed claim counts for %(value)s, and no longer once it has led to a pause."),
        unit=DAYS,
        default=90,
        minimum=1,
        maximum=1000,
        switchable=False,
    ),
    Rule(
        key=CLAIM_PAUSE,
        name=_("Pause of claiming"),
        explanation=_("The pause lasts %(value)s; the head can lift it."),
        unit=DAYS,
        default=14,
        minimum=1,
        maximum=365,
        switchable=False,
    ),
    Rule(
        key=RETURN_WEEKLY,
        name=pgettext_lazy("rule", "Clients given back"),
        explanation=_(
            "A manager can give back at most %(value)s within seven days; more are released by the head. Clients given "
            "back on the day of the claim count too."
        ),
        unit=CLIENTS,
        default=10,
        minimum=1,
        maximum=10_000,
    ),
    Rule(
        key=LEAVER_UNDO,
        name=_("A departure can be taken back"),
        explanation=_(
            "What became of the clients of a manager who left can be taken back for %(value)s, as far as nobody has "
            "claimed them or handed them on."
        ),
        unit=DAYS,
        default=7,
        minimum=1,
        maximum=60,
    ),
    Rule(
        key=QUARANTINE_LONGEST,
        name=_("Quarantine"),
        explanation=_(
            "The head can set a client of the exchange aside until a day at most %(value)s ahead: until then nobody "
            "may contact or claim it."
        ),
        unit=DAYS,
        default=365,
        minimum=1,
        maximum=3650,
    ),
    Rule(
        key=VIEWS_DAILY,
        name=_("Looking at contacts"),
        explanation=_(
            "A salesperson can look at the phones and addresses of at most %(value)s of the exchange a day. Every look "
            "is logged, with or without this limit."
        ),
        unit=CLIENTS,
        default=50,
        minimum=1,
        maximum=100_000,
        on=False,
    ),
    Rule(
        key=STALE_DAYS,
        name=_("Wanted by nobody"),
        explanation=_(
            "A client that nobody claimed for %(value)s is put on the head's weekly list: to assign, to set aside or "
            "to archive."
        ),
        unit=DAYS,
        default=90,
        minimum=1,
        maximum=1000,
    ),
    Rule(
        key=SIGNAL_LAST_DAYS,
        name=_("One line in the last days"),
        explanation=_(
            "The head sees when a client was kept in its last %(value)s before the exchange by a contact of which "
            "almost nothing is written down."
        ),
        unit=DAYS,
        default=7,
        minimum=1,
        maximum=60,
    ),
    Rule(
        key=SIGNAL_SHORT,
        name=_("What is almost nothing"),
        explanation=_("Details and result together shorter than %(value)s are one line."),
        unit=SIGNS,
        default=40,
        minimum=1,
        maximum=1000,
        switchable=False,
    ),
    Rule(
        key=SIGNAL_BURST,
        name=_("Many at once"),
        explanation=_("The head sees when one manager registers contacts with %(value)s or more within minutes."),
        unit=CLIENTS,
        default=10,
        minimum=2,
        maximum=1000,
    ),
    Rule(
        key=SIGNAL_BURST_MINUTES,
        name=_("What is at once"),
        explanation=_("Within %(value)s is at once."),
        unit=MINUTES,
        default=10,
        minimum=1,
        maximum=240,
        switchable=False,
    ),
    Rule(
        key=SIGNAL_RESCUES,
        name=_("One-sided rescues"),
        explanation=_(
            "The head sees when a client was turned green again %(value)s in a row by our own calls and letters only: "
            "nobody at the client answered, met us or bought."
        ),
        unit=TIMES,
        default=3,
        minimum=2,
        maximum=20,
    ),
)


def load_claim_rules(values: RuleValues | None = None) -> ClaimRules:
    """The rules of claiming as they are set now. One small query, unless ``values`` were read already."""
    values = values or load()
    return ClaimRules(
        delay_hours=values[CLAIM_DELAY],
        daily=values[CLAIM_DAILY],
        cap=values[CLAIM_CAP],
        former_days=values[CLAIM_FORMER],
        cooldown_days=values.number(CLAIM_COOLDOWN),
        cooldown_returned_days=values[CLAIM_COOLDOWN_RETURNED],
        touch_days=values[CLAIM_TOUCH],
        failures=values[CLAIM_FAILURES],
        failure_window_days=values.number(CLAIM_FAILURE_WINDOW),
        pause_days=values.number(CLAIM_PAUSE),
        return_weekly=values[RETURN_WEEKLY],
    )
