"""Which stages a sale may move to. Stages are named by their position among the stages of its kind."""

from collections.abc import Sequence


def allowed_positions(*, control: str, positions: Sequence[int], current: int | None) -> set[int]:
    """Positions a sale at ``current`` may move to.

    ``manual``: any other. ``controlled``: the next one, or back to any earlier one. ``untracked``: none.
    """
    others = {position for position in positions if position != current}
    if control == "manual":
        return others
    if control == "untracked":
        return set()
    ahead = sorted(position for position in others if current is None or position > current)
    behind = {position for position in others if current is not None and position < current}
    return behind | set(ahead[:1])


def may_be_won(*, control: str, positions: Sequence[int], current: int | None) -> bool:
    """A controlled sale is won only from its last stage; the others from anywhere. Losing is always possible."""
    return control != "controlled" or not positions or current == max(positions)
