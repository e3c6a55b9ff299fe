"""Single events of a client: what was said, planned, promised; each with the rows that hang on it."""

import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from random import Random

from django.db import models

from clients.models import ContactPerson
from crm import clock
from crm.demo.firms import Known
from crm.demo.words.base import Scene
from crm.demo.world import DAY, MINUTE, Seller, World
from interactions.models import (
    Agreement,
    Approval,
    Event,
    EventParticipant,
    EventStatus,
    Product,
    SalesProcess,
    Stage,
)


@dataclass(slots=True, eq=False)
class Draft:
    """An event without its id yet, with the rows that hang on it."""

    event: Event
    continues: "Draft | None" = None
    chain: "Draft | None" = None
    hanging: list[models.Model] = field(default_factory=list)

    def settle(self) -> None:
        """Write the ids into everything that refers to events; all have theirs now."""
        self.event.continues_id = self.continues.event.pk if self.continues else None
        self.event.chain_id = self.chain.event.pk if self.chain else None
        for row in self.hanging:
            row.event_id = self.event.pk  # type: ignore[attr-defined]


@dataclass(slots=True, eq=False)
class Deal:
    """An open sale of the story."""

    process: SalesProcess
    stages: list[Stage]
    product: Product
    quantity: int
    said: Draft | None = None

    @property
    def position(self) -> int:
        """Index of the present stage; -1 without stages."""
        return self.stages.index(self.process.stage) if self.process.stage else -1

    @property
    def at_the_end(self) -> bool:
        return self.position == len(self.stages) - 1


class Scenes:
    """Makes the events of one client, one after another. ``drafts`` holds them, ``deal`` the sale still open."""

    def __init__(self, world: World, known: Known) -> None:
        self.world, self.known = world, known
        self.rng: Random = world.rng("story", known.row.pk)
        self.drafts: list[Draft] = []
        self.deal: Deal | None = None
        self.product = self.rng.choice(world.goods)
        self._told: deque[Scene] = deque(maxlen=5)
        self._after = ""
        self._earlier: Draft | None = None
        self._not_before = clock.at(world.first_day)
        #: From this day on a sale is under way that is still open today.
        self._live_from: dt.date | None = None

    @property
    def losing(self) -> bool:
        """The great sale that everybody seems to have forgotten."""
        return self.known.fate == "losing"

    def _is_live(self, day: dt.date) -> bool:
        return self._live_from is not None and day >= self._live_from

    # --- events -------------------------------------------------------------------------------------------------------
    def fill(self, text: str, person: ContactPerson | None) -> str:
        """The words of a scene with what they are about."""
        called = self.known.called
        amount = self.deal.process.amount if self.deal else None
        return text.format(
            product=self.deal.product if self.deal else self.product,
            qty=self.deal.quantity if self.deal else self.rng.randint(2, 12),
            person=called.get(person.pk if person else 0) or next(iter(called.values()), ""),
            city=self.known.row.city,
            sum=f"{int(amount or 100_000):,}".replace(",", "\u00a0"),
        )

    def draft(
        self,
        scene: Scene,
        moment: dt.datetime,
        seller: Seller,
        *,
        status: str = EventStatus.DONE,
        with_sale: bool = True,
        created_at: dt.datetime | None = None,
    ) -> Draft:
        """An event of this client; what is done and counts as contact counts on its day."""
        rng = self.rng
        kind = self.world.kinds[scene.kinds]
        person = rng.choice(self.known.persons) if self.known.persons else None
        done = status == EventStatus.DONE
        event = Event(
            client=self.known.row,
            kind=kind,
            status=status,
            subject=self.fill(scene.subject, person)[:255],
            text=self.fill(scene.text, person),
            result=self.fill(scene.result, person) if done else "",
            occurred_at=moment,
            responsible=seller.manager,
            author=seller.manager,
            process=self.deal.process if self.deal and with_sale else None,
            counted_on=clock.local_date(moment) if done and kind.counts_as_contact else None,
            created_at=created_at or min(moment + MINUTE * rng.randint(1, 25), self.world.now),
        )
        if kind.default_minutes >= 30 and kind.code != "complaint":
            ends_at = moment + MINUTE * kind.default_minutes
            if not done or ends_at <= self.world.now:
                event.ends_at = ends_at
        draft = Draft(event)
        talked = kind.code not in ("note", "task", "mailing", "call_failed")
        if talked and person and rng.random() < 0.75:
            draft.hanging.append(EventParticipant(person=person))
            if kind.default_minutes >= 60 and len(self.known.persons) > 1 and rng.random() < 0.5:
                other = rng.choice([one for one in self.known.persons if one is not person])
                draft.hanging.append(EventParticipant(person=other))
        if kind.default_minutes >= 60 and rng.random() < 0.15:
            if rng.random() < 0.5 and seller.head and seller.head is not seller:
                draft.hanging.append(EventParticipant(manager=seller.head.manager))
            else:
                draft.hanging.append(EventParticipant(name=rng.choice(self.world.words.free_names)))
        self.drafts.append(draft)
        return draft

    def promise(self, draft: Draft) -> None:
        """Add what somebody promised in a talk; older promises are mostly kept, some broken, a few forgotten."""
        rng, world = self.rng, self.world
        side = rng.choice((Agreement.Side.WE, Agreement.Side.WE, Agreement.Side.THEY))
        text = rng.choice(world.words.we_promise if side == Agreement.Side.WE else world.words.they_promise)
        due_on = clock.local_date(draft.event.occurred_at) + DAY * rng.randint(1, 14)
        status = Agreement.Status.OPEN
        if due_on < world.today:
            # Of what was promised to a client that was lost, more has stayed open.
            weights = (70, 12, 18) if self.known.legs[-1].lost else (83, 12, 5)
            status = rng.choices(
                (Agreement.Status.KEPT, Agreement.Status.BROKEN, Agreement.Status.OPEN), weights=weights
            )[0]
        draft.hanging.append(Agreement(side=side, text=text, due_on=due_on, status=status))

    def _say(self, topic: str, day: dt.date, seller: Seller, *, continues: Draft | None = None) -> Draft:
        """A contact of ``day``, perhaps planned before, perhaps the continuation of an earlier one."""
        rng = self.rng
        moment = max(self.world.moment(rng, day, self.known.hours_ahead), self._not_before + MINUTE * 10)
        if self.drafts:  # one after another within a day
            moment = max(moment, min(self._last_done() + MINUTE * 10, clock.at(day, 23)))
        moment = min(moment, self.world.now - MINUTE)
        scenes = self.world.words.scenes[topic]
        scene = rng.choice([scene for scene in scenes if scene not in self._told] or scenes)
        self._told.append(scene)
        draft = self.draft(scene, moment, seller)
        if rng.random() < 0.22 and draft.event.kind.code in ("call_out", "meeting", "visit", "presentation"):
            planned = moment - DAY * rng.randint(1, 7) - MINUTE * rng.randint(0, 100)
            draft.event.created_at = max(planned, self._not_before)
        if continues and rng.random() < (0.6 if topic != "resolved" else 1):
            draft.continues = continues
            draft.chain = continues.chain = continues.chain or continues
        if rng.random() < (0.3 if self.deal else 0.12):
            self.promise(draft)
        return draft

    def _last_done(self) -> dt.datetime:
        return max(draft.event.occurred_at for draft in self.drafts[-3:] if draft.event.status == EventStatus.DONE)

    def _aside(self, topic: str, day: dt.date, seller: Seller) -> None:
        """Something that is no contact."""
        moment = max(self.world.moment(self.rng, day, self.known.hours_ahead), self._not_before)
        self.draft(
            self.rng.choice(self.world.words.scenes[topic]), min(moment, self.world.now), seller, with_sale=False
        )

    # --- what waits ---------------------------------------------------------------------------------------------------
    def plan(self, moment: dt.datetime, seller: Seller, *, only: tuple[str, ...] = ()) -> Draft:
        """Something planned for ``moment``, which may have passed."""
        scenes = [scene for scene in self.world.words.scenes["plan"] if not only or scene.kinds in only]
        earliest = max(self._not_before, min(moment, self.world.now) - DAY * self.rng.randint(1, 12))
        draft = self.draft(
            self.rng.choice(scenes),
            moment,
            seller,
            status=EventStatus.PLANNED,
            created_at=min(earliest, self.world.now),
        )
        if self.deal and self.deal.said and self.deal.said.event.occurred_at < moment and self.rng.random() < 0.5:
            draft.continues = self.deal.said
            draft.chain = self.deal.said.chain = self.deal.said.chain or self.deal.said
        return draft

    def register_late(self, day: dt.date, seller: Seller, *, approval: str) -> Draft:
        """A contact entered many days after it happened: it counts only once the head has approved it."""
        scene = self.rng.choice([s for s in self.world.words.scenes["keep"] if s.kinds in ("call_out", "meeting")])
        draft = self.draft(scene, self.world.moment(self.rng, day, self.known.hours_ahead), seller)
        draft.event.approval = approval
        if approval != Approval.APPROVED:
            draft.event.counted_on = None
        if approval != Approval.PENDING and seller.head:
            draft.event.approved_by = seller.head.manager
        registered = self.world.now - MINUTE * self.rng.randint(20, 1800)
        if approval != Approval.PENDING:
            registered = draft.event.occurred_at + DAY * self.rng.randint(5, 12)
        draft.event.created_at = min(registered, self.world.now)
        return draft
