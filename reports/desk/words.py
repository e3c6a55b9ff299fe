"""What the head's desk says in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.times import on_day
from exchange.models import FirstTouch
from reports.frame.addresses import rows_url
from reports.rules.help import Facts, Found, Reason

ICONS = {
    Reason.AWAY: "person-dash",
    Reason.TOUCH: "arrow-left-right",
    Reason.LEAVING: "box-arrow-right",
    Reason.IDLE: "moon",
    Reason.OVERDUE: "clock-history",
    Reason.RED: "exclamation-octagon",
    Reason.SIGNALS: "question-diamond",
}
#: So many claims are named.
_NAMED = 2


@dataclass(frozen=True, slots=True)
class Said:
    """A reason in words, with the rows it speaks of."""

    reason: Reason
    text: str
    icon: str
    url: str


def said(found: Found, facts: Facts, claims: Iterable[FirstTouch]) -> Said:
    """One reason of one manager."""
    return Said(found.reason, _words(found, list(claims)), ICONS[found.reason], _url(found.reason, facts, list(claims)))


def _words(found: Found, claims: list[FirstTouch]) -> str:
    number = {"number": found.number}
    match found.reason:
        case Reason.AWAY:
            words = ngettext(
                "Away without a deputy: nobody sees after %(number)d client",
                "Away without a deputy: nobody sees after %(number)d clients",
                found.number,
            )
        case Reason.TOUCH:
            return _claims_in_words(found.number, claims)
        case Reason.LEAVING:
            words = ngettext(
                "%(number)d client leaves within a week",
                "%(number)d clients leave within a week",
                found.number,
            )
        case Reason.IDLE:
            words = ngettext(
                "Nothing registered for %(number)d working day",
                "Nothing registered for %(number)d working days",
                found.number,
            )
        case Reason.OVERDUE:
            overdue = ngettext("%(number)d overdue plan", "%(number)d overdue plans", found.number) % number
            new = ngettext("%(number)d more within a week", "%(number)d more within a week", found.other)
            return f"{overdue}, {new % {'number': found.other}}"
        case Reason.RED:
            return _("%(share)d%% of the clients are red; in the department usually %(usual)d%%") % {
                "share": found.number,
                "usual": found.other,
            }
        case Reason.SIGNALS:
            words = ngettext(
                "%(number)d signal nobody has looked at",
                "%(number)d signals nobody has looked at",
                found.number,
            )
    return words % number


def _claims_in_words(number: int, claims: list[FirstTouch]) -> str:
    """ "Claimed and not contacted: Alpha, Beta; the first goes back on 24 Nov"."""
    names = [str(touch.client) for touch in claims[:_NAMED]]
    if number > _NAMED:
        more = ngettext("%(number)d more", "%(number)d more", number - _NAMED)
        names.append(more % {"number": number - _NAMED})
    return _("Claimed and not contacted: %(clients)s; goes back after %(day)s") % {
        "clients": get_text_list(names, _("and")),
        "day": on_day(claims[0].due_on),
    }


def _url(reason: Reason, facts: Facts, claims: list[FirstTouch]) -> str:
    """Where as many rows stand as the reason speaks of."""
    whose = f"manager={facts.manager_id}"
    match reason:
        case Reason.AWAY:
            return f"{reverse('absence-list')}?{whose}"
        case Reason.TOUCH:
            return claims[0].client.get_absolute_url()
        case Reason.LEAVING:
            return rows_url("traffic-light", "leaving_7", whose)
        case Reason.IDLE:
            return f"{reverse('event-list')}?who={facts.manager_id}&status=done"
        case Reason.OVERDUE:
            return rows_url("head-control", "overdue_plans", whose)
        case Reason.RED:
            return rows_url("traffic-light", "red", whose)
        case Reason.SIGNALS:
            return f"{reverse('signal-list')}?{whose}"


def what_to_do(client: Any) -> str:
    """What the head can do about a client that leaves this week; read with ``has_overdue``, ``has_plan`` and
    ``has_no_sale``."""
    if client.has_overdue:
        return _("A plan is overdue: have it done today.")
    if client.has_plan:
        return _("A contact is planned: see that it takes place.")
    if not client.has_no_sale:
        return _("There is an open sale: have the next step agreed.")
    return _("Nothing is planned: have it called, or give it to somebody else.")


def headline(cases: int, waiting: int, leaving: int) -> str:
    """The morning in one sentence."""
    parts = [
        ngettext("%(number)d manager needs help", "%(number)d managers need help", cases) % {"number": cases},
        ngettext("%(number)d thing waits for your word", "%(number)d things wait for your word", waiting)
        % {"number": waiting},
        ngettext("%(number)d client leaves this week", "%(number)d clients leave this week", leaving)
        % {"number": leaving},
    ]
    numbers = (cases, waiting, leaving)
    found = [words for words, number in zip(parts, numbers, strict=True) if number]
    if not found:
        return _("Nothing needs you this morning.")
    return f"{get_text_list(found, _('and'))}."
