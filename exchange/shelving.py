"""Setting clients of the exchange aside: quarantine ("do not contact until …") and the archive. One verb, one
transaction, on the locked client.

Who may is the caller's question (:func:`shelvable_by`); what may be done is answered here. Each verb leaves a
``Shelving`` row and a row in the client's change log. Whoever gets the client clears both marks
(``clients.services.attach``, ``exchange.undo``).
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from clients import rulebook
from clients.models import Client, Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.access import Access
from crm.web.errors import Conflict, DomainError
from crm.web.tags.times import on_day
from exchange.claim_rulebook import QUARANTINE_LONGEST
from exchange.models import Shelving

Action = Shelving.Action
ONE_DAY = dt.timedelta(days=1)
_MOST_SIGNS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one client of many.

    Attributes:
        ok: it was done.
        words: why not; or, when it was done, what is true of the client now.
    """

    client_id: int
    ok: bool
    words: str | Promise


# --- who may ----------------------------------------------------------------------------------------------------------
def shelvable_by(user: Manager) -> QuerySet[Client]:
    """The clients without a manager on which ``user`` decides: a head on those his people held last, directors and
    administrators on all, those that never had a manager included. Salespeople decide on none."""
    rows = Client.objects.filter(manager__isnull=True)
    if user.sees_everything:
        return rows
    if user.access_level < Access.HEAD:
        return rows.none()
    return rows.filter(last_manager_id__in=sorted(user.headed_manager_ids))


def decides_on(user: Manager, client: Client) -> bool:
    """Whether a client without a manager is his to decide on, for one that is read already. Of one that was claimed
    meanwhile it says whether it was."""
    if user.sees_everything:
        return True
    return user.access_level >= Access.HEAD and client.last_manager_id in user.headed_manager_ids


# --- the verbs --------------------------------------------------------------------------------------------------------
@transaction.atomic
def quarantine(*, client_id: int, until: dt.date, reason: str, by: Manager, now: dt.datetime | None = None) -> Shelving:
    """Nobody may contact or claim a client of the exchange until a day, that day included. Given again, the new day
    replaces the old one.

    Raises:
        Conflict: it is not on the exchange any more (claimed, given back, archived).
        DomainError: no reason (field ``reason``); the day is not ahead or too far (field ``until``).
    """
    client = _on_exchange(client_id)
    now = now or clock.now()
    reason = _reason(reason)
    first, last = quarantine_days(clock.local_date(now))
    if until < first:
        raise DomainError(_("Choose a day after today."), field="until")
    if last is not None and until > last:
        words = gettext("At most until %(date)s.") % {"date": date_format(last, "DATE_FORMAT")}
        raise DomainError(words, field="until")
    client.quarantine_until = until
    return _store(client, Action.QUARANTINE, by=by, now=now, reason=reason, until=until)


@transaction.atomic
def lift(*, client_id: int, by: Manager, reason: str = "", now: dt.datetime | None = None) -> Shelving:
    """The client may be contacted and claimed again from now on.

    Raises:
        Conflict: it is not on the exchange any more, or its quarantine is over.
    """
    client = _on_exchange(client_id)
    now = now or clock.now()
    if not client.is_quarantined(clock.local_date(now)):
        raise Conflict(_("It may be contacted already."))
    client.quarantine_until = None
    return _store(client, Action.LIFT, by=by, now=now, reason=_one_line(reason))


@transaction.atomic
def archive(*, client_id: int, reason: str, by: Manager, now: dt.datetime | None = None) -> Shelving:
    """Take a client that nobody holds out of the market for good. Its history stays readable for whoever read it; a
    quarantine stays too, and goes on if the client comes back before it is over.

    Raises:
        Conflict: somebody holds it, or it is archived already.
        DomainError: no reason (field ``reason``).
    """
    client = _unheld(client_id)
    if client.archived_at is not None:
        raise Conflict(_("It is archived already."))
    now = now or clock.now()
    reason = _reason(reason)
    client.archived_at = now
    return _store(client, Action.ARCHIVE, by=by, now=now, reason=reason)


@transaction.atomic
def restore(*, client_id: int, by: Manager, reason: str = "", now: dt.datetime | None = None) -> Shelving:
    """Bring a client back from the archive: to the exchange, where it arrives anew, now. (It cannot be given back to
    its last manager by undoing the night any more, and former owners wait from today.) One that never was on the
    exchange is unassigned again.

    Raises:
        Conflict: it is not in the archive.
    """
    client = _unheld(client_id)
    if client.archived_at is None:
        raise Conflict(_("It is not in the archive any more."))
    now = now or clock.now()
    client.archived_at = None
    if client.exchange_since is not None:
        client.exchange_since = now
    return _store(client, Action.RESTORE, by=by, now=now, reason=_one_line(reason))


# --- many at once -----------------------------------------------------------------------------------------------------
def quarantine_many(
    client_ids: Iterable[int], *, until: dt.date, reason: str, by: Manager, now: dt.datetime | None = None
) -> list[Answer]:
    """Set many aside, each in its own transaction; one answer per client, in the order asked. Those ``by`` does not
    decide on are refused."""
    done = gettext("Do not contact until %(date)s.") % {"date": on_day(until)}
    return _each(client_ids, by, done, lambda pk: quarantine(client_id=pk, until=until, reason=reason, by=by, now=now))


def archive_many(
    client_ids: Iterable[int], *, reason: str, by: Manager, now: dt.datetime | None = None
) -> list[Answer]:
    """Archive many, each in its own transaction; one answer per client, in the order asked. Those ``by`` does not
    decide on are refused."""
    done = gettext("Archived.")
    return _each(client_ids, by, done, lambda pk: archive(client_id=pk, reason=reason, by=by, now=now))


def _each(client_ids: Iterable[int], by: Manager, done: str, act: Callable[[int], Shelving]) -> list[Answer]:
    ids = list(dict.fromkeys(client_ids))
    his = set(shelvable_by(by).filter(pk__in=ids).values_list("pk", flat=True))
    held = set(Client.objects.held().filter(pk__in=ids).values_list("pk", flat=True)) - his
    answers = []
    for pk in ids:
        if pk in held:
            answers.append(Answer(pk, False, _TAKEN))
        elif pk not in his:
            answers.append(Answer(pk, False, _("The head of its last manager decides on it.")))
        else:
            try:
                act(pk)
                answers.append(Answer(pk, True, done))
            except DomainError as refused:
                answers.append(Answer(pk, False, refused.message))
    return answers


# --- what is shown ----------------------------------------------------------------------------------------------------
def quarantine_days(today: dt.date) -> tuple[dt.date, dt.date | None]:
    """The first and the last day until which a client may be set aside today; no last day where the rule is off."""
    days = rulebook.load()[QUARANTINE_LONGEST]
    return today + ONE_DAY, None if days is None else today + dt.timedelta(days=days)


def latest(clients: Collection[Client], today: dt.date) -> dict[int, Shelving]:
    """Why each of these clients is set aside now: the latest row of the mark it wears. One query; none where no client
    wears one."""
    wanted = {client.pk: action for client in clients if (action := mark_of(client, today))}
    if not wanted:
        return {}
    rows = Shelving.objects.filter(client__in=wanted, action__in=set(wanted.values())).select_related("made_by")
    found: dict[int, Shelving] = {}
    for row in rows.order_by("made_at", "pk"):
        if row.action == wanted[row.client_id]:
            found[row.client_id] = row
    return found


def mark_of(client: Client, today: dt.date) -> str:
    """How a client is set aside now: "archive", "quarantine" or ""."""
    if client.archived_at is not None:
        return Action.ARCHIVE.value
    return Action.QUARANTINE.value if client.is_quarantined(today) else ""


# --- inside -----------------------------------------------------------------------------------------------------------
_TAKEN = gettext_lazy("It has a lead manager now.")


def _unheld(client_id: int) -> Client:
    """The client, locked.

    Raises:
        Conflict: it is gone, or somebody holds it.
    """
    client = lock_clients([client_id]).get(client_id)
    if client is None:
        raise Conflict(_("This client does not exist any more."))
    if client.is_held:
        raise Conflict(_("%(manager)s has taken it meanwhile.") % {"manager": client.manager})
    return client


def _on_exchange(client_id: int) -> Client:
    client = _unheld(client_id)
    if client.archived_at is not None:
        raise Conflict(_("It is archived: bring it back first."))
    if not client.is_on_exchange:
        raise Conflict(_("This client is not on the exchange."))
    return client


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_MOST_SIGNS]


def _reason(text: str) -> str:
    if not (reason := _one_line(text)):
        raise DomainError(_("Say why: everybody in sales reads it."), field="reason")
    return reason


_FIELDS: Sequence[str] = ("quarantine_until", "archived_at", "exchange_since", "updated_at")


def _store(
    client: Client, action: Action, *, by: Manager, now: dt.datetime, reason: str = "", until: dt.date | None = None
) -> Shelving:
    client._history_user = by  # type: ignore[attr-defined]
    client.save(update_fields=_FIELDS)
    return Shelving.objects.create(
        client=client, action=action, until=until, reason=reason, date=clock.local_date(now), made_at=now, made_by=by
    )
