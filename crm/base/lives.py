"""What happened to clients: contacts are drawn, and everything else follows from them night by night as the program
would have done it: colours, arrivals on the exchange, claims, owners, steps of sales.

Written for millions of rows: days are numbers, colours too, and rows are tuples in the order of ``tables``.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

from crm.base.company import Company, Kind
from crm.base.days import NEVER, NIGHTS, SLOTS, TODAY, TWO_YEARS, Days
from crm.base.names import KIND_WEIGHTS, Names, inn, phone, texts
from crm.base.sizes import CHUNK, TEN, THOUSAND, Chunk, Fate, Sizes
from crm.base.tables import (
    CLAIMS,
    CLIENTS,
    CO_MANAGERS,
    DETACHMENTS,
    EVENTS,
    LINES,
    OWNERS,
    PARTICIPANTS,
    PERSONS,
    POINTS,
    SALES,
    SHELVINGS,
    STEPS,
    TAGS,
    TOUCHES,
    TRANSITIONS,
    WARNINGS,
    Table,
    interval,
)
from crm.base.tallies import LEFT, RED, WARNED, YELLOW, Tallies

#: Ids of a chunk's rows in every table but clients and events: so many a client at most, on the average of the chunk.
_STRIDE = CHUNK * 200
#: Moments of a working month, and the number of the month of plans.
_MONTH = SLOTS * 21
_PLANNED = 999
COLOURS = ("green", "yellow", "red")
_HANDED, _RETURNED, _CO_MANAGED, _TAGGED = 0.10, 0.03, 0.02, 0.25
_SALES_PER_EVENT, _MOST_SALES, _OPEN = 0.0105, 12, 0.26
#: Plans for each event of a client that is not about to leave.
_PLANS = 0.066
_CATEGORIES = "AAABBBBBBCCCCCCC    "


@dataclass(slots=True)
class World:
    """What all chunks are made from."""

    days: Days
    company: Company
    names: Names
    sizes: Sizes
    seed: int
    touch_days: int
    warn_levels: tuple[int, ...]
    warn_head: int


@dataclass(slots=True)
class Sale:
    """A sale on its way: which of the client's events are its steps, and where it stands."""

    pk: int
    kind: Kind
    steps: int
    outcome: str
    stage: int | None = None
    author: int = 0
    started: int = 0
    since: str = ""
    title: str = ""
    amount: int = 0
    #: Written when the next one is known.
    last_step: tuple[Any, ...] = ()


class Lives:
    """Makes the clients of one chunk."""

    def __init__(self, world: World, chunk: Chunk, tallies: Tallies) -> None:
        self.world, self.chunk, self.tallies = world, chunk, tallies
        self.days, self.company = world.days, world.company
        self.random = Random(f"lives {world.seed} {chunk.number}").random
        self.rows: dict[Table, list[tuple[Any, ...]]] = defaultdict(list)
        self.ids: dict[Table, count] = defaultdict(lambda: count(chunk.number * _STRIDE + 1))
        self.next_event = chunk.first_event
        kinds = world.company.event_kinds
        self.kinds = [kinds[code] for code, weight in KIND_WEIGHTS.items() for _ in range(weight)]
        self.texts = texts(world.company)
        self.steps = {step: kinds[f"process_{step}"] for step in ("started", "moved", "won", "lost")}
        self.contact_kinds = [kind for kind in self.kinds if kind in world.company.counted]

    def make(self) -> dict[Table, list[tuple[Any, ...]]]:
        """The rows of the chunk."""
        for client in range(self.chunk.first, self.chunk.last + 1):
            self._live(client)
        return self.rows

    # --- one client ---------------------------------------------------------------------------------------------------
    def _live(self, client: int) -> None:
        random, days = self.random, self.days
        fate = Fate(self.world.sizes.fates[client - 1])
        size = self.world.sizes.counts[client - 1]
        self.client, self.measured = client, client in (THOUSAND, TEN)
        self.persons = int(random() * 2.4)
        #: The holder, since which day; the colour, and since which night it is counted.
        self.holder = self.assigned = self.colour = self.counted_from = 0
        self.last_holder = self.left_on = 0
        self.left_at: str | None = None
        self.clock = self.last_contact = self.last_event = 0
        self.turns_on = NEVER
        if fate == Fate.UNASSIGNED:
            self._write_client(fate, int(random() * 200) + TODAY - 201)
            return
        plans = 0
        if fate <= Fate.YELLOW and not self.measured:
            plans = min(size // 2, int(size * _PLANS + random()))
        keys = self._keys(fate, size - plans)
        begun = days.work[keys[0] // SLOTS]
        creator = self.company.seller if self.measured else self._pick(0)
        self._gain(creator, begun, "created" if random() < 0.7 else "imported", None)
        done = size - plans
        if done:
            self._contacts(keys, done, fate)
        self._nights(TODAY)
        if self.holder:
            self.tallies.stay(self.holder, self.colour, self.counted_from, TODAY + 1)
        if plans:
            self._plan(plans)
        self._write_client(fate, begun, creator)

    def _keys(self, fate: Fate, done: int) -> list[int]:
        """Working moments of all that is done, ascending; without events the day on which it was given."""
        random, days = self.random, self.days
        if fate.is_held:
            last_days = days.of_zone[fate]
            last = last_days[int(random() * len(last_days))]
        else:
            gone = days.gone
            last = gone[int(random() * len(gone))]
        last_key = last * SLOTS + int(random() * SLOTS)
        if done < 2:
            return [last_key]
        # Most clients are spoken with every few weeks since they are known, some seldom.
        apart = 60 + random() * 70 if random() < 0.25 and not self.measured else 14 + random() * 30
        first = max(0, int(last - done * apart * 5 / 7))
        if self.measured:
            first = max(0, last - (done * 14 if done < 100 else len(days.work)))
        width = (last - first) * SLOTS + last_key % SLOTS + 1
        start = first * SLOTS
        keys = [start + int(random() * width) for _ in range(done - 1)]
        keys.append(last_key)
        keys.sort()
        return keys

    def _contacts(self, keys: list[int], done: int, fate: Fate) -> None:
        """Everything that was done with the client, in order."""
        random, days, client = self.random, self.days, self.client
        moments, work, text, yellow = days.moments, days.work, days.text, days.yellow
        kinds, contacts, counted_kinds, texts = self.kinds, self.contact_kinds, self.company.counted, self.texts
        add = self.rows[EVENTS].append
        marks = self._sales(done, fate) if done >= 4 else {}
        handed = 1 + int(random() * (done - 1)) if done > 2 and not self.measured and random() < _HANDED else 0
        returned = 1 + int(random() * (done - 1)) if done > 2 and not self.measured and random() < _RETURNED else 0
        pk, last_at, persons = self.next_event, done - 1, self.persons
        for at, key in enumerate(keys):
            day = work[key // SLOTS]
            if returned and at == returned:
                self._give_back(day)
            if day >= self.turns_on:
                self._nights(day)
            claimed = not self.holder
            if claimed:
                self._claim(day)
            elif handed and at == handed:
                self._hand_over(day)
            roll = int(random() * 16777216)
            mark = marks.get(at)
            process = None
            if mark is not None:
                sale, step = mark
                kind, process = self._step_kind(sale, step), sale.pk
                subject, detail, result = self._sale_title(sale), "", ""
            else:
                kind = contacts[roll % len(contacts)] if claimed or at == last_at else kinds[roll & 255]
                subject, detail, result = texts[kind][roll >> 8 & 63]
            moment, holder = moments[key], self.holder
            counted = None
            if kind in counted_kinds:
                counted = text[day]
                if day > self.clock:
                    if self.colour:
                        self._turn(0, day, day + 1, "contact")
                    self.clock = day
                    self.turns_on = yellow[day]
                self.last_contact, self.last_event = day, pk
            add(
                (
                    key // _MONTH, pk, client, kind, "done", subject, detail, result, moment, holder, holder, process,
                    counted, None, moment, moment,
                )
            )  # fmt: skip
            if mark is not None:
                self._step(sale, step, pk, key, day)
            elif persons and roll >> 14 & 15 == 0:
                self.rows[PARTICIPANTS].append((next(self.ids[PARTICIPANTS]), pk, client * 2 - 1))
            pk += 1
        self.next_event = pk

    def _plan(self, number: int) -> None:
        random, plans, add = self.random, self.days.plans, self.rows[EVENTS].append
        written = self.days.morning[TODAY - 8]
        for _ in range(number):
            moment, remind = plans[int(random() * len(plans))]
            kind = self.contact_kinds[int(random() * len(self.contact_kinds))]
            subject = self.texts[kind][0][0]
            pk, holder = self.next_event, self.holder
            add(
                (
                    _PLANNED, pk, self.client, kind, "planned", subject, "", "", moment, holder, holder, None, None,
                    remind, written, written,
                )
            )  # fmt: skip
            self.next_event += 1

    # --- who holds it -------------------------------------------------------------------------------------------------
    def _pick(self, department: int) -> int:
        """Somebody else than the last holder; mostly of the same department."""
        random, everybody = self.random, self.company.sellers
        while True:
            table = self.company.by_department[department] if department and random() < 0.7 else everybody
            manager = table[int(random() * len(table))]
            if manager != self.last_holder:
                return manager
            department = 0

    def _gain(self, manager: int, day: int, how: str, by: int | None) -> None:
        self.holder, self.assigned, self.gained, self.given_by = manager, day, how, by
        self.clock = max(day, self.last_contact)
        self.turns_on = self.days.yellow[self.clock]
        self.colour, self.counted_from = 0, day + 1
        self._transition("", "green", "assignment", day, self.days.morning[day])

    def _lose(self, day: int, how: str, by: int | None) -> None:
        """The period ends."""
        self._own(self.days.text[day], how, by if by is not None else self.given_by)
        self.last_holder = self.holder

    def _own(self, until: str | None, lost: str, by: int | None) -> None:
        days = self.days
        self.rows[OWNERS].append(
            (
                next(self.ids[OWNERS]), self.client, self.holder, days.text[self.assigned], until, self.gained, lost,
                self.given_by, by, days.morning[self.assigned],
            )
        )  # fmt: skip

    def _hand_over(self, day: int) -> None:
        """The head gives a held client to somebody else."""
        before = self.holder
        head = self.company.heads[before]
        self.tallies.stay(before, self.colour, self.counted_from, day + 1)
        zone = COLOURS[self.colour]
        self._lose(day, "reassigned", head)
        manager = self._pick(self.company.department[before])
        self.holder, self.assigned, self.gained, self.given_by = manager, day, "assigned", head
        self.clock, self.turns_on = day, self.days.yellow[day]
        if self.colour:
            self._transition(zone, "green", "assignment", day, self.days.morning[day])
        self.colour, self.counted_from = 0, day + 1

    def _give_back(self, day: int) -> None:
        """The manager returns it, half-way between its last contact and the day on which somebody else speaks with
        it."""
        back = self.clock + (day - self.clock) // 2
        if not self.holder or not self.clock < back < day - 1:
            return
        self._nights(back)
        if not self.holder:
            return
        reasons = self.company.return_reasons
        reason = reasons[int(self.random() * len(reasons))]
        self._leave(back, back + 1, self.days.afternoon[back], "returned", reason, None)

    def _nights(self, day: int) -> None:
        """All nights up to the one of ``day``."""
        days = self.days
        while self.turns_on <= day:
            night = self.turns_on
            run = night - NIGHTS + 1 if night >= NIGHTS else None
            if self.colour == 2:
                self.tallies.did(LEFT, night)
                self._leave(night, night, days.night[night], "idle", None, run)
                return
            colour = self.colour + 1
            self.tallies.did(YELLOW if colour == 1 else RED, night)
            self._turn(colour, night, night, "night", run)
            self.turns_on = days.red[self.clock] if colour == 1 else days.detach[self.clock]

    def _turn(self, colour: int, day: int, first_night: int, cause: str, run: int | None = None) -> None:
        self.tallies.stay(self.holder, self.colour, self.counted_from, first_night)
        created = self.days.night[day] if cause == "night" else self.days.morning[day]
        self._transition(COLOURS[self.colour], COLOURS[colour], cause, day, created, run)
        self.colour, self.counted_from = colour, first_night

    def _leave(self, day: int, first_night: int, moment: str, how: str, reason: int | None, run: int | None) -> None:
        """To the exchange, by the night (``run``) or by hand."""
        days, holder = self.days, self.holder
        zone = COLOURS[self.colour]
        self.tallies.stay(holder, self.colour, self.counted_from, first_night)
        cause, by = ("night", None) if how == "idle" else ("leaving", holder)
        self._transition(zone, "", cause, day, moment, run)
        if day >= TWO_YEARS:
            contact = days.text[self.last_contact] if self.last_contact else None
            self.rows[DETACHMENTS].append(
                (
                    next(self.ids[DETACHMENTS]), self.client, holder, self.company.department[holder], how, reason,
                    moment, days.text[day], by, run, self.last_event or None, contact, days.text[self.assigned],
                    days.text[self.clock], zone, days.policy,
                )
            )  # fmt: skip
        self._lose(day, how, by)
        self.holder, self.turns_on = 0, NEVER
        self.left_at, self.left_on, self.counted_from = moment, first_night, first_night

    def _claim(self, day: int) -> None:
        """Somebody takes it from the exchange a day or two before he speaks with it."""
        on = max(self.left_on, day - int(self.random() * 3))
        department = self.company.department[self.last_holder]
        self.tallies.wait(department, self.counted_from, on + 1)
        manager, days = self._pick(department), self.days
        if on >= TWO_YEARS:
            claim = next(self.ids[CLAIMS])
            self.rows[CLAIMS].append((claim, self.client, manager, days.morning[on], days.text[on], self.left_at))
            due = days.touch_due(on, self.world.touch_days)
            settled = due + 1
            outcome = ("kept", days.text[settled]) if settled <= TODAY else ("", None)
            self.rows[TOUCHES].append((claim, claim, self.client, manager, days.text[due], *outcome))
        self._gain(manager, on, "claimed", manager)
        self.left_at = None

    def _transition(self, before: str, after: str, cause: str, day: int, created: str, run: int | None = None) -> None:
        if day >= TWO_YEARS:
            text = self.days.text
            by_night = cause == "night"
            policy = self.days.policy if after else ""
            self.rows[TRANSITIONS].append(
                (
                    day // 30, next(self.ids[TRANSITIONS]), self.client, self.holder, before, after, cause, text[day],
                    text[self.clock] if by_night else None, self.days.policy if by_night else policy, run, created,
                )
            )  # fmt: skip

    # --- sales --------------------------------------------------------------------------------------------------------
    def _sales(self, done: int, fate: Fate) -> dict[int, tuple[Sale, int]]:
        """Which of the events are steps of sales."""
        random = self.random
        number = min(_MOST_SALES, int(done * _SALES_PER_EVENT + random() * 0.999))
        marks: dict[int, tuple[Sale, int]] = {}
        for at in range(number):
            first, until = at * done // number, (at + 1) * done // number
            roll = random()
            kind = self.company.sale_kinds[0 if roll < 0.7 else 1 if roll < 0.8 else 2]
            is_open = at == number - 1 and fate <= Fate.YELLOW and random() < _OPEN
            most = min(until - first, len(kind.stages) + (0 if is_open else 1)) if kind.stages else 2
            steps = 1 + int(random() * most) if is_open else max(2, 1 + int(random() * most))
            if not kind.stages:
                steps = 1 if is_open else 2
            start = until - steps if is_open else first + int(random() * (until - first - steps + 1))
            outcome = "" if is_open else "won" if random() < 0.45 else "lost"
            sale = Sale(next(self.ids[SALES]), kind, steps, outcome)
            for step in range(steps):
                marks[start + step] = (sale, step)
        return marks

    def _step_kind(self, sale: Sale, step: int) -> int:
        return self.steps[self._step_name(sale, step)]

    @staticmethod
    def _step_name(sale: Sale, step: int) -> str:
        if step == 0:
            return "started"
        return sale.outcome if sale.outcome and step == sale.steps - 1 else "moved"

    def _sale_title(self, sale: Sale) -> str:
        if not sale.title:
            random, products = self.random, self.company.products
            for _ in range(1 + int(random() * 2)):
                product, name, price = products[int(random() * len(products))]
                quantity = 1 + int(random() * random() * 20)
                sale.title = sale.title or name
                sale.amount += quantity * price
                self.rows[LINES].append((next(self.ids[LINES]), sale.pk, product, quantity, price))
        return sale.title

    def _step(self, sale: Sale, step: int, event: int, key: int, day: int) -> None:
        moment, name, stages = self.days.moments[key], self._step_name(sale, step), sale.kind.stages
        before = sale.stage
        if step == 0:
            sale.author, sale.started = self.holder, day
        if name in ("started", "moved") and stages:
            sale.stage = stages[step]
            sale.since = moment
        elif step == 0:
            sale.since = moment
        steps = self.rows[STEPS]
        if sale.last_step:
            steps.append((*sale.last_step, interval(sale.last_step[5], moment)))
        sale.last_step = (next(self.ids[STEPS]), sale.pk, name, before, sale.stage, moment, self.holder, event)
        if step == sale.steps - 1:
            steps.append((*sale.last_step, None))
            self._write_sale(sale, day)

    def _write_sale(self, sale: Sale, day: int) -> None:
        random, text, company = self.random, self.days.text, self.company
        closed = text[day] if sale.outcome else None
        lost = sale.outcome == "lost"
        reason = company.loss_reasons[int(random() * len(company.loss_reasons))] if lost else None
        rival = company.competitors[int(random() * len(company.competitors))] if lost and random() < 0.3 else None
        expected = (
            sale.started + 20 + int(random() * 100)
            if sale.outcome
            else max(sale.started, TODAY - 15) + int(random() * 75)
        )
        source = company.sources[int(random() * len(company.sources))]
        created = self.days.morning[sale.started]
        self.rows[SALES].append(
            (
                sale.pk, self.client, sale.kind.pk, sale.title, sale.outcome or "open", sale.stage, self.holder,
                sale.author, source, sale.amount, text[sale.started], text[expected], closed, reason, rival,
                sale.since, text[day], sale.stage, created, created,
            )
        )  # fmt: skip

    # --- the client itself --------------------------------------------------------------------------------------------
    def _write_client(self, fate: Fate, begun: int, creator: int | None = None) -> None:
        random, days, company, client = self.random, self.days, self.company, self.client
        text = days.text
        kind, name, folded = self.world.names.client(client, random())
        region, city = company.regions[int(random() * len(company.regions))]
        industry = company.industries[int(random() * len(company.industries))]
        source = company.sources[int(random() * len(company.sources))]
        category = _CATEGORIES[int(random() * len(_CATEGORIES))].strip()
        number = inn(client + self.world.seed % 97) if kind == "company" else ""
        birthday = md = None
        if random() < 0.3:
            month, date = 1 + int(random() * 12), 1 + int(random() * 28)
            birthday, md = f"{1970 + int(random() * 50)}-{month:02d}-{date:02d}", month * 100 + date
        quarantine = archived = None
        if fate in (Fate.QUARANTINE, Fate.ARCHIVE):
            quarantine, archived = self._shelve(fate)
        held: tuple[Any, ...] = (None,) * 7
        zone = ""
        if self.holder:
            self._own(None, "", self.given_by)
            held = (
                self.holder, text[self.assigned], text[self.clock], text[days.yellow[self.clock]],
                text[days.red[self.clock]], text[days.detach[self.clock]],
            )  # fmt: skip
            zone = COLOURS[self.colour]
            if days.detach[self.clock] - TODAY <= max(self.world.warn_levels):
                self._warn()
            if random() < _CO_MANAGED:
                beside = self._pick_beside()
                self.rows[CO_MANAGERS].append((next(self.ids[CO_MANAGERS]), client, beside, text[self.clock]))
        contact = text[self.last_contact] if self.last_contact else None
        if self.left_at and fate != Fate.ARCHIVE:
            self.tallies.wait(company.department[self.last_holder], self.counted_from, TODAY + 1)
        self.rows[CLIENTS].append(
            (
                client, kind, name, folded, number, f"{number[:4]}01001" if number else "", category, industry, source,
                "Россия", region, city, birthday, md, int(random() * 900) if random() < 0.5 else None,
                held[0], held[1], contact, held[2], held[3], held[4], held[5], zone,
                self.left_at, self.last_holder or None, quarantine, archived,
                days.morning[begun], creator, days.morning[begun],
            )
        )  # fmt: skip
        if random() < _TAGGED:
            tag = company.tags[int(random() * random() * len(company.tags))]
            self.rows[TAGS].append((next(self.ids[TAGS]), client, tag))
        self._write_people(begun)

    def _write_people(self, begun: int) -> None:
        """One phone of the firm, and a phone and an address of each person."""
        client, names, random = self.client, self.world.names, self.random
        add, point = self.rows[POINTS].append, client * 6
        normal, backwards = phone(point)
        add((point, client, None, "phone", normal, normal, backwards, True))
        for at in range(self.persons):
            who = int(random() * len(names.people))
            person, folded = names.people[who], names.folded_people[who]
            position, decides = names.positions[int(random() * len(names.positions))]
            pk = client * 2 - 1 + at
            born = md = None
            if random() < 0.4:
                month, date = 1 + int(random() * 12), 1 + int(random() * 28)
                born, md = f"{1955 + int(random() * 48)}-{month:02d}-{date:02d}", month * 100 + date
            self.rows[PERSONS].append(
                (
                    pk, client, person.last, person.first, person.middle, folded, position, decides, born, md,
                    self.days.morning[begun],
                )
            )  # fmt: skip
            point += 1
            normal, backwards = phone(point)
            add((point, client, pk, "phone", normal, normal, backwards, True))
            point += 1
            address = f"person{pk}@client{client}.example"
            add((point, client, pk, "email", address, address, "", False))

    def _pick_beside(self) -> int:
        """Somebody of another mind than the holder."""
        last, self.last_holder = self.last_holder, self.holder
        beside = self._pick(self.company.department[self.holder])
        self.last_holder = last
        return beside

    def _shelve(self, fate: Fate) -> tuple[str | None, str | None]:
        """A head has set it aside since it came to the exchange."""
        days, by = self.days, self.company.heads[self.last_holder]
        on = self.left_on + int(self.random() * (TODAY - self.left_on))
        moment, until = days.afternoon[on], None
        reasons = self.company.words
        if fate == Fate.QUARANTINE:
            until = days.text[TODAY + 5 + int(self.random() * 120)]
            action, reason = "quarantine", reasons.quarantine_reasons[0]
        else:
            action, reason = "archive", reasons.archive_reasons[0]
            self.tallies.wait(self.company.department[self.last_holder], self.counted_from, on + 1)
        self.rows[SHELVINGS].append(
            (next(self.ids[SHELVINGS]), self.client, action, until, reason, days.text[on], moment, by)
        )
        return until, moment if fate == Fate.ARCHIVE else None

    def _warn(self) -> None:
        """Who was told, and when, that it is about to leave."""
        days, leaves = self.days, self.days.detach[self.clock]
        text = days.text
        for level in self.world.warn_levels:
            on = leaves - level
            if NIGHTS <= on <= TODAY and on > self.clock:
                head = self.company.heads[self.holder] if level <= self.world.warn_head else None
                self.tallies.did(WARNED, on)
                self.rows[WARNINGS].append(
                    (
                        next(self.ids[WARNINGS]), self.client, self.holder, head, text[self.clock], text[leaves], level,
                        text[on], on - NIGHTS + 1,
                    )
                )  # fmt: skip
