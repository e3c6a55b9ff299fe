"""Secret addresses at which other programs read a calendar: made, revoked, and what stands behind one."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from clients.working_hours import zone_of
from crm import clock
from crm.web.access import Access
from crm.web.errors import Conflict, DomainError
from crm.web.preferences import of_person
from interactions.calendar import ics
from interactions.calendar.reading import entries
from interactions.models import CalendarFeed

#: What lies further back or ahead is not told.
BEFORE, AHEAD = dt.timedelta(days=30), dt.timedelta(days=365)
#: When an address was last read is written down no oftener.
NOTED_EVERY = dt.timedelta(hours=1)
#: So many addresses of one person at once.
MOST = 20
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed with its secret, which nobody can tell any more afterwards."""

    feed: CalendarFeed
    secret: str


@transaction.atomic
def make(*, manager: Manager, name: str, scope: str, with_words: bool) -> NewFeed:
    """A new secret address.

    Raises:
        DomainError: whoever leads nobody asks for the events of his people; he has too many addresses.
        ValidationError: a field is wrong.
    """
    if scope == CalendarFeed.Scope.TEAM and manager.access_level < Access.HEAD:
        raise DomainError(_("Only heads have people whose events they could read."), field="scope")
    if CalendarFeed.objects.filter(manager=manager, revoked_at__isnull=True).count() >= MOST:
        raise DomainError(_("These are too many addresses: revoke those you do not use."))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    feed = CalendarFeed(manager=manager, name=name, scope=scope, with_words=with_words, digest=_digest(secret))
    feed.full_clean()
    feed.save()
    return NewFeed(feed, secret)


@transaction.atomic
def revoke(*, feed: CalendarFeed, now: dt.datetime | None = None) -> None:
    """From now on nothing is found at the address.

    Raises:
        Conflict: it is revoked already.
    """
    if not CalendarFeed.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(revoked_at=now or clock.now()):
        raise Conflict(_("This address is revoked already."))


def find(secret: str) -> CalendarFeed | None:
    """The feed behind a secret; None when there is none, it is revoked, or its person does not work here any more.

    It is looked up by a digest of what was sent, so how long that takes says nothing about the secrets there are.
    """
    rows = CalendarFeed.objects.filter(revoked_at__isnull=True, manager__is_active=True)
    return rows.select_related("manager").filter(digest=_digest(secret)).first()


def note_reading(feed: CalendarFeed, *, now: dt.datetime | None = None) -> None:
    """When it was last read, for its person to see: to the hour."""
    now = now or clock.now()
    if feed.read_at is None or now - feed.read_at >= NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)


def content(feed: CalendarFeed, *, site: str, now: dt.datetime | None = None) -> bytes:
    """The calendar as its person may see it at this moment, in his language and time zone."""
    now, manager = now or clock.now(), feed.manager
    is_team = feed.scope == CalendarFeed.Scope.TEAM
    people = {each.pk: each for each in Manager.objects.reported_to(manager)} if is_team else None
    with of_person(manager):
        found = entries(manager, list(people or [manager.pk]), now - BEFORE, now + AHEAD, planned_only=is_team)
        return ics.write(
            found,
            name=f"Svetofor: {feed.name}",
            zone=zone_of(manager),
            site=site,
            with_words=feed.with_words,
            people=people,
        )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
