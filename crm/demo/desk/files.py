"""Files of clients: offers of their sales, contracts, prices, minutes, plans; a few hundred bytes each.

Rows and bytes are made in memory; :func:`write` puts the bytes into the private storage, which only seeding does.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random

from django.core.files.base import ContentFile

from clients.models import Attachment, Client, ImportJob, Manager
from clients.rules.file_types import ending, recognise
from clients.storage import private_files
from crm import clock
from crm.demo.desk import paper
from crm.demo.firms import Known
from crm.demo.legs import gained_at
from crm.demo.world import MINUTE, World
from interactions.models import FileLink, SalesProcess

_SHARE = 0.15
_KINDS = {"offer": 6, "contract": 4, "prices": 3, "minutes": 3, "plan": 2, "certificate": 2}


def put_files(world: World, clients: Sequence[Known]) -> None:
    """Give some clients a few files."""
    sales: dict[int, list[SalesProcess]] = defaultdict(list)
    for sale in world.of(SalesProcess):
        sales[sale.client_id].append(sale)
    for known in clients:
        rng = world.rng("files", known.row.pk)
        # What the seller works on today has some for certain: there is something to look at.
        if known.legs and (rng.random() < _SHARE or known.row.pk in world.in_front):
            _of_client(world, rng, known, sales[known.row.pk])


def stored() -> set[str]:
    """The names of all files there are rows for."""
    imported = ImportJob.objects.values_list("file", flat=True)
    return {*Attachment.objects.values_list("file", flat=True), *imported}


def write(world: World) -> set[str]:
    """Put the bytes where the rows say. Returns their names; who fails later leaves bytes without rows, which the
    program cleans away by itself (``clients.file_cleaning``)."""
    storage = private_files()
    for name, content in world.files.items():
        if not storage.exists(name):  # a name is made of what is in it
            storage.save(name, ContentFile(content))
    return set(world.files)


def remove(names: Iterable[str]) -> None:
    """Take files out of the private storage."""
    storage = private_files()
    for name in names:
        storage.delete(name)


def _of_client(world: World, rng: Random, known: Known, sales: Sequence[SalesProcess]) -> None:
    kinds = {kind: weight for kind, weight in _KINDS.items() if sales or kind != "offer"}
    drawn = rng.choices(list(kinds), weights=list(kinds.values()), k=rng.randint(1, 3))
    if known.row.pk in world.in_front[:1]:
        drawn = list(kinds)[:5]
    for kind in dict.fromkeys(drawn):
        leg = rng.choice(known.legs)
        sale = rng.choice(sales) if kind == "offer" else None
        by = sale.responsible if sale else leg.seller.manager
        first = clock.at(sale.started_on, 16) if sale and sale.started_on else gained_at(leg, world)
        last = clock.at(leg.end, 12) if leg.end and not sale else world.now
        span = max(0, int((last - first) / MINUTE))
        at = min(first + MINUTE * rng.randint(0, min(span, 60 * 24 * 90)), world.now)
        _keep(world, rng, known, kind, sale, by, at)


def keep_offer(world: World, sale: SalesProcess, by: Manager, at: dt.datetime) -> Attachment:
    """The offer of a sale of the stored company, as a stored row; its bytes are written with the others."""
    row = _paper(world, world.rng("offer", sale.pk), sale.client, "offer", sale, by, at)
    row.save()
    return row


def _keep(
    world: World, rng: Random, known: Known, kind: str, sale: SalesProcess | None, by: Manager, at: dt.datetime
) -> None:
    row = _paper(world, rng, known.row, kind, sale, by, at)
    world.add(row)
    if sale:
        world.add(FileLink(attachment=row, process=sale))


def _paper(
    world: World, rng: Random, client: Client, kind: str, sale: SalesProcess | None, by: Manager, at: dt.datetime
) -> Attachment:
    words = world.words.desk.papers[kind]
    facts = {
        "number": f"{sale.pk if sale else client.pk}-{at:%y}",
        "client": client.name,
        "title": sale.title if sale else "",
        "sum": f"{int((sale and sale.amount) or 0):,}".replace(",", "\u00a0"),
        "date": clock.local_date(at).isoformat(),
        "day": f"{clock.local_date(at):{world.words.desk.day_format}}",
    }
    lines = [line.format(**facts) for line in words.lines]
    name = words.name.format(**facts)
    content = _bytes(world, rng, ending(name), lines)
    sha256 = hashlib.sha256(content).hexdigest()
    stem = hashlib.sha256(f"{client.pk} {sha256}".encode()).hexdigest()[:32]
    stored = f"files/{stem[:2]}/{stem}"
    world.files[stored] = content
    return Attachment(
        client=client,
        file=stored,
        name=name,
        comment=words.comment.format(**facts)[:200],
        content_type=recognise(name, content),
        size=len(content),
        sha256=sha256,
        uploaded_by=by,
        uploaded_at=at,
    )


def _bytes(world: World, rng: Random, ending_of_name: str, lines: Sequence[str]) -> bytes:
    match ending_of_name:
        case "pdf":
            return paper.pdf(lines)
        case "rtf":
            return paper.rtf(lines)
        case "csv":
            some = sorted(rng.sample(world.products, 6), key=lambda product: product.position)
            return paper.table([lines, *((one.name, int((one.price or 0) * 95 // 100)) for one in some)])
        case "png":
            return paper.drawing(
                (rng.randrange(10, 180), rng.randrange(10, 100), rng.randrange(20, 50), rng.randrange(14, 40))
                for _ in range(5)
            )
        case _:
            return paper.text(lines)
