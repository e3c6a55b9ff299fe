"""Files of clients and people: one imported, with rows that were refused, one checked and not begun."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

from clients.importing import jobs, registry
from clients.models import ImportJob, Manager
from crm import clock
from crm.demo import identifiers
from crm.demo.work.asking import made_up_phone
from crm.demo.work.staff import lively, person
from crm.demo.world import DAY, World, weekday
from exchange.imported import REASON
from exchange.models import DryOrder

_NEW = 9


def load_files(world: World) -> None:
    """The seller has brought home visitors of a fair, and lays out the cards he was given."""
    seller = person(world, "seller")
    words = world.words.work
    name, headings = words.imported
    with clock.playing(clock.at(weekday(world.today - DAY * 2), 17, 10)):
        job = _checked(world, seller, "clients", name, [headings, *_visitors(world)])
        jobs.run(job=job)
        # An administrator has looked at it since: the nights go on as they did.
        DryOrder.objects.filter(reason=REASON).update(lifted_at=world.now)
    name, headings = words.checked
    with clock.playing(world.now - DAY / 30):
        _checked(world, seller, "persons", name, [headings, *_cards(world)])


def _checked(world: World, by: Manager, key: str, name: str, rows: Iterable[Sequence[str]]) -> ImportJob:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    content = text.getvalue().encode(world.words.work.encoding, errors="replace")
    kind = registry.find(key)
    assert kind
    job = jobs.send(kind=kind, upload=SimpleUploadedFile(name, content), by=by)
    form = kind.options_form(user=by)
    options = {field: [str(form[field].initial)] for field in form.fields if form[field].initial is not None}
    return jobs.check(job=job, mapping=job.mapping, options=options)


def _visitors(world: World) -> list[list[str]]:
    """New ones, one who is here already, one twice, and rows nobody understands."""
    rng, words = world.rng("fair"), world.words
    wrong_phone, wrong_inn, wrong_category = words.work.wrong_cells
    rows = []
    for number in range(_NEW + 3):
        place = rng.choices(words.places, weights=[place.weight for place in words.places])[0]
        firm = words.firm(rng, place)
        inn = identifiers.company_inn(rng, place.tax_region) if place.tax_region and number % 2 else ""
        rows.append(
            [
                firm.name, inn, place.city, made_up_phone(rng, place), f"fair@{firm.slug}{number}.example",
                rng.choice("ABC"), rng.choice(words.notes),
            ]
        )  # fmt: skip
    rows[3][3], rows[6][1], rows[8][5] = wrong_phone, wrong_inn, wrong_category
    rows[10][0] = ""
    rows.append(rows[1])
    if known := lively(world, "seller").first():
        rows.append([known.name, known.inn, known.city, "", "", "", words.notes[0]])
    return rows


def _cards(world: World) -> list[list[str]]:
    rng, words = world.rng("cards"), world.words
    rows = []
    for client in lively(world, "seller")[2:9]:
        name = words.person(rng)
        rows.append(
            [
                client.name,
                name.last,
                name.first,
                rng.choice(words.positions)[0],
                f"+7900000{rng.randrange(1000, 10000)}",
                "",
            ]
        )
    rows.append(["???", words.person(rng).last, "", "", "", ""])
    return rows
