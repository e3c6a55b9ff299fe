"""A letter to a client that could not be delivered: its writer is told."""

from django.utils.translation import gettext, gettext_lazy

from clients.models import Notice
from clients.notices import NoticeKind, notify, register
from interactions.models import ClientLetter

FAILED = "letter.failed"


def given_up(letter: ClientLetter) -> None:
    """Tell who wrote it that the mail server would not take it, however often it was asked."""
    notify(
        kind=FAILED,
        recipients=[letter.by_id],
        key=str(letter.pk),
        data={"client": letter.client.name, "subject": letter.subject},
        url=letter.client.get_absolute_url(),
    )


def _words(notice: Notice) -> str:
    return gettext(
        'Your letter "%(subject)s" to %(client)s could not be delivered. It does not count as a contact.'
    ) % {
        "client": notice.data["client"],
        "subject": notice.data["subject"],
    }


register(
    NoticeKind(
        key=FAILED,
        name=gettext_lazy("Letters that did not arrive"),
        about=gettext_lazy("When the mail server would not take a letter you wrote to a client."),
        icon="envelope-exclamation",
        words=_words,
        order=64,
    )
)
