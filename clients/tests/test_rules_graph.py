"""The picture of relations: everything has its room, and the same is always drawn the same."""

from hypothesis import given
from hypothesis import strategies as st

from clients.rules.graph import LIMIT, WIDTH, Node, layout

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60)


@st.composite
def columns(draw):
    """Two columns of nodes, some of them known through another of the same column."""
    made = []
    for side in ("l", "r"):
        nodes, roots = [], []
        for number in range(draw(st.integers(0, 12))):
            parent = draw(st.sampled_from(["", *roots]))
            node = Node(f"{side}{number}", draw(WORDS), draw(WORDS), parent)
            nodes.append(node)
            if not parent:
                roots.append(node.key)
        made.append(nodes)
    return made


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(columns())
def test_no_label_lies_on_another_or_outside(sides):
    graph = layout(*sides)
    boxes = [placed.box for placed in graph.nodes]
    for number, box in enumerate(boxes):
        assert box[0] >= 0
        assert box[2] <= WIDTH
        assert box[1] >= 0
        assert box[3] <= graph.height
        assert not any(overlap(box, other) for other in boxes[number + 1 :])


@given(columns())
def test_no_dot_lies_under_a_label(sides):
    graph = layout(*sides)
    for placed in graph.nodes:
        for other in graph.nodes:
            left, top, right, bottom = other.box
            assert not (left < placed.x < right and top < placed.y < bottom)


@given(columns())
def test_everything_is_drawn_or_counted(sides):
    graph = layout(*sides)
    total = sum(len(side) for side in sides)
    assert len(graph.nodes) == min(total, LIMIT)
    assert graph.more == total - len(graph.nodes)
    assert len({(placed.x, placed.y) for placed in graph.nodes}) == len(graph.nodes)
    assert len(graph.lines) == len(graph.nodes)


@given(columns())
def test_the_same_is_drawn_the_same(sides):
    assert layout(*sides) == layout(*sides)


def test_who_is_known_through_another_stands_right_under_him():
    right = [Node("anna", "Anna"), Node("boris", "Boris"), Node("vera", "Vera", "friend", parent="anna")]
    graph = layout([Node("firm", "Firm")], right)
    anna, vera, boris = (
        next(each for each in graph.nodes if each.node.key == key) for key in ("anna", "vera", "boris")
    )
    assert anna.y < vera.y < boris.y
    assert vera.x > anna.x


def test_a_lone_column_is_divided():
    graph = layout([Node(str(n), f"Firm {n}") for n in range(4)], [])
    assert [placed.is_left for placed in graph.nodes] == [True, True, False, False]


def test_further_links_are_drawn_between_what_is_there():
    sides = [Node("firm", "Firm")], [Node("anna", "Anna")]
    assert len(layout(*sides, links=[("firm", "anna"), ("firm", "nobody")]).cross_lines) == 1


def test_long_names_are_cut_and_nothing_is_a_picture_too():
    (placed,) = layout([Node("firm", "A very long name of a limited liability company")], []).nodes
    assert placed.label.endswith("…")
    assert layout([], []).nodes == ()
