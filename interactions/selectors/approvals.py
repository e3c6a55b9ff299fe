"""Contacts dated far back: which wait for whom, and what approving one would do."""

import copy
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients import rulebook
from clients.freezing import FreezeBook, freeze_book
from clients.models import Client, Manager
from clients.policies import policy_book
from clients.rules.policies import PolicyBook
from clients.rules.zones import Zone
from clients.zoning import set_zone_dates
from crm import clock
from crm.web.access import Access
from interactions.models import Approval, Event, EventKind
from interactions.rulebook import BACKDATING


def backdating_limit() -> int | None:
    """After how many days a contact asks the head; None when nobody is ever asked. One query."""
    return rulebook.load()[BACKDATING]


def limit_in_words() -> str:
    """As in "more than 3 days back", by the rule in force now; "" when it is switched off. One query."""
    if (days := backdating_limit()) is None:
        return ""
    return ngettext("more than %(count)d day back", "more than %(count)d days back", days) % {"count": days}


def backdating_hint(user: Manager) -> str:
    """What ``user`` should know before he dates a contact back; empty where he needs nobody's approval. One query."""
    if user.access_level >= Access.HEAD or (days := backdating_limit()) is None:
        return ""
    return ngettext(
        "More than %(count)d day back: it counts when the head approves.",
        "More than %(count)d days back: it counts when the head approves.",
        days,
    ) % {"count": days}


def kinds_that_count() -> dict[str, list[EventKind]]:
    """The kinds in use: those whose done events move the clock, and the others. One query."""
    kinds = list(EventKind.objects.filter(is_active=True))
    return {
        "counting": [kind for kind in kinds if kind.counts_as_contact],
        "others": [kind for kind in kinds if not kind.counts_as_contact],
    }


def decided_by(user: Manager) -> QuerySet[Event]:
    """The rows of the page of approvals: a head's people's, a salesperson's own."""
    if user.access_level >= Access.HEAD:
        return Event.objects.led_by(user)
    return Event.objects.visible_to(user).filter(author=user)


def waiting_approval(head: Manager) -> QuerySet[Event]:
    """Back-dated contacts on which this head decides, the oldest first; none for who heads nobody."""
    if head.access_level < Access.HEAD:
        return Event.objects.none()
    return (
        Event.objects.led_by(head)
        .waiting_approval()
        .select_related("client", "kind", "responsible")
        .order_by("occurred_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What approving a contact would do to its client today, in words. ``helps``: whether the colour or the dates
    change at all."""

    helps: bool
    words: str


def effect_of(
    event: Event, *, today: dt.date, book: PolicyBook | None = None, freezes: FreezeBook | None = None
) -> Effect:
    """What would follow if this waiting event counted with its own date. Computed by what computes the clock.

    ``book`` and ``freezes``: read once by who asks about many events.
    """
    client, day = event.client, clock.local_date(event.occurred_at)
    if not client.is_held:
        return Effect(False, _("changes no colour: nobody holds the client"))
    assert client.clock_date is not None
    if day <= client.clock_date:
        later_contact = client.last_contact_on and client.last_contact_on >= day
        if later_contact:
            return Effect(False, _("changes nothing: a later contact counts"))
        return Effect(False, _("changes nothing: the manager got the client later"))
    then = copy.copy(client)
    then.last_contact_on = day
    set_zone_dates(then, today=today, book=book, freezes=freezes)
    return Effect(True, _change_in_words(client.zone_on(today), then, today))


def _change_in_words(now: Zone | None, then: Client, today: dt.date) -> str:
    zone = then.zone_on(today)
    if zone is now or zone is Zone.DUE:
        days = (then.detach_on - today).days if then.detach_on else 0
        if days <= 0:
            return _("changes the dates, but it leaves all the same")
        return ngettext(
            "keeps its colour, leaves in %(count)d day", "keeps its colour, leaves in %(count)d days", days
        ) % {"count": days}
    words = {
        Zone.GREEN: _("would turn the client green"),
        Zone.YELLOW: _("would turn the client yellow"),
        Zone.RED: _("would keep the client red, but not let it go"),
    }
    return words[zone] if zone else ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the queue."""

    event: Event
    #: When it was written down as done.
    registered_on: dt.date
    #: How many days after it took place that was.
    late: int
    effect: Effect | None


def queue_rows(events: Iterable[Event], *, today: dt.date) -> list[Waiting]:
    """The rows of a page of the queue; the effect is told of those that wait. Four queries, however many rows."""
    events = list(events)
    book = policy_book()
    days = {event.pk: clock.local_date(event.occurred_at) for event in events}
    managers = {event.client.manager_id for event in events if event.client.manager_id}
    freezes = freeze_book(managers, after=min(days.values(), default=today))
    rows = []
    for event in events:
        day, registered_on = days[event.pk], registered_as_done(event)
        waits = event.approval == Approval.PENDING
        effect = effect_of(event, today=today, book=book, freezes=freezes) if waits else None
        rows.append(Waiting(event, registered_on, (registered_on - day).days, effect))
    return rows


def registered_as_done(event: Event) -> dt.date:
    """When a done event was written down as done: a plan finished late was created before it took place, and then the
    last edit is the nearest that is known."""
    created, took_place = clock.local_date(event.created_at), clock.local_date(event.occurred_at)
    return created if created > took_place else max(took_place, clock.local_date(event.updated_at))
