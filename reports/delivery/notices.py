"""Who had a report sent is told when a letter of it did not arrive, and why."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Notice
from clients.notices import NoticeKind, notify, register
from reports.models import ReportLetter

KIND = "reports.undelivered"
REASONS = {
    "mail": gettext_lazy("the mail server did not take it"),
    "gone": gettext_lazy("the report, or who had it sent, is not there any more"),
    "left": gettext_lazy("no longer works here"),
    "address": gettext_lazy("has no e-mail address"),
    "chosen": gettext_lazy("may not get this report from you any more"),
    "scope": gettext_lazy("may not see what its filters ask for any more"),
}


def undelivered(letter: ReportLetter, why: str) -> None:
    """Tell the owner, once for each letter."""
    delivery = letter.delivery
    notify(
        kind=KIND,
        recipients=[delivery.owner_id],
        key=str(letter.pk),
        data={"name": delivery.name, "to": str(letter.recipient), "why": why},
        url=reverse("report-deliveries"),
    )


def _words(notice: Notice) -> str:
    facts = {**notice.data, "why": REASONS[notice.data["why"]]}
    return _("“%(name)s” did not reach %(to)s: %(why)s.") % facts


register(
    NoticeKind(
        key=KIND,
        name=gettext_lazy("Reports that did not arrive"),
        about=gettext_lazy("A report you have sent regularly did not reach somebody."),
        icon="envelope-exclamation",
        words=_words,
        order=60,
    )
)
