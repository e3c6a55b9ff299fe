"""What the program has told the person: the page behind the bell."""

import datetime as dt
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import mentions, notices
from clients.models import Notice
from clients.notice_filter import NoticeFilter
from clients.notice_groups import by_day
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView, ListPage, fetch

#: What the tabs over the list show.
TABS = (("", _("All")), ("show=unread", _("Unread")), (f"kind={mentions.MENTION}", _("Mentions of you")))


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
    filterset_class = NoticeFilter
    main_filters = ("kind", "show")
    page_size: ClassVar[int] = 30

    def get_queryset(self) -> QuerySet[Notice]:
        return in_reading_order(Notice.objects.filter(recipient=self.request.user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows, unread = list(context["page"]), notices.bell(self.request)
        asked = self.request.GET.copy()
        asked.pop("page", None)
        query = urlencode([pair for pair in asked.items() if pair[1]])
        context.update(
            days=by_day(rows, self.request.user),
            tabs=[(f"{reverse('notice-list')}?{own}".rstrip("?"), words, own == query) for own, words in TABS],
            query=query,
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
        sent, self.read_at, self.count = self.request.POST, clock.now(), 0
        if "notice" in sent:
            named = [pk for pk in map(_number, sent.getlist("notice")) if pk]
            self.count = notices.mark_read(self.request.user, named, now=self.read_at)
        elif up_to := _number(sent.get("up_to", "")):
            self.count = notices.mark_read(self.request.user, up_to=up_to, now=self.read_at)

    def get_success_message(self) -> str:
        if not self.count:
            return ""
        words = ngettext("%(count)d notice marked as read.", "%(count)d notices marked as read.", self.count)
        return words % {"count": self.count}

    def get_undo_url(self) -> str:
        return f"{reverse('notices-unread')}?{urlencode({'at': self.read_at.isoformat()})}"


class NoticesUnread(ActionView):
    """Takes back what was marked as read in one moment (``at``)."""

    access = Access.SALES
    success_url = "notice-list"

    def perform(self) -> None:
        if at := _moment(self.request.GET.get("at", "")):
            notices.mark_unread(self.request.user, at=at)


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


def _moment(text: str) -> dt.datetime | None:
    """A moment with its time zone; None for what is none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
