"""What a claimer, or a new manager, should know of a client before the first call: the top box of the card.

All of it follows from what the card reads anyway: its latest events, its sales, persons, owners and arrivals. Only for
a client with a long history up to three queries are made besides. The first contact that is owed stands over the card.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, Max, OuterRef
from django.utils.translation import gettext

from clients.models import Client, ContactPerson, ContactPoint, OwnershipPeriod
from clients.panels import OwnerNote
from clients.selectors import owners
from crm import clock
from crm.web.tags.times import on_day
from exchange.models import Detachment
from exchange.selectors import last_arrivals
from interactions.models import Agreement, Event, EventParticipant, EventStatus, HandOver
from interactions.selectors import Figures, client_figures, latest_of, open_agreements, sales_of

#: So many days a client is new to its manager; longer as long as he has not talked with it.
NEW_DAYS = 30
#: Whom to call is told from the contacts of so many years.
PERSON_YEARS = 2
_OWNERS_SHOWN = 3
_PLANS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class BestPerson:
    """Whom to call. ``contacts``: in how many counted contacts of the last years the person took part; none: it is
    only marked as the one who decides. ``phone`` where the reader may see it on the card."""

    person: ContactPerson
    contacts: int
    phone: ContactPoint | None = None


@dataclass(frozen=True, slots=True)
class ReturnedPlan:
    """A plan that was returned when the client came to the exchange; ``again`` once somebody planned it anew."""

    event: Event
    again: bool


@dataclass(frozen=True, slots=True)
class Losses:
    """Why past sales were lost: the words and how often."""

    reason: str
    number: int


@dataclass(slots=True)
class Brief:
    """The box. Everything may be empty: then nothing is known, and the box is not shown."""

    talk: Event | None = None
    best: BestPerson | None = None
    #: Open promises, the most pressing first; how many are ours, theirs, and past their day.
    agreements: Sequence[Agreement] = ()
    ours: int = 0
    theirs: int = 0
    late: int = 0
    figures: Figures | None = None
    losses: Sequence[Losses] = ()
    owners: Sequence[OwnershipPeriod] = ()
    more_owners: int = 0
    plans: Sequence[ReturnedPlan] = ()
    #: Who had it before: the last of them.
    giver: Any = None
    got_on: dt.date | None = None
    on_exchange: bool = False

    @property
    def says_something(self) -> bool:
        return any((self.talk, self.best, self.agreements, self.figures, self.owners, self.plans))

    @property
    def talk_words(self) -> str:
        """One line of what came of the last talk, or of what it was about."""
        if self.talk is None:
            return ""
        words = self.talk.result or self.talk.text or ""
        return next((line.strip() for line in words.splitlines() if line.strip()), "")

    @property
    def talked_with(self) -> list[str]:
        """Who took part in the last talk on the client's side, where the card has read it."""
        known = getattr(self.talk, "_prefetched_objects_cache", {}).get("participants", ())
        return [str(row) for row in known if row.person_id or row.name]


def is_new_to_its_manager(client: Client, today: dt.date) -> bool:
    """Whether somebody else had the client before, and its manager has it for a short time or has not talked with it
    yet."""
    if not client.is_held or client.assigned_on is None:
        return False
    others = any(period.manager_id != client.manager_id for period in owners(client))
    if not others and client.last_manager_id in (None, client.manager_id):
        return False
    is_fresh = (today - client.assigned_on).days <= NEW_DAYS
    return is_fresh or client.last_contact_on is None or client.last_contact_on < client.assigned_on


def brief(client: Client, today: dt.date) -> Brief | None:
    """The box for the card of a client its reader sees in full; None where it does not belong, or nothing is known.

    Who may read it is the caller's: everybody on the exchange, off it those who may work on the client.
    """
    if not client.is_on_exchange and not is_new_to_its_manager(client, today):
        return None
    before = [period for period in owners(client) if period.until is not None or period.manager_id != client.manager_id]
    agreements = open_agreements(client)
    giver = next((period.manager for period in before if period.manager_id != client.manager_id), client.last_manager)
    found = Brief(
        talk=_last_talk(client),
        best=_best_person(client, today),
        agreements=agreements,
        ours=sum(each.side == Agreement.Side.WE for each in agreements),
        theirs=sum(each.side == Agreement.Side.THEY for each in agreements),
        late=sum(bool(each.due_on and each.due_on < today) for each in agreements),
        figures=client_figures(client),
        losses=_losses(client),
        owners=before[:_OWNERS_SHOWN],
        more_owners=max(0, len(before) - _OWNERS_SHOWN),
        plans=_returned_plans(client),
        giver=giver,
        got_on=client.assigned_on,
        on_exchange=client.is_on_exchange,
    )
    return found if found.says_something else None


def _last_talk(client: Client) -> Event | None:
    """The latest counted contact in which somebody talked; a step of a sale only where there was none."""
    latest = latest_of(client)
    counted = [event for event in latest.events if event.counted_on]
    talk = next((event for event in counted if not event.kind.is_system), None)
    if talk is None and not latest.is_all:
        rows = Event.objects.counted().by_hand().filter(client=client).select_related("kind", "responsible")
        talk = rows.order_by("-occurred_at", "-pk").first()
    return talk or next(iter(counted), None)


def _best_person(client: Client, today: dt.date) -> BestPerson | None:
    """Who took part in most counted contacts of the last two years, of equals the one met last; else who is marked as
    the one who decides, or whose number is the main one."""
    works = {person.pk: person for person in client.persons.all() if person.is_active}
    if not works:
        return None
    since = today - relativedelta(years=PERSON_YEARS)
    latest = latest_of(client)
    if latest.is_all or clock.local_date(latest.events[-1].occurred_at) < since:
        pk, contacts = _most_met(latest.events, works, since)
    else:
        pk, contacts = _most_met_of_all(client, since)
    points = list(client.contact_points.all())
    if pk is None:
        main = {point.person_id for point in points if point.is_primary}
        marked = [person for person in works.values() if person.is_decision_maker or person.pk in main]
        if not marked:
            return None
        pk = min(marked, key=lambda person: (not person.is_decision_maker, person.search_name, person.pk)).pk
    # On the exchange whoever asks for a number is written down: it is not given away here.
    phones = [
        point
        for point in points
        if point.person_id == pk and point.kind == ContactPoint.Kind.PHONE and not client.is_on_exchange
    ]
    return BestPerson(
        works[pk], contacts, min(phones, key=lambda point: (not point.is_primary, point.pk), default=None)
    )


def _most_met(events: Sequence[Event], works: dict[int, Any], since: dt.date) -> tuple[int | None, int]:
    met: Counter[int] = Counter()
    last: dict[int, dt.datetime] = {}
    for event in events:
        if event.counted_on is None or event.counted_on < since:
            continue
        for row in event.participants.all():
            if row.person_id in works:
                met[row.person_id] += 1
                # The latest come first.
                last.setdefault(row.person_id, event.occurred_at)
    best = max(met, key=lambda pk: (met[pk], last[pk], -pk), default=None)
    return best, met[best] if best else 0


def _most_met_of_all(client: Client, since: dt.date) -> tuple[int | None, int]:
    rows = EventParticipant.objects.filter(
        event__client=client, event__counted_on__gte=since, person__client=client, person__is_active=True
    )
    counted = rows.values("person").annotate(contacts=Count("pk"), last=Max("event__occurred_at"))
    best = counted.order_by("-contacts", "-last", "person").values_list("person", "contacts").first()
    return best or (None, 0)


def _losses(client: Client) -> list[Losses]:
    reasons = Counter(str(sale.loss_reason) for sale in sales_of(client) if sale.status == "lost" and sale.loss_reason)
    return [Losses(reason, number) for reason, number in reasons.most_common(3)]


def _returned_plans(client: Client) -> list[ReturnedPlan]:
    """The plans that were returned when the client came to the exchange the last time, the earliest first."""
    arrival = next((each for each in last_arrivals(client) if each.undone_at is None), None)
    if arrival is None:
        return []
    latest = latest_of(client)
    if latest.is_all:
        found: list[Any] = [
            event
            for event in latest.events
            if event.returned_at == arrival.detached_at and event.status == EventStatus.CANCELLED  # type: ignore[attr-defined]
        ]
    else:
        returned = HandOver.objects.filter(
            client=client, moment=arrival.detached_at, to_manager=None, undone_at=None
        ).values("event")
        rows = Event.objects.filter(pk__in=returned, status=EventStatus.CANCELLED)
        found = list(
            rows.select_related("kind", "responsible").annotate(
                continued_by=Exists(Event.objects.filter(continues=OuterRef("pk")))
            )
        )
    found.sort(key=lambda event: (event.occurred_at, event.pk))
    return [ReturnedPlan(event, bool(event.continued_by)) for event in found[:_PLANS_SHOWN]]


# --- the owner history ------------------------------------------------------------------------------------------------
def owner_notes(client: Client) -> list[OwnerNote]:
    """In what words managers lost a client, and when they got it back. No query the card does not make anyway."""
    return [_note(arrival) for arrival in last_arrivals(client, limit=20)]


def _note(arrival: Detachment) -> OwnerNote:
    if arrival.undone_at is None:
        words = [str(arrival.return_reason)] if arrival.return_reason else []
        words += [gettext("“%(words)s”") % {"words": arrival.comment}] if arrival.comment else []
        return OwnerNote(arrival.manager_id, arrival.date, ": ".join(words), ends=True)
    facts = {"date": on_day(arrival.date), "back": on_day(arrival.undone_at), "manager": arrival.undone_by}
    if arrival.undone_by:
        return OwnerNote(
            arrival.manager_id, arrival.date, gettext("away on %(date)s, given back on %(back)s by %(manager)s") % facts
        )
    return OwnerNote(arrival.manager_id, arrival.date, gettext("away on %(date)s, given back on %(back)s") % facts)
