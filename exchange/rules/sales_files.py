"""What the four files of a sales history say, row by row, and what is wrong with them. Pure: bytes in, facts out.

A file whose structure is broken (missing, not text, a column missing) is refused whole: ``BrokenFiles``. Otherwise
every row is either taken, perhaps mended, or refused with file, line, column and value; the rest is not touched by it.
"""

import csv
import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from exchange.rules.likeness import Ambiguous, How, Names, folded, loose
from exchange.rules.sales_facts import (
    ACCOUNTS,
    COLUMNS,
    PIPELINE,
    PRODUCTS,
    STAGES,
    TEAMS,
    Account,
    Agent,
    BrokenFiles,
    Empty,
    Finding,
    Opportunity,
    Product,
    Refused,
    SalesFiles,
    Stage,
    Verdict,
    short,
)
from exchange.rules.sales_tables import CELL_LIMIT, FIELD, Table

#: Words known to be misspelled in such files.
MISSPELLED = {"technolgy": "technology", "philipines": "Philippines"}
#: Earlier dates are taken for mistyped ones.
EARLIEST = dt.date(1950, 1, 1)
MILLION = 1_000_000

_LONGEST = {"account": 255, "person": 100, "product": 100, "text": 100, "id": 100, "office": 100}
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DOTTED_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)


def parse(
    files: Mapping[str, bytes],
    *,
    today: dt.date,
    encoding: str = "utf-8-sig",
    fields: Mapping[str, Callable[[str], Any]] | None = None,
) -> SalesFiles:
    """Read and check the four files.

    Args:
        files: the bytes of each file, by name.
        today: the company's date; what is dated later is refused.
        fields: the company's own fields of clients: key → what makes a value of a cell of the column "field:<key>", or
            raises ValueError with words.

    Raises:
        BrokenFiles: one or more files cannot be read.
    """
    tables, complaints = {}, []
    for name in COLUMNS:
        try:
            tables[name] = Table(name, files, encoding)
        except BrokenFiles as broken:
            complaints += broken.args
    if complaints:
        raise BrokenFiles(*complaints)
    return _Reader(tables, today, fields or {}).read()


class _Reader:
    """Reads the tables in the order in which they refer to one another."""

    def __init__(self, tables: Mapping[str, Table], today: dt.date, fields: Mapping[str, Callable[[str], Any]]) -> None:
        self.tables, self.today, self.fields = tables, today, fields
        self.out = SalesFiles()
        self.accounts, self.agents, self.products = Names(), Names(), Names()
        self.heads, self.offices = Names(), Names()
        self.file, self.line = "", 0

    def read(self) -> SalesFiles:
        self._each(PRODUCTS, self._product)
        self._each(TEAMS, self._agent)
        self._unknown_fields()
        self._each(ACCOUNTS, self._account)
        self._parents()
        self._opportunity_ids: dict[str, int] = {}
        self._each(PIPELINE, self._opportunity)
        self.out.findings.sort(key=lambda item: (list(COLUMNS).index(item.file), item.line))
        return self.out

    def _each(self, file: str, take: Callable[[dict[str, str]], None]) -> None:
        self.file, self.out.rows[file] = file, 0
        limit = csv.field_size_limit(CELL_LIMIT)
        try:
            for number, row in self.tables[file].records():
                self.line = number
                self.out.rows[file] += 1
                before = len(self.out.findings)
                try:
                    if isinstance(row, Refused):
                        raise row
                    take(row)
                except Refused as refused:
                    del self.out.findings[before:]  # what was mended in a row that is not taken interests nobody
                    self._note(refused.column, refused.value, Verdict.REFUSED, refused.words)
        finally:
            csv.field_size_limit(limit)

    def _note(self, column: str, value: str, verdict: Verdict, words: str, line: int | None = None) -> None:
        self.out.findings.append(Finding(self.file, line or self.line, column, short(value), verdict, words))

    # --- rows ---------------------------------------------------------------------------------------------------------
    def _product(self, row: dict[str, str]) -> None:
        name = self._name(row, "product", _LONGEST["product"])
        series = self._text(row, "series", _LONGEST["text"])
        price = self._money(row, "sales_price", self._optional_number(row, "sales_price", digits=11))
        key = self._enter(self.products, name, "product")
        self.out.products.append(Product(self.line, key, name, series, price))

    def _agent(self, row: dict[str, str]) -> None:
        name = self._name(row, "sales_agent", _LONGEST["person"])
        head = self._name(row, "manager", _LONGEST["person"])
        office = self._name(row, "regional_office", _LONGEST["office"])
        head, office = self._same(self.heads, head, "manager"), self._same(self.offices, office, "regional_office")
        key = self._enter(self.agents, name, "sales_agent")
        self.out.agents.append(Agent(self.line, key, name, folded(head), head, office))

    def _account(self, row: dict[str, str]) -> None:
        name = self._name(row, "account", _LONGEST["account"])
        sector = self._mended(row, "sector", self._text(row, "sector", _LONGEST["text"]))
        country = self._mended(row, "office_location", self._text(row, "office_location", _LONGEST["text"]))
        founded = self._optional_number(row, "year_established", digits=4, whole=True)
        if founded is not None and not 1000 <= founded <= self.today.year:
            self._note(
                "year_established", row["year_established"], Verdict.LEFT_OUT, "no year anybody can be founded in"
            )
            founded = None
        employees = self._optional_number(row, "employees", digits=9, whole=True)
        revenue = self._optional_number(row, "revenue", digits=8)
        key = self._enter(self.accounts, name, "account")
        self.out.accounts.append(
            Account(
                line=self.line,
                key=key,
                name=name,
                sector=sector,
                founded_year=None if founded is None else int(founded),
                revenue=None if revenue is None else (revenue * MILLION).quantize(Decimal("0.01")),
                employees=None if employees is None else int(employees),
                country=country,
                parent=row["subsidiary_of"] or None,
                custom=self._custom(row),
            )
        )

    def _unknown_fields(self) -> None:
        """Say once of a column, not of each cell, that no field is called so."""
        table, self.file = self.tables[ACCOUNTS], ACCOUNTS
        for column in table.further:
            if column.removeprefix(FIELD) not in self.fields:
                self._note(column, "", Verdict.LEFT_OUT, "clients have no such field", table.first + 1)

    def _custom(self, row: dict[str, str]) -> dict[str, Any]:
        """The values of the company's own fields; what is no such value is left out."""
        values: dict[str, Any] = {}
        for column in self.tables[ACCOUNTS].further:
            reader = self.fields.get(key := column.removeprefix(FIELD))
            try:
                value = reader(row[column]) if reader and row[column] else None
            except ValueError as error:
                self._note(column, row[column], Verdict.LEFT_OUT, str(error))
                continue
            if value is not None:
                values[key] = value
        return values

    def _parents(self) -> None:
        """Replace each parent's name by its key, once all accounts are known; an unknown one is left out."""
        self.file = ACCOUNTS
        for number, account in enumerate(self.out.accounts):
            if account.parent is None:
                continue
            self.line, parent = account.line, None
            try:
                parent = self._known(self.accounts, account.parent, "subsidiary_of", "parent company")
            except Refused as refused:
                self._note(refused.column, refused.value, Verdict.LEFT_OUT, refused.words)
            if parent == account.key:
                self._note("subsidiary_of", account.parent, Verdict.LEFT_OUT, "a company cannot be its own subsidiary")
                parent = None
            facts = {name: getattr(account, name) for name in Account.__dataclass_fields__}
            self.out.accounts[number] = Account(**{**facts, "parent": parent})

    def _opportunity(self, row: dict[str, str]) -> None:
        identity = self._required(row, "opportunity_id", _LONGEST["id"])
        if identity in self._opportunity_ids:
            raise Refused(
                "opportunity_id", identity, f"this opportunity stands on line {self._opportunity_ids[identity]} already"
            )
        if not row["account"]:
            raise Empty("account", "", "is empty: nobody can tell whose opportunity it is")
        agent = self._known(self.agents, row["sales_agent"], "sales_agent", "sales agent")
        product = self._known(self.products, row["product"], "product", "product")
        account = self._known(self.accounts, row["account"], "account", "account")
        stage = self._stage(row["deal_stage"])
        engaged, closed = self._date(row, "engage_date"), self._date(row, "close_date")
        is_closed = stage in (Stage.WON, Stage.LOST)
        if is_closed and closed is None:
            raise Empty("close_date", "", f"is empty, but the stage is {stage}")
        if not is_closed and closed is not None:
            raise Refused("close_date", row["close_date"], f"a closing date, but the stage is {stage}")
        if engaged and closed and closed < engaged:
            raise Refused("close_date", row["close_date"], f"closed before it began on {engaged}")
        value = self._money(row, "close_value", self._number(row, "close_value", digits=11))
        self._opportunity_ids[identity] = self.line
        self.out.opportunities.append(
            Opportunity(self.line, identity, agent, product, account, stage, engaged, closed, value)
        )

    # --- cells --------------------------------------------------------------------------------------------------------
    def _required(self, row: dict[str, str], column: str, longest: int) -> str:
        text = row[column]
        if not text:
            raise Empty(column, "", "is empty")
        if len(text) > longest:
            raise Refused(column, text, f"{len(text)} characters, at most {longest} fit")
        return text

    def _name(self, row: dict[str, str], column: str, longest: int) -> str:
        text = self._required(row, column, longest)
        tidy = " ".join(text.split())
        if tidy != text:
            self._note(column, text, Verdict.MENDED, f"read as {tidy!r}")
        return tidy

    def _text(self, row: dict[str, str], column: str, longest: int) -> str:
        """A text that may be missing: one that does not fit is left out, the row stays."""
        text = " ".join(row[column].split())
        if len(text) > longest:
            self._note(column, text, Verdict.LEFT_OUT, f"{len(text)} characters, at most {longest} fit")
            return ""
        return text

    def _mended(self, row: dict[str, str], column: str, text: str) -> str:
        right = MISSPELLED.get(text.casefold())
        if right is None:
            return text
        self._note(column, row[column], Verdict.MENDED, f"read as {right!r}")
        return right

    def _enter(self, names: Names, name: str, column: str) -> str:
        if (key := names.add(name)) is None:
            first = names.name_of(folded(name))
            raise Refused(column, name, "stands in the file twice" + (f", as {first!r}" if first != name else ""))
        return key

    def _same(self, names: Names, name: str, column: str) -> str:
        """A name that has no list of its own: the first spelling of it is kept for all."""
        first = names.spelled_like(name)
        if first is None:
            names.add(name)
            return name
        if first != name:
            self._note(column, name, Verdict.MENDED, f"read as {first!r}")
        return first

    def _known(self, names: Names, name: str, column: str, what: str) -> str:
        if not name:
            raise Empty(column, "", "is empty")
        try:
            match = names.find(name)
        except Ambiguous as several:
            raise Refused(column, name, f"ambiguous {what}: {', '.join(map(repr, several.args))}") from None
        if match is None:
            raise Refused(column, name, f"unknown {what}")
        if match.how is not How.EXACT:
            self._note(column, name, Verdict.MENDED, f"read as {match.name!r}")
        return match.key

    def _stage(self, text: str) -> Stage:
        stage = STAGES.get(text) or STAGES.get(loose(text))
        if stage is None:
            raise Refused("deal_stage", text, f"unknown stage; known are {', '.join(Stage)}")
        if stage != text:
            self._note("deal_stage", text, Verdict.MENDED, f"read as {str(stage)!r}")
        return stage

    def _date(self, row: dict[str, str], column: str) -> dt.date | None:
        text = row[column]
        if not text:
            return None
        if found := _ISO_DATE.fullmatch(text):
            year, month, day = map(int, found.groups())
        elif found := _DOTTED_DATE.fullmatch(text):
            day, month, year = map(int, found.groups())
        else:
            raise Refused(column, text, "no date of the form 2017-03-31")
        try:
            date = dt.date(year, month, day)
        except ValueError:
            raise Refused(column, text, "there is no such date in the calendar") from None
        if date > self.today:
            raise Refused(column, text, f"lies in the future (today is {self.today})")
        if date < EARLIEST:
            raise Refused(column, text, f"lies before {EARLIEST}")
        if found.re is _DOTTED_DATE:
            self._note(column, text, Verdict.MENDED, f"read as {str(date)!r}")
        return date

    def _number(self, row: dict[str, str], column: str, *, digits: int, whole: bool = False) -> Decimal | None:
        """A number that is not negative and has at most ``digits`` digits before the point."""
        text = row[column]
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise Refused(column, text, "no number")
        number = Decimal(text)
        if number < 0:
            raise Refused(column, text, "is negative")
        if number >= Decimal(10) ** digits:
            raise Refused(column, text, "is too large")
        if whole and number != number.to_integral_value():
            raise Refused(column, text, "no whole number")
        return number

    def _money(self, row: dict[str, str], column: str, number: Decimal | None) -> Decimal | None:
        """The number with two places, as the database keeps money."""
        if number is None or number == (rounded := number.quantize(Decimal("0.01"), ROUND_HALF_UP)):
            return number
        self._note(column, row[column], Verdict.MENDED, f"rounded to {rounded}")
        return rounded

    def _optional_number(self, row: dict[str, str], column: str, *, digits: int, whole: bool = False) -> Decimal | None:
        """A number of a row that is worth importing without it."""
        try:
            return self._number(row, column, digits=digits, whole=whole)
        except Refused as refused:
            self._note(column, refused.value, Verdict.LEFT_OUT, refused.words)
            return None
