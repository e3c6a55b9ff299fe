"""The figures of zone dynamics: turns of colour, arrivals on the exchange and what was taken from it, clients handed
over.

A turn belongs to the manager who held the client then: to who got it, to who lost it. Handed over, a client turns
green again with its new manager; that it changed hands is told by the owner history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import OwnershipPeriod
from clients.models.client import STORED_ZONES
from exchange.models import Claim, Detachment, TransitionCause, ZoneTransition
from reports.exchange_health.figures import arrivals, taken
from reports.frame.figures import Figure, by, name_of_client
from reports.frame.scope import Scope

#: The colours from bad to good, as they are stacked; and, of turns, that nobody held the client.
ZONES = ("red", "yellow", "green")
NOBODY = ""

_Lost = OwnershipPeriod.Lost
_Gained = OwnershipPeriod.Gained
#: How a client goes to another manager, and how it comes from nobody.
GIVEN = (_Lost.REASSIGNED, _Lost.LEFT)
NOT_RECEIVED = (_Gained.CREATED, _Gained.RESTORED)


def turns(scope: Scope) -> QuerySet[ZoneTransition]:
    """Each change of colour in the period, getting and losing a manager included."""
    rows = ZoneTransition.objects.order_by().filter(scope.on_days("date"))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("date"), named=name_of_client()))


def handed_out(scope: Scope) -> QuerySet[OwnershipPeriod]:
    """Who went in the period from a manager straight to another."""
    received = _receivers(OwnershipPeriod.objects.filter(client=OuterRef("client"), since=OuterRef("until")))
    rows = _givers(OwnershipPeriod.objects.filter(scope.on_days("until")))
    return _of_owners(scope, rows.filter(Exists(received.exclude(manager=OuterRef("manager")))), "until")


def handed_in(scope: Scope) -> QuerySet[OwnershipPeriod]:
    """Who came in the period straight from another manager."""
    given = _givers(OwnershipPeriod.objects.filter(client=OuterRef("client"), until=OuterRef("since")))
    # Few clients were given in the period; many came to somebody.
    gave = OwnershipPeriod.objects.order_by().filter(scope.on_days("until"), lost__in=GIVEN).values("client")
    rows = _receivers(OwnershipPeriod.objects.filter(scope.on_days("since"), client__in=gave))
    return _of_owners(scope, rows.filter(Exists(given.exclude(manager=OuterRef("manager")))), "since")


def _givers(periods: QuerySet[OwnershipPeriod]) -> QuerySet[OwnershipPeriod]:
    """Those that ended without an arrival on the exchange."""
    arrived = Detachment.objects.filter(
        client=OuterRef("client"), manager=OuterRef("manager"), date=OuterRef("until"), undone_at=None
    )
    return periods.filter(~Exists(arrived), lost__in=GIVEN)


def _receivers(periods: QuerySet[OwnershipPeriod]) -> QuerySet[OwnershipPeriod]:
    """Those that began without taking the client from the exchange."""
    claims = Claim.objects.filter(client=OuterRef("client"), manager=OuterRef("manager"), date=OuterRef("since"))
    return periods.filter(~Exists(claims)).exclude(gained__in=NOT_RECEIVED)


def _of_owners(scope: Scope, rows: QuerySet[OwnershipPeriod], moment: str) -> QuerySet[OwnershipPeriod]:
    rows = rows.order_by().annotate(whose=F("manager_id"), moment=F(moment), named=name_of_client())
    return scope.of_ours(rows)


@dataclass(frozen=True, slots=True)
class Turn:
    """Turns of some colours to others, whatever the cause if none is named."""

    before: Sequence[str]
    after: Sequence[str]
    cause: str = ""

    def condition(self, scope: Scope) -> Q:
        """The turns among all rows."""
        found = Q(from_zone__in=self.before, to_zone__in=self.after)
        return found & Q(cause=self.cause) if self.cause else found

    def includes(self, before: str, after: str, cause: str) -> bool:
        """The same of one."""
        return before in self.before and after in self.after and self.cause in ("", cause)


def pair(before: str, after: str) -> str:
    """The key of the turns from one colour to another: ``"green_red"``, ``"nobody_green"``."""
    return f"{before or 'nobody'}_{after or 'nobody'}"


NAMES = {**dict(STORED_ZONES), NOBODY: _("not held")}
_ANY = tuple(NAMES)

#: The figures that are turns. Counted together (:func:`turned`): there are many turns, and each is in several figures.
TURNS: dict[str, Turn] = {
    "turned_yellow": Turn(["green"], ["yellow"]),
    "turned_red": Turn(["green", "yellow"], ["red"]),
    "rescued": Turn(["yellow", "red"], ["green"], TransitionCause.CONTACT),
    "got": Turn([NOBODY], ZONES),
    "left": Turn(ZONES, [NOBODY]),
    **{f"in_{zone}": Turn([each for each in _ANY if each != zone], [zone]) for zone in ZONES},
    **{f"out_{zone}": Turn([zone], [each for each in _ANY if each != zone]) for zone in ZONES},
    **{pair(before, after): Turn([before], [after]) for before in _ANY for after in _ANY if before != after},
}
_LABELS = {
    "turned_yellow": _("Turned yellow"),
    "turned_red": _("Turned red"),
    "rescued": _("Rescued: green again by a contact"),
    "got": _("Got a manager"),
    "left": _("Lost their manager"),
    **{f"in_{zone}": format_lazy("→ {}", NAMES[zone]) for zone in ZONES},
    **{f"out_{zone}": format_lazy("{} →", NAMES[zone]) for zone in ZONES},
    **{pair(one, other): format_lazy("{} → {}", NAMES[one], NAMES[other]) for one in _ANY for other in _ANY},
}
OTHERS: dict[str, Figure] = {
    "came": Figure(_("Came to the exchange"), arrivals),
    "taken": Figure(_("Taken from the exchange"), taken),
    "won": Figure(_("Taken and won"), taken, by(won=True)),
    "handed_in": Figure(_("Handed over by another manager"), handed_in),
    "handed_out": Figure(_("Handed over to another manager"), handed_out),
}
FIGURES = {**{key: Figure(_LABELS[key], turns, turn.condition) for key, turn in TURNS.items()}, **OTHERS}


@cache
def turned(before: str, after: str, cause: str) -> list[str]:
    """The figures a turn is counted in."""
    return [key for key, turn in TURNS.items() if turn.includes(before, after, cause)]
