"""The picture of growth."""

from xml.etree import ElementTree

from bench import picture


def run(size, **times):
    return {"size": size, "pages": {key: {"kind": "list", "times_F": value} for key, value in times.items()}}


def test_the_slowest_page_of_a_kind_stands_for_it():
    assert picture.worst(run("20k", deep=7.5, first=6.0), "list") == ("deep", 7.5)
    assert picture.worst(run("20k", deep=7.5), "card") is None


def test_a_picture_has_a_line_for_each_size_that_was_measured_red_where_the_bar_is_missed():
    drawn = picture.growth([run("1m", deep=12.5), run("20k", deep=7.5)])
    ElementTree.fromstring(drawn)
    assert "at 20k, 1m clients" in drawn
    assert drawn.count('class="held"') == 1
    assert drawn.count('class="missed"') == 1
    assert "12.5 (deep)" in drawn
