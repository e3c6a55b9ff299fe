"""Telling a manager that his client became one with a colleague's, and that it is one of its own again."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import notices
from clients.models import Client, Manager, MergeRecord, Notice

MERGED = "client.merged"


def merged(record: MergeRecord, *, keep: Client, loser: Manager | None) -> None:
    """``loser``: who held the dropped client. The manager of the kept one loses nothing, and is not told."""
    if loser and loser.pk not in (keep.manager_id, record.by_id):
        _tell(record, loser, f"{record.pk}", keep.get_absolute_url(), lead=str(keep.manager))


def parted(record: MergeRecord, *, drop: Client) -> None:
    """The client is back with who held it."""
    if drop.manager and drop.manager_id != record.undone_by_id:
        _tell(record, drop.manager, f"{record.pk} back", drop.get_absolute_url())


def _tell(record: MergeRecord, recipient: Manager, key: str, url: str, **facts: str) -> None:
    data = {"gone": record.drop_name, "kept": record.keep_name, **facts}
    notices.notify(kind=MERGED, recipients={recipient.pk}, key=key, data=data, url=url)


def _words(notice: Notice) -> str:
    if "lead" in notice.data:
        return _("%(gone)s was the same as %(kept)s: they are one client now, with %(lead)s") % notice.data
    return _("%(gone)s is a client of its own again, and yours") % notice.data


notices.register(
    notices.NoticeKind(
        key=MERGED,
        name=gettext_lazy("Clients that were merged"),
        icon="union",
        words=_words,
        about=gettext_lazy("Your client became one with a colleague's, or was parted from it again."),
        order=45,
    )
)
