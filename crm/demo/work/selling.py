"""Round the sales: competitors, who helps, what is planned to be won in the months around."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from clients.models import CoManager, Manager
from crm import clock
from crm.demo.world import DAY, World
from interactions.models import (
    Competitor,
    ProcessCoManager,
    ProcessCompetitor,
    ProcessStatus,
    SalesPlan,
    SalesProcess,
)

#: Shares of sales in which somebody else offers too.
_RIVALRY = {"Large sale": 0.65, "Sale": 0.25, "Repeat order": 0.05}
_STEP = 50_000


def sell(world: World) -> None:
    """Fill in what a sale has beside its stage, and the plans."""
    _rivals(world)
    _helpers(world)
    _plans(world)


def _rivals(world: World) -> None:
    rivals = [
        Competitor.objects.create(name=name, position=position * 10)
        for position, name in enumerate(world.words.work.competitors, 1)
    ]
    rng, rows, lost = world.rng("competitors"), [], []
    weights = [len(rivals) - number for number in range(len(rivals))]
    for sale in SalesProcess.objects.select_related("kind", "loss_reason").order_by("pk"):
        there = list(dict.fromkeys(rng.choices(rivals, weights=weights, k=rng.randint(1, 2))))
        chosen = sale.loss_reason is not None and sale.loss_reason.name == "Chose a competitor"
        if chosen or rng.random() < _RIVALRY.get(sale.kind.name, 0):
            rows += [ProcessCompetitor(process=sale, competitor=one) for one in there]
        if chosen and sale.status == ProcessStatus.LOST:
            sale.lost_to = there[0]
            lost.append(sale)
    ProcessCompetitor.objects.bulk_create(rows)
    SalesProcess.objects.bulk_update(lost, ["lost_to"], batch_size=200)


def _helpers(world: World) -> None:
    """Who is a co-manager of the client helps with its sales; heads help with the large ones."""
    rng, rows = world.rng("helpers"), []
    of_client: dict[int, list[Manager]] = defaultdict(list)
    for link in CoManager.objects.select_related("manager").order_by("pk"):
        of_client[link.client_id].append(link.manager)
    heads = {seller.manager.pk: (seller.head or seller).manager for seller in world.sellers}
    for sale in SalesProcess.objects.filter(status=ProcessStatus.OPEN).select_related("kind").order_by("pk"):
        who = [one for one in of_client[sale.client_id] if one.is_active]
        head = heads.get(sale.responsible_id)
        if head and rng.random() < (0.5 if sale.kind.name == "Large sale" else 0.06):
            who.append(head)
        rows += [
            ProcessCoManager(process=sale, manager_id=pk)
            for pk in dict.fromkeys(one.pk for one in who)
            if pk != sale.responsible_id
        ]
    ProcessCoManager.objects.bulk_create(rows)


def _plans(world: World) -> None:
    """A year back to three months ahead, a little above what was won in half a year, more towards its end; of each
    for the months he worked here."""
    rng = world.rng("sales plans")
    first = world.today.replace(day=1)
    won: dict[int, Decimal] = defaultdict(Decimal)
    closed = SalesProcess.objects.filter(status=ProcessStatus.WON, closed_on__gte=first - relativedelta(months=6))
    for pk, amount in closed.values_list("responsible", "amount"):
        won[pk] += amount or 0
    rows = []
    for seller in world.sellers:
        usual = max(float(won[seller.manager.pk]) / 6, 400_000.0 * (seller.weight or 1))
        for months in range(-12, 4):
            month = first + relativedelta(months=months)
            if month < seller.hired_on or (seller.left_on and month > seller.left_on):
                continue
            to_win = usual * rng.uniform(0.85, 1.25) * (1 + 0.04 * months)
            rows.append(
                SalesPlan(
                    manager=seller.manager, month=month, amount=Decimal(max(1, round(to_win / _STEP)) * _STEP),
                    set_by=(seller.head or seller).manager, set_at=_set_at(world, month),
                )
            )  # fmt: skip
    SalesPlan.objects.bulk_create(rows)


def _set_at(world: World, month: dt.date) -> dt.datetime:
    return min(clock.at(month - DAY * 5, 16, 30), clock.at(world.today - DAY * 3, 16, 30))
