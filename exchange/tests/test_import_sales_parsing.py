"""Reading the four files: what is mended, left out and refused, by file and line. No database."""

import contextlib
import csv
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.history.reading import read_folder
from exchange.rules.likeness import Ambiguous, How, Names
from exchange.rules.sales_facts import ACCOUNTS, COLUMNS, PIPELINE, PRODUCTS, TEAMS, BrokenFiles, Verdict
from exchange.rules.sales_files import parse

TODAY = dt.date(2026, 3, 15)
HEADERS = {name: ",".join(columns) for name, columns in COLUMNS.items()}
GOOD = {
    ACCOUNTS: [
        "Acme Corporation,retail,1996,1100.04,2822,United States,",
        "Konex,finance,1980,7.5,13,Japan,Acme Corporation",
    ],
    TEAMS: ["Anna Snelling,Dustin Brinkmann,Central", "Moses Frase,Dustin Brinkmann,Central"],
    PRODUCTS: ["GTX Pro,GTX,4821", "GTX Plus Pro,GTX,5482"],
    PIPELINE: ["A1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-06,1054"],
}


def files(**changed):
    """The four files as bytes; ``changed``: lines to use instead, by the file's name without its ending."""
    lines = {name: changed.pop(name.removesuffix(".csv"), rows) for name, rows in GOOD.items()}
    assert not changed
    return {name: "\n".join([HEADERS[name], *rows, ""]).encode() for name, rows in lines.items()}


def read(**changed):
    return parse(files(**changed), today=TODAY)


def refusals(result):
    return [(item.file, item.line, item.column) for item in result.findings if item.verdict is Verdict.REFUSED]


def test_good_rows_are_read_whole():
    result = read()
    assert result.findings == []
    acme, konex = result.accounts
    assert (acme.name, acme.sector, acme.founded_year, acme.employees, acme.country, acme.parent) == (
        "Acme Corporation",
        "retail",
        1996,
        2822,
        "United States",
        None,
    )
    assert acme.revenue == Decimal("1100040000.00"), "revenue is in millions"
    assert konex.parent == acme.key
    (row,) = result.opportunities
    assert (row.id, row.stage, row.engaged_on, row.closed_on, row.value) == (
        "A1",
        "Won",
        dt.date(2017, 1, 5),
        dt.date(2017, 2, 6),
        1054,
    )


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("B1,Anna Snelling,GTX Pro,Konex,Won,31.02.2017,2017-03-01,5", "engage_date", "no such date"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-30,5", "close_date", "no such date"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,01/02/2017,2017-03-01,5", "engage_date", "no date of the form"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,20170105,2017-03-01,5", "engage_date", "no date of the form"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-W01-4,2017-03-01,5", "engage_date", "no date of the form"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,0017-01-05,2017-03-01,5", "engage_date", "before 1950"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-03-05,2017-03-01,5", "close_date", "before it began"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-03-05,2026-03-16,5", "close_date", "future"),
        ("B1,Anna Snelling,GTX Pro,Konex,Engaging,2026-03-16,,", "engage_date", "future"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,,5", "close_date", "is empty, but the stage is Won"),
        ("B1,Anna Snelling,GTX Pro,Konex,Lost,2017-01-05,,5", "close_date", "is empty, but the stage is Lost"),
        ("B1,Anna Snelling,GTX Pro,Konex,Engaging,2017-01-05,2017-02-01,5", "close_date", "the stage is Engaging"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,-5", "close_value", "negative"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,NaN", "close_value", "no number"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,1e5", "close_value", "no number"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,100000000000", "close_value", "too large"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05", "", "half a line: 6 columns instead of 8"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5,6", "", "too many columns: 9 instead of 8"),
        ("A1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "opportunity_id", "stands on line 2 already"),
        (",Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "opportunity_id", "is empty"),
        ("B1,,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "sales_agent", "is empty"),
        ("B1,Nobody Known,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "sales_agent", "unknown sales agent"),
        ("B1,Anna Snelling,Steam Engine,Konex,Won,2017-01-05,2017-02-01,5", "product", "unknown product"),
        ("B1,Anna Snelling,GTX Pro,,Won,2017-01-05,2017-02-01,5", "account", "is empty"),
        ("B1,Anna Snelling,GTX Pro,Umbrella,Won,2017-01-05,2017-02-01,5", "account", "unknown account"),
        ("B1,Anna Snelling,GTX Pro,Konex,Thinking,2017-01-05,2017-02-01,5", "deal_stage", "unknown stage"),
        (f"B1,Anna Snelling,GTX Pro,{'x' * 100_000},Won,2017-01-05,2017-02-01,5", "account", "unknown account"),
        (
            f"{'x' * 100_000},Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5",
            "opportunity_id",
            "100000 characters",
        ),
        (f"B1,{'x' * 1_500_000},GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "", "longer than"),
        ('B1,"Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5', "", "quotes are broken"),
        ('B1,"Anna" Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5', "", "quotes are broken"),
        ("B1,Anna Snelling,GTX Pro,Kon\x00ex,Won,2017-01-05,2017-02-01,5", "", "control character"),
    ],
)
def test_a_bad_line_is_refused_and_the_rest_is_read(line, column, words):
    after = "C1,Moses Frase,GTX Plus Pro,Acme Corporation,Engaging,2017-05-05,,"
    result = read(sales_pipeline=[*GOOD[PIPELINE], line, after])
    (finding,) = result.findings
    assert (finding.file, finding.line, finding.column, finding.verdict) == (PIPELINE, 3, column, Verdict.REFUSED)
    assert words in finding.words
    assert len(finding.value) < 100, "a message carries no 100,000 characters"
    assert [row.id for row in result.opportunities] == ["A1", "C1"]
    assert result.rows[PIPELINE] == 3
    assert result.refused(PIPELINE) == 1


@pytest.mark.parametrize(
    ("line", "column", "read_as"),
    [
        ("B1,Anna Snelling,GTXPro,Konex,Won,2017-01-05,2017-02-01,5", "product", "GTX Pro"),
        ("B1,Anna Snelling,gtx plus-pro,Konex,Won,2017-01-05,2017-02-01,5", "product", "GTX Plus Pro"),
        ("B1,anna  snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "sales_agent", "Anna Snelling"),
        ("B1,Ana Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5", "sales_agent", "Anna Snelling"),
        ("B1,Anna Snelling,GTX Pro,Acme Corporaton,Won,2017-01-05,2017-02-01,5", "account", "Acme Corporation"),
        ("B1,Anna Snelling,GTX Pro,ACME-CORPORATION,Won,2017-01-05,2017-02-01,5", "account", "Acme Corporation"),
        ("B1,Anna Snelling,GTX Pro,Konex,won,2017-01-05,2017-02-01,5", "deal_stage", "Won"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,05.01.2017,2017-02-01,5", "engage_date", "2017-01-05"),
        ("B1,Anna Snelling,GTX Pro,Konex,Won,2017-01-05,2017-02-01,5.005", "close_value", "5.01"),
    ],
)
def test_a_variant_is_mended_and_reported(line, column, read_as):
    result = read(sales_pipeline=[line])
    (finding,) = result.findings
    assert (finding.file, finding.line, finding.column, finding.verdict) == (PIPELINE, 2, column, Verdict.MENDED)
    assert read_as in finding.words
    assert len(result.opportunities) == 1


def test_rows_without_any_date_are_taken():
    result = read(sales_pipeline=["B1,Anna Snelling,GTX Pro,Konex,Prospecting,,,"])
    assert result.findings == []
    assert result.opportunities[0].latest_on is None


@pytest.mark.parametrize(
    ("line", "column", "verdict", "words"),
    [
        ("Beta,technolgy,1999,1,2,Romania,", "sector", Verdict.MENDED, "technology"),
        ("Beta,retail,1999,1,2,Philipines,", "office_location", Verdict.MENDED, "Philippines"),
        ("Beta  Ltd,retail,1999,1,2,Romania,", "account", Verdict.MENDED, "Beta Ltd"),
        ("Beta,retail,1999,1,2,Romania,Nobody Inc", "subsidiary_of", Verdict.LEFT_OUT, "unknown parent company"),
        ("Beta,retail,1999,1,2,Romania,Beta", "subsidiary_of", Verdict.LEFT_OUT, "its own subsidiary"),
        ("Beta,retail,2027,1,2,Romania,", "year_established", Verdict.LEFT_OUT, "founded"),
        ("Beta,retail,1999,much,2,Romania,", "revenue", Verdict.LEFT_OUT, "no number"),
        ("Beta,retail,1999,-1,2,Romania,", "revenue", Verdict.LEFT_OUT, "negative"),
        ("Beta,retail,1999,1,2.5,Romania,", "employees", Verdict.LEFT_OUT, "no whole number"),
        (f"Beta,{'x' * 100_000},1999,1,2,Romania,", "sector", Verdict.LEFT_OUT, "at most 100"),
        (",retail,1999,1,2,Romania,", "account", Verdict.REFUSED, "is empty"),
        (f"{'x' * 100_000},retail,1999,1,2,Romania,", "account", Verdict.REFUSED, "100000 characters"),
        ("KONEX,retail,1999,1,2,Romania,", "account", Verdict.REFUSED, "twice, as 'Konex'"),
        ("Beta,retail", "", Verdict.REFUSED, "half a line"),
    ],
)
def test_accounts_with_dirt(line, column, verdict, words):
    result = read(accounts=[*GOOD[ACCOUNTS], line])
    (finding,) = result.findings
    assert (finding.file, finding.line, finding.column, finding.verdict) == (ACCOUNTS, 4, column, verdict)
    assert words in finding.words
    assert len(result.accounts) == (2 if verdict is Verdict.REFUSED else 3)


def test_agents_with_dirt():
    result = read(
        sales_teams=[
            *GOOD[TEAMS],
            "Anna Snelling,Other Head,West",
            "Carl Lin,,West",
            "Zane Levy,DUSTIN brinkmann,central",
        ]
    )
    assert refusals(result) == [(TEAMS, 4, "sales_agent"), (TEAMS, 5, "manager")]
    assert [agent.name for agent in result.agents] == ["Anna Snelling", "Moses Frase", "Zane Levy"]
    assert {(agent.head_name, agent.office) for agent in result.agents} == {("Dustin Brinkmann", "Central")}


def test_a_quoted_cell_may_hold_commas_quotes_and_line_ends():
    result = read(accounts=[*GOOD[ACCOUNTS], '"Smith, ""Sons"" \nand Co",retail,1999,1,2,Romania,'])
    assert result.accounts[-1].name == 'Smith, "Sons" and Co'
    assert refusals(result) == []


def test_an_open_quote_costs_one_line_only():
    rows = [f"B{number},Anna Snelling,GTX Pro,Konex,Engaging,2017-01-05,,1" for number in range(30)]
    rows[3] = rows[3].replace("Konex", '"Konex')
    rows[7] = rows[7].replace("Konex", '"Konex"')
    result = read(sales_pipeline=rows)
    assert refusals(result) == [(PIPELINE, 5, "")]
    assert len(result.opportunities) == 29


def test_markup_in_a_name_is_only_text():
    result = read(accounts=["<script>alert(1)</script>,retail,1999,1,2,Romania,"], sales_pipeline=[])
    assert result.accounts[0].name == "<script>alert(1)</script>"


@pytest.mark.parametrize("name", [ACCOUNTS, TEAMS, PRODUCTS, PIPELINE])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda raw: None, "no such file"),
        (lambda raw: b"", "empty"),
        (lambda raw: b"\n \n", "empty"),
        (lambda raw: raw.replace(raw.split(b",")[0], b"nothing", 1), "is missing; found: nothing"),
        (lambda raw: raw.replace(b"\n", b",", 1).replace(b"\n", b"\n", 1), None),
        (lambda raw: raw.decode().encode("utf-16"), "UTF-16"),
        (lambda raw: raw + "Ромашка,Иван Петров,Центральный".encode("cp1251"), "Windows-1251"),
        (lambda raw: raw + b"\xff\xfe\x80", "is not UTF-8"),
    ],
)
def test_a_broken_file_is_refused_whole(name, spoil, words):
    broken = files()
    raw = spoil(broken.pop(name))
    if raw is not None:
        broken[name] = raw
    if words is None:  # the header and the first line run together: the columns are there, the first row is gone
        assert len(parse(broken, today=TODAY).rows) == 4
        return
    with pytest.raises(BrokenFiles) as caught:
        parse(broken, today=TODAY)
    (complaint,) = caught.value.args
    assert complaint.startswith(name)
    assert words in complaint


def test_all_broken_files_are_named_at_once():
    with pytest.raises(BrokenFiles) as caught:
        parse({}, today=TODAY)
    assert len(caught.value.args) == 4


def test_wrong_encoding_names_the_line():
    raw = files()
    raw[ACCOUNTS] += "Ромашка,торговля,1999,1,2,Россия,".encode("cp1251")
    with pytest.raises(BrokenFiles, match=r"accounts.csv, line 4: byte 0xD0 is not UTF-8.*--encoding cp1251"):
        parse(raw, today=TODAY)
    assert parse(raw, today=TODAY, encoding="cp1251").accounts[-1].name == "Ромашка"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: "\n".join(f"{line},extra" if line else line for line in text.split("\n")),
        lambda text: "\n".join(",".join(reversed(line.split(","))) for line in text.split("\n")),
        lambda text: text.split("\n")[0].upper() + "\n\n" + "\n".join(text.split("\n")[1:]),
        lambda text: text.rstrip("\n"),
    ],
    ids=["bom", "crlf", "cr", "semicolons", "tabs", "extra column", "other order", "upper header", "no last line end"],
)
def test_other_shapes_of_the_same_files_say_the_same(change, tmp_path):
    for name, raw in files().items():
        (tmp_path / name).write_bytes(change(raw.decode()).encode())
    result, plain = read_folder(tmp_path, today=TODAY, encoding="utf-8"), read()
    assert result.findings == []
    assert [account.name for account in result.accounts] == [account.name for account in plain.accounts]
    assert [(row.id, row.closed_on, row.value) for row in result.opportunities] == [
        (row.id, row.closed_on, row.value) for row in plain.opportunities
    ]


def test_a_folder_or_an_encoding_that_is_not_there(tmp_path):
    with pytest.raises(BrokenFiles, match="no such folder"):
        read_folder(tmp_path / "nowhere", today=TODAY)
    with pytest.raises(BrokenFiles, match="no encoding"):
        read_folder(tmp_path, today=TODAY, encoding="klingon")


def test_likeness_is_careful():
    names = Names(
        ["Account 0017", "Account 0018", "Betasoloin", "Betatech", "Konmatfix One", "Konmatfix Ono", "GTK 500"]
    )
    assert names.find("account-0017").how is How.SPELLING
    assert names.find("Betasolion") is not None
    assert names.find("Betasoloin").how is How.EXACT
    assert names.find("Account 0019") is None, "another number is another account"
    assert names.find("Acount 0018").name == "Account 0018"
    assert names.find("GTX 500") is None
    with pytest.raises(Ambiguous):
        names.find("Konmatfix On")


def test_names_that_differ_by_a_sign_are_different_things_if_both_are_listed():
    names = Names(["Data-Co", "Data Co 2", "DataCo"])
    assert names.add("DATACO") is None
    assert [names.find(name).name for name in ("Data-Co", "DataCo", "dataco", "data-co 2")] == [
        "Data-Co",
        "DataCo",
        "DataCo",
        "Data Co 2",
    ]
    with pytest.raises(Ambiguous):
        names.find("Data Co")


@given(st.lists(st.text(max_size=40), max_size=6), st.binary(max_size=200))
def test_nothing_in_a_file_makes_the_reader_fall_over(cells, garbage):
    row = ",".join(cells).encode("utf-8", "replace")
    for name in COLUMNS:
        raw = files()
        raw[name] += row + b"\n" + garbage
        with contextlib.suppress(BrokenFiles):
            parse(raw, today=TODAY)


def test_csv_field_limit_is_left_as_it_was():
    before = csv.field_size_limit()
    read()
    assert csv.field_size_limit() == before
