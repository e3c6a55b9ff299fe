"""Dividing clients among managers."""

import heapq
from collections.abc import Iterable, Mapping


def spread_evenly(clients: Iterable[int], loads: Mapping[int, int]) -> dict[int, int]:
    """Which manager gets which client: each client in turn goes to whoever has the fewest then.

    Nobody gets one as long as somebody else has fewer, so those who get any end at most one apart. Of equals the one
    with the smaller key comes first: the same question always has the same answer.

    Args:
        clients: in the order in which they are given away; neighbours go to different people.
        loads: how many clients each manager has before.

    Raises:
        ValueError: there are clients, but nobody to give them to.
    """
    heap = [(load, manager) for manager, load in loads.items()]
    heapq.heapify(heap)
    given: dict[int, int] = {}
    for client in clients:
        if not heap:
            raise ValueError("nobody to give clients to")
        load, manager = heap[0]
        given[client] = manager
        heapq.heapreplace(heap, (load + 1, manager))
    return given
