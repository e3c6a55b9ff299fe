"""The sales of a client: begun, moved on, won, lost, opened again."""

import datetime as dt
from decimal import Decimal

from crm.demo.legs import Leg, Lost
from crm.demo.scenes import Deal, Draft, Scenes
from crm.demo.words.base import Scene
from crm.demo.world import DAY, MINUTE, Seller
from interactions.models import (
    Control,
    Event,
    EventStatus,
    ProcessLine,
    ProcessStatus,
    SalesProcess,
    Stage,
    StageChange,
    Step,
)
from interactions.rules.amounts import lines_total

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


class Deals(Scenes):
    """Makes the sales of one client."""

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
            discount = Decimal(100 - rng.choice((100, 100, 100, 97, 95, 93, 90)))
            lines.append(ProcessLine(product=product, quantity=Decimal(quantity), price=price, discount=discount))
        if self.losing:
            lines[0].quantity = Decimal(2)
        return lines, lines_total(lines) or Decimal()

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
        if step in (Step.STARTED, Step.MOVED):
            process.stage_since = moment
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
