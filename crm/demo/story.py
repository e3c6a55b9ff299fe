"""What happened with a client: contacts that make sense one after another, in all the times it was held."""

import datetime as dt
import itertools

from crm import clock
from crm.demo.deals import Deals
from crm.demo.legs import Gained, Leg, Lost, gained_at, lost_at
from crm.demo.world import DAY, weekday
from interactions.models import (
    Agreement,
    EventStatus,
    HandOver,
    SalesProcess,
)

#: Mean days between contacts, and the chance that a contact begins a sale, by category.
_PACE = {"A": 24.0, "B": 37.0, "C": 54.0}
_APPETITE = {"A": 0.2, "B": 0.12, "C": 0.075}
#: The longest usual silence, days, and those of clients forgotten for a while: shorter than what sends to the exchange.
_LONGEST, _FORGOTTEN = 100, (110, 175)


class Story(Deals):
    """Tells one client's history. ``drafts`` holds the events when it is told, ``deal`` the sale still open."""

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

    def _vain_calls(self, leg: Leg) -> None:
        """Calls nobody answered and mailings since the last contact: they do not make anybody green."""
        silence = (self.world.today - leg.last).days
        for _ in range(self.rng.randint(1, 3)):
            day = leg.last + DAY * self.rng.randint(3, silence - 1)
            if day.weekday() < 5:
                self._aside("failed", day, leg.seller.on_duty(day))
