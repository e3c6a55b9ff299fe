"""The day of the seller of the sign-in page: the clients he works on today are worth looking at."""

import datetime as dt
from collections.abc import Iterator, Sequence

from clients.models import ClientKind, ClientRelation, ClientRelationKind, CoManager, PersonRelation, PersonRelationKind
from crm import clock
from crm.demo.desk.talk import Said, mention
from crm.demo.firms import Known
from crm.demo.keeping import workday
from crm.demo.people import seller_named
from crm.demo.scenes import Draft
from crm.demo.story import Story
from crm.demo.words.base import Scene
from crm.demo.world import DAY, MINUTE, World, weekday
from interactions import same_offer
from interactions.models import Agreement, Event, EventStatus

_SILENT = ("note", "task", "mailing", "call_failed")
#: Side, state, days from today on until it is due: what has been promised to and by the first client.
_PROMISED = (
    (Agreement.Side.WE, Agreement.Status.OPEN, 0),
    (Agreement.Side.THEY, Agreement.Status.OPEN, -3),
    (Agreement.Side.WE, Agreement.Status.KEPT, -5),
    (Agreement.Side.THEY, Agreement.Status.BROKEN, -8),
    (Agreement.Side.THEY, Agreement.Status.OPEN, 6),
)
_RELATIONS = (
    ClientRelationKind.SUBSIDIARY,
    ClientRelationKind.PARTNER,
    ClientRelationKind.DEALER,
    ClientRelationKind.COMPETITOR,
    ClientRelationKind.SUPPLIER,
)
_TIES = (
    PersonRelationKind.FORMER_COLLEAGUE,
    PersonRelationKind.FRIEND,
    PersonRelationKind.RELATIVE,
    PersonRelationKind.COLLEAGUE,
)


class Today:
    """What the seller has planned for today, by client; the first one is a company with people."""

    def __init__(self, world: World, stories: Sequence[Story]) -> None:
        self.world, self.all = world, stories
        self.seller, self.deputy = seller_named(world, "seller"), seller_named(world, "deputy")
        self.rng = world.rng("the seller's day")
        self.plans = self._plans()
        self._company_first()
        world.in_front = [story.known.row.pk for story, _plan in self.plans]

    @property
    def clients(self) -> list[Story]:
        """Whom he works on today, each once, the first first."""
        return list(dict.fromkeys(story for story, _plan in self.plans))

    def live(self) -> Iterator[Said]:
        """Promises, relations and a clash; only what people are told of is returned."""
        for number, story in enumerate(self.clients):
            self._promise(story, _PROMISED if number == 0 else _PROMISED[number % 4 :][:2])
        if self.clients:
            self._describe(self.clients[0].known)
            self._relate(self.clients[0].known)
            yield from self._clash()

    def _plans(self) -> list[tuple[Story, Draft]]:
        mine = [
            (story, draft)
            for story in self.all
            if story.known.holder is self.seller
            for draft in story.drafts
            if draft.event.status == EventStatus.PLANNED
            and draft.event.responsible == self.seller.manager
            and clock.local_date(draft.event.occurred_at) == self.world.today
        ]
        return sorted(mine, key=lambda plan: (plan[1].event.occurred_at, plan[0].known.row.pk))

    def _company_first(self) -> None:
        """The day begins with the company that has the most people: its plan changes its hour with the first one's."""
        firms = [plan for plan in self.plans if plan[0].known.row.kind == ClientKind.COMPANY]
        if not firms:
            return
        best = max(firms, key=lambda plan: len(plan[0].known.persons))
        first = self.plans[0]
        if best is not first:
            one, other = first[1].event, best[1].event
            early, late = one.occurred_at, other.occurred_at
            _move(other, early)
            _move(one, max(late, early + MINUTE * 30))
        for _story, draft in self.plans:
            if draft is not best[1] and draft.event.occurred_at <= best[1].event.occurred_at:
                _move(draft.event, best[1].event.occurred_at + MINUTE * 15)
        self.plans = self._plans()

    # --- promises -----------------------------------------------------------------------------------------------------
    def _promise(self, story: Story, promised: Sequence[tuple[str, str, int]]) -> None:
        """Hang promises on the last talk that lies before them."""
        talks = [
            draft
            for draft in story.drafts
            if draft.event.status == EventStatus.DONE and draft.event.kind.code not in _SILENT
            and not draft.event.kind.is_system
        ]  # fmt: skip
        words = self.world.words
        for side, status, days in promised:
            due_on = self.world.today + DAY * days
            before = [draft for draft in talks if clock.local_date(draft.event.occurred_at) <= due_on]
            if before:
                talk = max(before, key=lambda draft: draft.event.occurred_at)
                said = {row.text for draft in talks for row in draft.hanging if isinstance(row, Agreement)}
                offered = words.we_promise if side == Agreement.Side.WE else words.they_promise
                text = self.rng.choice([one for one in offered if one not in said] or offered)
                talk.hanging.append(Agreement(side=side, text=text, due_on=due_on, status=status))

    def _describe(self, known: Known) -> None:
        """Somebody has asked how they work, and written it down."""
        row, words = known.row, self.world.words
        row.profile = row.profile or self.rng.choice(words.profiles)
        row.preferences = row.preferences or self.rng.choice(words.preferences)
        row.decision_making = row.decision_making or self.rng.choice(words.decisions)

    # --- relations ----------------------------------------------------------------------------------------------------
    def _relate(self, first: Known) -> None:
        """Companies around the first client, some of them related to each other too; and people who know each other."""
        world, rng = self.world, self.rng
        taken = {frozenset((row.source_id, row.target_id)) for row in world.of(ClientRelation)}
        firms = [
            story.known
            for story in self.all
            if story.known.row.kind == ClientKind.COMPANY and story.known is not first and story.known.persons
            and frozenset((story.known.row.pk, first.row.pk)) not in taken
        ]  # fmt: skip
        own = [known for known in firms if known.holder is self.seller]
        others = [known for known in firms if known.holder and known.holder is not self.seller]
        around = rng.sample(own, min(3, len(own))) + rng.sample(others, min(2, len(others)))
        for known, kind, comment in zip(around, _RELATIONS, world.words.desk.relations, strict=False):
            world.add(ClientRelation(source=known.row, target=first.row, kind=kind, comment=comment))
        for one, other in ((0, 1), (2, 3)):
            if len(around) > other and frozenset((around[one].row.pk, around[other].row.pk)) not in taken:
                kind = ClientRelationKind.PARTNER
                world.add(ClientRelation(source=around[one].row, target=around[other].row, kind=kind))
        self._relate_people(first, around)

    def _relate_people(self, first: Known, around: Sequence[Known]) -> None:
        world = self.world
        known = {frozenset((row.source_id, row.target_id)) for row in world.of(PersonRelation)}
        if not first.persons:
            return
        chief, *staff = first.persons
        for person in staff:
            if frozenset((person.pk, chief.pk)) not in known:
                world.add(PersonRelation(source=person, target=chief, kind=PersonRelationKind.SUBORDINATE))
        for number, (other, tie) in enumerate(zip(around, _TIES, strict=False)):
            here = first.persons[number % len(first.persons)]
            world.add(PersonRelation(source=other.persons[0], target=here, kind=tie))

    # --- two people, one offer ----------------------------------------------------------------------------------------
    def _clash(self) -> Iterator[Said]:
        """The deputy helps with a client of today, and has planned there what the seller plans."""
        world = self.world
        story, plan = next((pair for pair in self.plans if pair[0] is not self.clients[0]), self.plans[0])
        row, mine = story.known.row, plan.event
        since = max(story.known.legs[-1].start, world.today - DAY * 30)
        helpers = {(link.client_id, link.manager_id) for link in world.of(CoManager)}
        if (row.pk, self.deputy.manager.pk) not in helpers:
            world.add(CoManager(client=row, manager=self.deputy.manager, since=since))
        text = world.words.desk.mentions["deputy"].format(who=self.seller.manager.username)
        said_at = max(clock.at(weekday(world.today - DAY), 16, 10), mine.created_at, row.created_at)
        said_at = min(said_at, world.now)
        theirs = story.draft(
            Scene(mine.kind.code, mine.subject, text), clock.at(workday(world.today + DAY), 11), self.deputy,
            status=EventStatus.PLANNED, with_sale=False, created_at=said_at,
        )  # fmt: skip
        yield mention(
            who=self.seller.manager, by=self.deputy.manager, client=row, what="event", text=text, moment=said_at,
            url=theirs.event.get_absolute_url,
        )  # fmt: skip
        facts = {"client": row.name, "client_id": row.pk}
        people = self.seller.manager, self.deputy.manager
        told = {one: facts | {"who": str(other)} for one, other in (people, people[::-1])}

        def place() -> tuple[str, str]:
            return " ".join(sorted(f"event:{event.pk}" for event in (mine, theirs.event))), row.get_absolute_url()

        yield Said(same_offer.KIND, told, said_at, place)


def _move(event: Event, at: dt.datetime) -> None:
    """Another hour, as long as before."""
    if event.ends_at:
        event.ends_at += at - event.occurred_at
    event.occurred_at = at
