"""What can be done with many sales at once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients.bulk.exporting import ExportRows
from clients.bulk.forms import BulkForm
from clients.bulk.registry import OfClients, changed_since
from clients.bulk.tagging import AddTags, RemoveTags
from clients.models import Manager
from crm.web.errors import Conflict
from interactions.bulk.responsible import ResponsibleForm, refuse_departed, refuse_stranger
from interactions.forms.sales import choose_by_kind
from interactions.models import ProcessKind, SalesProcess, Stage
from interactions.sales import change_process, move_process
from interactions.step_undo import take_back_move


class OfTheList(OfClients):
    """Rows that are sales."""

    page = "process-list"
    model = SalesProcess

    def count_words(self, number: int) -> str:
        return ngettext("%(count)d sale", "%(count)d sales", number) % {"count": number}


class OfOpenSales(OfTheList):
    """Only open ones; what is closed is history."""

    refusal = _("It is closed, or you may not change it.")

    def rows(self, user: Manager) -> QuerySet[SalesProcess]:
        return SalesProcess.objects.editable_by(user).open().select_related("client", "kind", "stage", "responsible")


class ChangeResponsible(OfOpenSales):
    """Somebody else leads them."""

    key = "sale-responsible"
    label = _("Another responsible")
    icon = "person-check"
    order = 10
    form_class = ResponsibleForm

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


class StageForm(BulkForm):
    """To which stage. Sales of other kinds, and those that lack something for it, are left where they are."""

    stage = forms.ModelChoiceField(
        label=_("Stage"),
        queryset=Stage.objects.filter(process_kind__is_active=True),
        help_text=_("Each step is a contact with its client. What a sale lacks for it is said beside the sale."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_by_kind(self.fields["stage"], ProcessKind.objects.filter(is_active=True), empty=_("choose a stage"))


class MoveToStage(OfOpenSales):
    """To another stage: each sale by itself, by the same rules as on its page."""

    key = "sale-stage"
    label = _("Move to a stage")
    icon = "arrow-right-circle"
    order = 15
    form_class = StageForm

    def apply(self, row: SalesProcess, asked: Mapping[str, Any], by: Manager, number: int) -> dict[str, Any] | None:
        if row.stage_id == asked["stage"].pk:
            return None
        moved = move_process(process=row, stage=asked["stage"], by=by)
        return {"step": moved.stage_changes.values_list("pk", flat=True)[0]}

    def undo(self, row: SalesProcess, before: Mapping[str, Any], by: Manager) -> None:
        take_back_move(process=row, step_id=before["step"], by=by)


class AddSaleTags(OfTheList, AddTags):
    key = "sale-tag"


class RemoveSaleTags(OfTheList, RemoveTags):
    key = "sale-untag"


class ExportSales(OfTheList, ExportRows):
    key = "sale-export"
    export_url = "process-export"
    everything: ClassVar = {"status": "all"}
