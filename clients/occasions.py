"""Whom to congratulate: birthdays, founding days and occasions of the year, of clients somebody holds.

Only clients a person works on are named, and never those on the exchange: nobody congratulates there.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Prefetch, Q, QuerySet, When, prefetch_related_objects
from django.utils.translation import gettext

from clients import contact_privacy
from clients.models import Client, ClientKind, ContactPerson, ContactPoint, LetterTemplate, Manager, Occasion
from clients.querysets import ids_worked_on, workers_of
from clients.rules.occasions import age_on, days_within, is_round, nearest, years_on
from clients.selectors import default_scope, own_keys, scopes
from crm.web.prepared import Param, Params, Prepared

#: How far one looks ahead, in days; the first is the default.
PERIODS = (7, 14, 30)
#: Days gone by that are shown while nobody has congratulated: a weekend and a day.
MISSED_DAYS = 3
Use = LetterTemplate.Use


@dataclass(frozen=True, slots=True)
class Celebration:
    """A day of somebody: of a person, or of a client itself where ``person`` is None.

    Attributes:
        on: the date on which it is celebrated.
        years: how old the person or the client becomes; 0 when nobody knows.
    """

    use: str
    on: dt.date
    client: Client
    person: ContactPerson | None = None
    occasion: Occasion | None = None
    years: int = 0

    @property
    def key(self) -> str:
        """What is congratulated on once, whoever does it: "birthday-17-2026"."""
        whose = str(self.person.pk) if self.person else f"c{self.client.pk}"
        what = f"{self.use}-{self.occasion.pk}" if self.occasion else self.use
        return f"{what}-{whose}-{self.on.year}"

    @property
    def is_round(self) -> bool:
        return is_round(self.years)

    @property
    def name(self) -> str:
        """What it is, in words of the active language."""
        if self.occasion:
            return str(self.occasion)
        return gettext("Birthday") if self.use == Use.BIRTHDAY else gettext("Founding day")


@dataclass(frozen=True, slots=True)
class OccasionAhead:
    """An occasion of the year that comes, and for how many clients of the scope."""

    on: dt.date
    occasion: Occasion
    clients: int


# --- whose ------------------------------------------------------------------------------------------------------------
def scopes_of(user: Manager) -> list[str]:
    """Whose days a person may look at, the narrowest first."""
    return [scope for scope in scopes(user) if scope in ("mine", default_scope(user))]


def scope_in_force(user: Manager, wanted: str) -> str:
    """The scope asked for, or the default one."""
    return wanted if wanted in scopes_of(user) else default_scope(user)


def clients_in(user: Manager, scope: str) -> QuerySet[Client]:
    """The held clients of a scope, all of which this person may work on."""
    held = Client.objects.held()
    if scope == "mine":
        return held.filter(pk__in=ids_worked_on(own_keys(user), user))
    return held if user.sees_everything else held.filter(pk__in=ids_worked_on(workers_of(user), user))


# --- what is ahead ----------------------------------------------------------------------------------------------------
def coming(clients: QuerySet[Client], first: dt.date, days: int, *, most: int | None = None) -> list[Celebration]:
    """Birthdays and founding days of these clients and their persons on the ``days`` dates from ``first`` on, in their
    order; the first ``most`` of them. Two queries, however many there are."""
    dates = days_within(first, days)
    # A whole company has thousands of birthdays in a month: the database leaves out what nobody is shown.
    turn = Case(*(When(birthday_md=md, then=(on - first).days) for md, on in dates.items()), default=days)
    persons = _persons_born_on(list(dates), clients).order_by(turn, "client__search_name", "pk")[:most]
    founded = _founded_on(list(dates), clients).order_by(turn, "search_name", "pk")[:most]
    return _celebrations(persons, founded, dates)[:most]


def coming_to(user: Manager, first: dt.date, days: int) -> list[Celebration]:
    """The same of a person's own clients, all of them: the scope "mine", asked on every My day."""
    dates = days_within(first, days)
    whose: dict[str, Any] = {"days": list(dates), "managers": own_keys(user), "me": user.pk}
    return _celebrations(_my_persons(**whose), _my_founded(**whose), dates)


def _persons_born_on(dates: Any, clients: QuerySet[Client]) -> QuerySet[ContactPerson]:
    persons = ContactPerson.objects.filter(is_active=True, birthday_md__in=dates, client__in=clients)
    return persons.select_related("client__manager").order_by()


def _founded_on(dates: Any, clients: QuerySet[Client]) -> QuerySet[Client]:
    return clients.filter(birthday_md__in=dates).select_related("manager").order_by()


def _mine() -> QuerySet[Client]:
    return Client.objects.held().filter(pk__in=ids_worked_on(Params("managers"), Param("me")))


_my_persons = Prepared(lambda: _persons_born_on(Params("days"), _mine()))
_my_founded = Prepared(lambda: _founded_on(Params("days"), _mine()))


def _celebrations(
    persons: Iterable[ContactPerson], founded: Iterable[Client], dates: Mapping[int, dt.date]
) -> list[Celebration]:
    found = [_birthday(person, dates[person.birthday_md]) for person in persons if person.birthday_md]
    found += [_day_of_client(client, dates[client.birthday_md]) for client in founded if client.birthday_md]
    return sorted(found, key=lambda day: (day.on, day.client.search_name, day.person.pk if day.person else 0))


def with_contacts(days: Sequence[Celebration], reader: Manager) -> Sequence[Celebration]:
    """The same days, with the phones and e-mails of whose they are in ``contact_points``. Two queries at most."""
    points = contact_privacy.shown(ContactPoint.objects.all(), reader)
    own = Prefetch("contact_points", points.filter(person=None))
    prefetch_related_objects([day.person for day in days if day.person], Prefetch("contact_points", points))
    prefetch_related_objects([day.client for day in days if not day.person], own)
    return days


def occasions_ahead(clients: QuerySet[Client], first: dt.date, days: int) -> list[OccasionAhead]:
    """The occasions of the year on these dates that concern any of the clients. One query, and one per occasion."""
    dates = days_within(first, days)
    wanted = Q(pk__in=[])
    for md in dates:
        wanted |= Q(month=md // 100, day=md % 100)
    found = [
        OccasionAhead(dates[row.md], row, of_occasion(clients, row).count())
        for row in Occasion.objects.filter(wanted, is_active=True).select_related("industry")
    ]
    return sorted((ahead for ahead in found if ahead.clients), key=lambda ahead: (ahead.on, ahead.occasion.position))


def of_occasion(clients: QuerySet[Client], occasion: Occasion) -> QuerySet[Client]:
    """Those of the clients whose occasion it is: all, or those of its industry."""
    return clients.filter(industry=occasion.industry_id) if occasion.industry_id else clients


# --- one of them ------------------------------------------------------------------------------------------------------
def celebration(
    client: Client, today: dt.date, *, person: ContactPerson | None = None, occasion: Occasion | None = None
) -> Celebration | None:
    """The day that is the nearest to ``today``: of an occasion, else of a person, else of the client itself; None when
    there is no such day."""
    if occasion is not None:
        if occasion.industry_id and occasion.industry_id != client.industry_id:
            return None
        return Celebration(Use.OCCASION, nearest(occasion.md, today), client, person, occasion)
    if person is not None:
        return _birthday(person, nearest(person.birthday_md, today), client) if person.birthday_md else None
    return _day_of_client(client, nearest(client.birthday_md, today)) if client.birthday_md else None


def addresses(day: Celebration, reader: Manager) -> list[ContactPoint]:
    """The e-mail addresses a letter for this day may go to: the person's own, or the client's. One query."""
    points = ContactPoint.objects.filter(client=day.client, person=day.person, kind=ContactPoint.Kind.EMAIL)
    return list(contact_privacy.shown(points, reader).order_by("-is_primary", "pk"))


def _birthday(person: ContactPerson, on: dt.date, client: Client | None = None) -> Celebration:
    years = age_on(person.birthday, on) if person.birthday else 0
    return Celebration(Use.BIRTHDAY, on, client or person.client, person, years=years)


def _day_of_client(client: Client, on: dt.date) -> Celebration:
    assert client.birthday
    if client.kind == ClientKind.PERSON:
        return Celebration(Use.BIRTHDAY, on, client, years=age_on(client.birthday, on))
    return Celebration(Use.FOUNDING, on, client, years=years_on(client.founded_year or client.birthday.year, on))


def by_day(days: Iterable[Celebration]) -> dict[dt.date, Sequence[Celebration]]:
    """Celebrations under their dates, in the order they come in."""
    found: dict[dt.date, list[Celebration]] = {}
    for day in days:
        found.setdefault(day.on, []).append(day)
    return dict(found)
