"""Dividing clients among managers, and work among workers."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key")


def shares(number: int, loads: Mapping[int, int]) -> Counter[int]:
    """How many of ``number`` clients each manager gets: one after the other to whoever has the fewest then.

    Nobody gets one as long as somebody else has fewer, so those who get any end at most one apart. Of equals the one
    with the smaller key comes first: the same question always has the same answer.

    Raises:
        ValueError: there are clients, but nobody to give them to.
    """
    heap = [(load, manager) for manager, load in loads.items()]
    heapq.heapify(heap)
    given: Counter[int] = Counter()
    for _one in range(number):
        if not heap:
            raise ValueError("nobody to give clients to")
        load, manager = heap[0]
        given[manager] += 1
        heapq.heapreplace(heap, (load + 1, manager))
    return given


def spread_evenly(clients: Iterable[int], loads: Mapping[int, int]) -> dict[int, int]:
    """Which manager gets which client, so that the loads are as even as they can be.

    Args:
        clients: in the order that is dealt out fairly (the riskiest first): of every stretch of it each manager gets
            as much as his part of the whole, so nobody gets all the red ones because he had the fewest.
        loads: how many clients each manager has before.

    Raises:
        ValueError: there are clients, but nobody to give them to.
    """
    ordered = list(clients)
    parts = shares(len(ordered), loads)
    # Each manager's clients lie at equal distances; whose next place comes first is next.
    heap = [(Fraction(1, 2 * part), manager) for manager, part in parts.items()]
    heapq.heapify(heap)
    given = {}
    for client in ordered:
        place, manager = heap[0]
        given[client] = manager
        heapq.heapreplace(heap, (place + Fraction(1, parts[manager]), manager))
    return given


def dealt(weights: Mapping[Key, int], number: int) -> list[list[Key]]:
    """The keys in at most ``number`` heaps of about the same weight, the heaviest first; none is empty."""
    heaps: list[tuple[int, int, list[Key]]] = [(0, place, []) for place in range(number)]
    for key, weight in sorted(weights.items(), key=lambda item: -item[1]):
        load, place, keys = heapq.heappop(heaps)
        keys.append(key)
        # (A key without any weight takes a place too, or all of them would lie in one heap.)
        heapq.heappush(heaps, (load + max(weight, 1), place, keys))
    return [keys for _load, _place, keys in sorted(heaps, key=lambda heap: -heap[0]) if keys]
