"""What all actors share: chance, the played moment, the people of today, counters, and the way to the services."""

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from clients.models import Client, Manager
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.claims import ClaimRefused
from exchange.models import Claim
from exchange.simulation.invariants import Checker
from exchange.simulation.options import Options
from exchange.simulation.summary import Figures

T = TypeVar("T")
R = TypeVar("R")


class SimulationFailed(Exception):
    """Something raised what nobody expects of a service. The message says how to see it again."""


@dataclass(frozen=True, slots=True)
class Character:
    """How somebody works.

    Attributes:
        work: how much of an ordinary day's contacts he makes.
        care: how likely he calls a client of whom he was warned, or to whom he owes a first contact.
        appetite: clients he looks at on the exchange in a day, on average.
        illness: sick leaves a year.
        cheats: whether he tries what the rules forbid.
    """

    name: str
    work: float = 1.0
    care: float = 0.8
    appetite: float = 0.3
    illness: float = 1.0
    cheats: bool = False


@dataclass(slots=True)
class Person:
    """Somebody of the company. ``left``: the day on which he left."""

    pk: int
    character: Character
    department_id: int
    hired: dt.date
    left: dt.date | None = None
    #: How much he likes each client he ever held: whom he does not like he forgets.
    liking: dict[int, float] = field(default_factory=dict)


class World:
    """One company being played."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.chance = random.Random(options.seed)
        self.day = options.start
        self.moment = clock.at(options.start, 0)
        self.checker = Checker(options)
        #: What happened, in all and by quarter.
        self.counts: Counter[str] = Counter()
        self.quarters: dict[str, Counter[str]] = defaultdict(Counter)
        #: Salespeople by id, those who left too; heads, directors and administrators by id of department or alone.
        self.sellers: dict[int, Person] = {}
        self.heads: dict[int, int] = {}
        self.director_id = self.admin_id = 0
        self.departments: list[int] = []
        self.night_missed = False
        #: The picture after every night.
        self.figures: list[Figures] = []
        self.checker.ledger.made = 0
        self._managers: dict[int, Manager] = {}
        #: What was read this morning; see ``days``.
        self.away: dict[int, int | None] = {}
        self.mine: dict[int, list[Any]] = {}
        self.board: list[Any] = []
        self.plans: dict[int, list[int]] = {}
        self.sales: dict[int, list[int]] = {}
        self.duties: dict[int, list[int]] = {}

    # --- chance -------------------------------------------------------------------------------------------------------
    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.chance.random() < probability

    def rarely(self, per_day: float) -> bool:
        """The same for the rarer things, which a short simulation hurries on."""
        return self.chance.random() < min(0.9, per_day * self.options.pace)

    def number(self, average: float) -> int:
        """About so many: the whole part, and one more by chance."""
        whole = int(average)
        return whole + self.happens(average - whole)

    def pick(self, options: Sequence[R]) -> R:
        return options[self.chance.randrange(len(options))]

    # --- people -------------------------------------------------------------------------------------------------------
    def wake(self) -> None:
        """Read the people anew: who works here and whom he stands in for is remembered on a manager for a day."""
        self._managers = Manager.objects.select_related("department").in_bulk()

    def manager(self, pk: int) -> Manager:
        if pk not in self._managers:
            self._managers[pk] = Manager.objects.select_related("department").get(pk=pk)
        return self._managers[pk]

    @property
    def director(self) -> Manager:
        return self.manager(self.director_id)

    @property
    def admin(self) -> Manager:
        return self.manager(self.admin_id)

    def working(self) -> list[Person]:
        """The salespeople who work here, whether they are in today or not."""
        return [person for person in self.sellers.values() if person.left is None]

    def present(self) -> list[Person]:
        """Those who are in today."""
        return [person for person in self.working() if person.pk not in self.away]

    def head_of(self, person: Person) -> Manager:
        """The head above a salesperson."""
        return self.manager(self.heads[person.department_id])

    def may_work_on(self, who: Manager, client_id: int) -> bool:
        """What every page asks before it lets somebody write: else the answer is 403."""
        return Client.objects.editable_by(who).filter(pk=client_id).exists()

    # --- time and counting --------------------------------------------------------------------------------------------
    def morning(self, day: dt.date, hour: int = 9) -> None:
        self.day, self.moment = day, clock.at(day, hour)

    def tick(self, seconds: int = 60) -> None:
        """Some time passes; a day has no more than its hours."""
        end = clock.at(self.day, 23)
        self.moment += dt.timedelta(seconds=seconds if self.moment + dt.timedelta(seconds=seconds) < end else 1)

    @contextmanager
    def now(self) -> Iterator[dt.datetime]:
        with clock.playing(self.moment):
            yield self.moment

    @property
    def quarter(self) -> str:
        return f"{self.day.year} Q{(self.day.month + 2) // 3}"

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number
        self.quarters[self.quarter][what] += number

    def claimed(self, claim: Claim) -> None:
        """A claim was made: the ledger must have it for ever."""
        assert self.checker.ledger.made is not None
        self.checker.ledger.made += 1

    # --- to the services ----------------------------------------------------------------------------------------------
    def attempt(self, what: str, act: Callable[[], T], *, seconds: int = 60) -> T | None:
        """Do something through a service at the next moment. What a service refuses in its own words is counted and is
        no failure; the answer is None then.

        Raises:
            SimulationFailed: anything else was raised.
        """
        self.tick(seconds)
        with self.now():
            try:
                done = act()
            except (DomainError, ValidationError) as error:
                self._refused(what, error)
                return None
            except AssertionError:
                raise
            except Exception as error:
                raise SimulationFailed(
                    f"{what}: {error!r}\n{self.day}, seed {self.options.seed}; to see it again: {self.options.repeat}"
                ) from error
        self.count(what)
        return done

    def _refused(self, what: str, error: Exception) -> None:
        self.count(f"{what}: refused")
        if isinstance(error, ClaimRefused):
            self.count("refused claims")
            for each in error.refusals:
                self.count(f"refused by {each.rule}")
        elif isinstance(error, Conflict):
            self.count("conflicts")
