"""Message catalogues are compiled without gettext's tools."""

import gettext
from pathlib import Path

import pytest

from crm.translations import compile_catalogues

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
"n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14)? 2 : 3);\\n"

msgid "Client"
msgstr "Клиент"

#, fuzzy
msgid "Colour"
msgstr "Калория"

#, python-format
msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "%(n)s день"
msgstr[1] "%(n)s дня"
msgstr[2] "%(n)s дней"
msgstr[3] "%(n)s дня"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "ru" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


def test_compiles_words_and_plurals_and_leaves_out_guesses(source: Path, tmp_path: Path) -> None:
    (target,) = compile_catalogues(tmp_path)
    with target.open("rb") as file:
        russian = gettext.GNUTranslations(file)
    assert russian.gettext("Client") == "Клиент"
    assert russian.gettext("Colour") == "Colour"
    assert [russian.ngettext("%(n)s day", "%(n)s days", n) for n in (1, 2, 5)] == [
        "%(n)s день",
        "%(n)s дня",
        "%(n)s дней",
    ]


def test_an_unchanged_catalogue_is_left_alone(source: Path, tmp_path: Path) -> None:
    assert len(compile_catalogues(tmp_path)) == 1
    assert compile_catalogues(tmp_path) == []
    assert len(compile_catalogues(tmp_path, force=True)) == 1


def test_a_wrong_placeholder_is_refused_with_its_line(source: Path, tmp_path: Path) -> None:
    source.write_text(CATALOGUE.replace("%(n)s дней", "%(m)s дней"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"django\.po:16: "):
        compile_catalogues(tmp_path)
    assert not source.with_suffix(".mo").exists()
