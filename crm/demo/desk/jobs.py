"""Bulk actions of the last days, as ``clients.bulk`` would have left them: their pages can be read and taken back."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from clients.bulk import jobs
from clients.bulk.clients import PAGE, AddClientTags, AddCoManager
from clients.models import BulkJob, ClientTag, CoManager, Manager
from crm import clock
from crm.demo.desk.marks import tag_of
from crm.demo.firms import Known
from crm.demo.people import seller_named
from crm.demo.world import DAY, World, weekday

#: How many rows the head marked, and how many of them were refused; how many the seller.
_HEADS, _REFUSED, _SELLERS = 12, 2, 9


def do_to_many(world: World, clients: Sequence[Known]) -> None:
    """The head let somebody help with clients of a colleague; the seller marked whom he wants to visit."""
    with translation.override(world.language):
        _help(world, clients)
        _visit(world, clients)


def _help(world: World, clients: Sequence[Known]) -> None:
    head, helper, busy = (seller_named(world, name) for name in ("head", "region1", "northwest1"))
    linked = {(link.client_id, link.manager_id) for link in world.of(CoManager)}
    held = [
        known
        for known in clients
        if known.holder is busy and known.fate in ("green", "yellow") and known.legs[-1].start < world.today - DAY * 40
        and (known.row.pk, helper.manager.pk) not in linked
    ]  # fmt: skip
    # Marked in the evening, on the exchange the next morning: nobody holds them.
    gone = [known for known in clients if known.row.exchange_since and known.legs[-1].seller.head is busy.head]
    gone.sort(key=lambda known: (known.row.exchange_since, known.row.pk), reverse=True)  # type: ignore[arg-type, return-value]
    marked = held[: _HEADS - _REFUSED]
    moment = clock.at(weekday(world.today - DAY), 15, 20)
    answers: list[dict[str, Any]] = []
    before: list[list[Any]] = []
    for known in marked:
        link = CoManager(client=known.row, manager=helper.manager, since=clock.local_date(moment))
        world.add(link)
        answers.append(_answer(known, jobs.DONE))
        before.append([known.row.pk, {"link": link.pk}])
    answers += [_answer(known, jobs.REFUSED, str(AddCoManager.refusal)) for known in gone[:_REFUSED]]
    _job(
        world, head.manager, AddCoManager.key, {"manager": [str(helper.manager.pk)]}, answers, before, moment,
    )  # fmt: skip


def _visit(world: World, clients: Sequence[Known]) -> None:
    seller = seller_named(world, "seller")
    tag = tag_of(world, "visit")
    standing = {link.client_id for link in world.of(ClientTag) if link.tag == tag}
    own = [known for known in clients if known.holder is seller and known.fate in ("yellow", "red")]
    answers: list[dict[str, Any]] = []
    before: list[list[Any]] = []
    for known in own[:_SELLERS]:
        if known.row.pk in standing:
            answers.append(_answer(known, jobs.SAME, gettext("It was so already.")))
            continue
        world.add(ClientTag(client=known.row, tag=tag))
        answers.append(_answer(known, jobs.DONE))
        before.append([known.row.pk, {"tags": [tag.pk]}])
    moment = clock.at(weekday(world.today - DAY), 10, 45)
    _job(world, seller.manager, AddClientTags.key, {"names": [tag.name]}, answers, before, moment)


def _answer(known: Known, what: str, words: str = "") -> dict[str, Any]:
    return {"id": known.row.pk, "is": what, "words": words}


def _job(
    world: World,
    owner: Manager,
    action: str,
    form: dict[str, list[str]],
    answers: list[dict[str, Any]],
    before: list[list[Any]],
    moment: dt.datetime,
) -> None:
    finished = moment + dt.timedelta(seconds=40)
    world.add(
        BulkJob(
            owner=owner,
            page=PAGE,
            action=action,
            ids=[answer["id"] for answer in answers],
            data={"query": "", "form": form},
            answers=answers,
            before=before,
            status=BulkJob.Status.DONE,
            total=len(answers),
            done=len(answers),
            changed=len(before),
            created_at=moment,
            heard_at=finished,
            finished_at=finished,
        )
    )
