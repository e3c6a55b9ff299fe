"""Clients with what is known of them: identifiers, addresses, portraits, persons, phones and letters."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from clients.models import (
    Client,
    ClientKind,
    ClientRelation,
    ClientRelationKind,
    CoManager,
    ContactPerson,
    ContactPoint,
    Industry,
    PersonRelation,
    PersonRelationKind,
    Region,
)
from clients.models.client import month_and_day
from crm import clock
from crm.demo import identifiers
from crm.demo.legs import Leg
from crm.demo.words.base import PersonName, Place
from crm.demo.world import DAY, Seller, World
from crm.web.text import digits, fold
from exchange.models import Protection
from interactions.models import Event

#: Second and third digits of mobile codes in which 000 follows as a possible number (930 has none).
_MOBILE = [code for code in range(10, 90) if code != 30]


@dataclass(slots=True, eq=False)
class Known:
    """A client with its persons, while the story is told."""

    row: Client
    place: Place
    #: Hours its clocks are ahead of ours.
    hours_ahead: float
    fate: str
    legs: list[Leg] = field(default_factory=list)
    persons: list[ContactPerson] = field(default_factory=list)
    #: How persons are called in texts.
    called: dict[int, str] = field(default_factory=dict)
    #: What heads keep it by.
    protections: list[Protection] = field(default_factory=list)
    #: A plan that was moved to a later day: the event, its first day, when it was moved.
    moved: tuple[Event, dt.date, dt.datetime] | None = None
    #: When a head archived it, waiting on the exchange.
    archived_on: dt.date | None = None

    @property
    def holder(self) -> Seller | None:
        """Who holds it today."""
        return self.legs[-1].seller if self.legs and self.legs[-1].lost is None else None


class Registry:
    """Makes clients; knows which names and numbers are taken."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names: set[str] = set()
        self.slugs: set[str] = set()
        self.inns: set[str] = set()
        self.phones: set[str] = set()
        for position, name in enumerate(dict.fromkeys(place.region for place in world.words.places), 1):
            region = Region(name=name, position=position * 10)
            world.add(region)
            world.regions[name] = region
        for position, name in enumerate(world.words.industries, 1):
            industry = Industry(name=name, position=position * 10)
            world.add(industry)
            world.industries.append(industry)
        self._ahead: dict[str, float] = {}

    def make(self, number: int, category: str, fate: str) -> Known:
        """A client without legs yet."""
        rng, world = self.world.rng("client", number), self.world
        places = world.words.places
        place = rng.choices(places, weights=[place.weight for place in places])[0]
        is_person = rng.random() < 0.15
        row = Client(
            kind=ClientKind.PERSON if is_person else ClientKind.COMPANY,
            category=category,
            country=place.country,
            region=world.regions[place.region],
            city=place.city,
            time_zone=place.time_zone,
            address=world.words.address(rng, place),
            source=rng.choice(world.sources),
        )
        row.pk = world.next_id(Client)
        known = Known(row, place, self._hours_ahead(place.time_zone), fate)
        if is_person:
            self._private_person(rng, known)
        else:
            self._company(rng, known)
        row.search_name = fold(row.name)[:255]
        self._portrait(rng, row)
        world.add(row)
        return known

    def add_people(self, known: Known) -> None:
        """Contact persons and co-managers; after the legs are known, so that no date lies before the first day."""
        rng, world, row = self.world.rng("persons", known.row.pk), self.world, known.row
        first_day = clock.local_date(row.created_at)
        if row.kind == ClientKind.COMPANY:
            for _ in range(rng.choices((1, 2, 3, 4), weights=(38, 34, 19, 9))[0]):
                self._contact_person(rng, known, world.words.person(rng), first_day)
        holder = known.holder
        if holder and rng.random() < 0.05:
            others = [one for one in world.sellers if one is not holder and one.manager.is_active]
            since = first_day + DAY * rng.randint(0, (world.today - first_day).days)
            world.add(CoManager(client=row, manager=rng.choice(others).manager, since=since))

    def relate(self, clients: list[Known]) -> None:
        """Some companies belong together, and some of their people know each other."""
        rng, world = self.world.rng("relations"), self.world
        firms = [known for known in clients if known.row.kind == ClientKind.COMPANY]
        pairs: set[tuple[int, int]] = set()
        while len(pairs) < len(firms) // 9:
            one, other = rng.sample(firms, 2)
            if (one.row.pk, other.row.pk) in pairs or (other.row.pk, one.row.pk) in pairs:
                continue
            pairs.add((one.row.pk, other.row.pk))
            kind = rng.choice(list(ClientRelationKind))
            comment = rng.choice(world.words.relation_comments)
            world.add(ClientRelation(source=one.row, target=other.row, kind=kind, comment=comment))
        for known in firms:
            if len(known.persons) > 1 and rng.random() < 0.12:
                chief, second = known.persons[:2]
                tie = rng.choice((PersonRelationKind.SUBORDINATE, PersonRelationKind.COLLEAGUE))
                world.add(PersonRelation(source=second, target=chief, kind=tie))

    # --- companies and persons ----------------------------------------------------------------------------------------
    def _company(self, rng: Random, known: Known) -> None:
        row, place, world = known.row, known.place, self.world
        firm = world.words.firm(rng, place)
        while firm.name in self.names:
            firm = world.words.firm(rng, place)
        self.names.add(firm.name)
        slug = self._slug(firm.slug)
        row.name, row.full_name = firm.name, firm.full_name
        row.industry = rng.choice(world.industries)
        founded = world.today.year - int(rng.triangular(2, 34, 9))
        row.founded_year = founded
        row.employees = int(rng.triangular(3, 900, 20)) if rng.random() < 0.6 else None
        if rng.random() < 0.4:
            row.annual_revenue = Decimal(rng.randint(4, 900) * 1_000_000)
        if rng.random() < 0.7:
            row.website = f"https://{slug}.example"
        if place.tax_region:
            make_inn = identifiers.person_inn if firm.is_entrepreneur else identifiers.company_inn
            row.inn = self._unused(lambda: make_inn(rng, place.tax_region), self.inns)
            if firm.is_entrepreneur:
                row.ogrn = identifiers.ogrnip(rng, place.tax_region, max(founded, 2004))
            else:
                row.kpp = identifiers.kpp(place.tax_region)
                row.ogrn = identifiers.ogrn(rng, place.tax_region, max(founded, 2002))
            if rng.random() < 0.3:
                bank = rng.randrange(len(world.words.banks))
                row.bank_name = world.words.banks[bank]
                row.bik = identifiers.bik(bank, place.tax_region)
                row.bank_account = identifiers.bank_account(rng, row.bik)
        self._point(row, None, ContactPoint.Kind.PHONE, self._phone(rng, place), primary=True)
        if rng.random() < 0.85:
            self._point(row, None, ContactPoint.Kind.EMAIL, f"info@{slug}.example")

    def _private_person(self, rng: Random, known: Known) -> None:
        row, place = known.row, known.place
        name = self.world.words.person(rng)
        while name.full in self.names:
            name = self.world.words.person(rng)
        self.names.add(name.full)
        row.name = name.full
        if rng.random() < 0.6:
            row.birthday = self._birthday(rng)
            row.birthday_md = month_and_day(row.birthday)
        if place.tax_region and rng.random() < 0.3:
            row.inn = self._unused(lambda: identifiers.person_inn(rng, place.tax_region), self.inns)
        self._point(row, None, ContactPoint.Kind.PHONE, self._mobile(rng, place), primary=True)
        if rng.random() < 0.7:
            self._point(row, None, ContactPoint.Kind.EMAIL, f"{self._slug(f'person{row.pk}')}@mail.example")
        known.called[0] = f"{name.first} {name.middle}".strip()

    def _contact_person(self, rng: Random, known: Known, name: PersonName, first_day: dt.date) -> None:
        world, row = self.world, known.row
        position, decides = rng.choice(world.words.positions)
        person = ContactPerson(
            client=row,
            first_name=name.first,
            middle_name=name.middle,
            last_name=name.last,
            search_name=fold(name.full)[:460],
            position=position,
            is_decision_maker=decides,
            has_consented=rng.random() < 0.62,
            is_active=not known.persons or rng.random() < 0.94,
            created_at=row.created_at,
        )
        if person.has_consented:
            person.consented_on = first_day + DAY * rng.randint(0, (world.today - first_day).days)
        if rng.random() < 0.45:
            person.birthday = self._birthday(rng)
            person.birthday_md = month_and_day(person.birthday)
        world.add(person)
        known.persons.append(person)
        known.called[person.pk] = f"{name.first} {name.middle}".strip()
        if not known.persons[1:] or rng.random() < 0.9:
            self._point(row, person, ContactPoint.Kind.PHONE, self._mobile(rng, known.place), primary=True)
        if rng.random() < 0.12:
            self._point(row, person, ContactPoint.Kind.PHONE, self._phone(rng, known.place))
        if rng.random() < 0.75:
            domain = row.website.removeprefix("https://") or "mail.example"
            self._point(row, person, ContactPoint.Kind.EMAIL, f"person{person.pk}@{domain}")

    def _portrait(self, rng: Random, row: Client) -> None:
        words = self.world.words
        if rng.random() < 0.34:
            row.profile = rng.choice(words.profiles)
            row.preferences = rng.choice(words.preferences) if rng.random() < 0.8 else ""
            row.potential = rng.choice(words.potentials) if rng.random() < 0.7 else ""
            row.decision_making = rng.choice(words.decisions) if rng.random() < 0.7 else ""
        if rng.random() < 0.12:
            row.notes = rng.choice(words.notes)

    def _birthday(self, rng: Random) -> dt.date:
        """Of a grown-up; a few have it these days, so that there is somebody to congratulate."""
        day = self.world.today - DAY * int(365.25 * rng.uniform(24, 66))
        if rng.random() < 0.03:
            soon = self.world.today + DAY * rng.randint(0, 7)
            day = dt.date(day.year, soon.month, min(soon.day, 28))
        return day

    # --- phones and letters -------------------------------------------------------------------------------------------
    def _point(
        self, client: Client, person: ContactPerson | None, kind: str, value: str, *, primary: bool = False
    ) -> None:
        # What ContactPoint.normalize() sets; the numbers are made in the international form already.
        bare = digits(value) if kind == ContactPoint.Kind.PHONE else ""
        self.world.add(
            ContactPoint(
                client=client,
                person=person,
                kind=kind,
                value=value,
                normalized=f"+{bare}" if bare else value.lower(),
                digits_reversed=bare[::-1],
                is_primary=primary,
            )
        )

    def _phone(self, rng: Random, place: Place) -> str:
        return self._unused(lambda: f"{place.phone}{_filled(rng, place.phone_tail)}", self.phones)

    def _mobile(self, rng: Random, place: Place) -> str:
        """Russian mobile numbers with 000 after the code, which nobody has; elsewhere a direct number."""
        if not place.phone.startswith("+7"):
            return self._phone(rng, place)
        return self._unused(lambda: f"+79{rng.choice(_MOBILE)}000{rng.randrange(10_000):04d}", self.phones)

    def _unused(self, make, taken: set[str]) -> str:  # type: ignore[no-untyped-def]
        value = make()
        for _ in range(50):  # a range used up gives the same number twice: so be it, as in life
            if value not in taken:
                break
            value = make()
        taken.add(value)
        return value

    def _slug(self, slug: str) -> str:
        base, number = slug or "client", 1
        while slug in self.slugs or not slug:
            number += 1
            slug = f"{base}{number}"
        self.slugs.add(slug)
        return slug

    def _hours_ahead(self, zone: str) -> float:
        if zone not in self._ahead:
            moment = clock.at(self.world.today)
            theirs, ours = moment.astimezone(ZoneInfo(zone)).utcoffset(), moment.utcoffset()
            self._ahead[zone] = ((theirs or dt.timedelta()) - (ours or dt.timedelta())) / dt.timedelta(hours=1)
        return self._ahead[zone]


def _filled(rng: Random, pattern: str) -> str:
    return "".join(str(rng.randrange(10)) if letter == "#" else letter for letter in pattern)
