"""The rows of the board of the exchange."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from clients.models import Client
from crm.web.addresses import addresses
from crm.web.escaping import escaped as esc
from crm.web.tags.marks import icon
from crm.web.tags.numbers import money
from crm.web.tags.times import day, moment, on_day, time_tag
from exchange.board import BoardRow

register = template.Library()


@register.simple_tag
def board_rows(rows: list[Any], may_assign: bool = False, oob: bool = False) -> SafeString:
    """The ``<tr>`` of the rows: of clients that are still there, and of those that somebody has taken since.

    Args:
        oob: they are drawn anew where they stand.
    """
    draw = _Drawer(may_assign, oob)
    drawn = [draw.gone(row) if row.taken or row.notice else draw.row(row) for row in rows]
    return SafeString("\n".join(f"<template>{row}</template>" if oob else row for row in drawn))


class _Drawer:
    """Draws a page of rows. Every part of them is escaped.

    Without template tags, and with the words asked for once: forty such rows were half of the page's time.
    """

    def __init__(self, may_assign: bool, oob: bool) -> None:
        self._may_assign, self._oob = may_assign, oob
        self._url, self._claim, self._assign_to = map(addresses, ("client-detail", "claim", "exchange-assign"))
        self._day: Callable[[Any], str] = cache(day)
        self._mark, self._category = gettext("Mark: %(client)s"), esc(gettext("Category"))
        self._never, self._none = time_tag(None, gettext("never")), esc(gettext("none"))
        self._claim_it, self._claim_word = gettext("Claim %(client)s"), esc(gettext("Claim"))
        self._assign = esc(gettext("Assign"))
        self._days = cache(lambda days: esc(ngettext("%(n)s day", "%(n)s days", days) % {"n": days}))
        self._won = cache(lambda number: ngettext("%(n)s won", "%(n)s won", number) % {"n": number})
        self._lost = cache(lambda number: ngettext("%(n)s lost", "%(n)s lost", number) % {"n": number})

    def row(self, row: BoardRow) -> str:
        client, pk = row.client, row.client.pk
        name, url = esc(client.name), self._url(pk)
        mark = self._mark % {"client": name}
        further = ' class="ex-shelved"' if row.quarantined else ""
        if self._oob:
            further += ' hx-swap-oob="true"'
        assign = self._assignment(row) if self._may_assign else ""
        return (
            f'<tr id="exchange-{pk}" data-href="{url}" data-live-id="{pk}"{further}>'
            '<td class="sv-cell-check"><input type="checkbox" class="form-check-input" name="clients"'
            f' value="{pk}" form="marked" data-check aria-label="{mark}"></td>'
            f'<td class="sv-cell-main"><a href="{url}">{name}</a>{self._category_of(client)}'
            f'<span class="sv-sub ex-clip">{_where(client)}</span></td>'
            f'<td class="ex-worth">{_worth(row)}</td><td class="ex-talk">{self._talk(row)}</td>'
            f'<td class="ex-talk">{self._sales(row)}</td><td class="ex-came">{self._came(row)}</td>'
            f'<td class="num">{row.owners}</td>'
            f'<td class="sv-cell-actions ex-actions">{self._action(row, name)}{assign}</td></tr>'
        )

    def gone(self, row: Any) -> str:
        return render_to_string("exchange/_row_gone.html", {"row": row, "client": row.client, "oob": self._oob})

    def _category_of(self, client: Client) -> str:
        return (
            f' <span class="sv-tag" title="{self._category}">{esc(client.category)}</span>' if client.category else ""
        )

    def _talk(self, row: BoardRow) -> str:
        on = row.client.last_contact_on
        if row.last_talk:
            return f"{self._day(on)}{_sub(row.last_talk)}"
        return time_tag(on) if on else self._never

    def _sales(self, row: BoardRow) -> str:
        lost = self._lost(row.lost) if row.lost else ""
        if row.won:
            won = self._won(row.won)
            drawn = f"{esc(money(row.total))}{_sub(f'{won} · {lost}' if lost else won)}"
        elif lost:
            drawn = f'<span class="sv-muted">{esc(lost)}</span>'
        else:
            return f'<span class="sv-faint">{self._none}</span>'
        if not row.loss_reason:
            return drawn
        return f'{drawn}<span class="sv-sub ex-clip" title="{esc(row.loss_reason)}">{esc(row.loss_reason)}</span>'

    def _came(self, row: BoardRow) -> str:
        client, came = row.client, row.came
        drawn = self._days(row.days) if row.days else esc(moment(client.exchange_since))
        if client.last_manager:
            drawn += f' <span class="sv-muted">· {esc(client.last_manager.short_name)}</span>'
        if came is None:
            return drawn
        title = f"{came.manager}: {came.comment}" if came.comment else came.manager
        return f'{drawn}<span class="sv-sub ex-clip" title="{esc(title)}">{esc(came.reason)}</span>'

    def _action(self, row: BoardRow, name: str) -> str:
        if row.state.claimable:
            words, url = self._claim_it % {"client": name}, self._claim(row.client.pk)
            return (
                '<button class="btn btn-sm btn-outline-secondary ex-claim" form="claims"'
                f' formaction="{url}" hx-post="{url}" aria-label="{words}">{self._claim_word}</button>'
            )
        if row.quarantined:
            until = on_day(row.client.quarantine_until)
            words = esc(gettext("Do not contact until %(date)s") % {"date": until})
            return f'<span class="ex-when">{icon("slash-circle")} {words}</span>'
        opens = row.state.opens
        when = gettext("from %(when)s") % {"when": opens} if opens else gettext("not for you now")
        reasons = "".join(f"<li>{esc(words)}</li>" for words in row.state.reasons)
        return (
            f'<details class="ex-why"><summary>{icon("hourglass-split")} {esc(when)}<span class="visually-hidden">:'
            f" {name}</span></summary><ul>{reasons}</ul></details>"
        )

    def _assignment(self, row: BoardRow) -> str:
        if row.quarantined:
            return ""
        return (
            ' <a class="btn btn-sm btn-ghost btn-icon bi bi-person-check" data-drawer'
            f' href="{self._assign_to(row.client.pk)}" title="{self._assign}"></a>'
        )


def _sub(words: Any) -> str:
    return f'<span class="sv-sub">{esc(words)}</span>'


def _where(client: Client) -> str:
    return " · ".join(esc(str(each)) for each in (client.city, client.industry) if each)


def _worth(row: BoardRow) -> str:
    if not row.worth:
        return '<span class="sv-faint">–</span>'
    first, *further = row.worth
    drawn = f'<span class="ex-first">{esc(first)}</span>' if row.stands_out else _sub(first)
    return drawn + "".join(map(_sub, further))
