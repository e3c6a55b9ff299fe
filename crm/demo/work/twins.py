"""Clients that were written down twice: found by a scan, told apart, made one."""

import itertools
from dataclasses import dataclass
from typing import Any

from clients.doubles import scan
from clients.doubles.decisions import declare_different
from clients.merging import merge_clients
from clients.models import Client, ClientKind, ContactPoint, DuplicateScan
from crm import clock
from crm.demo.work.staff import lively, person
from crm.demo.world import DAY, World, weekday
from crm.web.text import fold

#: Whom the head leads too.
_COLLEAGUES = ("northwest1", "deputy", "urals1", "urals2", "region1", "northwest2")


@dataclass(frozen=True, slots=True)
class Pair:
    one: Client
    other: Client


def find_twins(world: World) -> None:
    """Yesterday the head had the base looked through, said of two that they are two, and made one of two others."""
    head = person(world, "head")
    pairs = _plant(world)
    begun = clock.at(weekday(world.today - DAY), 9, 40)
    with clock.playing(begun):
        row = DuplicateScan.objects.create(
            asked_by=head, total=Client.objects.filter(archived_at=None).count(), heard_at=begun
        )
        scan.carry_on(row.pk)
    DuplicateScan.objects.filter(pk=row.pk).update(finished_at=begun + DAY / 1600)
    if len(pairs) > 1:
        with clock.playing(min(clock.at(world.today - DAY, 15, 20), world.now)):
            merge_clients(keep_id=pairs[-1].one.pk, drop_id=pairs[-1].other.pk, by=head, today=world.today)
    if len(pairs) > 2:
        with clock.playing(clock.at(weekday(world.today - DAY), 10, 5)):
            declare_different(one_id=pairs[-2].one.pk, other_id=pairs[-2].other.pk, by=head)


def _plant(world: World) -> list[Pair]:
    """What makes them alike: the INN with another KPP, the phone, the name; two for what was said of them."""
    mine, *groups = (
        list(lively(world, name).filter(kind=ClientKind.COMPANY))[::-1] for name in ("seller", *_COLLEAGUES)
    )
    theirs = [client for turn in itertools.zip_longest(*groups) for client in turn if client]
    # Those with an INN and a KPP at the ends: two pairs are told by them.
    mine = sorted(mine or theirs[5:], key=lambda client: not (client.inn and client.kpp))[:5]
    mine = [*mine[:1], *mine[2:], *mine[1:2]]
    pairs = [Pair(one, other) for one, other in zip(mine, theirs, strict=False)]
    last = len(pairs) - 1
    for number, pair in enumerate(pairs):
        name = world.words.work.doubles[number].format(name=pair.one.name)
        facts: dict[str, Any] = {"inn": "", "kpp": "", "ogrn": ""}
        told_by_inn = number in (0, last) and pair.one.inn and pair.one.kpp
        if told_by_inn:
            kpp = pair.one.kpp
            facts["inn"], facts["kpp"] = pair.one.inn, f"{kpp[:4]}43{kpp[6:]}" if number == 0 else ""
        elif number != 2:
            _share_phone(pair)
        if number == 2:
            name = _mistyped(pair.one.name)
            facts |= {"city": pair.one.city, "region_id": pair.one.region_id}
        facts |= {"name": name, "full_name": "", "search_name": fold(name)[:255]}
        Client.objects.filter(pk=pair.other.pk).update(**facts)
    return pairs


def _share_phone(pair: Pair) -> None:
    point = pair.one.contact_points.filter(kind=ContactPoint.Kind.PHONE, person=None).order_by("pk").first()
    if point:
        point.pk, point.client, point.is_primary = None, pair.other, False
        point.save()


def _mistyped(name: str) -> str:
    """A letter of the middle twice, as fingers do it."""
    half = len(name) // 2
    middle = next((place for place in range(half, len(name)) if _is_single(name, place)), half)
    return name[:middle] + name[middle] + name[middle:]


def _is_single(name: str, place: int) -> bool:
    letter = name[place]
    return letter.isalpha() and letter not in (name[place - 1 : place], name[place + 1 : place + 2])
