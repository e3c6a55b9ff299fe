"""Message catalogues are compiled without gettext's tools, and every word has its Russian translation."""

import ast
import gettext
import io
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

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


# --- the catalogues are complete --------------------------------------------------------------------------------------
ROOT = Path(__file__).resolve().parents[2]
RUSSIAN = ROOT / "crm" / "locale" / "ru" / "LC_MESSAGES" / "django.po"
NOT_OURS = {".venv", "node_modules", "var", "migrations", "tests", "testing", "staticfiles"}
FUNCTIONS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
Key = tuple[str | None, str]


def sources(*endings: str) -> list[Path]:
    found = [Path(folder, name) for folder, _, names in _folders() for name in names if name.endswith(endings)]
    return sorted(found)


def _folders() -> Iterator[tuple[str, list[str], list[str]]]:
    for folder, inside, names in os.walk(ROOT):
        inside[:] = [name for name in inside if name not in NOT_OURS and not name.startswith(".")]
        yield folder, inside, names


def words_of(path: Path) -> Iterator[tuple[int, Key]]:
    """The translatable words of a Python file or a template, as makemessages sees them, but without xgettext."""
    code = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in calls(code):
            words = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
            if "pgettext" in name_of(node) and len(words) == 2:
                yield node.lineno, (words[0], words[1])
            elif "pgettext" not in name_of(node) and words:
                yield node.lineno, (None, words[0])
        return
    # Django turns a template into something like Python; the indentation of the template is left in it.
    code = "\n".join(line.lstrip() for line in templatize(code).splitlines())
    for line, message, _comments, context in extract("python", io.BytesIO(code.encode()), FUNCTIONS):
        first = message[0] if isinstance(message, tuple) else message
        if first:
            yield line, (context, first)


def calls(code: str) -> Iterator[ast.Call]:
    """The calls of gettext's functions in Python code."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and name_of(node) in FUNCTIONS:
            yield node


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


@cache
def russian() -> Catalog:
    with RUSSIAN.open("rb") as file:
        return read_po(file, locale="ru")


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text)) - {""}


def forms(message: Message) -> tuple[list[str], list[str]]:
    """The original's forms (one or two) and the translation's (one, or one for each plural)."""
    originals = list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]
    strings = [
        text or "" for text in (message.string if isinstance(message.string, (tuple, list)) else [message.string])
    ]
    return originals, strings


def test_every_word_of_the_program_is_in_the_russian_catalogue() -> None:
    known = {
        (message.context, message.id[0] if isinstance(message.id, (tuple, list)) else message.id)
        for message in russian()
        if message.id
    }
    missing = [
        f"{path.relative_to(ROOT)}:{line}: {' / '.join(filter(None, key))}"
        for path in sources(".py", ".html")
        for line, key in words_of(path)
        if key not in known
    ]
    assert not missing, "see docs/glossary.md on how to translate:\n" + "\n".join(missing)


def test_every_entry_is_translated_in_all_its_forms() -> None:
    plurals = russian().num_plurals
    problems = []
    for message in russian():
        if not message.id:
            continue
        originals, strings = forms(message)
        if message.fuzzy:
            problems.append(f"{RUSSIAN.name}:{message.lineno}: only a guess (fuzzy): {originals[0]}")
        if not all(strings) or (len(originals) == 2 and len(strings) != plurals):
            problems.append(f"{RUSSIAN.name}:{message.lineno}: not translated: {originals[0]}")
    assert plurals == 4
    assert not problems, "\n".join(problems)


def test_placeholders_tags_and_edges_are_kept() -> None:
    problems = []
    for message in russian():
        if not message.id:
            continue
        originals, strings = forms(message)
        allowed = set.union(*map(placeholders, originals))
        needed = set.intersection(*map(placeholders, originals))
        for text in strings:
            tags = re.findall(r"</?\w+", originals[-1])
            edges = [part != part.strip() for part in (originals[0], text)]
            if (
                not needed <= placeholders(text) <= allowed
                or re.findall(r"</?\w+", text) != tags
                or edges[0] != edges[1]
            ):
                problems.append(f"{RUSSIAN.name}:{message.lineno}: {originals[0]} -> {text}")
    assert not problems, "\n".join(problems)


def test_nothing_is_glued_together_inside_gettext() -> None:
    """f"{n} clients", "a" + b and "…".format() cannot be found in a catalogue: placeholders come after gettext."""
    problems = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(".py")
        for node in calls(path.read_text(encoding="utf-8"))
        if any(isinstance(argument, (ast.JoinedStr, ast.BinOp)) for argument in node.args[:2])
        or any(isinstance(argument, ast.Call) and name_of(argument) == "format" for argument in node.args[:2])
    ]
    assert not problems, "\n".join(problems)


#: Words that are the same in every language: names, keys of the keyboard, formats.
SAME_EVERYWHERE = {"Svetofor", "CSV", "XLSX", "Ctrl", "Shift", "Enter", "Esc", "iCalendar"}
SAID = re.compile(r"(?:title|aria-label|placeholder|alt|data-confirm|data-label)=\"([^\"]*)\"|>([^<]*)<")


def test_templates_have_no_words_outside_translate_tags() -> None:
    problems = []
    for path in sources(".html"):
        text = path.read_text(encoding="utf-8")
        for pattern in (
            r"(?s)\{% comment.*?endcomment %\}|\{#.*?#\}",
            r"(?s)\{% block bodyclass %\}.*?\{% endblock",  # it stands inside an attribute
            r"(?s)\{% blocktranslate.*?\{% endblocktranslate %\}",
            r"(?s)\{%.*?%\}|\{\{.*?\}\}",
            r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->|&\w+;",
        ):
            text = re.sub(pattern, lambda match: "\n" * match[0].count("\n"), text)
        for match in SAID.finditer(f">{text}<"):
            for word in re.findall(r"[A-Za-z]{2,}", match[1] or match[2] or ""):
                if word not in SAME_EVERYWHERE:
                    problems.append(f"{path.relative_to(ROOT)}:{text[: match.end()].count(chr(10)) + 1}: {word}")
    assert not problems, "\n".join(problems)
