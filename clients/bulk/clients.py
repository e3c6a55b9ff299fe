"""What can be done with many clients at once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import links, services
from clients.bulk.exporting import ExportRows
from clients.bulk.forms import CoManagerForm, FactsForm, ReassignForm
from clients.bulk.registry import OfClients, changed_since, register
from clients.bulk.tagging import AddTags, RemoveTags
from clients.handing_back import Handed, hand, take_back
from clients.models import Client, CoManager, Manager
from crm.web.access import Access
from crm.web.errors import Conflict

PAGE = "client-list"


class OfTheList(OfClients):
    """Rows that are clients."""

    page = PAGE
    model = Client
    client_column = "pk"

    def count_words(self, number: int) -> str:
        return count_words(number)


def count_words(number: int) -> str:
    """ "312 clients"."""
    return ngettext("%(count)d client", "%(count)d clients", number) % {"count": number}


class Reassign(OfTheList):
    """Hand the clients to one manager, by the rules of handing over one; their clocks start anew."""

    key = "client-reassign"
    label = _("Hand over")
    icon = "person-check"
    order = 20
    access = Access.HEAD
    form_class = ReassignForm
    refusal = _("You may not hand it over: it is not in your departments, or nobody holds it.")

    def rows(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user).held()

    def apply(self, row: Client, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        if row.manager_id == asked["manager"].pk:
            return None
        handed = asdict(hand(client_id=row.pk, manager=asked["manager"], by=by))
        return {**handed, "moment": handed["moment"].isoformat(), "assigned_on": handed["assigned_on"].isoformat()}

    def undo(self, row: Client, before: Mapping[str, Any], by: Manager) -> None:
        moment, day = dt.datetime.fromisoformat(before["moment"]), dt.date.fromisoformat(before["assigned_on"])
        take_back(Handed(**{**before, "moment": moment, "assigned_on": day}), by=by)


class AddCoManager(OfTheList):
    """Let somebody work with the clients beside their lead managers."""

    key = "client-co-manager"
    label = _("Add co-manager")
    icon = "person-plus"
    order = 60
    form_class = CoManagerForm
    refusal = _("You may not choose who works with it, or nobody holds it.")

    def rows(self, user: Manager) -> QuerySet[Client]:
        return Client.objects.transferable_by(user).held()

    def apply(self, row: Client, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        if row.co_managements.filter(manager=asked["manager"]).exists():
            return None
        return {"link": links.add_co_manager(client=row, manager=asked["manager"]).pk}

    def undo(self, row: Client, before: Mapping[str, Any], by: Manager) -> None:
        deleted, _rows = CoManager.objects.filter(pk=before["link"], client=row).delete()
        if not deleted:
            raise Conflict(changed_since())


class ChangeFacts(OfTheList):
    """Another category, source or region. Another category may mean another policy: the dates are computed anew."""

    key = "client-facts"
    label = _("Category, source, region")
    icon = "pencil"
    form_class = FactsForm

    def apply(self, row: Client, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        wanted = {name: _stored(value) for name, value in asked.items() if value}
        before = {name: getattr(row, _column(name)) for name in wanted}
        if before == wanted:
            return None
        self._write(row, wanted, by)
        return {"before": before, "after": wanted}

    def undo(self, row: Client, before: Mapping[str, Any], by: Manager) -> None:
        if any(getattr(row, _column(name)) != value for name, value in before["after"].items()):
            raise Conflict(changed_since())
        self._write(row, before["before"], by)

    def _write(self, row: Client, values: Mapping[str, Any], by: Manager) -> None:
        for name, value in values.items():
            setattr(row, _column(name), value)
        services.update_client(client=row, by=by)


def _column(name: str) -> str:
    field: Any = Client._meta.get_field(name)
    return str(field.attname)


def _stored(value: Any) -> Any:
    return getattr(value, "pk", value)


class AddClientTags(OfTheList, AddTags):
    key = "client-tag"


class RemoveClientTags(OfTheList, RemoveTags):
    key = "client-untag"


class ExportClients(OfTheList, ExportRows):
    key = "client-export"
    export_url = "client-export"
    everything: ClassVar = {"whose": "all"}


def register_actions() -> None:
    """Called once, when the app is ready."""
    register(Reassign(), AddClientTags(), ExportClients(), ChangeFacts(), AddCoManager(), RemoveClientTags())
