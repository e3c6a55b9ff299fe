"""The words the demo company is made of, one module per language."""

from importlib import import_module

from crm.demo.words.base import Words

LANGUAGES = ("en", "ru")


def words_of(language: str) -> Words:
    """The words of "en" or "ru".

    Raises:
        ValueError: there is no demo company in this language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"the demo company speaks {' or '.join(LANGUAGES)}, not {language!r}")
    words: Words = import_module(f"crm.demo.words.{language}").WORDS
    return words
