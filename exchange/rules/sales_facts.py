"""What a sales history consists of: the facts its files are read into, and what was found wrong in them."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exchange.rules.likeness import loose

ACCOUNTS, TEAMS, PRODUCTS, PIPELINE = "accounts.csv", "sales_teams.csv", "products.csv", "sales_pipeline.csv"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    ACCOUNTS: (
        "account",
        "sector",
        "year_established",
        "revenue",
        "employees",
        "office_location",
        "subsidiary_of",
    ),
    TEAMS: ("sales_agent", "manager", "regional_office"),
    PRODUCTS: ("product", "series", "sales_price"),
    PIPELINE: (
        "opportunity_id",
        "sales_agent",
        "product",
        "account",
        "deal_stage",
        "engage_date",
        "close_date",
        "close_value",
    ),
}


class Verdict(enum.StrEnum):
    """What became of a row or of a cell."""

    MENDED = "mended"
    LEFT_OUT = "left out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was mended, left out (a cell) or refused (a row). ``line`` counts from 1, the header is line 1."""

    file: str
    line: int
    column: str
    value: str
    verdict: Verdict
    words: str


class Stage(enum.StrEnum):
    PROSPECTING = "Prospecting"
    ENGAGING = "Engaging"
    WON = "Won"
    LOST = "Lost"


STAGES = {spelling: stage for stage in Stage for spelling in (str(stage), loose(stage))}


@dataclass(frozen=True, slots=True)
class Account:
    line: int
    key: str
    name: str
    sector: str
    founded_year: int | None
    #: US dollars a year.
    revenue: Decimal | None
    employees: int | None
    country: str
    parent: str | None
    #: Values of the company's own fields, by their keys, as they are stored.
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agent:
    line: int
    key: str
    name: str
    head_key: str
    head_name: str
    office: str


@dataclass(frozen=True, slots=True)
class Product:
    line: int
    key: str
    name: str
    series: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One row of the pipeline; ``agent``, ``product`` and ``account`` are keys."""

    line: int
    id: str
    agent: str
    product: str
    account: str
    stage: Stage
    engaged_on: dt.date | None
    closed_on: dt.date | None
    value: Decimal | None

    @property
    def latest_on(self) -> dt.date | None:
        """The later of its dates; None when it has none."""
        return self.closed_on or self.engaged_on


@dataclass(slots=True)
class SalesFiles:
    """Everything the files say, in the order of their lines."""

    accounts: list[Account] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    #: Rows with anything in them, by file.
    rows: dict[str, int] = field(default_factory=dict)

    def refused(self, file: str) -> int:
        """How many rows of a file were refused."""
        return len({item.line for item in self.findings if item.file == file and item.verdict is Verdict.REFUSED})


class BrokenFiles(Exception):
    """Files that cannot be read at all; ``args`` are the complaints, one per file. Nothing may be imported then."""


class Refused(Exception):
    """A row that cannot be taken: which column, with which value, and why in words."""

    def __init__(self, column: str, value: str, words: str) -> None:
        super().__init__(words)
        self.column, self.value, self.words = column, value, words


class Empty(Refused):
    """A cell that must not be empty is."""


def short(value: str, longest: int = 60) -> str:
    """A value as a message can carry it: one line, not long."""
    line = " ".join(value.split())
    return line if len(line) <= longest else f"{line[:longest]}… ({len(value)} characters)"
