"""What happened with a client: contacts that make sense one after another, and the sales they led to."""

import datetime as dt
import itertools
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from django.db import models

from clients.models import ContactPerson
from crm import clock
from crm.demo.firms import Known
from crm.demo.legs import Gained, Leg, Lost
from crm.demo.words.base import Scene
from crm.demo.world import DAY, MINUTE, Seller, World, weekday
from interactions.models import (
    Agreement,
    Approval,
    Control,
    Event,
    EventParticipant,
    EventStatus,
    HandOver,
    ProcessLine,
    ProcessStatus,
    Product,
    SalesProcess,
    Stage,
    StageChange,
    Step,
)

#: Mean days between contacts, and the chance that a contact begins a sale, by category.
_PACE = {"A": 24.0, "B": 37.0, "C": 54.0}
_APPETITE = {"A": 0.2, "B": 0.12, "C": 0.075}
#: The longest usual silence, days, and those of clients forgotten for a while: shorter than what sends to the exchange.
_LONGEST, _FORGOTTEN = 100, (110, 175)
_STAGE_TOPICS = {
    "Sale": ("inquiry", "clarify", "offer", "negotiation", "contract"),
    "Large sale": ("inquiry", "presentation", "offer", "contract"),
}
_LOSSES = {
    "Too expensive": 27,
    "Chose a competitor": 24,
    "No need any more": 16,
    "No answer": 16,
    "Postponed": 12,
    "We could not deliver": 5,
}
_LOSS_TOPICS = {"No need any more": "cancelled", "Postponed": "postponed", "No answer": "silent"}


#: When the job had taken the clients of the night that asked.
TAKEN = (9, 21)


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


class Story:
    """Tells one client's history. ``drafts`` holds the events when it is told, ``deal`` the sale still open."""

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

    def tell(self) -> None:
        """Make all that was done in all legs."""
        for leg in self.known.legs:
            self._leg(leg)
        for leg, after in itertools.pairwise(self.known.legs):
            if leg.is_handed and after.lost is None and self.rng.random() < 0.7:
                self._hand_on_plan(leg, after)

    # --- one leg ------------------------------------------------------------------------------------------------------
    def _leg(self, leg: Leg) -> None:
        rng = self.rng
        self._not_before = gained_at(leg, self.world)
        if self.deal:  # handed over with the client
            self._hand_on(self.deal.process, leg)
        if leg.lost is None and not self.losing and rng.random() < 0.12:
            self._live_from = max(leg.last - DAY * rng.randint(5, 32), leg.start + DAY * 3)
        if leg.days is not None:
            for day in leg.days:
                self._one_sided(day, leg)
            return
        day = min(leg.start + DAY * self._first_pause(leg), leg.last)
        is_first = True
        while True:
            final = day == leg.last
            self._contact(day, leg, final=final, is_first=is_first)
            is_first = False
            if final:
                break
            day += DAY * self._pause(leg, day)
            if day.weekday() > 4 and rng.random() < 0.96:
                day += DAY * (7 - day.weekday())
            if day > leg.last - DAY * 2:
                day = leg.last
        if leg.lost is None and leg.last < self.world.today - DAY * 20 and rng.random() < 0.55:
            self._vain_calls(leg)
        if leg.one_line_on:
            self._one_line(leg)
        if leg.end and leg.lost != Lost.REASSIGNED and not leg.is_handed and rng.random() < 0.6:
            self._return_plan(leg)

    def _one_sided(self, day: dt.date, leg: Leg) -> None:
        """We called or wrote; nobody answered more than that."""
        draft = self._say("outgoing", day, leg.seller.on_duty(day))
        draft.hanging = [row for row in draft.hanging if not isinstance(row, Agreement)]

    def _one_line(self, leg: Leg) -> None:
        """The last contact before it would have been too late: next to nothing is written down."""
        assert leg.one_line_on
        scene = self.rng.choice(self.world.words.scenes["thin"])
        moment = self.world.moment(self.rng, leg.one_line_on, self.known.hours_ahead)
        self.draft(scene, moment, leg.seller.on_duty(leg.one_line_on), with_sale=False)

    def _return_plan(self, leg: Leg) -> None:
        """Something was planned when the client went to the exchange: it was returned then."""
        moment, rng = lost_at(leg, self.world, self.known.row.pk), self.rng
        assert leg.end
        if (
            leg.lost == Lost.IDLE or leg.lost == Lost.UNTOUCHED
        ):  # its day had passed, else it would have held the client
            day = leg.last + DAY * rng.randint(1, 25)
        else:
            day = leg.end + DAY * rng.randint(1, 9)
        day = weekday(day)
        if day <= leg.last or (leg.lost == Lost.UNTOUCHED and day >= leg.end):
            return
        scene = rng.choice(self.world.words.scenes["plan"])
        at = clock.at(day, rng.randint(9, 17), rng.choice((0, 15, 30, 45)))
        created = max(self._not_before, clock.at(leg.last, 16, 40))
        who = leg.seller
        draft = self.draft(scene, at, who, status=EventStatus.CANCELLED, created_at=min(created, moment, at))
        draft.hanging.append(HandOver(client=self.known.row, moment=moment, from_manager=who.manager))

    def _hand_on_plan(self, leg: Leg, after: Leg) -> None:
        """What the leaver had planned is his successor's now."""
        day = weekday(self.world.today + DAY * self.rng.randint(1, 12))
        scene = self.rng.choice(self.world.words.scenes["plan"])
        planned_at = clock.at(leg.last, 17, 10)
        at = clock.at(max(day, self.world.today + DAY), 11)
        draft = self.draft(scene, at, leg.seller, status=EventStatus.PLANNED, created_at=planned_at)
        draft.event.responsible = to = after.seller.manager
        moment = gained_at(after, self.world)
        handed = HandOver(client=self.known.row, moment=moment, from_manager=leg.seller.manager, to_manager=to)
        draft.hanging.append(handed)

    def _hand_on(self, process: SalesProcess, leg: Leg) -> None:
        """An open sale goes to the new manager of its client."""
        before, process.responsible = process.responsible, leg.seller.manager
        if before != process.responsible:
            self.world.add(
                HandOver(
                    client=self.known.row,
                    moment=self._not_before,
                    process=process,
                    from_manager=before,
                    to_manager=process.responsible,
                )
            )

    def _first_pause(self, leg: Leg) -> int:
        match leg.gained:
            case Gained.CREATED:
                return 0
            case Gained.IMPORTED:
                return self.rng.randint(0, 40)
        return self.rng.randint(0, 6)

    def _pause(self, leg: Leg, day: dt.date) -> int:
        if self.losing and leg.last - day > DAY * 60:
            return min(21, (leg.last - day).days - 50)
        if self.deal:
            return self.rng.randint(2, 12)
        if self._after:
            return self.rng.randint(3, 14)
        if self._live_from and day < self._live_from:
            return min(self._usual_pause(day), (self._live_from - day).days)
        return self._usual_pause(day)

    def _usual_pause(self, day: dt.date) -> int:
        if self.rng.random() < 0.05:
            return self.rng.randint(*_FORGOTTEN)
        # Since people see the colours they call oftener.
        gone = (day - self.world.first_day) / (self.world.today - self.world.first_day)
        mean = _PACE[self.known.row.category or "C"] * (1.35 - 0.5 * gone)
        if gone > 0.8 and self.known.fate in ("green", "today", "claimed"):
            mean *= 0.62  # who is green today has been looked after for some time
        return min(_LONGEST, 3 + int(self.rng.gammavariate(1.4, (mean - 3) / 1.4)))

    def _contact(self, day: dt.date, leg: Leg, *, final: bool, is_first: bool) -> None:
        rng = self.rng
        seller = leg.seller.on_duty(day)
        if self.deal:
            self._step(day, seller, leg, final=final)
        elif self._after:
            topic, self._after = self._after, ""
            said = self._say(topic, day, seller, continues=self._earlier if topic == "resolved" else None)
            if topic == "delivery" and rng.random() < 0.3 and not final:
                self._after = "complaint"
            elif topic == "complaint":
                self._after, self._earlier = "resolved", said
        elif (self.losing and leg.last - day < DAY * 70) or self._is_live(day):
            self._begin_deal(day, seller, leg)
        elif is_first and leg.gained in (Gained.CLAIMED, Gained.ASSIGNED) and self.drafts:
            self._say("acquaint", day, seller)
        elif is_first and leg.gained != Gained.IMPORTED:
            self._say("first", day, seller)
        elif not self.losing and rng.random() < self._appetite * (0.5 if final else 1):
            self._begin_deal(day, seller, leg)
        else:
            self._say("keep", day, seller)
        if rng.random() < 0.05:
            self._aside("note", day, seller)
        if rng.random() < 0.03:
            self._aside("task", day, seller)
        if rng.random() < 0.05 and day > leg.start + DAY * 2 and day.weekday() > 0:
            self._aside("failed", day - DAY, leg.seller.on_duty(day - DAY))

    @property
    def _appetite(self) -> float:
        """Who was lost has often been worth something: that is why others look at it."""
        usual = _APPETITE[self.known.row.category or "C"]
        return usual * 2 if self.known.legs[-1].lost else usual

    def _is_live(self, day: dt.date) -> bool:
        return self._live_from is not None and day >= self._live_from

    def _vain_calls(self, leg: Leg) -> None:
        """Calls nobody answered and mailings since the last contact: they do not make anybody green."""
        silence = (self.world.today - leg.last).days
        for _ in range(self.rng.randint(1, 3)):
            day = leg.last + DAY * self.rng.randint(3, silence - 1)
            if day.weekday() < 5:
                self._aside("failed", day, leg.seller.on_duty(day))

    # --- sales --------------------------------------------------------------------------------------------------------
    def _begin_deal(self, day: dt.date, seller: Seller, leg: Leg) -> None:
        rng, world = self.rng, self.world
        won_before = any(draft.event.kind.code == "process_won" for draft in self.drafts)
        name = "Sale"
        if self.losing or (self.known.row.category != "C" and rng.random() < 0.18):
            name = "Large sale"
        elif won_before and rng.random() < 0.4:
            name = "Repeat order"
        kind = world.process_kinds[name]
        stages = world.stages[kind.pk]
        lines, amount = self._lines(is_large=name == "Large sale")
        title = rng.choice(world.words.sale_titles).format(product=self.product, qty=int(lines[0].quantity))
        process = SalesProcess(
            client=self.known.row,
            kind=kind,
            title=title,
            stage=stages[0] if stages else None,
            responsible=leg.seller.manager,
            author=seller.manager,
            source=rng.choice(world.sources) if rng.random() < 0.5 else None,
            amount=amount,
            started_on=day,
            expected_close_on=day + DAY * rng.randint(25, 120 if name == "Large sale" else 75),
        )
        if self.losing:
            process.title, process.comment = world.words.losing_title, world.words.losing_comment
            process.expected_close_on = world.today - DAY * 9
        world.add(process)
        for line in lines:
            line.process = process
            world.add(line)
        self.deal = Deal(process, stages, self.product, int(lines[0].quantity))
        said = self._say("repeat" if name == "Repeat order" else "inquiry", day, seller)
        process.created_at = said.event.occurred_at
        self.deal.said = said
        self._log(Step.STARTED, day, seller, None, process.stage)

    def _lines(self, *, is_large: bool) -> tuple[list[ProcessLine], Decimal]:
        rng, products = self.rng, self.world.products
        wanted = [p for p in self.world.goods if not is_large or (p.price or 0) > 600_000]
        if self.losing:
            wanted = [max(products, key=lambda p: p.price or 0)]
        self.product = rng.choice(wanted)
        others = rng.sample(products, rng.choices((0, 1, 2, 3), weights=(45, 30, 17, 8))[0])
        lines = []
        for product in dict.fromkeys((self.product, *others)):
            price = product.price or Decimal(10_000)
            cheap = price < 20_000
            quantity = rng.randint(4, 60) if cheap else int(rng.triangular(1, 8, 1)) if price < 500_000 else 1
            discount = Decimal(rng.choice((100, 100, 100, 97, 95, 93, 90))) / 100
            lines.append(
                ProcessLine(
                    product=product, quantity=Decimal(quantity), price=(price * discount).quantize(Decimal("0.01"))
                )
            )
        if self.losing:
            lines[0].quantity = Decimal(2)
        amount = sum((line.quantity * (line.price or 0) for line in lines), Decimal())
        return lines, amount.quantize(Decimal("0.01"))

    def _step(self, day: dt.date, seller: Seller, leg: Leg, *, final: bool) -> None:
        """The next contact within a sale: it moves on, waits, is won or lost."""
        rng, deal = self.rng, self.deal
        assert deal
        must_end = final and leg.lost is not None and leg.lost != Lost.REASSIGNED and not leg.is_handed
        # Now and then a sale stays open although nobody has called for months.
        must_end = must_end and rng.random() < 0.65
        leaves = final and leg.lost is not None and not must_end
        stays_open = final and not must_end and rng.random() < {"yellow": 0.35, "red": 0.2}.get(self.known.fate, 0.75)
        stays_open = stays_open or leaves or self._is_live(day)
        if self.losing:
            self._advance_losing(day, seller)
        elif must_end:
            self._lose(day, seller)
        elif not deal.stages:
            if stays_open:
                self._talk(day, seller)
            elif rng.random() < 0.86:
                self._win(day, seller)
            else:
                self._lose(day, seller)
        else:
            roll = rng.random()
            if roll < (0.3 if stays_open else 0.14):
                self._talk(day, seller)
            elif roll < 0.27 and not stays_open:
                self._lose(day, seller)
            elif deal.at_the_end:
                if stays_open:
                    self._talk(day, seller)
                else:
                    self._win(day, seller)
            else:
                self._advance(day, seller)

    def _advance(self, day: dt.date, seller: Seller) -> None:
        deal = self.deal
        assert deal
        target = deal.position + 1
        may_skip = deal.process.kind.control == Control.MANUAL and target + 1 < len(deal.stages)
        if may_skip and self.rng.random() < 0.1:
            target += 1
        before, deal.process.stage = deal.process.stage, deal.stages[target]
        topic = _STAGE_TOPICS.get(deal.process.kind.name, ())
        deal.said = self._say(topic[target] if target < len(topic) else "talk", day, seller, continues=deal.said)
        self._log(Step.MOVED, day, seller, before, deal.process.stage)

    def _advance_losing(self, day: dt.date, seller: Seller) -> None:
        deal = self.deal
        assert deal
        if deal.position < len(deal.stages) - 2:
            self._advance(day, seller)
        else:
            self._talk(day, seller)

    def _talk(self, day: dt.date, seller: Seller) -> None:
        assert self.deal
        self.deal.said = self._say("talk", day, seller, continues=self.deal.said)

    def _win(self, day: dt.date, seller: Seller) -> None:
        deal = self.deal
        assert deal
        self._say("won", day, seller, continues=deal.said)
        deal.process.status, deal.process.closed_on = ProcessStatus.WON, day
        self._log(Step.WON, day, seller, deal.process.stage, deal.process.stage)
        self.deal = None
        self._after = "delivery" if self.rng.random() < 0.8 else ""

    def _lose(self, day: dt.date, seller: Seller) -> None:
        deal, words = self.deal, self.world.words
        assert deal
        reason = self.rng.choices(list(_LOSSES), weights=list(_LOSSES.values()))[0]
        comment = self.rng.choice(words.loss_comments[reason])
        self._say(_LOSS_TOPICS.get(reason, "lost"), day, seller, continues=deal.said)
        deal.process.status, deal.process.closed_on = ProcessStatus.LOST, day
        deal.process.loss_reason = self.world.loss_reasons[reason]
        deal.process.comment = "\n".join(part for part in (deal.process.comment, comment) if part)
        self._log(Step.LOST, day, seller, deal.process.stage, deal.process.stage, comment)
        self.deal = None

    def _log(
        self,
        step: Step,
        day: dt.date,
        seller: Seller,
        from_stage: Stage | None,
        to_stage: Stage | None,
        comment: str = "",
    ) -> None:
        """A step as ``interactions.sales`` writes it: an event of the program's and a line of the stage log."""
        assert self.deal
        process, last = self.deal.process, self.drafts[-1].event
        moment = min(last.occurred_at + MINUTE * self.rng.randint(1, 9), self.world.now)
        event = Event(
            client=self.known.row,
            kind=self.world.kinds[f"process_{step.value}"],
            status=EventStatus.DONE,
            subject=process.title,
            text=comment,
            occurred_at=moment,
            responsible=seller.manager,
            author=seller.manager,
            process=process,
            counted_on=day,
            created_at=moment,
        )
        change = StageChange(
            process=process,
            step=step,
            from_stage=from_stage,
            to_stage=to_stage,
            changed_at=moment,
            changed_by=seller.manager,
        )
        self.drafts.append(Draft(event, hanging=[change]))

    def open_again(self, moment: dt.datetime, why: str) -> None:
        """A sale that was lost with the last contact is opened again: no contact, nobody has talked with the client."""
        seller, day = self.known.legs[-1].seller, self.known.legs[-1].last
        if self.deal is None:
            self._begin_deal(day, seller, self.known.legs[-1])
        assert self.deal
        deal, process = self.deal, self.deal.process
        self._lose(day, seller)
        self.deal = deal
        process.status, process.closed_on, process.loss_reason = ProcessStatus.OPEN, None, None
        self._log(Step.REOPENED, day, seller, None, process.stage)
        self.deal, step = None, self.drafts[-1]
        step.event.occurred_at = step.event.created_at = moment
        step.event.counted_on = None
        for row in step.hanging:
            if isinstance(row, StageChange):
                row.changed_at = moment
        self.draft(Scene("note", why), moment, seller, with_sale=False, created_at=moment)

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
            status = rng.choices(
                (Agreement.Status.KEPT, Agreement.Status.BROKEN, Agreement.Status.OPEN), weights=(83, 12, 5)
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


def gained_at(leg: Leg, world: World) -> dt.datetime:
    """When the manager of a leg got the client: in the morning, before anything was done with it."""
    usual = clock.at(leg.start, 9, (leg.start.toordinal() * 7 + leg.seller.manager.pk) % 30)
    return min(leg.gained_moment or usual, world.now)


def lost_at(leg: Leg, world: World, client: int) -> dt.datetime:
    """When the manager of a leg lost the client to the exchange: in the night, or at the end of a day."""
    assert leg.end
    if leg.lost in (Lost.IDLE, Lost.UNTOUCHED):
        return min(clock.at(leg.end, *TAKEN) if leg.end == world.asked_on else clock.at(leg.end, 1), world.now)
    minute = world.rng("giving up", client, leg.end).randrange(60)
    return min(leg.lost_moment or clock.at(leg.end, 17, minute), world.now)
