"""What a language must bring for the desk of the demo company: tags, fields, files, views, what people write to each
other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field the company adds to its clients; ``choices`` only for those that have some."""

    key: str
    label: str
    type: str
    hint: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A file: its name, what is said of it in the list, and its lines. All may have places in braces: ``{number}``,
    ``{client}``, ``{title}``, ``{sum}``, ``{date}`` (as names of files sort), ``{day}``."""

    name: str
    comment: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskWords:
    #: By what the demo means: the name of the tag and its colour.
    tags: dict[str, tuple[str, str]]
    fields: tuple[FieldWords, ...]
    #: By kind; what is made of the lines follows from the ending of the name. A PDF has Latin letters only.
    papers: dict[str, Paper]
    #: How a day is written in them.
    day_format: str
    #: Names of saved views.
    views: dict[str, str]
    #: What people write to each other, with "{who}" for the user name of whom they mean.
    mentions: dict[str, str]
    #: The subject of a note in which a colleague is asked something.
    asked: str
    #: Days of trades, in the order of ``Words.industries``.
    trade_days: tuple[str, ...]
    #: What is said of relations with the seller's client of today.
    relations: tuple[str, ...]
