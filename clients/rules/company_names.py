"""Names of companies as people write them: what of a name says who it is, and what is only its legal form. Pure."""

import re
from difflib import SequenceMatcher
from functools import lru_cache

from crm.web.text import fold

_WORDS = re.compile(r"[^\W_]+")
#: Words that say the legal form and not who it is.
_LEGAL_FORMS = frozenset(
    _WORDS.findall(
        "ооо ао оао зао пао ип тоо чп фгуп гуп муп нко ано общество с ограниченной ответственностью акционерное "
        "ooo oao zao pao llc ltd inc corp co company gmbh ag sa group the and и"
    )
)
#: The forms that stand before or behind a name.
_FORMS = ("ооо", "ао", "ип", "оао", "зао", "пао", "тоо", "чп", "llc", "ltd", "inc", "gmbh", "ag")
_WRITTEN_OUT = {
    "общество с ограниченной ответственностью": "ооо",
    "публичное акционерное общество": "пао",
    "закрытое акционерное общество": "зао",
    "открытое акционерное общество": "оао",
    "акционерное общество": "ао",
    "индивидуальный предприниматель": "ип",
}
_QUOTES = re.compile("[\"'«»“”„`]+")
#: What a name without a form is also looked for with.
_COMMONEST = _FORMS[:3]


def significant_words(name: str) -> list[str]:
    """The words of a name without the legal form, the longest first."""
    words = [word for word in _WORDS.findall(fold(name)) if word not in _LEGAL_FORMS and len(word) > 2]
    return sorted(dict.fromkeys(words), key=len, reverse=True)


def likeness(name: str, other: str) -> float:
    """From 0 to 1, whatever the legal form and the order of the words."""
    one, two = sorted(significant_words(name)), sorted(significant_words(other))
    if not one or not two:
        return 0.0
    if set(one) <= set(two) or set(two) <= set(one):
        return 1.0
    return SequenceMatcher(None, " ".join(one), " ".join(two)).ratio()


@lru_cache(maxsize=2048)
def name_key(name: str) -> str:
    """The same for names that differ in case, marks, legal form and the order of their words only."""
    _form, bare = split_form(name)
    return " ".join(sorted(_WORDS.findall(bare))) or bare


@lru_cache(maxsize=2048)
def split_form(name: str) -> tuple[str, str]:
    """The legal form, and the folded name without it and without quotes: ООО «Ромашка» → ("ооо", "ромашка")."""
    text = fold(_QUOTES.sub(" ", name)).strip(" ,.")
    for words, form in _WRITTEN_OUT.items():
        if text.startswith(f"{words} "):
            return form, text.removeprefix(words).strip(" ,.")
    first, _space, rest = text.partition(" ")
    if rest and first.strip(".,") in _FORMS:
        return first.strip(".,"), rest.strip(" ,.")
    rest, _space, last = text.rpartition(" ")
    if rest and last.strip("().,") in _FORMS:
        return last.strip("().,"), rest.strip(" ,.")
    return "", text


def spellings(name: str) -> set[str]:
    """How a name may stand in ``search_name``: with its form before, behind or not at all, in quotes or without."""
    form, bare = split_form(name)
    found = {fold(name), bare}
    for each in (form,) if form else _COMMONEST:
        found |= {f'{each} "{bare}"', f"{each} «{bare}»", f"{each} {bare}", f"{bare} {each}", f"{bare}, {each}"}
        found |= {f'"{bare}" {each}', f"«{bare}» {each}"}
    return {spelling[:255] for spelling in found}
