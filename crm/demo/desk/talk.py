"""What people write to each other: mentions in notes and results, with their notices; and when they are reminded."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clients import mentions
from clients.models import Client, Manager, Notice
from crm import clock
from crm.demo.people import seller_named
from crm.demo.scenes import Draft
from crm.demo.story import Story
from crm.demo.words.base import Scene
from crm.demo.world import DAY, World, weekday
from interactions.models import Event, EventStatus
from interactions.reminders import set_remind_at


@dataclass(slots=True)
class Said:
    """Something people are told of; its key and address are known when the events have their ids."""

    kind: str
    #: Who is told what.
    told: dict[Manager, dict[str, Any]]
    moment: dt.datetime
    place: Callable[[], tuple[str, str]]

    def notices(self) -> Iterator[Notice]:
        key, url = self.place()
        for reader, data in self.told.items():
            yield Notice(
                recipient=reader,
                kind=self.kind,
                key=key,
                date=clock.local_date(self.moment),
                data=data,
                url=url,
                created_at=self.moment,
            )


def mention(
    *, who: Manager, by: Manager, client: Client, what: str, text: str, moment: dt.datetime, url: Callable[[], str]
) -> Said:
    """What ``clients.mentions.tell`` tells whoever is named in ``text``."""
    data = {"who": str(by), "client": client.name, "client_id": client.pk, "what": what, "text": text}

    def place() -> tuple[str, str]:
        return f"{what} {clock.local_date(moment)} {url()}", url()

    return Said(mentions.MENTION, {who: data}, moment, place)


def talk(world: World, stories: Sequence[Story]) -> Iterator[Said]:
    """Who named whom these days; written into the drafts and clients."""
    seller, head = seller_named(world, "seller"), seller_named(world, "head")
    words = world.words.desk
    own = [story for story in stories if story.known.holder is seller and story.known.row.pk not in world.in_front]
    if not own:
        return
    rng = world.rng("talk")
    yesterday = weekday(world.today - DAY)
    # The head of all regions leaves word on a client of the seller.
    story = rng.choice(own)
    text = words.mentions["head"].format(who=seller.manager.username)
    moment = max(clock.at(yesterday, 17, 5), story.known.row.created_at)
    note = story.draft(Scene("note", words.asked, text), moment, head, with_sale=False, created_at=moment)
    yield _of_event(note, seller.manager, mentions.EVENT, text)
    # The seller asks him something in the result of a talk.
    if talks := _lately(world, own, seller.manager):
        said = rng.choice(talks)
        text = words.mentions["seller"].format(who=head.manager.username)
        said.event.result = "\n".join(filter(None, (said.event.result, text)))
        yield _of_event(said, head.manager, mentions.RESULT, text)
    # And his own head wrote into the notes of another one.
    row = rng.choice(own).known.row
    if (nearest := seller.head) and nearest is not head:
        text = words.mentions["notes"].format(who=seller.manager.username)
        row.notes = "\n".join(filter(None, (row.notes, text)))
        moment = max(clock.at(yesterday, 11, 25), row.created_at)
        yield mention(
            who=seller.manager, by=nearest.manager, client=row, what=mentions.NOTES, text=text, moment=moment,
            url=row.get_absolute_url,
        )  # fmt: skip


def _of_event(draft: Draft, who: Manager, what: str, text: str) -> Said:
    event = draft.event
    return mention(
        who=who, by=event.author, client=event.client, what=what, text=text, moment=event.created_at,
        url=event.get_absolute_url,
    )  # fmt: skip


def _lately(world: World, stories: Sequence[Story], by: Manager) -> list[Draft]:
    """His last few talks that he wrote down after they were over."""
    talks = [
        draft
        for story in stories
        for draft in story.drafts
        if draft.event.author == by
        and draft.event.counted_on
        and draft.event.kind.counts_as_contact
        and not draft.event.kind.is_system
        and draft.event.occurred_at <= draft.event.created_at <= world.now
    ]
    return sorted(talks, key=lambda draft: draft.event.occurred_at)[-5:]


def set_reminders(world: World) -> None:
    """When each plan is told of, by the program's own rule. Of what is today some say themselves when: an hour before,
    or not at all."""
    rng = world.rng("reminders")
    director = next(row for row in world.of(Manager) if row.username == "director")
    director.reminder_minutes = None
    plans = [
        event for event in world.of(Event) if event.status == EventStatus.PLANNED and event.occurred_at > world.now
    ]
    for event in plans:
        if clock.local_date(event.occurred_at) == world.today and rng.random() < 0.35:
            event.remind_before = rng.choice((30, 60, 60, -1))
        elif event.kind.default_minutes >= 60 and rng.random() < 0.3:
            event.remind_before = 24 * 60
        set_remind_at(event, now=world.now)
