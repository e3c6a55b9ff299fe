"""What heads do with signals: they have looked at one, with a note of what came of it; or must look again."""

from django.utils.translation import gettext as _

from clients.models import Manager
from crm import clock
from crm.web.errors import Conflict
from exchange.models import Signal


def mark_seen(*, signal: Signal, by: Manager, note: str = "") -> None:
    """Somebody has looked at it.

    Raises:
        ValidationError: the note is too long.
        Conflict: somebody else was quicker.
    """
    signal.seen_at, signal.seen_by, signal.note = clock.now(), by, note.strip()
    signal.clean_fields(exclude=["manager", "client", "events"])
    values = {"seen_at": signal.seen_at, "seen_by": by, "note": signal.note}
    if not Signal.objects.filter(pk=signal.pk, seen_at=None).update(**values):
        raise Conflict(_("Somebody has looked at it already."))


def mark_unseen(*, signal: Signal) -> None:
    """It is to be looked at again; the note goes with the look it came of.

    Raises:
        Conflict: nobody has looked at it.
    """
    if not Signal.objects.filter(pk=signal.pk, seen_at__isnull=False).update(seen_at=None, seen_by=None, note=""):
        raise Conflict(_("Nobody has looked at it yet."))
