"""What the program has told the person: the page behind the bell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from itertools import groupby
from typing import Any, ClassVar

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from clients import notices
from clients.models import Manager, Notice
from clients.notices import Line, NoticeKind
from crm.web import htmx
from crm.web.views import Access, ActionView, ListPage, fetch

#: Details shown at once under a notice; the rest unfolds, up to so many in all.
LINES_AT_ONCE, MOST_LINES = 5, 100


@dataclass(frozen=True)
class ShownNotice:
    """A notice in the reader's words, with its details."""

    notice: Notice
    words: str
    lines: Sequence[Line]
    more: Sequence[Line]
    left_out: int = 0

    @property
    def more_count(self) -> int:
        return len(self.more) + self.left_out

    @property
    def unread(self) -> bool:
        return self.notice.read_at is None


@dataclass(frozen=True)
class KindOfDay:
    """Notices of one kind and day."""

    kind: NoticeKind
    notices: Sequence[ShownNotice]


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
            kinds.append(KindOfDay(notices.kind_of(told[0]), [_shown(notice, details[notice.pk]) for notice in told]))
        days.append(Day(date, unread, kinds))
    return days


def _shown(notice: Notice, lines: Sequence[Line]) -> ShownNotice:
    # One detail that has no room of its own is no reason for a fold.
    cut = LINES_AT_ONCE if len(lines) > LINES_AT_ONCE + 1 else len(lines)
    left_out = max(len(lines) - MOST_LINES, 0)
    return ShownNotice(notice, notices.words(notice), lines[:cut], lines[cut:MOST_LINES], left_out)


def in_reading_order(queryset: QuerySet[Notice]) -> QuerySet[Notice]:
    """Unread first, then by day, by kind as the kinds are ordered, the newest first."""
    ranks = [When(kind=kind.key, then=Value(rank)) for rank, kind in enumerate(notices.registered())]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField()) if ranks else Value(0)
    is_read = Case(When(Q(read_at=None), then=Value(0)), default=Value(1), output_field=IntegerField())
    return queryset.order_by(is_read, "-date", rank, "kind", "-pk")


class NoticeList(ListPage):
    """One's own notices. Looking at the list marks nothing as read: that is a press of a button."""

    access = Access.SALES
    title = _("Notices")
    template_name = "clients/notices.html"
    partial_template_name = "clients/_notices.html"
    page_size: ClassVar[int] = 30

    def get_queryset(self) -> QuerySet[Notice]:
        return in_reading_order(Notice.objects.filter(recipient=self.request.user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows, unread = list(context["page"]), notices.bell(self.request)
        context.update(
            days=by_day(rows, self.request.user),
            unread=unread.count,
            # "All" of the button are those that were there when the page was drawn.
            newest=unread.newest,
            counter_too=htmx.wants_partial(self.request),
        )
        return context


class NoticesRead(ActionView, NoticeList):
    """Marks one's own notices as read: those named (``notice``), or all up to the one that was the newest on the page
    (``up_to``)."""

    partial_template_name = "clients/_notices.html"
    success_url = "notice-list"

    def perform(self) -> None:
        sent = self.request.POST
        if "notice" in sent:
            notices.mark_read(self.request.user, [pk for pk in map(_number, sent.getlist("notice")) if pk])
        elif up_to := _number(sent.get("up_to", "")):
            notices.mark_read(self.request.user, up_to=up_to)


class NoticeOpen(ActionView):
    """Marks a notice as read and goes where it leads."""

    access = Access.SALES
    success_url = "notice-list"

    @cached_property
    def notice(self) -> Notice:
        return fetch(Notice.objects.filter(recipient=self.request.user), pk=self.kwargs["pk"])

    def perform(self) -> str | None:
        notices.mark_read(self.request.user, [self.notice.pk])
        leads_to = self.notice.url
        return leads_to if url_has_allowed_host_and_scheme(leads_to, allowed_hosts=None) else None


def _number(text: str) -> int:
    """A row's id; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0
