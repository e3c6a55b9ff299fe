"""Where the parts of a small graph stand: a client, what it is related to, and how its people know others.

Two columns of rows hang below the client, so that no label can lie on another whatever there is: a row belongs to one
node. Lengths are in units of the picture, whose width is ``WIDTH``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 300
#: More nodes than this are counted, not drawn.
LIMIT = 14
#: From one row to the next; a row has a name and, under it, what the node is.
ROW = 34
_TOP = 30
_INDENT = 12
#: Between the columns of labels there is room for lines only.
_LEFT_DOT, _RIGHT_DOT = 126, 174
_GAP = 8
#: How wide a sign is at the size of the labels, on the average of wide Cyrillic ones.
_SIGN = 7.2
_LABEL_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class Node:
    """Something related: ``label`` is its name, ``words`` what it is, ``parent`` the key of the node it is known
    through (empty: the client itself)."""

    key: str
    label: str
    words: str = ""
    parent: str = ""
    url: str = ""
    css: str = "client"


@dataclass(frozen=True, slots=True)
class Placed:
    """A node with its dot and its label, cut to the room there is."""

    node: Node
    x: int
    y: int
    text_x: int
    is_left: bool
    label: str
    words: str

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The room its label takes: left, top, right, bottom."""
        width = max(len(self.label), len(self.words)) * _SIGN
        left = self.text_x - width if self.is_left else self.text_x
        return left, self.y - _LABEL_HEIGHT / 2, left + width, self.y + _LABEL_HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn: placed nodes, lines between dots as paths, the height, and how many nodes are not shown."""

    nodes: tuple[Placed, ...]
    lines: tuple[str, ...]
    cross_lines: tuple[str, ...]
    height: int
    more: int
    width: int = WIDTH
    root_x: int = WIDTH // 2
    root_y: int = 14


def layout(left: Sequence[Node], right: Sequence[Node], links: Iterable[tuple[str, str]] = ()) -> Graph:
    """Place nodes in two columns in the order they are given, those known through another under it.

    Args:
        left, right: the nodes of the columns; where one has none the other's are divided between both.
        links: further pairs of keys that belong together; those of nodes that are not drawn are passed over.
    """
    columns = _balanced(_families(left), _families(right))
    shown = _within_limit(columns)
    placed: dict[str, Placed] = {}
    for is_left, column in zip((True, False), shown, strict=True):
        for row, node in enumerate(column):
            placed[node.key] = _place(node, row, is_left, is_indented=node.parent in placed)
    rows = max(len(column) for column in shown)
    lines = [_line(placed.get(each.node.parent), each) for each in placed.values()]
    crossing = [_between(placed[one], placed[other]) for one, other in links if one in placed and other in placed]
    total = sum(len(family) for column in columns for family in column)
    return Graph(
        tuple(placed.values()), tuple(lines), tuple(crossing), _TOP + rows * ROW if rows else _TOP, total - len(placed)
    )


Family = list[Node]


def _families(nodes: Sequence[Node]) -> list[Family]:
    """Each node that hangs on the client with those known through it, as they stand under each other."""
    keys = {node.key for node in nodes}
    families: dict[str, Family] = {node.key: [node] for node in nodes if node.parent not in keys}
    for node in nodes:
        if node.parent in families and node.key not in families:
            families[node.parent].append(node)
    return list(families.values())


def _balanced(left: list[Family], right: list[Family]) -> tuple[list[Family], list[Family]]:
    if left and right:
        return left, right
    one: list[Family] = []
    other: list[Family] = []
    for family in left or right:
        shorter = one if sum(map(len, one)) <= sum(map(len, other)) else other
        shorter.append(family)
    return one, other


def _within_limit(columns: tuple[list[Family], list[Family]]) -> tuple[list[Node], list[Node]]:
    """The first nodes of both columns in turn, until there are enough."""
    flat = [[node for family in column for node in family] for column in columns]
    room = [min(len(column), LIMIT // 2) for column in flat]
    for side in (0, 1):
        room[side] = min(len(flat[side]), LIMIT - room[1 - side])
    return flat[0][: room[0]], flat[1][: room[1]]


def _place(node: Node, row: int, is_left: bool, *, is_indented: bool) -> Placed:
    indent = _INDENT if is_indented else 0
    x = _LEFT_DOT - indent if is_left else _RIGHT_DOT + indent
    text_x = x - _GAP if is_left else x + _GAP
    room = int((text_x if is_left else WIDTH - text_x) // _SIGN)
    y = _TOP + row * ROW + ROW // 2
    return Placed(node, x, y, text_x, is_left, _cut(node.label, room), _cut(node.words, room))


def _cut(text: str, room: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _line(parent: Placed | None, child: Placed) -> str:
    if parent is None:
        middle = WIDTH // 2
        return f"M{middle} 14C{middle} {child.y} {middle} {child.y} {child.x} {child.y}"
    return f"M{parent.x} {parent.y}V{child.y}H{child.x}"


def _between(one: Placed, other: Placed) -> str:
    middle = WIDTH // 2
    return f"M{one.x} {one.y}C{middle} {one.y} {middle} {other.y} {other.x} {other.y}"
