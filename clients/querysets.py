"""The business verbs of the clients app's tables. ``visible_to`` and its kin are the one place that decides who sees
what."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When

from clients.rules.zones import Zone
from crm import clock
from crm.web.access import Access

if TYPE_CHECKING:
    from clients.models import Client, Manager


def visible_q(manager: Manager, prefix: str = "") -> Q | None:
    """Which clients ``manager`` may read in full; None means all of them.

    ``prefix`` is the path from the filtered table to the client ("client__"), so that events, persons and processes
    are decided by the very same condition.
    """
    if manager.sees_everything:
        return None
    return sees_q(workers_of(manager), manager.pk, prefix)


def sees_q(managers: Any, helper: Any, prefix: str = "") -> Q:
    """The clients of :func:`works_on_q`, and those on the exchange: ids, or parameters of a prepared query."""
    return works_on_q(managers, helper, prefix) | Q(**{f"{prefix}exchange_since__isnull": False})


def editable_q(manager: Manager, prefix: str = "") -> Q | None:
    """Which clients ``manager`` may work on: own, deputised, co-managed, and a head's departments'; None means all."""
    if manager.sees_everything:
        return None
    return works_on_q(workers_of(manager), manager.pk, prefix)


def workers_of(manager: Manager) -> list[int]:
    """On whose clients ``manager`` works: his own, those he stands in for, and a head his people's."""
    return sorted({manager.pk, *manager.deputised_manager_ids, *manager.headed_manager_ids})


def ids_worked_on(managers: Any, helper: Any) -> models.QuerySet:
    """The ids of the clients of these managers, and of those ``helper`` co-manages: ids, or parameters of a prepared
    query. A set that stands by itself is joined; a condition with OR (:func:`works_on_q`) is asked of every row."""
    clients, co_managers = apps.get_model("clients", "Client"), apps.get_model("clients", "CoManager")
    held = clients._default_manager.filter(manager__in=managers).order_by().values("pk")
    return held.union(co_managers._default_manager.filter(manager=helper).order_by().values("client"))


def works_on_q(managers: Any, helper: Any, prefix: str = "") -> Q:
    """The clients of these managers, and those ``helper`` co-manages: ids, or parameters of a prepared query."""
    co_managed = apps.get_model("clients", "CoManager").objects.filter(manager=helper).values("client_id")
    return Q(**{f"{prefix}manager_id__in": managers}) | Q(**{f"{prefix}id__among": co_managed})


def transferable_q(manager: Manager) -> Q | None:
    """Which clients ``manager`` may give away: own and a head's; None means all."""
    if manager.sees_everything:
        return None
    return Q(manager_id__in=givers_of(manager))


def givers_of(manager: Manager) -> list[int]:
    """Whose clients ``manager`` may give away: his own, and a head his people's."""
    return sorted({manager.pk, *manager.headed_manager_ids})


def inn_begins_q(digits: str) -> Q:
    """Clients whose INN begins with these digits. The index on it leaves out those without one, and must be told."""
    return Q(inn__startswith=digits) & ~Q(inn="")


class OfClientQuerySet(models.QuerySet):
    """Rows that hang on a client and are seen and edited with it."""

    client_prefix = "client__"

    def visible_to(self, manager: Manager) -> Self:
        condition = visible_q(manager, self.client_prefix)
        return self if condition is None else self.filter(condition)

    def editable_by(self, manager: Manager) -> Self:
        condition = editable_q(manager, self.client_prefix)
        return self if condition is None else self.filter(condition)

    def led_by(self, manager: Manager) -> Self:
        """What the head alone decides on: the clients whose lead managers ``manager`` heads; a director's are all, a
        salesperson's none.

        Narrower than ``editable_by``: a head who stands in for a colleague of another department decides nothing there.
        """
        if manager.sees_everything:
            return self
        if manager.access_level < Access.HEAD:
            return self.none()
        return self.filter(**{f"{self.client_prefix}manager_id__in": sorted(manager.headed_manager_ids)})


class ClientQuerySet(OfClientQuerySet):
    client_prefix = ""

    def known_to(self, manager: Manager) -> Self:
        """Clients of which ``manager`` may know name, city, zone and lead manager: everybody's."""
        return self if manager.is_active else self.none()

    def transferable_by(self, manager: Manager) -> Self:
        """Clients ``manager`` may return, hand over or release: own and a head's; neither deputised nor co-managed."""
        condition = transferable_q(manager)
        return self if condition is None else self.filter(condition)

    def held(self) -> Self:
        return self.filter(manager__isnull=False)

    def held_by(self, manager: Manager) -> Self:
        return self.filter(manager=manager)

    def on_exchange(self) -> Self:
        """Without a manager and to be claimed, now or later; the quarantined too, the archived not."""
        return self.filter(manager__isnull=True, exchange_since__isnull=False, archived_at__isnull=True)

    def archived(self) -> Self:
        return self.filter(archived_at__isnull=False)

    def quarantined(self, day: dt.date) -> Self:
        """Those on the exchange that nobody may claim on this day."""
        return self.on_exchange().filter(quarantine_until__gte=day)

    def unassigned(self) -> Self:
        return self.filter(manager__isnull=True, exchange_since__isnull=True, archived_at__isnull=True)

    def in_zone(self, zone: str, day: dt.date) -> Self:
        """Held clients whose colour on ``day`` is ``zone``, by the dates. ``red`` is without those due for the
        exchange."""
        held = self.held()
        match Zone(zone):
            case Zone.GREEN:
                return held.filter(yellow_on__gt=day)
            case Zone.YELLOW:
                return held.filter(yellow_on__lte=day, red_on__gt=day)
            case Zone.RED:
                return held.filter(red_on__lte=day, detach_on__gt=day)
            case Zone.DUE:
                return held.filter(detach_on__lte=day)

    def due_on(self, day: dt.date) -> Self:
        """Held clients that the night of ``day`` detaches by the bare thresholds."""
        return self.in_zone(Zone.DUE, day)

    def zone_lags_on(self, day: dt.date) -> Self:
        """Held clients whose published zone is not the one of ``day``; those due for the exchange that stay are red."""
        return self.held().exclude(zone=zone_expression(day))

    def by_risk(self) -> Self:
        """Those who leave first come first; those nobody holds come last."""
        return self.order_by(F("detach_on").asc(nulls_last=True), "pk")

    def for_lines(self) -> Self:
        """With the manager's name, without what no list shows: what is asked for nevertheless costs a query a row."""
        return self.select_related("manager").defer(*unlisted("", "manager__"))


#: What no list shows of a client and its manager, so lists do not read it: half of all columns.
_UNLISTED_OF_CLIENT = """
    full_name ogrn country address time_zone birthday birthday_md founded_year employees annual_revenue bank_name bik
    bank_account profile preferences potential decision_making notes zone last_manager quarantine_until external_id
    created_by updated_at
"""
_UNLISTED_OF_MANAGER = """
    password last_login is_superuser email is_staff is_active date_joined middle_name role phone language time_zone
    theme start_page daily_letter may_export reminder_minutes works_from works_until external_id
"""


def unlisted(client: str = "", *people: str) -> list[str]:
    """To ``defer()``: what lists do not show of a client and of managers, by their paths from the listed rows
    (``unlisted("client__", "responsible__")``)."""
    of_people = _UNLISTED_OF_MANAGER.split()
    return [
        *(f"{client}{name}" for name in _UNLISTED_OF_CLIENT.split()),
        *(f"{path}{name}" for path in people for name in of_people),
    ]


def zone_expression(day: dt.date) -> Case:
    """The zone by the dates as SQL, for counting and for publishing; the same half-open ranges as
    ``rules.zones.zone_on``."""
    return Case(
        When(manager__isnull=True, then=Value("")),
        When(yellow_on__gt=day, then=Value(Zone.GREEN.value)),
        When(red_on__gt=day, then=Value(Zone.YELLOW.value)),
        default=Value(Zone.RED.value),
        output_field=models.CharField(),
    )


class ContactPersonQuerySet(OfClientQuerySet):
    pass


class ContactPointQuerySet(OfClientQuerySet):
    pass


class AttachmentQuerySet(OfClientQuerySet):
    def present(self) -> Self:
        """Those nobody has deleted."""
        return self.filter(deleted_at__isnull=True)


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, manager: Manager) -> Self:
        """His own, and those shared with a department he belongs to or that his own is part of."""
        shared = Q(pk__in=[])
        if manager.department:
            above = [int(pk) for pk in manager.department.path.split("/") if pk]
            shared = Q(department__in=above)
        return self.filter(Q(owner=manager) | shared)


class ClientRelationQuerySet(models.QuerySet):
    def of(self, client: Client) -> Self:
        """The relations of one client, from whichever side."""
        return self.filter(Q(source=client) | Q(target=client)).select_related("source__manager", "target__manager")


class DuplicatePairQuerySet(models.QuerySet):
    def decidable_by(self, manager: Manager) -> Self:
        """Pairs both of which ``manager`` may give away (``transferable_by``): his to merge or to tell apart."""
        if manager.sees_everything:
            return self
        whose = sorted({manager.pk, *manager.headed_manager_ids})
        return self.filter(one__manager_id__in=whose, other__manager_id__in=whose)


class MergeRecordQuerySet(models.QuerySet):
    def visible_to(self, manager: Manager) -> Self:
        """What he did, and what was done to clients he decides on; directors and administrators see all."""
        if manager.sees_everything:
            return self
        clients = manager.clients.model._default_manager.transferable_by(manager)
        return self.filter(Q(by=manager) | Q(keep_pk__in=clients.order_by().values("pk")))


class DepartmentQuerySet(models.QuerySet):
    def headed_by(self, manager: Manager) -> Self:
        """The departments ``manager`` heads, with all below them."""
        condition = Q(pk__in=[])
        for path in self.model.objects.filter(head=manager).exclude(path="").values_list("path", flat=True):
            condition |= Q(path__startswith=path)
        return self.filter(condition)

    def visible_to(self, manager: Manager) -> Self:
        """The departments whose reports ``manager`` may read: a head his own, a director all, a salesperson none."""
        return self if manager.sees_everything else self.headed_by(manager)


class ManagerQuerySet(models.QuerySet):
    def in_departments_headed_by(self, head: Any) -> Self:
        """The managers of the departments ``head`` (a manager, or a parameter of a prepared query) heads, with all
        below them. One query, whatever he heads."""
        departments = self.model._meta.get_field("department").related_model.objects
        theirs = ExpressionWrapper(OuterRef("department__path"), output_field=models.CharField())
        headed = departments.filter(head=head).exclude(path="").annotate(theirs=theirs)
        return self.filter(Exists(headed.filter(theirs__startswith=F("path"))))

    def reported_to(self, manager: Manager) -> Self:
        """Whose figures ``manager`` may read: his own, a head his departments', a director everybody's."""
        if manager.sees_everything:
            return self
        return self.filter(pk__in={manager.pk, *manager.headed_manager_ids})

    def sellers(self) -> Self:
        """Those who can hold clients."""
        return self.filter(is_active=True).exclude(department=None)

    def assignable_by(self, manager: Manager) -> Self:
        """To whom ``manager`` may give a client: a head within his departments, a director to all; others to nobody."""
        if manager.sees_everything:
            return self.sellers()
        return self.sellers().filter(pk__in=manager.headed_manager_ids)


class AbsenceQuerySet(models.QuerySet):
    def approved(self) -> Self:
        return self.filter(status="approved")

    def in_force(self, day: dt.date | None = None) -> Self:
        """Approved absences on a day: who stands in for whom."""
        day = day or clock.today()
        return self.approved().filter(starts_on__lte=day, ends_on__gte=day)

    def visible_to(self, manager: Manager) -> Self:
        """His own, those he stands in for, and a head's people's; directors and administrators see all."""
        if manager.sees_everything:
            return self
        whose = {manager.pk, *manager.headed_manager_ids}
        return self.filter(Q(manager__in=sorted(whose)) | Q(deputy=manager))

    def decidable_by(self, manager: Manager) -> Self:
        """Those he enters, approves and takes back: a head's people's without his own; directors' are all."""
        if manager.sees_everything:
            return self
        return self.filter(manager__in=sorted(manager.headed_manager_ids - {manager.pk}))

    def editable_by(self, manager: Manager) -> Self:
        """Those he may change at all: his own too (how far, the service decides)."""
        if manager.sees_everything:
            return self
        return self.filter(manager__in=sorted({manager.pk, *manager.headed_manager_ids}))

    def waiting(self) -> Self:
        return self.filter(status="requested")

    def not_over(self, day: dt.date) -> Self:
        """Under way or ahead, and those that wait whenever they are."""
        return self.filter(Q(status="requested") | Q(status="approved", ends_on__gte=day))


class RedatingQuerySet(models.QuerySet):
    def visible_to(self, manager: Manager) -> Self:
        """The jobs that move dates of clients ``manager`` answers for: a director all, a head those of his
        departments, their managers and the whole company, a salesperson none."""
        if manager.sees_everything:
            return self
        departments = self.model._meta.get_field("department").related_model.objects.headed_by(manager)
        if not manager.headed_manager_ids and not departments.exists():
            return self.none()
        return self.filter(
            Q(department__in=departments)
            | Q(manager__in=manager.headed_manager_ids)
            | Q(department__isnull=True, manager__isnull=True)
        )

    def unfinished(self) -> Self:
        return self.exclude(status="done")
