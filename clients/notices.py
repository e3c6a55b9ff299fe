"""What people are told: declared kinds of notices, telling them, the counter of the bell.

An app declares its kinds with :func:`register` when it is loaded and tells people with :func:`notify`. A notice stores
facts (``data``), never words: the words are made for the reader, in his language, whenever they are shown.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.models import Client, Manager, Notice, NoticeSetting
from clients.page_rows import rows_of
from crm import clock
from crm.web.access import Access

logger = logging.getLogger(__name__)

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One detail under a notice, on the page and in the letter: usually a client.

    Attributes:
        text: what it is about, in the reader's language.
        url: an address of this site, "/clients/7/"; empty where there is nothing to open.
        note: what is said of it: "leaves in 14 days".
        tone: "red", "yellow", or empty.
    """

    text: str
    url: str = ""
    note: str = ""
    tone: str = ""


#: Notice id → its details.
Lines = Mapping[int, Sequence[Line]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKind:
    """A kind of notice.

    Attributes:
        key: its name in the database, at most 40 characters: "exchange.warning".
        name: what such notices are called, above a group of them: "Clients about to leave".
        icon: a name of bootstrap-icons without ``bi-``.
        words: one line in the language that is active, made from ``notice.data``.
        lines: the details of several notices of this kind for one reader, by notice id. However many notices there
            are, it asks the database a bounded number of times, and it shows only what the reader may see now (start
            from ``visible_to``; :func:`client_lines` does).
        about: one line for the settings: what such a notice tells, and when.
        access: who can get it; the settings of others do not list it.
        by_letter: whether it is told in the daily letter too, unless the reader has chosen otherwise
            (``clients.notice_settings``).
        momentary: over before a letter is read; never in one, and said at once on the page that is open.
        urgent: marked on the page, first in the letter, and goes out today; nobody can do without it.
        same_day: told after the morning's letters, it does not wait for tomorrow's if the person has had none today
            (a night that is caught up at noon).
        order: place among the kinds; smaller is higher.
    """

    key: str
    name: str | Promise
    icon: str
    words: Callable[[Notice], str]
    lines: Callable[[Sequence[Notice], Manager], Lines] | None = None
    about: str | Promise = ""
    access: Access = Access.SALES
    by_letter: bool = True
    momentary: bool = False
    urgent: bool = False
    same_day: bool = False
    order: int = 50


_kinds: dict[str, NoticeKind] = {}


def register(kind: NoticeKind) -> None:
    """Declare a kind; declaring the same key again replaces it.

    Raises:
        ValueError: the key does not fit into the table.
    """
    if not 0 < len(kind.key) <= 40:
        raise ValueError(f"the key of a kind of notice has 1 to 40 characters: {kind.key!r}")
    _kinds[kind.key] = kind


def registered() -> list[NoticeKind]:
    """All kinds: the urgent ones first, then by their order."""
    return sorted(_kinds.values(), key=lambda kind: (not kind.urgent, kind.order, kind.key))


def kind_of(notice: Notice) -> NoticeKind:
    """The kind of a stored notice; a nameless one where the app that declared it is gone."""
    return _kinds.get(notice.kind) or NoticeKind(
        key=notice.kind[:40] or "-", name=_("Other notices"), icon="bell", words=_no_words, by_letter=False, order=1000
    )


def _no_words(notice: Notice) -> str:
    return str(_("Notice"))


def words(notice: Notice) -> str:
    """The notice in one line, in the active language. A notice whose facts its kind no longer understands (they were
    written by an older version) is called by the kind's name: one odd row must not take the page or the letter away.
    """
    kind = kind_of(notice)
    try:
        return kind.words(notice)
    except (KeyError, TypeError, ValueError, AttributeError):
        logger.exception("notice %s of kind %s has facts that cannot be put into words", notice.pk, notice.kind)
        return str(kind.name)


def lines(notices: Sequence[Notice], reader: Manager) -> dict[int, list[Line]]:
    """The details of notices as this reader may see them now, by notice id. One call per kind among them."""
    by_kind: dict[str, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    found: dict[int, list[Line]] = {notice.pk: [] for notice in notices}
    for some in by_kind.values():
        if make := kind_of(some[0]).lines:
            for pk, details in make(some, reader).items():
                found[pk] = list(details)
    return found


def client_lines(
    notices: Sequence[Notice],
    reader: Manager,
    *,
    ids: Callable[[Notice], Sequence[int]],
    line: Callable[[Notice, Client], Line],
) -> dict[int, list[Line]]:
    """Details that are clients: in the order of ``ids``, only those the reader may see now, the rest counted.

    One query, however many notices. ``line`` gets the notice and the client (with all its own fields).
    """
    wanted = {pk for notice in notices for pk in ids(notice)}
    visible = {client.pk: client for client in Client.objects.visible_to(reader).filter(pk__in=wanted)}
    found: dict[int, list[Line]] = {}
    for notice in notices:
        named = list(ids(notice))
        found[notice.pk] = [line(notice, visible[pk]) for pk in named if pk in visible]
        if hidden := sum(pk not in visible for pk in named):
            text = ngettext(
                "%(count)d client is no longer yours to see", "%(count)d clients are no longer yours to see", hidden
            )
            found[notice.pk].append(Line(text % {"count": hidden}))
    return found


def notify(
    *,
    kind: str,
    recipients: Iterable[int],
    key: str,
    data: Mapping[str, Any] | Mapping[int, Mapping[str, Any]],
    date: dt.date | None = None,
    url: str = "",
) -> int:
    """Tell people something, each at most once per ``kind`` and ``key``, however often it is said.

    Joins the caller's transaction. Who no longer works here is not told, nor who wants to hear nothing of the kind
    (``NoticeSetting``): then no row is made, so nothing but the page and the letter may depend on a notice. Three
    queries, and one more per 500 people.

    Args:
        recipients: ids of managers.
        key: what makes it the same notice when it is told again: "2026-11-21" for a night.
        data: the facts, as JSON; or, by recipient's id, each one's own. Who is not in such a mapping is not told.
        date: the company's calendar date it belongs to; today without one.
        url: where it leads, an address of this site.

    Returns:
        How many people were told now. (Two callers at the same moment may both count the same person.)

    Raises:
        KeyError: nobody declared the kind.
    """
    if kind not in _kinds:
        raise KeyError(f"no such kind of notice: {kind}")
    each = _by_recipient(set(recipients), data)
    told = Notice.objects.filter(kind=kind, key=key, recipient__in=each).values_list("recipient_id", flat=True)
    here = Manager.objects.filter(pk__in=each, is_active=True).exclude(pk__in=list(told)).order_by("pk")
    if not _kinds[kind].urgent:
        deaf = NoticeSetting.objects.filter(manager=OuterRef("pk"), kind=kind, channel=NoticeSetting.Channel.NONE)
        here = here.filter(~Exists(deaf))
    new = [
        Notice(recipient_id=pk, kind=kind, key=key, date=date or clock.today(), data=dict(each[pk]), url=url)
        for pk in here.values_list("pk", flat=True)
    ]
    Notice.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
    return len(new)


def _by_recipient(recipients: set[int], data: Mapping[Any, Any]) -> dict[int, Mapping[str, Any]]:
    """Facts by recipient. Facts of one notice have words for keys, those of many have ids."""
    if data and all(isinstance(key, int) for key in data):
        return {pk: data[pk] for pk in recipients if pk in data}
    return dict.fromkeys(recipients, data)


@dataclass(frozen=True, slots=True)
class Unread:
    """What a person has not read: how many (no further than one above ``MOST_COUNTED``), the id of the newest; 0."""

    count: int = 0
    newest: int = 0


def unread(reader: Manager) -> Unread:
    """What this person has not read. One query."""
    found = [notice.pk for notice in rows_of(reader, "unread")]
    return Unread(len(found), max(found)) if found else Unread()


def unread_count(reader: Manager) -> int:
    """How many notices this person has not read, counted no further than one above ``MOST_COUNTED``. One query."""
    return unread(reader).count


def mark_read(
    reader: Manager,
    notices: Iterable[int] | None = None,
    *,
    up_to: int | None = None,
    now: dt.datetime | None = None,
) -> int:
    """The person has read these of his notices (ids), or all up to the id ``up_to``, or all. Returns how many were new.

    Others' notices are never touched. ``now`` is kept as the moment; by it :func:`mark_unread` takes it back.
    """
    new = Notice.objects.filter(recipient=reader, read_at=None)
    if notices is not None:
        new = new.filter(pk__in=list(notices))
    if up_to is not None:
        new = new.filter(pk__lte=up_to)
    return new.update(read_at=now or clock.now())


def mark_unread(reader: Manager, *, at: dt.datetime) -> int:
    """Take back what was marked as read in one moment. Returns how many notices are unread again."""
    return Notice.objects.filter(recipient=reader, read_at=at).update(read_at=None)


def bell(request: HttpRequest) -> Unread:
    """What stands in the top bar: the unread notices of who asks, read once per request."""
    if not hasattr(request, "unread_notices"):
        request.unread_notices = unread(request.user)  # type: ignore[attr-defined,arg-type]
    return request.unread_notices  # type: ignore[attr-defined,no-any-return]
