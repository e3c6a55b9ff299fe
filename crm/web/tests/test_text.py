import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.text import digits, fold


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("  Ёлка\u00a0 ООО ", "елка ооо"),
        ("СТРАẞЕ Straße", "страssе strasse"),
        ("a\t\nb", "a b"),
        ("", ""),
        (None, ""),
        ("й", "й"),
    ],
)
def test_fold(raw: str | None, folded: str) -> None:
    assert fold(raw) == folded


@given(st.text(max_size=60))
def test_fold_twice_is_fold_once(raw: str) -> None:
    assert fold(fold(raw)) == fold(raw)


@pytest.mark.parametrize(
    ("raw", "expected"), [("+7 (916) 123-45-67", "79161234567"), ("abc", ""), (None, ""), ("１２٣", "12")]
)
def test_digits(raw: str | None, expected: str) -> None:
    assert digits(raw) == expected
