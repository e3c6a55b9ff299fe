"""Notices as they are read: by day and kind, those of one kind about one client folded into one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from itertools import groupby

from clients import notices
from clients.models import Manager, Notice
from clients.notices import Line, NoticeKind

#: Details shown at once under a notice; the rest unfolds, up to so many in all.
LINES_AT_ONCE, MOST_LINES = 5, 100


@dataclass(frozen=True)
class ShownNotice:
    """A notice in the reader's words, with its details; ``earlier``: others of its kind and day about its client."""

    notice: Notice
    words: str
    lines: Sequence[Line]
    more: Sequence[Line]
    left_out: int = 0
    earlier: Sequence["ShownNotice"] = ()

    @property
    def more_count(self) -> int:
        return len(self.more) + self.left_out

    @property
    def unread(self) -> bool:
        return self.notice.read_at is None

    @property
    def ids(self) -> list[int]:
        """Its own id and those of the notices folded into it."""
        return [self.notice.pk, *(other.notice.pk for other in self.earlier)]


@dataclass(frozen=True)
class KindOfDay:
    """Notices of one kind and day."""

    kind: NoticeKind
    notices: Sequence[ShownNotice]

    @property
    def ids(self) -> list[int]:
        return [pk for shown in self.notices for pk in shown.ids]


@dataclass(frozen=True)
class Day:
    """One day's notices, read and unread apart, by kind."""

    date: Date
    unread: bool
    kinds: Sequence[KindOfDay]


def by_day(rows: Sequence[Notice], reader: Manager) -> list[Day]:
    """The notices as the page shows them. They come in its order; however many, the details are asked once per kind."""
    details = notices.lines(rows, reader)
    days = []
    for (unread, date), of_day in groupby(rows, key=lambda notice: (notice.read_at is None, notice.date)):
        kinds = []
        for _key, some in groupby(of_day, key=lambda notice: notice.kind):
            told = list(some)
            shown = folded([_shown(notice, details[notice.pk]) for notice in told])
            kinds.append(KindOfDay(notices.kind_of(told[0]), shown))
        days.append(Day(date, unread, kinds))
    return days


def folded(shown: Sequence[ShownNotice]) -> list[ShownNotice]:
    """Those about one client (``client_id`` of the facts) under the first of them; what names none stands alone."""
    firsts: dict[object, list[ShownNotice]] = {}
    for each in shown:
        about = each.notice.data.get("client_id")
        firsts.setdefault(("notice", each.notice.pk) if about is None else ("client", about), []).append(each)
    return [
        ShownNotice(first.notice, first.words, first.lines, first.more, first.left_out, earlier=rest)
        for first, *rest in firsts.values()
    ]


def _shown(notice: Notice, lines: Sequence[Line]) -> ShownNotice:
    # One detail that has no room of its own is no reason for a fold.
    cut = LINES_AT_ONCE if len(lines) > LINES_AT_ONCE + 1 else len(lines)
    left_out = max(len(lines) - MOST_LINES, 0)
    return ShownNotice(notice, notices.words(notice), lines[:cut], lines[cut:MOST_LINES], left_out)
