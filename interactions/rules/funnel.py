"""How far sales get. Pure: how many got how far in, the steps of the funnel out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Pile:
    """So many sales, and what they come to."""

    count: int = 0
    amount: Decimal = Decimal()

    def __add__(self, other: "Pile") -> "Pile":
        return Pile(self.count + other.count, self.amount + other.amount)


@dataclass(frozen=True, slots=True)
class Group:
    """Sales that got equally far, stand at one stage and ended alike.

    Attributes:
        furthest: the position of the furthest stage any of them was at; None: at none.
        stage: the key of the stage they stand at, or stood at when they were closed; None: at none.
        status: "open", "won" or "lost".
        reason: the key of why they were lost; None: nobody said.
    """

    furthest: int | None
    stage: int | None
    status: str
    reason: int | None
    pile: Pile


@dataclass(frozen=True, slots=True)
class Stay:
    """How long sales stood at a stage before they went on, in days."""

    count: int
    median: float
    mean: float


@dataclass(frozen=True, slots=True)
class StageRow:
    """One step of the funnel: what came this far, and what became of it here.

    A sale that skipped stages came past them; one that was won came past all of them, wherever it was won from.

    Attributes:
        before: what was at the step before, of the first stage everything: ``came`` is a part of it.
        lost: what was lost from this stage; ``open``: what stands here still.
    """

    stage: int
    came: Pile
    before: Pile
    lost: Pile
    open: Pile
    stay: Stay | None


def pile_of(groups: Iterable[Group]) -> Pile:
    return sum((group.pile for group in groups), Pile())


def funnel(stages: Sequence[tuple[int, int]], groups: Sequence[Group], stays: Mapping[int, Stay]) -> list[StageRow]:
    """The steps in the order of the stages.

    Args:
        stages: keys and positions.
        stays: by key of the stage.
    """
    rows: list[StageRow] = []
    before = pile_of(groups)
    for stage, position in sorted(stages, key=lambda each: each[1]):
        came = pile_of(group for group in groups if _came_to(position, group))
        here = [group for group in groups if group.stage == stage]
        lost, still = (pile_of(each for each in here if each.status == status) for status in ("lost", "open"))
        rows.append(StageRow(stage, came, before, lost, still, stays.get(stage)))
        before = came
    return rows


def _came_to(position: int, group: Group) -> bool:
    return group.status == "won" or (group.furthest is not None and group.furthest >= position)
