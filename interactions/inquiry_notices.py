"""What is told of inquiries: to whoever one was passed to, and to who says what becomes of one that is nobody's."""

import datetime as dt

from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from clients.models import Manager, Notice
from clients.notices import NoticeKind, notify, register
from clients.superiors import deciders, superiors
from crm.web.access import Access
from interactions.models import Inquiry

PASSED, WAITS = "inquiry.passed", "inquiry.waits"
_EXCERPT = 150


def passed(inquiry: Inquiry, *, by: Manager | None, today: dt.date) -> None:
    """Tell who shall go on with it, and who stands in for him today; ``by`` None: it came with its client."""
    assert inquiry.assigned_to_id is not None, "a passed inquiry has whom"
    deputy = superiors(today).deputies.get(inquiry.assigned_to_id)
    notify(
        kind=PASSED,
        recipients={pk for pk in (inquiry.assigned_to_id, deputy) if pk and (by is None or pk != by.pk)},
        key=f"{inquiry.pk} {inquiry.assigned_to_id} {inquiry.assigned_at:%Y-%m-%d %H:%M:%S}",
        data=_facts(inquiry) | {"who": str(by) if by else ""},
        url=inquiry.get_absolute_url(),
    )


def waits(inquiry: Inquiry, *, by: Manager) -> None:
    """Tell the head above whoever answered (without one the directors) that nobody has it."""
    notify(
        kind=WAITS,
        recipients=set(deciders(by)) - {by.pk},
        key=str(inquiry.pk),
        data=_facts(inquiry) | {"who": str(by)},
        url=inquiry.get_absolute_url(),
    )


def _facts(inquiry: Inquiry) -> dict[str, object]:
    return {
        "client": inquiry.client.name,
        "client_id": inquiry.client_id,
        "text": Truncator(inquiry.text).chars(_EXCERPT),
    }


def _passed_words(notice: Notice) -> str:
    facts = {"name": notice.data["who"], "client": notice.data["client"], "text": notice.data["text"]}
    if not facts["name"]:
        return gettext("An inquiry of %(client)s waits for you: %(text)s") % facts
    return gettext("%(name)s passed on to you an inquiry of %(client)s: %(text)s") % facts


def _waits_words(notice: Notice) -> str:
    facts = {"name": notice.data["who"], "client": notice.data["client"], "text": notice.data["text"]}
    return gettext("An inquiry of %(client)s is nobody's yet, %(name)s took it: %(text)s") % facts


register(
    NoticeKind(
        key=PASSED,
        name=gettext_lazy("Inquiries for you"),
        about=gettext_lazy("A client called or wrote, and it waits for you to go on with it."),
        icon="telephone-inbound",
        words=_passed_words,
        same_day=True,
        order=8,
    )
)
register(
    NoticeKind(
        key=WAITS,
        name=gettext_lazy("Inquiries nobody has"),
        about=gettext_lazy("A client called whom no distribution rule gives to anybody: say who goes on with it."),
        access=Access.HEAD,
        icon="question-circle",
        words=_waits_words,
        same_day=True,
        order=9,
    )
)
