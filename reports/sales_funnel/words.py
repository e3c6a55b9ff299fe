"""The words of the funnel: columns, headline, remarks, the picture for who cannot see it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from crm.web.tags.numbers import money, number, share
from crm.web.tags.times import on_day
from interactions.models import LossReason, ProcessStatus, Stage
from reports.frame.figures import Unit
from reports.frame.tables import Cell, Column, Remark, Tile
from reports.rules.charts import Amount
from reports.rules.comparing import is_few
from reports.rules.periods import Period

if TYPE_CHECKING:
    from reports.sales_funnel.selectors import Cohort

_MONEY, _SHARE, _DAYS = Unit.MONEY, Unit.PERCENT, Unit.DAYS
_SALES, _SUM = gettext_lazy("Sales"), gettext_lazy("Sum")
_LOST = pgettext_lazy("sales", "Lost")

STAGES = [
    Column("came", _SALES, title=gettext_lazy("How many came this far or further. What was won came past all stages.")),
    Column("amount", _SUM, _MONEY),
    Column("of_all", gettext_lazy("Of all"), _SHARE, good="more"),
    Column("kept", gettext_lazy("Of the stage before"), _SHARE, good="more"),
    Column("lost", gettext_lazy("Lost here"), title=gettext_lazy("Lost from this stage."), good="less"),
    Column("open", gettext_lazy("Here still"), title=gettext_lazy("Begun in the period and still at this stage.")),
    Column(
        "median",
        gettext_lazy("Days here, median"),
        _DAYS,
        title=gettext_lazy("Half of the sales stay shorter, half longer; those that stand here still are not in it."),
        good="less",
    ),
    Column("mean", gettext_lazy("Days here, mean"), _DAYS, good="less"),
]
STAGES_NOTE = gettext_lazy("Sales begun in the period, wherever they are now.")
NOTHING_BEGUN = gettext_lazy("No sales were begun in this period. Choose a longer one, or another kind of sale.")

LOSSES = [
    Column("lost", _LOST, good="less"),
    Column("share", gettext_lazy("Of the lost"), _SHARE),
    Column("amount", _SUM, _MONEY, good="less"),
]

_IDLE = gettext_lazy("Nothing happened for longer than the stage allows.")
_WEIGHTED = gettext_lazy("The sum by the chances of the stages.")
STANDING = [
    Column("now", _SALES),
    Column("now_sum", _SUM, _MONEY),
    Column("weighted", gettext_lazy("Weighted"), _MONEY, title=_WEIGHTED),
    Column("idle", gettext_lazy("Idle"), title=_IDLE, good="less"),
]
STANDING_NOTE = gettext_lazy(
    "All that are open today, whenever they were begun; without those of clients on the exchange, as on the board."
)

PEOPLE = [
    Column("begun", gettext_lazy("Begun"), good="more"),
    Column("begun_sum", gettext_lazy("Their sum"), _MONEY, good="more"),
    Column("won", pgettext_lazy("sales", "Won"), good="more"),
    Column("won_sum", gettext_lazy("Won, sum"), _MONEY, good="more"),
    Column("lost", _LOST, good="less"),
    Column(
        "rate", gettext_lazy("Won of the ended"), _SHARE, title=gettext_lazy("Won out of won and lost."), good="more"
    ),
    Column("now", gettext_lazy("Open now"), title=STANDING_NOTE),
    Column("now_sum", gettext_lazy("Open now, sum"), _MONEY),
    Column("idle", gettext_lazy("Idle"), title=_IDLE, good="less"),
]


def headline(found: "Cohort", period: Period) -> str:
    """What became of the sales, in one sentence."""
    begun, won, lost = (found.pile(status).count for status in ("", ProcessStatus.WON, ProcessStatus.LOST))
    if not begun:
        return str(NOTHING_BEGUN)
    words = ngettext(
        "%(n)s sale was begun from %(since)s to %(until)s.",
        "%(n)s sales were begun from %(since)s to %(until)s.",
        begun,
    ) % {"n": number(begun), "since": on_day(period.since), "until": on_day(period.until)}
    if not won + lost:
        nothing = _("None of them has ended yet.")
        return f"{words} {nothing}"
    ended = _("Of %(ended)s that have ended %(share)s were won.") % {
        "ended": number(won + lost),
        "share": share(won, won + lost),
    }
    return f"{words} {ended}"


def tiles(total: Mapping[str, Cell]) -> list[Tile]:
    """The whole at a glance, by the cells of the line of everybody."""
    named = (
        ("begun", gettext_lazy("Begun"), Unit.COUNT, "more", "play"),
        ("won", pgettext_lazy("sales", "Won"), Unit.COUNT, "more", "trophy"),
        ("won_sum", gettext_lazy("Won, sum"), _MONEY, "more", "cash-stack"),
        ("rate", gettext_lazy("Won of the ended"), _SHARE, "more", "percent"),
        ("now_sum", gettext_lazy("Open now, sum"), _MONEY, "", "funnel"),
        ("idle", gettext_lazy("Idle now"), Unit.COUNT, "less", "hourglass-split"),
    )
    return [Tile(label, total[key], unit, good, icon) for key, label, unit, good, icon in named]


def remarks(
    found: "Cohort", then: "Cohort | None", stages: Mapping[int, Stage], reasons: Mapping[int, LossReason]
) -> list[Remark]:
    """Where most is lost, why, where sales stand longest; and what a comparison of cohorts is worth."""
    told = [_where_lost(found, stages), _why_lost(found, reasons), _where_slow(found, stages)]
    if then and then.groups:
        told.append(Remark(_("The earlier sales had longer to be won: compare how far both got with care."), "muted"))
    return [remark for remark in told if remark]


def _where_lost(found: "Cohort", stages: Mapping[int, Stage]) -> Remark | None:
    worst = max(found.steps, key=lambda step: step.lost.count, default=None)
    if worst is None or is_few(worst.lost.count):
        return None
    text = _("Most are lost at “%(stage)s”: %(n)s of %(lost)s, %(sum)s. Look at what is missing there.") % {
        "stage": stages[worst.stage],
        "n": number(worst.lost.count),
        "lost": number(found.pile(ProcessStatus.LOST).count),
        "sum": money(worst.lost.amount),
    }
    return Remark(text, "bad", "lost", f"at={worst.stage}&")


def _why_lost(found: "Cohort", reasons: Mapping[int, LossReason]) -> Remark | None:
    counts = {key: found.pile(ProcessStatus.LOST, reason=key).count for key in reasons}
    commonest = max(counts, key=lambda key: counts[key], default=None)
    if commonest is None or is_few(counts[commonest]):
        return None
    text = _("The commonest reason is “%(reason)s”: %(share)s of the lost.") % {
        "reason": reasons[commonest],
        "share": share(counts[commonest], found.pile(ProcessStatus.LOST).count),
    }
    return Remark(text, "", "lost", f"reason={commonest}&")


def _where_slow(found: "Cohort", stages: Mapping[int, Stage]) -> Remark | None:
    known = [(step.stay, stages[step.stage]) for step in found.steps if step.stay and not is_few(step.stay.count)]
    if not known:
        return None
    stay, stage = max(known, key=lambda each: each[0].median)
    days = round(stay.median)
    text = ngettext(
        "They stand longest at “%(stage)s”: half of them %(n)s day or more.",
        "They stand longest at “%(stage)s”: half of them %(n)s days or more.",
        days,
    )
    return Remark(text % {"stage": stage, "n": number(days)})


def described(amounts: Sequence[Amount]) -> str:
    """The picture in words."""
    first: Any = amounts[0].value
    return "; ".join(f"{each.label}: {number(each.value)} ({share(each.value, first)})" for each in amounts)
