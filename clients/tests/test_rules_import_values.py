"""What cells of spreadsheets mean: tables of what people and programs write, and what holds whatever they write."""

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules import import_values as values
from clients.rules.import_people import Name, contacts, person_name
from clients.rules.import_values import BadValue, Moment

MARCH = dt.date(2017, 3, 31)
MOMENTS = [
    ("31.03.2017", Moment(MARCH)),
    ("31.03.17", Moment(MARCH)),
    ("31/03/2017", Moment(MARCH)),
    ("1.3.2017", Moment(dt.date(2017, 3, 1))),
    ("31-03-2017", Moment(MARCH)),
    ("2017-03-31", Moment(MARCH)),
    ("2017/3/31", Moment(MARCH)),
    ("31.03.2017 г.", Moment(MARCH)),
    ("31 марта 2017 г.", Moment(MARCH)),
    ("31 Mar 2017", Moment(MARCH)),
    ("31-марта-2017", Moment(MARCH)),
    ("20170331", Moment(MARCH)),
    ("20170331000000", Moment(MARCH)),
    ("20170331103000", Moment(MARCH, dt.time(10, 30))),
    ("42825", Moment(MARCH)),
    ("42825.4375", Moment(MARCH, dt.time(10, 30))),
    ("42825,4375", Moment(MARCH, dt.time(10, 30))),
    ("31.03.17 10:30", Moment(MARCH, dt.time(10, 30))),
    ("31.03.2017, 10:30:15", Moment(MARCH, dt.time(10, 30, 15))),
    ("31.03.2017 в 9:05", Moment(MARCH, dt.time(9, 5))),
    ("2017-03-31T10:30:00Z", Moment(MARCH, dt.time(10, 30), dt.UTC)),
    ("2017-03-31 10:30:00.000+07:00", Moment(MARCH, dt.time(10, 30), dt.timezone(dt.timedelta(hours=7)))),
    ("31.03.2017 02:15 PM", Moment(MARCH, dt.time(14, 15))),
    ("\ufeff31.03.2017\u00a0", Moment(MARCH)),
]
NO_DATES = [
    ("03/31/2017", "month_first"),
    ("31.02.2017", "no_such_day"),
    ("2017-13-01", "no_such_day"),
    ("30.02.17", "no_such_day"),
    ("00.00.0000", "no_such_day"),
    ("01.01.0017", "year"),
    ("31.03.2917", "year"),
    ("31.03.2017 25:00", "time"),
    ("вчера", "date"),
    ("2017", "date"),
    ("31.03", "date"),
    ("31.03.2017 31.03.2018", "date"),
    ("999999", "date"),
    ("٣١.٠٣.٢٠١٧", "date"),
    ("-", "date"),
]


@pytest.mark.parametrize(("cell", "expected"), MOMENTS)
def test_dates_as_people_and_programs_write_them(cell: str, expected: Moment) -> None:
    assert values.moment(cell) == expected
    assert values.date(cell) == expected.day


@pytest.mark.parametrize(("cell", "code"), NO_DATES)
def test_what_is_no_date_is_not_guessed(cell: str, code: str) -> None:
    with pytest.raises(BadValue) as refused:
        values.moment(cell)
    assert refused.value.code == code


def test_short_years_of_birthdays_are_not_ahead() -> None:
    assert values.date("15.06.65", latest=dt.date(2026, 11, 22)) == dt.date(1965, 6, 15)
    assert values.date("15.06.12", latest=dt.date(2026, 11, 22)) == dt.date(2012, 6, 15)
    assert values.date("23.11.26", latest=dt.date(2026, 11, 22)) == dt.date(1926, 11, 23)
    assert values.date("22.11.26", latest=dt.date(2026, 11, 22)) == dt.date(2026, 11, 22)


@given(st.dates(dt.date(1910, 1, 1), dt.date(2199, 12, 31)), st.times().map(lambda t: t.replace(microsecond=0)))
def test_every_date_is_read_back_from_every_way_of_writing(day: dt.date, time: dt.time) -> None:
    stamp = dt.datetime.combine(day, time)
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%Y%m%d"):
        assert values.moment(day.strftime(form)) == Moment(day)
    for form in ("%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %I:%M:%S %p"):
        assert values.moment(stamp.strftime(form)) == Moment(day, time)
    serial = (stamp - dt.datetime(1899, 12, 30)).total_seconds() / 86400
    read = values.moment(f"{serial:.10f}".rstrip("0").rstrip("."))
    assert dt.datetime.combine(read.day, read.time or dt.time()) == stamp


MONEY = [
    ("1234567.89", "1234567.89"),
    ("1 234 567,89", "1234567.89"),
    ("1\u00a0234\u202f567,89 ₽", "1234567.89"),
    ("1,234,567.89", "1234567.89"),
    ("1.234.567,89", "1234567.89"),
    ("1.234,50", "1234.50"),
    ("1'234.50", "1234.50"),
    ("$1,234.50", "1234.50"),
    ("1,234", "1234.00"),
    ("12,5", "12.50"),
    ("12 000 руб.", "12000.00"),
    ("12000р.", "12000.00"),
    ("12 тыс. руб.", "12000.00"),
    ("1,5 млн", "1500000.00"),
    ("0", "0.00"),
    ("1200.0", "1200.00"),
    ("0.30000000000000004", "0.30"),
]


@pytest.mark.parametrize(("cell", "expected"), MONEY)
def test_money(cell: str, expected: str) -> None:
    assert values.money(cell) == Decimal(expected)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-5", "negative"),
        ("−1 000,00", "negative"),
        ("12 или 13", "number"),
        ("1,2,3", "number"),
        ("договорная", "number"),
        ("1e5", "number"),
        ("9" * 19, "number"),
        ("999 млрд" + "", ""),
        ("999 999 млрд", "too_large"),
        ("٣", "number"),
    ],
)
def test_what_is_no_sum(cell: str, code: str) -> None:
    if not code:
        assert values.money(cell) == Decimal("999000000000.00")
        return
    with pytest.raises(BadValue) as refused:
        values.money(cell)
    assert refused.value.code == code


@given(st.decimals(0, 10**13, places=2, allow_nan=False, allow_infinity=False))
def test_sums_are_read_back_however_they_are_grouped(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    russian = english.replace(",", " ").replace(".", ",")
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    for cell in (f"{amount:.2f}", english, russian, f"{russian} руб.", german):
        assert values.money(cell) == amount


def test_whole_numbers() -> None:
    assert values.whole("1 200") == 1200
    assert values.whole("1200.0") == 1200
    for cell, code in (("12,5", "whole"), ("3000000000", "too_large"), ("-1", "negative"), ("много", "number")):
        with pytest.raises(BadValue) as refused:
            values.whole(cell)
        assert refused.value.code == code


def test_yes_and_no() -> None:
    assert all(values.yes_no(cell) for cell in ("да", "Да.", "YES", "1", "+", "истина", "true", "✓", "х"))
    assert not any(values.yes_no(cell) for cell in ("нет", "No", "0", "-", "ложь", "FALSE", "—"))
    with pytest.raises(BadValue):
        values.yes_no("возможно")


def test_identifiers_that_spreadsheets_and_1c_have_touched() -> None:
    assert values.inn("7707083893") == ("7707083893", "", False)
    assert values.inn("7707083893/770701001") == ("7707083893", "770701001", False)
    assert values.inn("7707083893.0") == ("7707083893", "", False)
    assert values.inn("ИНН 500100732259") == ("500100732259", "", False)
    assert values.inn("'7707083893") == ("7707083893", "", False)
    assert values.inn("105043450") == ("0105043450", "", True), "a spreadsheet has eaten the zero"
    assert values.kpp("10501001") == "010501001"
    assert values.bik("44525225") == "044525225"
    for cell in ("7707083894", "7,70708E+09", "707083893", "", "ИНН"):
        with pytest.raises(BadValue):
            values.inn(cell)


def test_texts_are_tidied_and_words_of_a_wrong_encoding_are_understood() -> None:
    assert values.clean(" ООО\u00a0 «Ромашка»\t\u200b ") == "ООО «Ромашка»"
    assert values.clean_lines("Первая \r\n\r\n\r\n\r\n вторая") == "Первая\n\nвторая"
    for text in ("Вектор", "Ёлка", "Смирнов и сыновья"):
        for wrong in ("cp1251", "latin-1"):
            try:
                broken = text.encode().decode(wrong)
            except UnicodeDecodeError:
                continue
            assert values.unbroken(broken) == text
    assert values.unbroken("Café Müller") == "Café Müller"
    for lost in ("Ро\ufffdашка", "??????? ???"):
        with pytest.raises(BadValue):
            values.unbroken(lost)


@given(st.text(max_size=60))
def test_reading_anything_ends_in_a_value_or_a_refusal(cell: str) -> None:
    readers = (
        *(values.moment, values.money, values.whole, values.yes_no, values.unbroken),
        *(values.inn, values.kpp, values.ogrn, values.bik, values.bank_account, person_name),
    )
    for reader in readers:
        with contextlib.suppress(BadValue):
            reader(cell)
    contacts(cell, "RU")
    assert values.clean(values.clean(cell)) == values.clean(cell)


@given(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГ 0123456789«»-", max_size=60))
def test_right_words_stay_as_they_are(text: str) -> None:
    assert values.unbroken(text) == text


NAMES = [
    ("Иванов Иван Иванович", Name("Иванов", "Иван", "Иванович")),
    ("Иван Иванович Иванов", Name("Иванов", "Иван", "Иванович")),
    ("Иван Иванович", Name("", "Иван", "Иванович")),
    ("Иванов Иван", Name("Иванов", "Иван")),
    ("Иванов И.И.", Name("Иванов", "И.", "И.")),
    ("Иванов И. И.", Name("Иванов", "И.", "И.")),
    ("И.И. Иванов", Name("Иванов", "И.", "И.")),
    ("Анна", Name("", "Анна")),
    ("г-н Петров", Name("", "Петров")),
    ("Гасанов Эльдар Ариф оглы", Name("Гасанов", "Эльдар", "Ариф оглы")),
    ("Смирнова Анна Ильинична", Name("Смирнова", "Анна", "Ильинична")),
    ("John Smith", Name("Smith", "John")),
    ("John Fitzgerald Kennedy", Name("Kennedy", "John", "Fitzgerald")),
    ("Smith, John", Name("Smith", "John")),
    ("Mrs. Jane Doe", Name("Doe", "Jane")),
]


@pytest.mark.parametrize(("cell", "expected"), NAMES)
def test_names(cell: str, expected: Name) -> None:
    assert person_name(cell) == expected


def test_what_is_no_name() -> None:
    for cell in ("", "-", "123", "8 916 123-45-67"):
        with pytest.raises(BadValue):
            person_name(cell)


PHONE, CITY = "+79161234567", "+74951234567"
CONTACTS = [
    ("8 (916) 123-45-67", [PHONE], [], []),
    ("+7 916 123 45 67, 8(495)123-45-67", [PHONE, CITY], [], []),
    ("89161234567; 84951234567", [PHONE, CITY], [], []),
    ("89161234567/84951234567", [PHONE, CITY], [], []),
    ("89161234567 84951234567", [], [], ["89161234567 84951234567"]),
    ("8 916 123-45-67\n8 495 123-45-67", [PHONE, CITY], [], []),
    ("тел./факс: (495) 123-45-67", [CITY], [], []),
    ("8 916 123-45-67 или 8 495 123-45-67", [PHONE, CITY], [], []),
    ("8-916-123-45-67, 8-916-123-45-67", [PHONE], [], []),
    ("(495) 123-45-67, 123-45-68", [CITY], [], ["123-45-68"]),
    ("info@example.ru, 8 916 123-45-67", [PHONE], ["info@example.ru"], []),
    ("Info@Example.ru; info@example.ru", [], ["Info@Example.ru"], []),
    ("Анна <anna@example.ru>", [], ["anna@example.ru"], []),
    ("mailto:a.b+c@example.co.uk", [], ["a.b+c@example.co.uk"], []),
    ("info@example", [], [], ["info@example"]),
    ("info@", [], [], ["info@"]),
    ("12", [], [], ["12"]),
    ("ask Anna", [], [], ["ask Anna"]),
    ("Anna, 8 916 123-45-67", [PHONE], [], []),
    ("-", [], [], []),
    ("нет", [], [], []),
    ("", [], [], []),
]


@pytest.mark.parametrize(("cell", "phones", "emails", "wrong"), CONTACTS)
def test_several_contacts_in_a_cell(cell: str, phones: list[str], emails: list[str], wrong: list[str]) -> None:
    found = contacts(cell, "RU")
    assert ([number for number, _typed, _comment in found.phones], found.emails, found.wrong) == (phones, emails, wrong)


def test_what_is_said_of_a_phone_becomes_its_comment() -> None:
    assert contacts("8 916 123-45-67 (Анна)", "RU").phones == [(PHONE, "8 916 123-45-67", "Анна")]
    for cell in ("8 (495) 123-45-67 доб. 12", "8 (495) 123-45-67, доб. 12"):
        assert contacts(cell, "RU").phones == [(CITY, "8 (495) 123-45-67", "доб. 12")]
