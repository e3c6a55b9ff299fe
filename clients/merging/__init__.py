"""Two rows of one client become one, and two again when it was a mistake.

* ``registry``: what other apps say of their rows; ``own``: what the clients app says of its own;
* ``facts``: whose value each fact gets; ``persons``: who of both looks like one and the same;
* ``journal``: what became of every row; ``merge`` and ``undo``: the two acts.
"""

from clients.merging import own  # noqa: F401 - registers itself
from clients.merging.facts import Side, taken_over
from clients.merging.merge import merge_clients
from clients.merging.persons import alike_persons
from clients.merging.registry import (
    Merge,
    Parting,
    give_with_history,
    handled,
    move_rows,
    move_with_history,
    references,
    register,
)
from clients.merging.undo import UNDO_DAYS, forget_old, former_manager, may_undo, undo_merge, undo_until

__all__ = [
    "UNDO_DAYS",
    "Merge",
    "Parting",
    "Side",
    "alike_persons",
    "forget_old",
    "former_manager",
    "give_with_history",
    "handled",
    "may_undo",
    "merge_clients",
    "move_rows",
    "move_with_history",
    "references",
    "register",
    "taken_over",
    "undo_merge",
    "undo_until",
]
