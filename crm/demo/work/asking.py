"""Who called or wrote of itself: taken, passed on, closed, nobody's; and the rules that say whose turn it is."""

import datetime as dt
from decimal import Decimal
from random import Random

from clients.models import Client, ClientKind, ContactPoint, Department
from crm import clock
from crm.demo.words.base import Place
from crm.demo.work.staff import lively, person
from crm.demo.world import World
from interactions import inquiries
from interactions.models import DistributionRule, Inquiry, ProcessKind

_HOUR = dt.timedelta(hours=1)
_URALS = "Asia/Yekaterinburg"


def answer(world: World) -> None:
    """Set the rules, then let the telephone ring."""
    _set_rules(world)
    Phone(world).ring()


def _set_rules(world: World) -> None:
    large, urals, site = world.words.work.rules
    departments = {name: Department.objects.get(name=name) for name in world.words.departments.values()}
    named = world.words.departments
    method = DistributionRule.Method
    DistributionRule.objects.create(
        name=large, position=10, amount_from=1_000_000, department=departments[named["key"]], method=method.LOAD
    )
    rule = DistributionRule.objects.create(name=urals, position=20, department=departments[named["urals"]])
    rule.regions.set({world.regions[place.region] for place in world.words.places if _is_urals(place)})
    rule = DistributionRule.objects.create(name=site, position=30)
    rule.sources.set(world.sources[:1])
    rule.managers.set([person(world, name) for name in ("northwest1", "seller", "northwest2")])


def _is_urals(place: Place) -> bool:
    return place.time_zone == _URALS


class Phone:
    """Every call is registered by whoever has answered it, at its moment."""

    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng("inquiries")
        self.texts = world.words.work.inquiries
        self.own = list(lively(world, "seller")[3:8]) or list(lively(world, "seller")[:1])
        self.taken_names: set[str] = set()

    def ring(self) -> None:
        """The oldest first."""
        world, product = self.world, self.world.goods[0]
        seller, deputy = person(world, "seller"), person(world, "deputy")
        north, region = person(world, "northwest1"), person(world, "region1")
        kinds, sale = world.kinds, world.process_kinds["Sale"]
        callers = world.words.work.callers
        home = next(place for place in world.words.places if not _is_urals(place))
        urals = next((place for place in world.words.places if _is_urals(place)), home)

        if self.own:
            earlier = self._call(
                Inquiry(client=self.own[0], kind=kinds["call_in"], text=self.texts[8]), 47, north.username,
                caller=callers[0],
            )  # fmt: skip
            moment = self._ago(45)
            with clock.playing(moment):
                inquiries.take_over(inquiry=earlier, by=seller, now=moment)
        self._call(Inquiry(kind=kinds["letter_in"], text=self.texts[2]), 29, "northwest2", place=home)
        self._call(
            Inquiry(kind=kinds["call_in"], text=self.texts[1], amount=Decimal(4_800_000), product=product), 26,
            "service1", place=home, caller=callers[1],
        )  # fmt: skip
        self._call(Inquiry(kind=kinds["message_in"], text=self.texts[5]), 23, "region1", place=urals)
        bakery = self._call(Inquiry(kind=kinds["call_in"], text=self.texts[6]), 6, "deputy", place=home)
        moment = self._ago(5.9)
        with clock.playing(moment):
            inquiries.close(inquiry=bakery, by=deputy, because=world.words.work.closed_because, now=moment)
        self._call(
            Inquiry(kind=kinds["call_in"], text=self.texts[0], product=product, source=world.sources[1]), 2.5, "seller",
            place=home, wish="seller", sale=sale, caller=callers[2],
        )  # fmt: skip
        self._call(
            Inquiry(kind=kinds["letter_in"], text=self.texts[3], source=world.sources[0]), 1.8, "equipment1", place=home
        )
        self._call(
            Inquiry(kind=kinds["call_in"], text=self.texts[7], amount=Decimal(950_000)),
            0.9,
            region.username,
            place=home,
        )
        if self.own:
            self._call(
                Inquiry(client=self.own[-1], kind=kinds["call_in"], text=self.texts[4]),
                0.6,
                "deputy",
                caller=callers[0],
            )

    def _ago(self, hours: float) -> dt.datetime:
        return self.world.now - _HOUR * hours

    def _call(
        self,
        inquiry: Inquiry,
        hours: float,
        by: str,
        *,
        place: Place | None = None,
        wish: str = "",
        sale: ProcessKind | None = None,
        caller: str = "",
    ) -> Inquiry:
        moment, new = self._ago(hours), None
        who = person(self.world, by)
        with clock.playing(moment):
            if place:
                new = self._stranger(place)
                inquiry.typed = new.points[0].value
            return inquiries.take(
                inquiry=inquiry, by=who, wish=person(self.world, wish) if wish else None, new=new, caller=caller,
                sale_kind=sale, now=moment,
            )  # fmt: skip

    def _stranger(self, place: Place) -> inquiries.NewClient:
        """A company nobody has heard of before."""
        world = self.world
        firm = world.words.firm(self.rng, place)
        while firm.name in self.taken_names or Client.objects.filter(name=firm.name).exists():
            firm = world.words.firm(self.rng, place)
        self.taken_names.add(firm.name)
        client = Client(
            kind=ClientKind.COMPANY, name=firm.name, full_name=firm.full_name, country=place.country,
            region=world.regions[place.region], city=place.city, time_zone=place.time_zone, source=world.sources[0],
        )  # fmt: skip
        point = ContactPoint(kind=ContactPoint.Kind.PHONE, value=made_up_phone(self.rng, place), is_primary=True)
        return inquiries.NewClient(client, [point])


def made_up_phone(rng: Random, place: Place) -> str:
    """A number that is given to nobody."""
    return place.phone + "".join(str(rng.randrange(10)) if letter == "#" else letter for letter in place.phone_tail)
