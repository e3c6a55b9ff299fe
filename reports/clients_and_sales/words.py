"""The words of the report on clients and sales: columns, headline, remarks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.template.defaultfilters import date as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from crm.web.tags.numbers import money, number, share
from crm.web.tags.times import on_day
from reports.frame.figures import Unit
from reports.frame.tables import Cell, Column, Line, Remark, Tile
from reports.rules.comparing import is_few
from reports.rules.periods import Period

NOTHING = gettext_lazy("Nothing of this happened in the period.")
_SHARE, _MONEY = Unit.PERCENT, Unit.MONEY
_FIRST = gettext_lazy("A sale to a new client is the first one this client ever made with us.")
_BY_DAYS = gettext_lazy("The plans of the months; of a month that is not whole as much as the days are of it.")

_NEW = Column("new", gettext_lazy("New"), title=gettext_lazy("Clients that got their first manager."), good="more")
_TAKEN = Column("taken", gettext_lazy("Taken from the exchange"), good="more")
_LOST = Column(
    "lost",
    pgettext_lazy("clients", "Lost"),
    title=gettext_lazy("Came to the exchange and was not given back."),
    good="less",
)
_BALANCE = Column("balance", gettext_lazy("Balance"), title=gettext_lazy("New and taken, less the lost."), good="more")
_BACK = Column("back", gettext_lazy("Of the lost: held again"), title=gettext_lazy("By whomever, today."), good="more")
_WON, _WON_SUM = (
    Column("won", pgettext_lazy("sales", "Won"), good="more"),
    Column("won_sum", gettext_lazy("Won, sum"), _MONEY, good="more"),
)
_WON_NEW, _WON_NEW_SUM = (
    Column("won_new", gettext_lazy("To new clients"), title=_FIRST, good="more"),
    Column("won_new_sum", gettext_lazy("To new clients, sum"), _MONEY, title=_FIRST, good="more"),
)
_PLAN, _DONE = (
    Column("plan", pgettext_lazy("sales", "Plan"), _MONEY, title=_BY_DAYS),
    Column("done", gettext_lazy("Of the plan"), _SHARE, good="more"),
)

CLIENTS = [_NEW, _TAKEN, _LOST, _BALANCE, Column("archived", gettext_lazy("Archived"))]
SALES = [
    _WON_SUM,
    _PLAN,
    _DONE,
    _WON_NEW,
    _WON_NEW_SUM,
    Column("won_old", gettext_lazy("To existing clients"), good="more"),
    Column("won_old_sum", gettext_lazy("To existing clients, sum"), _MONEY, good="more"),
    Column(
        "average", gettext_lazy("Average sale"), _MONEY, title=gettext_lazy("Of the sales with a sum."), good="more"
    ),
]
LOSSES = [_LOST, Column("share", gettext_lazy("Of all lost"), _SHARE), _BACK]
ORIGINS = [_NEW, _TAKEN, _LOST, _BALANCE, _WON_NEW, _WON_NEW_SUM, _WON, _WON_SUM]
MONTHS = [*ORIGINS, _PLAN, _DONE]
ORIGIN_NAMES = {"source": gettext_lazy("Source"), "region": gettext_lazy("Region")}
NOTES = {
    "clients": gettext_lazy(
        "A client is new to the first manager it had, and lost by the one it was with. A base that was imported brings "
        "no new clients."
    ),
    "sales": _FIRST,
}


def month(day: dt.date) -> str:
    """ "May 2026"."""
    return format_date(day, "F Y")


def headline(total: Mapping[str, Cell], period: Period) -> str:
    """How many clients came and went, and what was sold."""
    values: dict[str, Any] = {key: cell.value for key, cell in total.items()}
    new, lost, won_sum = (values[key] for key in ("new", "lost", "won_sum"))
    clients = _("%(since)s to %(until)s: %(new)s new clients, %(lost)s lost to the exchange.") % {
        "since": on_day(period.since),
        "until": on_day(period.until),
        "new": number(new),
        "lost": number(lost),
    }  # fmt: skip
    if not values["won_new"] + values["won_old"]:
        nothing = _("No sale was won.")
        return f"{clients} {nothing}"
    sales = _("Sold for %(sum)s, of that %(share)s to new clients.") % {
        "sum": money(won_sum),
        "share": share(values["won_new_sum"], won_sum),
    }
    return f"{clients} {sales}"


def tiles(total: Mapping[str, Cell]) -> list[Tile]:
    """The whole at a glance, by the cells of the line of everybody."""
    named = (
        ("new", gettext_lazy("New clients"), Unit.COUNT, "more", "person-plus"),
        ("lost", gettext_lazy("Lost to the exchange"), Unit.COUNT, "less", "person-dash"),
        ("won_new_sum", gettext_lazy("Won from new clients"), _MONEY, "more", "stars"),
        ("won_old_sum", gettext_lazy("Won from existing clients"), _MONEY, "more", "arrow-repeat"),
        ("average", gettext_lazy("Average sale"), _MONEY, "more", "receipt"),
        ("done", gettext_lazy("Of the plan"), _SHARE, "more", "bullseye"),
    )
    shown = {**total, "done": replace(total["done"], target=100)} if total["plan"].value else total
    return [Tile(label, shown[key], unit, good, icon) for key, label, unit, good, icon in named]


def remarks(total: Mapping[str, Cell], losses: Sequence[Line]) -> list[Remark]:
    """Where the clients go, what the commonest reason is, how the plan stands."""
    value: dict[str, Any] = {key: cell.value for key, cell in total.items()}
    told = []
    if value["balance"] < 0:
        less = -value["balance"]
        text = ngettext(
            "%(n)s client more was lost than came: look why below.",
            "%(n)s clients more were lost than came: look why below.",
            less,
        ) % {"n": number(less)}
        told.append(Remark(text, "bad"))
    count: Any = losses[0].cells["lost"].value if losses else 0
    if not is_few(count):
        text = _("Most were lost because: %(reason)s – %(n)s of %(lost)s.") % {
            "reason": losses[0].name,
            "n": number(count),
            "lost": number(value["lost"]),
        }
        told.append(Remark(text, "", "lost", f"reason={losses[0].key}&"))
    if value["plan"]:
        gap = value["plan"] - value["won_sum"]
        text = _("The plan for these days is not reached: %(gap)s of %(plan)s are missing.")
        if gap <= 0:
            text = _("The plan for these days, %(plan)s, is reached: %(gap)s above it.")
        text %= {"gap": money(abs(round(gap))), "plan": money(round(value["plan"]))}
        told.append(Remark(text, "bad" if gap > 0 else "good"))
    return told


def moved(total: Mapping[str, Any]) -> str:
    """The picture of clients in words."""
    return _("New clients: %(new)s. Lost to the exchange: %(lost)s.") % {
        "new": number(total.get("new", 0)),
        "lost": number(total.get("lost", 0)),
    }


def sold(total: Mapping[str, Any]) -> str:
    """The picture of sales in words."""
    new, everything = total.get("won_new_sum", 0), total.get("won_sum", 0)
    return _("To new clients: %(new)s. To existing clients: %(old)s.") % {
        "new": money(new),
        "old": money(everything - new),
    }
