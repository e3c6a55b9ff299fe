"""The kinds of notices of the interactions app: late contacts that wait for the head, what he decided, and what he
noted for the responsible."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from clients import mentions
from clients.models import Manager, Notice
from clients.notices import NoticeKind, notify, register
from clients.periods import period
from clients.superiors import deciders
from crm import clock
from crm.web.access import Access
from interactions.models import Approval, Event, HeadComment

WAITS, DECIDED, COMMENTED = "contact.waits", "contact.decided", "event.commented"


def waits(event: Event, *, by: Manager) -> None:
    """Tell who decides that the date of a contact waits for him. Three queries; most contacts never come here."""
    holder = event.client.manager
    if holder is None:
        return
    notify(
        kind=WAITS,
        recipients=set(deciders(holder)) - {by.pk},
        key=_key(event),
        data=_facts(event) | {"who": str(by)},
        url=reverse("approval-list"),
    )


def decided(event: Event, *, by: Manager) -> None:
    """Tell the author what became of his contact."""
    notify(
        kind=DECIDED,
        recipients={event.author_id} - {by.pk},
        key=f"{_key(event)} {event.approval}",
        data=_facts(event) | {"who": str(by), "approved": event.approval == Approval.APPROVED},
        url=event.get_absolute_url(),
    )


def commented(comment: HeadComment) -> None:
    """Tell the responsible that his head noted something for him. The words are read at the event alone."""
    event = comment.event
    notify(
        kind=COMMENTED,
        recipients={event.responsible_id} - {comment.author_id},
        key=str(comment.pk),
        data=_facts(event) | {"who": str(comment.author)},
        url=f"{event.get_absolute_url()}#head-comments",
    )


def named(event: Event, *, by: Manager, stored: Event | None = None) -> None:
    """Tell whoever is named in what was said or what came of it, and was not named in it before (``stored``)."""
    for what, field in ((mentions.EVENT, "text"), (mentions.RESULT, "result")):
        before = getattr(stored, field) if stored else ""
        mentions.tell(
            before, getattr(event, field), by=by, client=event.client, url=event.get_absolute_url(), what=what
        )


def _key(event: Event) -> str:
    return f"{event.pk} {clock.local_date(event.occurred_at).isoformat()}"


def _facts(event: Event) -> dict[str, object]:
    return {
        "client": event.client.name,
        "client_id": event.client_id,
        "day": clock.local_date(event.occurred_at).isoformat(),
    }


def _said(notice: Notice) -> dict[str, str]:
    day = dt.date.fromisoformat(notice.data["day"])
    return {"name": notice.data["who"], "client": notice.data["client"], "day": period(day, day)}


def _waits_words(notice: Notice) -> str:
    return gettext("%(name)s registered a contact with %(client)s late, for %(day)s: does it count?") % _said(notice)


def _decided_words(notice: Notice) -> str:
    if notice.data["approved"]:
        return gettext("%(name)s approved your contact with %(client)s of %(day)s: it counts") % _said(notice)
    return gettext("%(name)s did not approve your contact with %(client)s of %(day)s: it does not count") % _said(
        notice
    )


def _commented_words(notice: Notice) -> str:
    return gettext("%(name)s noted something for you at your event with %(client)s of %(day)s") % _said(notice)


register(
    NoticeKind(
        key=COMMENTED,
        name=gettext_lazy("Notes of the head"),
        about=gettext_lazy("What the head noted for you at one of your events."),
        icon="chat-square-text",
        words=_commented_words,
        order=63,
    )
)
register(
    NoticeKind(
        key=WAITS,
        name=gettext_lazy("Dates to decide on"),
        about=gettext_lazy("A contact was registered late and counts only if you say so."),
        access=Access.HEAD,
        icon="clock-history",
        words=_waits_words,
        order=32,
    )
)
register(
    NoticeKind(
        key=DECIDED,
        name=gettext_lazy("Decided on your contacts"),
        about=gettext_lazy("What the head decided on contacts you registered late."),
        icon="check2-circle",
        words=_decided_words,
        order=62,
    )
)
