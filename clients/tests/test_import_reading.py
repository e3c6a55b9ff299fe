"""Files of all sorts become rows; broken ones say how they are broken. No database."""

import datetime as dt
import io
import tracemalloc
import zipfile

import pytest

from clients.importing import csv_rows, reading, xlsx_rows
from clients.importing.cells import LONGEST_CELL, Trouble
from clients.importing.columns import find_heading, guess
from clients.importing.reading import Reading
from clients.importing.registry import ImportField, as_text
from clients.importing.sniffing import Unreadable, guess_encoding
from clients.tests.importing import workbook, xlsx_file

FIELDS = [
    ImportField("name", "Name", ("Наименование",)),
    ImportField("inn", "INN", ("ИНН",)),
    ImportField("phone", "Phone", ("Телефон",), is_many=True),
]
TABLE = "Наименование{d}ИНН{d}Телефон\nРомашка{d}7701{d}+7 916\nЛютик{d}7702{d}8 (495)\n"


def cells(content: bytes, how: Reading | None = None) -> list[list[object]]:
    file = io.BytesIO(content)
    how = how or reading.guess(file)[0]
    return [row.cells for row in reading.raw_rows(file, how)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be", "cp866", "koi8-r"]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_letters_and_separator_are_recognised(encoding, delimiter):
    text = TABLE.format(d=delimiter) + f"Ещё одна строка для счёта{delimiter}7703{delimiter}нет\n"
    assert cells(text.encode(encoding))[:2] == [["Наименование", "ИНН", "Телефон"], ["Ромашка", "7701", "+7 916"]]


def test_excels_own_line_names_the_separator_and_is_no_row():
    assert cells(b"sep=|\nName|INN\na;b|1\n") == [["Name", "INN"], ["a;b", "1"]]


def test_old_line_ends():
    assert cells(TABLE.format(d=";").replace("\n", "\r").encode("cp1251"))[2][0] == "Лютик"


def test_a_line_in_another_encoding_is_read_in_its_own_and_says_so():
    content = "имя;1\n".encode() * 5 + "Ромашка;2\n".encode("cp1251") + "Лютик;3\n".encode()
    rows = list(csv_rows.read_rows(io.BytesIO(content), encoding="utf-8-sig", delimiter=";"))
    assert [row.cells[0] for row in rows[5:]] == ["Ромашка", "Лютик"]
    assert rows[5].troubles == ((Trouble.OTHER_ENCODING, None),)
    assert guess_encoding(content) == "utf-8-sig"


def test_quotes_that_are_not_in_pairs_swallow_nothing():
    content = (
        'name;inn;city\n"ООО "Рога и копыта"";77;Омск\n1;"Открытая;2\n2;"Лютик";3\n'
        '3;"в две\nстроки; и с ""кавычками""";4\n4;x;"never closed\n5;y;z\n'
    )
    rows = list(csv_rows.read_rows(io.BytesIO(content.encode()), encoding="utf-8-sig", delimiter=";"))
    assert [row.cells for row in rows[1:]] == [
        ['ООО "Рога и копыта"', "77", "Омск"],
        ["1", "Открытая", "2"],
        ["2", "Лютик", "3"],
        ["3", 'в две\nстроки; и с "кавычками"', "4"],
        ["4", "x", "never closed"],
        ["5", "y", "z"],
    ]
    assert [bool(row.troubles) for row in rows[1:]] == [True, True, False, False, True, False]
    assert [row.line for row in rows] == [1, 2, 3, 4, 5, 6, 7]


def test_long_cells_are_cut_nul_bytes_taken_out_and_both_told():
    content = b"name;notes\na\0b;" + b"x" * 1_100_000 + b"\n" + b"y" * 9_000_000 + b"\nlast;1\n"
    rows = list(csv_rows.read_rows(io.BytesIO(content), encoding="utf-8-sig", delimiter=";"))
    assert (rows[1].cells[0], len(rows[1].cells[1])) == ("ab", LONGEST_CELL)
    assert set(rows[1].troubles) == {(Trouble.UNSEEN, 0), (Trouble.LONG_CELL, 1)}
    assert (Trouble.LONG_ROW, None) in rows[2].troubles
    assert rows[3].cells == ["last", "1"]


def test_what_guards_against_formulas_is_taken_off_again():
    assert cells(b"phone,sum\n'+7916,'=1+1\n'quoted,-\n", Reading("csv", "utf-8-sig", ",")) == [
        ["phone", "sum"], ["+7916", "=1+1"], ["'quoted", "-"],
    ]  # fmt: skip


def test_rows_are_read_in_constant_memory():
    class Endless(io.RawIOBase):
        """A file of 4 MB that lies nowhere."""

        left = 4 * 1024

        def readable(self):
            return True

        def seekable(self):
            return True

        def seek(self, *args):
            return 0

        def readinto(self, buffer):
            if not self.left:
                return 0
            self.left -= 1
            data = b"Some name;7701234567;and a few words more\n" * 25
            buffer[: len(data)] = data[: len(buffer)]
            return min(len(data), len(buffer))

    tracemalloc.start()
    number = sum(1 for _row in csv_rows.read_rows(io.BufferedReader(Endless()), encoding="utf-8-sig", delimiter=";"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number > 50_000
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\r\n \n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "page"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 20, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40, "binary"),
        (b"PK\x03\x04 and nothing more", "xlsx"),
    ],
)
def test_what_is_no_table_says_what_to_do(content, reason):
    with pytest.raises(Unreadable) as refused:
        reading.guess(io.BytesIO(content))
    assert refused.value.reason == reason
    assert str(reading.REASONS[reason])


# --- workbooks --------------------------------------------------------------------------------------------------------
def test_a_workbook_gives_numbers_dates_and_texts_as_such():
    rows = cells(xlsx_file([["Наименование", "ИНН", "Дата"], ["Ромашка", 7701234567, ("date", 45000)], ["", "x", 1.5]]))
    assert rows[0] == ["Наименование", "ИНН", "Дата"]
    assert rows[1][0] == "Ромашка"
    assert as_text(rows[1][1]) == "7701234567"
    assert as_text(rows[1][2]) == "2023-03-15"
    assert isinstance(rows[1][2], dt.date)
    assert rows[2] == ["", "x", 1.5]


def test_rows_keep_the_numbers_the_spreadsheet_shows():
    file = io.BytesIO(xlsx_file([["Name"], ["a"], [], ["b"]], first=4))
    rows = list(reading.raw_rows(file, Reading("xlsx", sheet="Sheet1")))
    assert {row.line: row.cells for row in rows if not row.is_empty} == {4: ["Name"], 5: ["a"], 7: ["b"]}


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(xlsx_rows, "_LARGEST", 1_000_000)
    with pytest.raises(Unreadable, match="bomb"):
        xlsx_rows.sheet_names(io.BytesIO(workbook("<sheetData/>", extra={"xl/media/zeros.bin": b"\0" * 2_000_000})))


@pytest.mark.parametrize(
    "place", ["XFD1048576", "D1048576", "ZZZ9", "xfd1048576", "CZ0000000900000", f"A{'9' * 30}", f"{'A' * 20}1"]
)
def test_a_cell_in_the_last_corner_makes_no_sheet_of_milliards(place):
    data = f'<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="{place}"><v>1</v></c></row></sheetData>'
    with pytest.raises(Unreadable, match="wide"):
        xlsx_rows.sheet_names(io.BytesIO(workbook(data)))


def test_rows_and_cells_that_say_no_place_are_counted():
    cell = "<c><v>1</v></c>"
    # Small as a file, and a rectangle of sixty million cells in memory.
    data = f"<sheetData><row>{cell * 2000}</row>{f'<row>{cell}</row>' * 30_000}</sheetData>"
    with pytest.raises(Unreadable, match="wide"):
        xlsx_rows.sheet_names(io.BytesIO(workbook(data)))


def test_rows_that_say_their_place_may_have_cells_that_do_not():
    rows = "".join(f'<row r="{number}">{"<c><v>1</v></c>" * 5}</row>' for number in range(1, 3001))
    file = io.BytesIO(workbook(f"<sheetData>{rows}</sheetData>"))
    assert xlsx_rows.sheet_names(file) == ["Sheet1"]
    found = list(xlsx_rows.read_rows(file, sheet="Sheet1"))
    assert (len(found), len(found[0].cells)) == (3000, 5)


def test_a_sheet_may_be_any_part_of_the_workbook():
    part = b'<worksheet><sheetData><row r="1"><c r="CZ900000"/></row></sheetData></worksheet>'
    with pytest.raises(Unreadable, match="wide"):
        xlsx_rows.sheet_names(io.BytesIO(workbook("<sheetData/>", extra={"xl/elsewhere/sheet.xml": part})))


def test_a_place_is_seen_where_two_pieces_meet(monkeypatch):
    data = '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    for size in (7, 16, 31):
        monkeypatch.setattr(xlsx_rows, "_PIECE", size * 100)
        monkeypatch.setattr(xlsx_rows.zipfile.ZipExtFile, "read", _in_pieces(size))
        with pytest.raises(Unreadable, match="wide"):
            xlsx_rows.sheet_names(io.BytesIO(workbook(data)))


def _in_pieces(size, read=zipfile.ZipExtFile.read):
    return lambda part, _wanted=-1: read(part, size)


def test_a_damaged_workbook_is_refused():
    content = bytearray(xlsx_file([["Name"], ["a"]] * 50))
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(Unreadable):
        reading.guess(io.BytesIO(bytes(content)))


# --- headings ---------------------------------------------------------------------------------------------------------
def test_the_heading_is_found_below_titles():
    content = "Контрагенты на 01.02.2026;;\n;;\nНаименование;ИНН;Телефон:\nРомашка;7701;1\n;;\nЛютик;7702;2;;\n"
    file, how = io.BytesIO(content.encode("cp1251")), Reading("csv", "cp1251", ";")
    rows = list(reading.raw_rows(file, how))
    assert find_heading(rows, FIELDS) == 3
    how = Reading("csv", "cp1251", ";", header=3)
    assert reading.headers(rows, 3) == ["Наименование", "ИНН", "Телефон:"]
    file.seek(0)
    data = list(reading.data_rows(file, how, width=3))
    assert [row.line for row in data] == [4, 6]
    assert reading.count(rows, 3) == 2
    assert reading.samples(rows, 3, 3) == [["Ромашка", "Лютик"], ["7701", "7702"], ["1", "2"]]


def test_a_table_without_headings_has_numbered_columns():
    rows = list(reading.raw_rows(io.BytesIO(b"a;b\nc;d\n"), Reading("csv", "utf-8-sig", ";")))
    assert reading.headers(rows, 0) == ["Column 1", "Column 2"]


@pytest.mark.parametrize(
    ("headers", "before", "expected"),
    [
        (["ИНН", "наименование", "Прочее"], {}, {"0": "inn", "1": "name"}),
        (["Phone", "Phone 2", "E-mail"], {}, {"0": "phone", "1": "phone"}),
        (["Name", "NAME:"], {}, {"0": "name"}),
        (["Name", "Whatever"], {"whatever": "inn", "name": ""}, {"1": "inn"}),
        (["Name"], {"name": "gone"}, {}),
    ],
)
def test_columns_are_known_by_their_words_or_by_what_was_said_before(headers, before, expected):
    assert guess(headers, FIELDS, before) == expected


def test_rows_of_the_wrong_width_say_so():
    file = io.BytesIO(b"a;b\n1;2;3\n1;2;;\n1\n")
    rows = list(reading.data_rows(file, Reading("csv", "utf-8-sig", ";"), width=2))
    found = [[(finding.is_mended, bool(finding.words)) for finding in reading.findings(row, {0: "a"})] for row in rows]
    assert found == [[(False, True)], [], [(True, True)]]


def test_a_row_with_a_separator_too_many_makes_no_column():
    rows = list(reading.raw_rows(io.BytesIO(b"a;b\n1;2\n1;2;3\n1;2\n"), Reading("csv", "utf-8-sig", ";")))
    assert reading.headers(rows, 1) == ["a", "b"]
    rows = list(reading.raw_rows(io.BytesIO(b"a;b\n1;2;3\n1;2;3\n1;2\n"), Reading("csv", "utf-8-sig", ";")))
    assert reading.headers(rows, 1) == ["a", "b", "Column 3"]


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    rows = reading.raw_rows(io.BytesIO(b"a;b\n" + b"1;2\n" * 4), Reading("csv", "utf-8-sig", ";"))
    with pytest.raises(Unreadable, match="long"):
        reading.count(rows, 1)
