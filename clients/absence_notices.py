"""Telling people of absences: who decides, who is away, who stands in."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import notices
from clients.models import Absence, Manager, Notice
from clients.periods import period
from clients.superiors import deciders
from crm import clock
from crm.web.access import Access

ASKED, DECIDED, STANDS_IN = "absence.asked", "absence.decided", "absence.deputy"
_URL = "/absences/"


def asked(absence: Absence) -> None:
    """Tell who decides that an absence waits for him."""
    _tell(ASKED, set(deciders(absence.manager)), absence)


def decided(absence: Absence, *, by: Manager, former_deputy: Manager | None = None) -> None:
    """Tell who is away what was decided or changed, and the deputy (a former one too) when and whether he stands in.

    Who did it himself is not told, nor is anybody told of days that are over.
    """
    _tell(DECIDED, {absence.manager_id} - {by.pk}, absence)
    if absence.status in (Absence.Status.DECLINED, Absence.Status.REQUESTED):
        return  # the deputy was never told of it
    over = absence.ends_on < clock.today() and absence.status == Absence.Status.APPROVED
    if absence.deputy_id and not over:
        _tell(STANDS_IN, {absence.deputy_id} - {by.pk}, absence)
    if former_deputy and former_deputy.pk != absence.deputy_id:
        _tell(STANDS_IN, {former_deputy.pk} - {by.pk}, absence, status=Absence.Status.CANCELLED)


def _tell(kind: str, recipients: set[int], absence: Absence, *, status: str = "") -> None:
    status = status or absence.status
    days = f"{absence.starts_on.isoformat()}/{absence.ends_on.isoformat()}"
    if recipients:
        notices.notify(
            kind=kind,
            recipients=recipients,
            key=f"{absence.pk} {status} {days}",
            data={"who": str(absence.manager), "status": status, "from": days[:10], "to": days[11:]},
            url=_URL,
        )


# --- in words ---------------------------------------------------------------------------------------------------------
def _facts(notice: Notice) -> dict[str, str]:
    first, last = (dt.date.fromisoformat(notice.data[name]) for name in ("from", "to"))
    return {"name": notice.data["who"], "days": period(first, last)}


def _asked_words(notice: Notice) -> str:
    return _("%(name)s asks to be away %(days)s") % _facts(notice)


def _decided_words(notice: Notice) -> str:
    words = {
        Absence.Status.APPROVED: _("Your absence %(days)s is approved"),
        Absence.Status.DECLINED: _("Your absence %(days)s is declined"),
        Absence.Status.REQUESTED: _("Your absence %(days)s waits for the head"),
        Absence.Status.CANCELLED: _("Your absence %(days)s is cancelled"),
    }
    return words[notice.data["status"]] % _facts(notice)


def _deputy_words(notice: Notice) -> str:
    if notice.data["status"] == Absence.Status.APPROVED:
        return _("You stand in for %(name)s %(days)s") % _facts(notice)
    return _("You do not stand in for %(name)s %(days)s any more") % _facts(notice)


notices.register(
    notices.NoticeKind(
        key=ASKED,
        name=gettext_lazy("Absences to decide on"),
        about=gettext_lazy("Somebody of your people asks to be away."),
        access=Access.HEAD,
        icon="calendar-x",
        words=_asked_words,
        order=30,
    )
)
notices.register(
    notices.NoticeKind(
        key=STANDS_IN,
        name=gettext_lazy("Standing in"),
        about=gettext_lazy("For whom you stand in, and when."),
        icon="people",
        words=_deputy_words,
        order=40,
    )
)
notices.register(
    notices.NoticeKind(
        key=DECIDED,
        name=gettext_lazy("Your absences"),
        about=gettext_lazy("What was decided on your absences."),
        icon="calendar-check",
        words=_decided_words,
        order=60,
    )
)
