"""The notices of the last two weeks, as the nights, the heads and the absences would have told them.

Told again by the program itself, nobody is told anything twice: kinds, keys and facts are its own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from clients import absence_notices
from clients.models import Absence, Client, Manager, Notice, OwnershipPeriod, Role
from clients.policies import chain_of
from crm import clock
from crm.demo.ledger import Books, inbound_person, owed_on
from crm.demo.nights import Nights
from crm.demo.world import DAY, World
from exchange import claim_notices, departure_notices, inbound_notices, notices, weekly_notices
from exchange.models import Departure, DepartureItem, Detachment, LeavingWarning, NightlyRun
from interactions import notices as contact_notices
from interactions.models import Approval, Event

#: What is older is not under the bell any more.
_DAYS = 14
#: Who signs in here shall find something new.
_AT_THE_DOOR = ("seller", "deputy", "head", "director", "admin")
_Rows = dict[Manager, list[list[Any]]]


def make_notices(world: World, nights: Nights, books: Books, said: Iterable[Notice]) -> None:
    """Collect the notices, with those of what people said to each other; most of the older ones have been read."""
    _Teller(world, nights, books, said).tell()


class _Teller:
    def __init__(self, world: World, nights: Nights, books: Books, said: Iterable[Notice]) -> None:
        self.world, self.nights, self.books = world, nights, books
        self.people = {row.pk: row for row in world.of(Manager)}
        self.since = world.today - DAY * _DAYS
        self.away = {
            row.manager_id: row.starts_on
            for row in world.of(Absence)
            if row.starts_on <= world.today <= row.ends_on and row.status == "approved"
        }
        self.rng = world.rng("notices")
        self.rows: list[Notice] = list(said)

    def tell(self) -> None:
        self._warnings()
        self._left()
        self._asked()
        self._absences()
        self._late_contacts()
        self._first_contacts()
        self._leavers()
        self._inbound()
        self._weekly()
        self.rows.sort(key=lambda row: (row.created_at, row.kind, row.recipient_id))
        for row in self.rows:
            self._read(row)
            self.world.add(row)

    def _warnings(self) -> None:
        mine: dict[NightlyRun, _Rows] = defaultdict(lambda: defaultdict(list))
        theirs: dict[NightlyRun, _Rows] = defaultdict(lambda: defaultdict(list))
        for row in sorted(self.world.of(LeavingWarning), key=lambda row: (row.leaves_on, row.pk)):
            if row.warned_on <= self.since:
                continue
            assert row.run
            fact = [row.client_id, row.leaves_on.isoformat()]
            for reader in {row.manager_id, row.deputy_id or row.manager_id}:
                mine[row.run][self.people[reader]].append(fact)
            if row.head_id and row.head_id not in (row.manager_id, row.deputy_id):
                theirs[row.run][self.people[row.head_id]].append(fact)
        self._of_nights(notices.LEAVING, mine, "exchange-leaving")
        self._of_nights(notices.LEAVING_HEAD, theirs, "exchange-leaving")

    def _left(self) -> None:
        mine: dict[NightlyRun, _Rows] = defaultdict(lambda: defaultdict(list))
        theirs: dict[NightlyRun, _Rows] = defaultdict(lambda: defaultdict(list))
        for row in self.world.of(Detachment):
            if row.run and row.date > self.since and row.reason != OwnershipPeriod.Lost.UNTOUCHED:
                mine[row.run][row.manager].append([row.client_id])
                if head := self.nights.superiors(row.date).head_of(row.manager):
                    theirs[row.run][self.people[head]].append([row.client_id])
        self._of_nights(notices.LEFT, mine, "exchange-board")
        self._of_nights(notices.LEFT_HEAD, theirs, "exchange-board")
        for row in self.nights.given_back:
            assert row.undone_at
            data = {"clients": [[row.client_id]]}
            self._say(notices.GIVEN_BACK, row.undone_at.isoformat(), [row.manager], data, row.undone_at)

    def _of_nights(self, kind: str, rows: dict[NightlyRun, _Rows], page: str) -> None:
        for run, each in rows.items():
            for reader, clients in each.items():
                self._say(kind, str(run.date), [reader], {"clients": clients}, run.started_at, reverse(page))

    def _asked(self) -> None:
        for run in self.nights.runs:
            if run.ask_reason:
                data = {"count": run.proposed, "date": run.date.isoformat()}
                asked = [row for row in self.people.values() if row.is_staff or row.role == Role.DIRECTOR]
                self._say(
                    notices.ASKS, str(run.date), asked, data, run.started_at, reverse("night-detail", args=[run.pk])
                )

    def _absences(self) -> None:
        for row in self.world.of(Absence):
            days = f"{row.starts_on.isoformat()}/{row.ends_on.isoformat()}"
            data = {"who": str(row.manager), "status": row.status, "from": days[:10], "to": days[11:]}
            told: list[tuple[str, Manager | None, dt.datetime | None]] = [
                (absence_notices.DECIDED, row.manager, row.decided_at),
                (absence_notices.STANDS_IN, row.deputy, row.decided_at),
            ]
            if row.status == Absence.Status.REQUESTED:
                told = [(absence_notices.ASKED, one, row.created_at) for one in self._deciders(row.manager)]
            for kind, reader, moment in told:
                if reader and moment and clock.local_date(moment) > self.since:
                    self._say(kind, f"{row.pk} {row.status} {days}", [reader], data, moment, reverse("absence-list"))

    def _late_contacts(self) -> None:
        for event in self.world.of(Event):
            holder = event.client.manager
            if event.approval != Approval.PENDING or holder is None:
                continue
            day = clock.local_date(event.occurred_at).isoformat()
            data = {"client": event.client.name, "day": day, "who": str(event.author)}
            readers = [one for one in self._deciders(holder) if one.pk != event.author_id]
            self._say(
                contact_notices.WAITS, f"{event.pk} {day}", readers, data, event.created_at, reverse("approval-list")
            )

    # --- the market ---------------------------------------------------------------------------------------------------
    def _first_contacts(self) -> None:
        """Who owes one, and whose claims failed (``exchange.night.touching.tell``)."""
        board = reverse("exchange-board")
        pauses = {(seller.manager, starts_on): until for seller, starts_on, until in self.world.pauses}
        for run in self.nights.runs:
            if run.date <= self.since:
                continue
            key, moment = str(run.date), run.started_at
            for reader, rows in owed_on(self.books, run.date, self.world).items():
                data: dict[str, Any] = {"clients": [[client, due_on.isoformat()] for client, due_on in rows]}
                self._say(claim_notices.OWED, key, [self.people[reader]], data, moment, reverse("my-day"))
            mine: dict[Manager, list[list[int]]] = defaultdict(list)
            theirs: dict[Manager, list[list[int]]] = defaultdict(list)
            for row in self.world.of(Detachment):
                if row.run is run and row.reason == OwnershipPeriod.Lost.UNTOUCHED:
                    mine[row.manager].append([row.client_id])
                    if head := self.nights.superiors(row.date).head_of(row.manager):
                        theirs[self.people[head]].append([row.client_id])
            for manager, clients in mine.items():
                until = pauses.get((manager, run.date))
                data = {"clients": clients, "paused_until": until.isoformat() if until else ""}
                self._say(claim_notices.FAILED, key, [manager], data, moment, board)
            for manager, clients in theirs.items():
                self._say(claim_notices.FAILED_HEAD, key, [manager], {"clients": clients}, moment, board)

    def _leavers(self) -> None:
        """Who got clients of a colleague who left."""
        for row in self.world.of(Departure):
            got: dict[Manager, list[list[int]]] = defaultdict(list)
            for item in self.world.of(DepartureItem):
                if item.departure is row and item.to_manager:
                    got[item.to_manager].append([item.client_id])
            if clock.local_date(row.decided_at) > self.since:
                for reader, clients in got.items():
                    data = {"clients": clients, "from": str(row.manager)}
                    self._say(departure_notices.RECEIVED, str(row.pk), [reader], data, row.decided_at)

    def _inbound(self) -> None:
        """A client of the exchange called: its last manager and his head hear of it."""
        call = self.books.inbound
        if call is None:
            return
        event, client = call.draft.event, call.known.row
        last = call.known.legs[-1].seller.manager
        data = {
            "client": client.pk,
            "name": client.name,
            "kind": event.kind.name,
            "at": event.occurred_at.isoformat(),
            "who": inbound_person(call),
            "what": event.subject,
            "by": str(call.by),
        }
        readers = {one.pk: one for one in (last, *self._deciders(last)) if one != call.by}
        key = f"{event.pk} {client.pk}"
        self._say(inbound_notices.INBOUND, key, readers.values(), data, event.created_at, client.get_absolute_url())

    def _weekly(self) -> None:
        """After the nights of Mondays: clients wanted by nobody (``exchange.weekly.waiting_by_head``)."""
        days = self.books.stale_days
        for run in self.nights.runs:
            if run.date.weekday() != 0 or run.date <= self.since or days is None:
                continue
            waiting: dict[Manager, int] = defaultdict(int)
            long_ago = clock.day_start(run.date - DAY * days)
            for client in self.world.of(Client):
                if client.exchange_since is None or client.exchange_since >= long_ago or client.archived_at:
                    continue
                if client.quarantine_until and client.quarantine_until >= run.date:
                    continue
                assert client.last_manager
                for head in self._heads_above(client.last_manager):
                    waiting[head] += 1
            for head, number in waiting.items():
                data = {"count": number, "days": days}
                url = reverse("exchange-weekly")
                self._say(weekly_notices.WEEKLY, str(run.date), [head], data, run.started_at, url)

    def _heads_above(self, manager: Manager) -> list[Manager]:
        """All heads who see the clients of a manager's department."""
        chain = chain_of(manager.department.path) if manager.department else ()
        return list({pk: self.people[pk] for pk in (self.nights.heads.get(each) for each in chain) if pk}.values())

    def _deciders(self, manager: Manager) -> list[Manager]:
        """Who is asked: ``clients.superiors.deciders``."""
        if head := self.nights.superiors(self.world.today).head_of(manager):
            return [self.people[head]]
        return [row for row in self.people.values() if row.role == Role.DIRECTOR and row != manager]

    def _say(
        self, kind: str, key: str, readers: Iterable[Manager], data: dict[str, Any], moment: dt.datetime, url: str = ""
    ) -> None:
        for reader in readers:
            if reader.is_active:
                self.rows.append(
                    Notice(
                        recipient=reader,
                        kind=kind,
                        key=key,
                        date=clock.local_date(moment),
                        data=data,
                        url=url,
                        created_at=moment,
                    )
                )

    def _read(self, row: Notice) -> None:
        """People read in the morning, not everything on the first day; who is away reads nothing."""
        days = (self.world.today - row.date).days
        if days == 0 or (row.recipient_id in self.away and row.date >= self.away[row.recipient_id]):
            return
        waits = row.kind in (absence_notices.ASKED, contact_notices.WAITS)
        fresh = waits or row.recipient.username in _AT_THE_DOOR
        if days > 2 or (not fresh and self.rng.random() < 0.6):
            row.read_at = min(max(row.created_at, clock.at(row.date, 9)) + dt.timedelta(minutes=40), self.world.now)
