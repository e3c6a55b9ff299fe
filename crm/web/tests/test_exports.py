import csv
import datetime as dt
import io
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from crm.web.exports import csv_response, safe_cell


@pytest.mark.parametrize("evil", ["=1+1", "+7916", "-2", "@SUM(A1)", "\t=1", " =1", "\r=1", "|calc", "%x", "\ufeff=1"])
def test_formulas_are_disarmed(evil: str) -> None:
    assert safe_cell(evil) == f"'{evil}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, -5),
        (Decimal("-5.10"), Decimal("-5.10")),
        (None, ""),
        (True, 1),
        ("plain", "plain"),
        (dt.date(2026, 3, 15), "2026-03-15"),
    ],
)
def test_harmless_values_stay(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


def test_moments_are_in_the_readers_zone() -> None:
    with timezone.override(ZoneInfo("Asia/Vladivostok")):
        assert safe_cell(dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC)) == "2026-03-15 08:30"


def test_a_file_opens_in_excel_and_keeps_language_and_zone() -> None:
    moment = dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC)
    with timezone.override(ZoneInfo("Asia/Vladivostok")), translation.override("ru"):
        response = csv_response(
            "clients 2026",
            [gettext_lazy("Yes"), "Имя", "Сумма"],
            ([moment, "ООО «Ёлка»; №1", Decimal("5.10")] for _ in "ab"),
        )
    body = b"".join(response.streaming_content).decode()
    assert body.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(body[1:]), delimiter=";"))
    assert rows == [["Да", "Имя", "Сумма"]] + [["2026-03-15 08:30", "ООО «Ёлка»; №1", "5,10"]] * 2
    assert response["Content-Disposition"] == 'attachment; filename="clients-2026.csv"'


def test_english_readers_get_commas_and_points() -> None:
    with translation.override("en"):
        response = csv_response("clients", ["Name", "Sum"], [["a, b", Decimal("5.10")]])
        assert b"".join(response.streaming_content).decode() == '\ufeffName,Sum\r\n"a, b",5.10\r\n'
