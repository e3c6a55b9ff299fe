"""What a cell of somebody's spreadsheet means: dates, money, numbers, yes and no. Pure: text in, a value out.

Every reader takes a cell that says something and raises :class:`BadValue` when nobody can tell what it means: a guess
that may be wrong is worse than a refusal.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, TypeVar

from clients.rules import identifiers

_T = TypeVar("_T")

YES = frozenset({"yes", "y", "true", "1", "+", "да", "д", "истина", "x", "х", "v", "✓", "✔", "есть"})
NO = frozenset({"no", "n", "false", "0", "-", "нет", "н", "ложь", "–", "—"})
#: Earlier dates are taken for mistyped ones.
EARLIEST = dt.date(1900, 1, 1)
LATEST = dt.date(2199, 12, 31)
#: What stands where a byte could not be read.
BROKEN = "\ufffd"
#: Day 0 of spreadsheets.
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("янв jan", "фев feb", "мар mar", "апр apr", "май мая may", "июн jun"),
            *("июл jul", "авг aug", "сен sep", "окт oct", "ноя nov", "дек dec"),
        ),
        start=1,
    )
    for name in names.split()
}
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:\s*(?:г|г\.|года))?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})", re.ASCII)
_IN_WORDS = re.compile(r"(\d{1,2})[\s.-]*([^\W\d_]{3,9})\.?[\s,.-]*(\d{4})(?:\s*(?:г|г\.|года))?")
#: As 1C writes it into files: 20170331 or 20170331103000.
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?", re.ASCII)
_SERIAL = re.compile(r"(\d{4,6})(?:[.,](\d{1,12}))?", re.ASCII)
_TIME = re.compile(
    r"(?P<day>.*?)(?:[T\s,]|\sв\s)*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_CURRENCY = re.compile(r"(?:руб(?:лей|ля|ль)?\.?|р\.|rub|usd|eur|[₽$€])", re.IGNORECASE)
_SCALES = {"тыс": 1000, "тысяч": 1000, "k": 1000, "к": 1000, "млн": 10**6, "m": 10**6, "mln": 10**6, "млрд": 10**9}
_SCALED = re.compile(rf"(.*?\d)\s*({'|'.join(sorted(_SCALES, key=len, reverse=True))})\.?", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_PLAIN = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,20})?", re.ASCII)
_THOUSANDS = {
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII),
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|[+-]?\d{1,3}\.\d{3},\d+", re.ASCII),
}


class BadValue(ValueError):
    """Nobody can tell what this means. ``code``: why ("date", "no_such_day", "number" …); words are found elsewhere."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Moment(NamedTuple):
    """A date, its time of the day where the cell names one, and how far from UTC where it says so."""

    day: dt.date
    time: dt.time | None = None
    offset: dt.timezone | None = None


def clean(cell: str) -> str:
    """The cell on one line: single spaces, no control or invisible characters, one Unicode form."""
    return " ".join(_visible(cell).split())


def clean_lines(cell: str) -> str:
    """The same, but lines stay lines: for notes and details."""
    lines = [" ".join(line.split()) for line in _visible(cell).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _visible(cell: str) -> str:
    text = unicodedata.normalize("NFC", cell).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Zs", "Cf") and sign != "\n" else sign for sign in text)


def unbroken(text: str) -> str:
    """What a text says that was read in the wrong encoding on its way here ("РћРћРћ" → "ООО"); itself where it was not.

    Raises:
        BadValue: letters are lost ("broken").
    """
    if BROKEN in text or "????" in text:
        raise BadValue("broken")
    for wrong in ("cp1251", "latin-1", "cp1252"):
        try:
            right = text.encode(wrong).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if right != text and _RUSSIAN.search(right):
            return right
    return text


_RUSSIAN = re.compile(r"[а-яёА-ЯЁ]{2}")


# --- dates ------------------------------------------------------------------------------------------------------------
def date(cell: str, *, latest: dt.date | None = None) -> dt.date:
    """The date of a cell: 31.03.2017, 31.03.17, 2017-03-31, 31 марта 2017 г., 20170331, Excel's 42825. A time beside
    it is passed over.

    The day stands before the month: "03/31/2017" is refused, or half of such a column would be read the other way.

    Args:
        latest: years of two digits mean the last such year up to this date.
    """
    return moment(cell, latest=latest).day


def moment(cell: str, *, latest: dt.date | None = None) -> Moment:
    """The date of a cell with its time, where there is one."""
    text = clean(cell)
    if found := _TIME.fullmatch(text):
        clock_time, offset = _time(found)
        return Moment(_day(found["day"].strip(" ,"), latest), clock_time, offset)
    if (found := _SOLID.fullmatch(text)) and (day := _solid_day(found)):
        hour, minute, second = (int(part or 0) for part in found.groups()[3:])
        says_time = hour or minute or second
        return Moment(day, _checked(lambda: dt.time(hour, minute, second), "time") if says_time else None)
    if (found := _SERIAL.fullmatch(text)) and (serial := _serial(found)):
        return serial
    return Moment(_day(text, latest))


def _solid_day(found: re.Match[str]) -> dt.date | None:
    year, month, day = (int(part) for part in found.groups()[:3])
    return _calendar(year, month, day) if 1900 <= year <= 2199 else None


def _serial(found: re.Match[str]) -> Moment | None:
    """Days since the last day of 1899, as spreadsheets keep dates; of a plausible length only."""
    days = int(found[1])
    if not 3653 <= days <= 109_574:  # 1910 … 2199
        return None
    seconds = round(float(f"0.{found[2]}") * 86400) if found[2] else 0
    stamp = dt.datetime.combine(_EXCEL_EPOCH, dt.time()) + dt.timedelta(days=days, seconds=seconds)
    return Moment(stamp.date(), stamp.time() if seconds else None)


def _day(text: str, latest: dt.date | None) -> dt.date:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        if len(found[4]) == 2:
            year = _full_year(year, month, day, latest)
        return _calendar(year, month, day, is_day_first=True)
    if found := _YEAR_FIRST.fullmatch(text):
        return _calendar(int(found[1]), int(found[3]), int(found[4]))
    if (found := _IN_WORDS.fullmatch(text)) and (number := _MONTHS.get(found[2].casefold()[:3])):
        return _calendar(int(found[3]), number, int(found[1]))
    raise BadValue("date")


def _full_year(year: int, month: int, day: int, latest: dt.date | None) -> int:
    year += 2000 if year < 69 else 1900
    return year - 100 if latest and (year, month, day) > (latest.year, latest.month, latest.day) else year


def _calendar(year: int, month: int, day: int, *, is_day_first: bool = False) -> dt.date:
    if is_day_first and month > 12 >= day:
        raise BadValue("month_first")
    found = _checked(lambda: dt.date(year, month, day), "no_such_day")
    if not EARLIEST <= found <= LATEST:
        raise BadValue("year")
    return found


def _time(found: re.Match[str]) -> tuple[dt.time, dt.timezone | None]:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise BadValue("time")
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    clock_time = _checked(lambda: dt.time(hour, minute, second), "time")
    zone = found["zone"]
    if not zone:
        return clock_time, None
    if zone == "Z":
        return clock_time, dt.UTC
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    shift = dt.timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    return clock_time, _checked(lambda: dt.timezone(shift), "time")


def _checked(make: Callable[[], _T], code: str) -> _T:
    try:
        return make()
    except (ValueError, TypeError):
        raise BadValue(code) from None


# --- numbers ----------------------------------------------------------------------------------------------------------
def money(cell: str) -> Decimal:
    """A sum that is not negative: "1 234 567,89", "1,234.50", "12 000 руб.", "1,5 млн". Two decimals."""
    found = number(_CURRENCY.sub(" ", clean(cell)))
    return found.quantize(Decimal("0.01"))


def whole(cell: str, *, most: int = 2_147_483_647) -> int:
    """A number without a fraction, not negative: "1 200", "1200.0"."""
    found = number(cell)
    if found != found.to_integral_value() or found > most:
        raise BadValue("whole" if found <= most else "too_large")
    return int(found)


def number(cell: str) -> Decimal:
    """A number that is not negative, however its thousands and decimals are marked."""
    text = clean(cell).replace("\u2212", "-")
    scale = 1
    if found := _SCALED.fullmatch(text):
        text, scale = found[1], _SCALES[found[2].casefold()]
    compact = _SPACES.sub("", text)
    for mark, form in _THOUSANDS.items():
        if form.fullmatch(compact):
            compact = compact.replace(mark, "")
            break
    compact = compact.replace(",", ".")
    if not _PLAIN.fullmatch(compact):
        raise BadValue("number")
    value = Decimal(compact) * scale
    if value < 0:
        raise BadValue("negative")
    if value >= Decimal(10) ** 14:
        raise BadValue("too_large")
    return value


def yes_no(cell: str) -> bool:
    """ "да", "Yes", "+", "1", "истина" and their contraries."""
    word = clean(cell).casefold().strip(".")
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadValue("yes_no")


# --- identifiers ------------------------------------------------------------------------------------------------------
class Inn(NamedTuple):
    """INN and the KPP that stood beside it in the same cell; ``is_padded``: a spreadsheet had eaten its zero."""

    inn: str
    kpp: str = ""
    is_padded: bool = False


def inn(cell: str) -> Inn:
    """ "7707083893", "7707083893/770701001" as 1C prints it, "707083893" with the zero a spreadsheet has eaten."""
    text = clean(cell).upper().removeprefix("ИНН").strip(" :")
    text, _slash, beside = text.partition("/")
    text = text.removesuffix(".0").lstrip("'")
    kpp_beside = kpp(beside.removeprefix("КПП")) if beside.strip() else ""
    for padding in ("", "0"):
        try:
            return Inn(identifiers.inn(padding + text.strip()), kpp_beside, bool(padding))
        except ValueError:
            continue
    raise BadValue("inn")


def kpp(cell: str) -> str:
    """Nine characters; a zero that a spreadsheet has eaten is put back."""
    text = clean(cell).removesuffix(".0").lstrip("'").strip()
    return _either(identifiers.kpp, text, f"0{text}", code="kpp")


def ogrn(cell: str) -> str:
    """OGRN or OGRNIP."""
    return _either(identifiers.ogrn, clean(cell).removesuffix(".0").lstrip("'"), code="ogrn")


def bik(cell: str) -> str:
    """A bank's nine digits; a zero that a spreadsheet has eaten is put back."""
    text = clean(cell).removesuffix(".0").lstrip("'").strip()
    return _either(identifiers.bik, text, f"0{text}", code="bik")


def bank_account(cell: str) -> str:
    """Twenty digits."""
    return _either(identifiers.bank_account, clean(cell).lstrip("'"), code="bank_account")


def _either(rule: Callable[[str], str], *texts: str, code: str) -> str:
    for text in texts:
        try:
            return rule(text)
        except ValueError:
            continue
    raise BadValue(code)
