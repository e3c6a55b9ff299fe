"""What can be done with many sales at once. Never their stage: each step of a sale is a contact of its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.bulk.exporting import ExportRows
from clients.bulk.registry import OfClients, changed_since
from clients.bulk.tagging import AddTags, RemoveTags
from clients.models import Manager
from crm.web.errors import Conflict
from interactions.bulk.responsible import ResponsibleForm, refuse_departed, refuse_stranger
from interactions.models import SalesProcess
from interactions.sales import change_process


class OfTheList(OfClients):
    """Rows that are sales."""

    page = "process-list"
    model = SalesProcess

    def count_words(self, number: int) -> str:
        return ngettext("%(count)d sale", "%(count)d sales", number) % {"count": number}


class ChangeResponsible(OfTheList):
    """Somebody else leads them."""

    key = "sale-responsible"
    label = _("Another responsible")
    icon = "person-check"
    order = 10
    form_class = ResponsibleForm
    refusal = _("It is closed, or you may not change it.")

    def rows(self, user: Manager) -> QuerySet[SalesProcess]:
        return SalesProcess.objects.editable_by(user).open().select_related("client", "kind", "stage", "responsible")

    def apply(self, row: SalesProcess, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        manager, before = asked["manager"], row.responsible_id
        if manager.pk == before:
            return None
        refuse_stranger(manager, row.client, by)
        row.responsible = manager
        change_process(process=row, by=by)
        return {"before": before, "after": manager.pk}

    def undo(self, row: SalesProcess, before: Mapping[str, Any], by: Manager) -> None:
        if row.responsible_id != before["after"]:
            raise Conflict(changed_since())
        refuse_departed(before["before"])
        row.responsible_id = before["before"]
        change_process(process=row, by=by)


class AddSaleTags(OfTheList, AddTags):
    key = "sale-tag"


class RemoveSaleTags(OfTheList, RemoveTags):
    key = "sale-untag"


class ExportSales(OfTheList, ExportRows):
    key = "sale-export"
    export_url = "process-export"
    everything: ClassVar = {"status": "all"}
