"""What the pages and forms of events read."""

import datetime as dt

from django.db.models import F, Q, QuerySet, Value

from clients.models import Client, ContactPerson, Department, Manager
from clients.search import search
from crm import clock
from interactions.models import (
    Event,
    SalesProcess,
)


def possible_responsibles(reader: Manager, client: Client, current: int | None = None) -> QuerySet[Manager]:
    """Who may be named as responsible: the reader, who holds or co-manages the client, and a head's people."""
    ids = {reader.pk, *reader.deputised_manager_ids, *reader.headed_manager_ids}
    ids |= {pk for pk in (client.manager_id, current) if pk}
    condition = Q(pk__in=ids) | Q(co_managed_clients=client)
    if reader.sees_everything:
        condition |= Q(department__isnull=False)
    return Manager.objects.filter(condition, Q(is_active=True) | Q(pk=current)).distinct()


def possible_helpers(process: SalesProcess) -> QuerySet[Manager]:
    """Who may help with a sale: those who see its client by a right of their own, and those who help already;
    not its responsible."""
    client = process.client
    condition = Q(pk=client.manager_id) | Q(co_managed_clients=client)
    if process.pk:
        condition |= Q(co_managed_processes=process)
    if client.manager and client.manager.department:
        path = client.manager.department.path
        above = Department.objects.annotate(below=Value(path)).filter(below__startswith=F("path")).exclude(path="")
        condition |= Q(pk__in=above.values("head"))
    return Manager.objects.filter(condition, is_active=True).exclude(pk=process.responsible_id).distinct()


def responsibles_at_hand(reader: Manager, client: Client) -> list[Manager] | None:
    """``possible_responsibles`` without a query, where the card has read them all; None where it has not."""
    team = getattr(client, "team", None)
    if team is None or reader.sees_everything:
        return None
    people = {
        who.pk: who
        for who in (*team.co_managers, *reader.deputised_managers, client.manager, reader)
        if who and who.is_active
    }
    if not {reader.pk, *reader.deputised_manager_ids, *reader.headed_manager_ids} <= people.keys():
        return None
    return sorted(people.values(), key=lambda who: (who.last_name, who.first_name, who.username))


def persons_of(client: Client) -> QuerySet[ContactPerson]:
    """A client's contact persons who work there."""
    return ContactPerson.objects.filter(client=client, is_active=True)


def find_clients(reader: Manager, words: str, *, limit: int = 12) -> list[Client]:
    """Clients ``reader`` may work on, by name, phone or INN in any format; without words those who need him most."""
    if words.strip():
        return [hit.client for hit in search(words, by=reader, limit=limit, work_on=True)]
    rows = Client.objects.editable_by(reader).select_related("manager")
    return list(rows.held_by(reader).by_risk()[:limit])


def open_sales_of(client: Client) -> QuerySet[SalesProcess]:
    """Sales of a client an event may belong to."""
    return SalesProcess.objects.filter(client=client).open()


def finish_time(event: Event, now: dt.datetime) -> dt.datetime:
    """When a planned event most probably took place, if nobody says: at its time when that was today, else just now."""
    same_day = clock.local_date(event.occurred_at) == clock.local_date(now)
    return event.occurred_at if same_day and event.occurred_at <= now else now
