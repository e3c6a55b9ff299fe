import csv
import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from crm.web import exports
from crm.web.exports import ExportMixin, csv_response, exported, safe_cell
from crm.web.views import Access, PageView


@pytest.fixture
def log(monkeypatch):
    """What is told to the log: one line per download, and the number of rows when the last one is sent."""
    lines = []

    def opened(by, what, query):
        lines.append([by, what, query, None])
        return lambda rows: lines[-1].__setitem__(3, rows)

    monkeypatch.setattr(exports, "_log", [opened])
    return lines


def asking(rf, *, allowed=True, **query):
    request = rf.get("/somewhere/", query)
    request.user = SimpleNamespace(is_authenticated=True, is_active=True, exports=allowed, access_level=Access.SALES)
    request.resolver_match = SimpleNamespace(view_name="somewhere")
    return request


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


def test_a_file_opens_in_excel_and_keeps_language_and_zone(rf, log) -> None:
    moment = dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC)
    with timezone.override(ZoneInfo("Asia/Vladivostok")), translation.override("ru"):
        response = csv_response(
            asking(rf),
            "clients 2026",
            [gettext_lazy("Yes"), "Имя", "Сумма"],
            ([moment, "ООО «Ёлка»; №1", Decimal("5.10")] for _ in "ab"),
        )
    body = b"".join(response.streaming_content).decode()
    assert body.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(body[1:]), delimiter=";"))
    assert rows == [["Да", "Имя", "Сумма"]] + [["2026-03-15 08:30", "ООО «Ёлка»; №1", "5,10"]] * 2
    assert response["Content-Disposition"] == 'attachment; filename="clients-2026.csv"'


def test_english_readers_get_commas_and_points(rf, log) -> None:
    with translation.override("en"):
        response = csv_response(asking(rf), "clients", ["Name", "Sum"], [["a, b", Decimal("5.10")]])
        assert b"".join(response.streaming_content).decode() == '\ufeffName,Sum\r\n"a, b",5.10\r\n'


# --- by right, and logged ---------------------------------------------------------------------------------------------
def test_the_log_is_opened_at_once_and_filled_when_the_last_row_is_sent(rf, log) -> None:
    request = asking(rf, q="vostok", zone="red")
    response = csv_response(request, "clients", ["Name"], ([name] for name in "abc"))
    assert log == [[request.user, "somewhere", "q=vostok&zone=red", None]]
    lines = iter(response.streaming_content)
    for _ in range(4):
        next(lines)
    assert log[0][3] is None, "the last row may still be on its way"
    assert list(lines) == []
    assert log[0][3] == 3


def test_a_download_that_is_broken_off_stays_without_a_number(rf, log) -> None:
    response = csv_response(asking(rf), "clients", ["Name"], ([name] for name in "abc"))
    lines = iter(response.streaming_content)
    next(lines), next(lines)
    response.close()
    del lines
    assert [line[3] for line in log] == [None]


def test_rows_that_cannot_be_read_are_no_whole_download(rf, log) -> None:
    def rows():
        yield ["a"]
        raise OSError("gone")

    response = csv_response(asking(rf), "clients", ["Name"], rows())
    with pytest.raises(OSError, match="gone"):
        list(response.streaming_content)
    assert [line[3] for line in log] == [None]


def test_an_empty_list_is_a_download_too(rf, log) -> None:
    list(csv_response(asking(rf), "clients", ["Name"], []).streaming_content)
    assert [line[3] for line in log] == [0]


def test_the_rows_were_chosen_by_what_the_view_says(rf, log) -> None:
    csv_response(asking(rf, q="x"), "clients", ["Name"], [], query="typed=1")
    assert [line[2] for line in log] == ["typed=1"]


def test_nothing_leaves_without_the_right_even_if_the_view_forgot_to_ask(rf, log) -> None:
    with pytest.raises(PermissionDenied):
        exported(asking(rf, allowed=False), [])
    assert not log


def test_nothing_leaves_unlogged(rf, monkeypatch) -> None:
    monkeypatch.setattr(exports, "_log", [])
    with pytest.raises(ImproperlyConfigured):
        exported(asking(rf), [])


def test_an_export_view_asks_before_it_reads_and_says_what_it_is(rf) -> None:
    class Rows(ExportMixin, PageView):
        access = Access.SALES

        def get(self, request, *args, **kwargs):
            raise AssertionError("the rows were read")

    with pytest.raises(ImproperlyConfigured):
        Rows.as_view()
    with pytest.raises(PermissionDenied):
        Rows.as_view(export_label="Rows")(asking(rf, allowed=False))
