"""What is kept between readers follows from nothing but its key."""

from django.template import Context, Template
from django.utils.html import escape
from django.utils.translation import gettext, override

from crm.web.escaping import escaped
from crm.web.words import once_a_language

_PIECE = Template(
    "{% load web i18n %}{% same_for role %}{{ role }} {{ counted }} {% translate 'Save' %}{% endsame_for %}"
)


def drawn(**context: object) -> str:
    return _PIECE.render(Context(context))


def test_a_piece_is_drawn_once_for_each_value_and_language() -> None:
    assert drawn(role=1, counted="first") == "1 first Save"
    assert drawn(role=1, counted="again") == "1 first Save"
    assert drawn(role=2, counted="other") == "2 other Save"
    with override("ru"):
        assert drawn(role=1, counted="по-русски") == f"1 по-русски {gettext('Save')}"


def test_words_are_kept_by_language() -> None:
    asked = []

    @once_a_language
    def words(days: int) -> str:
        asked.append(days)
        return gettext("Save")

    english = [words(1), words(1), words(2)]
    with override("ru"):
        russian = words(1)
    assert (english, asked) == (["Save"] * 3, [1, 2, 1])
    assert russian != "Save"


def test_plain_words_and_others_are_escaped_alike() -> None:
    assert escaped("<a \"b\" & 'c'>") == escape("<a \"b\" & 'c'>")
    assert escaped(5) == "5"
