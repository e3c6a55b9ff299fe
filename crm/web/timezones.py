"""Time zones people choose from, and the names of their cities in the reader's language."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Offered first and named in both languages: the zones of Russia and its neighbours, then the world's usual ones.
CITIES: dict[str, Promise] = {
    "Europe/Kaliningrad": _("Kaliningrad"),
    "Europe/Moscow": _("Moscow"),
    "Europe/Samara": _("Samara"),
    "Europe/Saratov": _("Saratov"),
    "Europe/Volgograd": _("Volgograd"),
    "Asia/Yekaterinburg": _("Yekaterinburg"),
    "Asia/Omsk": _("Omsk"),
    "Asia/Novosibirsk": _("Novosibirsk"),
    "Asia/Krasnoyarsk": _("Krasnoyarsk"),
    "Asia/Irkutsk": _("Irkutsk"),
    "Asia/Yakutsk": _("Yakutsk"),
    "Asia/Vladivostok": _("Vladivostok"),
    "Asia/Magadan": _("Magadan"),
    "Asia/Kamchatka": _("Petropavlovsk-Kamchatsky"),
    "Europe/Minsk": _("Minsk"),
    "Europe/Kyiv": _("Kyiv"),
    "Asia/Almaty": _("Almaty"),
    "Asia/Tashkent": _("Tashkent"),
    "Asia/Tbilisi": _("Tbilisi"),
    "Asia/Yerevan": _("Yerevan"),
    "Asia/Baku": _("Baku"),
    "Asia/Dubai": _("Dubai"),
    "Asia/Shanghai": _("Shanghai"),
    "Asia/Tokyo": _("Tokyo"),
    "Europe/Istanbul": _("Istanbul"),
    "Europe/Berlin": _("Berlin"),
    "Europe/Paris": _("Paris"),
    "Europe/London": _("London"),
    "America/New_York": _("New York"),
    "America/Chicago": _("Chicago"),
    "America/Denver": _("Denver"),
    "America/Los_Angeles": _("Los Angeles"),
    "UTC": _("UTC"),
}

#: Named in both languages, but not offered: these zones show the same clock as one of the above.
ALSO_NAMED: dict[str, Promise] = {
    "Europe/Kirov": _("Kirov"),
    "Europe/Simferopol": _("Simferopol"),
    "Europe/Astrakhan": _("Astrakhan"),
    "Europe/Ulyanovsk": _("Ulyanovsk"),
    "Asia/Barnaul": _("Barnaul"),
    "Asia/Tomsk": _("Tomsk"),
    "Asia/Novokuznetsk": _("Novokuznetsk"),
    "Asia/Chita": _("Chita"),
    "Asia/Khandyga": _("Khandyga"),
    "Asia/Ust-Nera": _("Ust-Nera"),
    "Asia/Sakhalin": _("Yuzhno-Sakhalinsk"),
    "Asia/Srednekolymsk": _("Srednekolymsk"),
    "Asia/Anadyr": _("Anadyr"),
}


@lru_cache(maxsize=1)
def _available() -> frozenset[str]:
    return frozenset(available_timezones())


def is_known(name: str) -> bool:
    """Whether this machine knows the zone."""
    return bool(name) and name in _available()


def city(name: str) -> str:
    """The zone's city in the reader's language; for zones without a translation the last part of the name."""
    known = CITIES.get(name) or ALSO_NAMED.get(name)
    return str(known) if known else name.rsplit("/", 1)[-1].replace("_", " ")


def offset_text(name: str, moment: dt.datetime | None = None) -> str:
    """The distance from UTC at that moment, such as "UTC+10" or "UTC+5:30"."""
    delta = (moment or timezone.now()).astimezone(ZoneInfo(name)).utcoffset() or dt.timedelta()
    minutes = int(delta.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    tail = f":{rest:02d}" if rest else ""
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{tail}"


def choices(current: str = "") -> list[tuple[str, str]]:
    """Pairs for a select: the usual zones, and the one chosen at present if it is another."""
    names = [name for name in CITIES if is_known(name)]
    if current and current not in names and is_known(current):
        names.append(current)
    return [(name, f"{city(name)} ({offset_text(name)})") for name in names]


def difference_hours(name: str, moment: dt.datetime | None = None) -> float:
    """By how many hours the zone's clock is ahead of the reader's."""
    moment = moment or timezone.now()
    there = moment.astimezone(ZoneInfo(name)).utcoffset() or dt.timedelta()
    here = timezone.localtime(moment).utcoffset() or dt.timedelta()
    return (there - here).total_seconds() / 3600
